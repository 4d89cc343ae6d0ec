"""How traits are named, whoever sets them: a site, an import, the API. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BUILT_IN = frozenset({"email_domain", "email_kind", "name_looks_fake", "created_at"})
"""Of a contact; no trait sets them."""
SNAKE_CASE: Mapping[str, str] = {"firstName": "first_name", "lastName": "last_name", "jobTitle": "job_title", "createdAt": "created_at"}
"""The names of the Segment specification that are kept otherwise, of contacts and of companies. Properties stay as they are sent."""


def snake_case(traits: dict[str, Any]) -> dict[str, Any]:
    """The specification's names in snake_case; where both are given, what was written in snake_case wins."""
    if SNAKE_CASE.keys().isdisjoint(traits):
        return traits
    return {SNAKE_CASE.get(name, name): value for name, value in traits.items() if SNAKE_CASE.get(name) not in traits}
