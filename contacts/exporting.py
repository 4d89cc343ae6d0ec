"""Contacts and activities as lines of a CSV file, read a page at a time. What is written here and imported again changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from contacts.activities import DONE
from contacts.csv_cells import guarded, written
from contacts.models import Company, Contact
from contacts.values import iso
from leadscore.exact_json import loads
from leadscore.sql import fetch

PAGE = 500
MOST_TRAITS = 500
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets take the file for Windows-1252

IDENTITY = ("user_id", "email", "anonymous_id")
HEAD = ("leadscore_id", *IDENTITY, "leadscore_name", "company_id", "company.name", "company.domain", "leadscore_owner", "leadscore_last_seen")
ERRORS = ("leadscore_row", "leadscore_result", "leadscore_reason")


def lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV; cells that a spreadsheet would run as a formula are guarded.

    Every cell is quoted: programs that part cells at `;` as well as at `,` unless it is in quotes keep a value such as `x;y` whole.
    """
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


def trait_names(workspace_id: int) -> list[str]:
    """The traits that contacts have, the most frequent ones first to be kept, in the order of their names."""
    rows = fetch(
        """SELECT trait.name FROM contacts_contact c, jsonb_object_keys(c.traits) AS trait(name)
           WHERE c.workspace_id = %s AND c.merged_into_id IS NULL AND trait.name <> 'email'
           GROUP BY trait.name ORDER BY count(*) DESC, trait.name LIMIT %s""",
        [workspace_id, MOST_TRAITS],
    )
    return sorted(row[0] for row in rows)


def identity(contact: Contact) -> list[str]:
    """One identifier of each kind; the e-mail address only where it is the contact's trait as well, or importing would make it that."""
    named: dict[str, list[str]] = {kind: [] for kind in IDENTITY}
    for one in contact.identifiers.all():
        named[one.kind].append(one.value)
    email = contact.email if contact.email in named["email"] else ""
    return [next(iter(named["user_id"]), ""), email, next(iter(named["anonymous_id"]), "")]


def contact_cells(contact: Contact, names: Sequence[str]) -> list[str]:
    """The cells of HEAD and of the traits."""
    company, owner = contact.company, contact.owner
    last_seen = getattr(contact, "last_seen", None)
    seen = iso(last_seen.at) if last_seen else ""
    head = [str(contact.id), *identity(contact), contact.name, *_company_cells(company), owner.email if owner else "", seen]
    return [*head, *(written(contact.traits.get(name)) for name in names)]


def _company_cells(company: Company | None) -> list[str]:
    if company is None:
        return ["", "", ""]
    return [company.group_id or "", *(written(company.traits.get(name, getattr(company, name))) for name in ("name", "domain"))]


def property_names(workspace_id: int, contact_id: int) -> list[str]:
    """The properties that a contact's activities have."""
    rows = fetch(
        f"""SELECT DISTINCT property.name FROM contacts_activity a, jsonb_object_keys(a.properties) AS property(name)
           WHERE a.workspace_id = %s AND a.contact_id = %s AND {DONE} ORDER BY 1 LIMIT %s""",
        [workspace_id, contact_id, MOST_TRAITS],
    )
    return [row[0] for row in rows]


ACTIVITY_HEAD = ("occurred_at", "event", "message_id", *IDENTITY)


def activity_page(workspace_id: int, contact_id: int, before: tuple[Any, str] | None) -> list[tuple[Any, ...]]:
    """The next activities, newest first, after one of (occurred_at, message_id)."""
    start, params = ("AND (occurred_at, message_id) < (%s, %s)", list(before)) if before else ("", [])
    return fetch(
        f"""SELECT occurred_at, message_id, name, properties::text FROM contacts_activity
            WHERE workspace_id = %s AND contact_id = %s AND {DONE} {start}
            ORDER BY occurred_at DESC, message_id DESC LIMIT %s""",
        [workspace_id, contact_id, *params, PAGE],
    )


def activity_cells(row: tuple[Any, ...], who: Sequence[str], names: Sequence[str]) -> list[str]:
    occurred_at, message_id, name, properties = row
    said = loads(properties)
    return [iso(occurred_at), name, message_id, *who, *(written(said.get(one)) for one in names)]
