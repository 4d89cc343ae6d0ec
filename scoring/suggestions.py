"""What a workspace has received lately, to choose from while a rule is written: names of activities, and fields.

Bounded whatever the size of the workspace: the contacts seen last, and a few of the latest activities of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leadscore.exact_json import loads
from leadscore.sql import fetch
from scoring.sentences import label

SEEN = 100  # contacts looked at
LATEST = 5  # activities of each whose fields are read
NAMED = 20  # activities of each whose names are read
MOST_BYTES = 4_000  # of properties or traits; larger ones are passed over
MOST_FIELDS = 150
MOST_DEPTH = 3

USUAL_ACTIVITIES = ("Page Viewed", "Form Submitted", "Signed Up", "Trial Started", "Order Completed")
USUAL_FIELDS = {
    "activity": ("properties.url", "properties.path", "properties.title", "properties.referrer", "context.campaign.name", "context.campaign.source"),
    "profile": (
        "contact.email", "contact.email_domain", "contact.email_kind", "contact.name_looks_fake", "contact.created_at", "contact.job_title",
        "contact.country", "company.name", "company.domain", "company.industry", "company.employees", "company.country",
    ),
}  # fmt: skip

_SEEN_LAST = """
    WITH seen AS (SELECT contact_id AS id FROM contacts_lastseen WHERE workspace_id = %(workspace)s
                  ORDER BY at DESC, contact_id DESC LIMIT %(seen)s)"""
_ACTIVITIES = """
    FROM seen, LATERAL (SELECT name, kind, erased, properties, context FROM contacts_activity
                        WHERE workspace_id = %(workspace)s AND contact_id = seen.id
                        ORDER BY occurred_at DESC, message_id DESC LIMIT %(latest)s) AS a
    WHERE a.kind IN ('track', 'page', 'screen') AND NOT a.erased"""


@dataclass(frozen=True, slots=True)
class Field:
    """A field's path, and what people call it."""

    path: str
    label: str


def activity_names(workspace_id: int) -> list[str]:
    """Names of activities received lately, then the usual ones."""
    rows = fetch(f"{_SEEN_LAST} SELECT DISTINCT a.name {_ACTIVITIES} ORDER BY a.name LIMIT 200", _params(workspace_id, NAMED))
    received = [name for (name,) in rows]
    return [*received, *(name for name in USUAL_ACTIVITIES if name not in received)]


def activity_fields(workspace_id: int) -> list[Field]:
    """Fields of activities received lately, and the usual ones."""
    small = "AND pg_column_size(a.properties) < %(bytes)s AND pg_column_size(a.context) < %(bytes)s"
    rows = fetch(f"{_SEEN_LAST} SELECT a.properties::text, a.context::text {_ACTIVITIES} {small}", _params(workspace_id, LATEST))
    return _fields("activity", ({"properties": loads(properties), "context": loads(context)} for properties, context in rows))


def profile_fields(workspace_id: int) -> list[Field]:
    """Traits of the newest contacts and of their companies, and the usual ones."""
    rows = fetch(
        """WITH newest AS (SELECT traits, company_id FROM contacts_contact WHERE workspace_id = %(workspace)s AND merged_into_id IS NULL
                           ORDER BY id DESC LIMIT %(seen)s)
           SELECT newest.traits::text, coalesce(c.traits, '{}')::text FROM newest
           LEFT JOIN contacts_company c ON c.workspace_id = %(workspace)s AND c.id = newest.company_id
           WHERE pg_column_size(newest.traits) < %(bytes)s AND coalesce(pg_column_size(c.traits), 0) < %(bytes)s""",
        _params(workspace_id, LATEST),
    )
    return _fields("profile", ({"contact": loads(contact), "company": loads(company)} for contact, company in rows))


def _params(workspace_id: int, latest: int) -> dict[str, int]:
    return {"workspace": workspace_id, "seen": SEEN, "latest": latest, "bytes": MOST_BYTES}


def _fields(side: str, facts: Iterable[Mapping[str, Any]]) -> list[Field]:
    usual = USUAL_FIELDS[side]
    received = sorted({path for one in facts for path in _paths(one, "", 0)} - set(usual))
    return [Field(path, label(path)) for path in [*usual, *received][:MOST_FIELDS]]


def _paths(value: Mapping[str, Any], at: str, depth: int) -> Iterator[str]:
    """Paths of what is no object; names that a path cannot hold are left out."""
    for key, inner in value.items():
        if not key or "." in key or len(key) > 60:
            continue
        path = f"{at}.{key}" if at else key
        if isinstance(inner, dict):
            if depth < MOST_DEPTH:
                yield from _paths(inner, path, depth + 1)
        elif depth:
            yield path
