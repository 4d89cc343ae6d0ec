"""Traits as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contacts.models import Contact
from contacts.values import blank
from scoring.wording import shown

# Shown in the page's head, or elsewhere on it.
ELSEWHERE: Mapping[str, frozenset[str]] = {
    "contact": frozenset({"first_name", "last_name", "name", "email", "phone", "job_title", "city", "country"}),
    "company": frozenset({"name"}),
}
FIRST: Mapping[str, tuple[str, ...]] = {"contact": (), "company": ("industry", "employees", "revenue", "city", "country", "domain")}
COUNTED = frozenset({"employees", "revenue"})
MOST = 40
LONGEST = 200


def texts(traits: Mapping[str, Any], *names: str) -> dict[str, str]:
    """The traits of these names that are texts or numbers, as texts."""
    return {name: _text(name, traits.get(name)) for name in names}


def other_traits(traits: Mapping[str, Any], of: str = "contact") -> list[tuple[str, str]]:
    """Labels and values of what is not shown elsewhere, the customary ones first."""
    names = [name for name in _ordered(traits, FIRST[of]) if name not in ELSEWHERE[of] and not blank(traits[name])]
    return [(name.replace("_", " ").capitalize(), _text(name, traits[name])) for name in names[:MOST]]


def _ordered(traits: Mapping[str, Any], first: Iterable[str]) -> list[str]:
    customary = [name for name in first if name in traits]
    return customary + sorted(name for name in traits if name not in customary)


def _text(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(name, member) for member in value[:10])[:LONGEST]
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(key, member)}" for key, member in list(value.items())[:10])[:LONGEST]
    return "" if value is None else shown(value, grouped=name in COUNTED)


def first_name(contact: Contact) -> str:
    """What sentences call the contact."""
    given = contact.traits.get("first_name")
    if isinstance(given, str) and given.strip():
        return given.strip()[:50]
    return contact.name.partition(" ")[0][:50] or contact.email.partition("@")[0] or "this visitor"
