"""Contacts as working copies: loaded and locked together, changed in memory, saved together."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts.mail_kinds import domain_of, mail_kind
from contacts.models import employer_said
from contacts.names import name_looks_fake
from contacts.values import iso
from leadscore.exact_json import loads, loads_whole
from leadscore.sql import fetch, records, run

Order = list[Any]  # [rank, occurred_at as a text of fixed width, message_id]


@dataclass(slots=True)
class Person:
    """A contact while it is being worked on. Nothing is written before `save`."""

    id: int
    created_at: datetime
    has_user_id: bool = False
    has_email: bool = False
    traits: dict[str, Any] = field(default_factory=dict)
    orders_json: str = "{}"  # of `trait_orders`, which few calls need: read when asked for
    company_id: int | None = None
    company_order: Order | None = None
    company_traits: dict[str, Any] = field(default_factory=dict)
    company_changed: bool = False
    owner_id: int | None = None
    last_seen_at: datetime | None = None
    last_activity: str = ""
    is_seen: bool = False
    is_new: bool = False
    is_changed: bool = False
    before: tuple[dict[str, Any], dict[str, Any]] | None = None
    email_kind: str | None = None  # as stored; None where it has to be decided anew
    name_looks_fake: bool | None = None
    is_recomputing: bool = False  # a job is at work on its history: its stages rest
    _profile: dict[str, Any] | None = None
    _orders: dict[str, Order] | None = None

    @property
    def trait_orders(self) -> dict[str, Order]:
        """trait → order of the call that set it; to be changed in place."""
        if self._orders is None:
            self._orders = loads_whole(self.orders_json)
        return self._orders

    @property
    def known(self) -> bool:
        return self.has_user_id or self.has_email

    @property
    def email(self) -> str:
        """`contact.email`: the trait, trimmed and in lower case."""
        value = self.traits.get("email")
        return value.strip().lower() if isinstance(value, str) else ""

    def profile(self) -> dict[str, Any]:
        """The fields of `contact.*`; what is built in is never overridden by a trait. Kept until the next change."""
        if self._profile is None:
            email = self.email
            self._profile = {
                **self.traits,
                "email": email or None,
                "email_domain": domain_of(email) or None,
                "email_kind": str(mail_kind(email)) if self.email_kind is None else self.email_kind,
                "name_looks_fake": self._looks_fake() if self.name_looks_fake is None else self.name_looks_fake,
                "created_at": iso(self.created_at),
            }
        return self._profile

    def name(self) -> str:
        """First and last name, or a trait `name`, for lists; "" where none is known."""
        parts = (self.traits.get("first_name"), self.traits.get("last_name"))
        full = " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
        whole = self.traits.get("name")
        return (full or (whole.strip() if isinstance(whole, str) else ""))[:255]

    def _looks_fake(self) -> bool:
        return name_looks_fake(self.traits.get("first_name"), self.traits.get("last_name"))

    def employer(self) -> str:
        """The company's name, or what the contact said it is."""
        name = self.company_traits.get("name")
        return name if isinstance(name, str) and name.strip() else employer_said(self.traits)

    def remember(self) -> None:
        """Keeps the profile as it was before the first change; called before each change of a field."""
        if self.before is None:
            self.before = (self.profile(), dict(self.company_traits))
        self._profile = self.email_kind = self.name_looks_fake = None

    def join(self, company_id: int | None, company_traits: dict[str, Any]) -> None:
        """Becomes one of a company's, or of none's. Not by a group call, and nothing else changes."""
        if self.before is None:
            self.before = (self.profile(), dict(self.company_traits))
        self.company_id, self.company_traits, self.is_changed = company_id, company_traits, True

    def seen(self, at: datetime) -> None:
        """A call of that instant names the contact."""
        if at < self.created_at:
            self.remember()
            self.created_at = at
            self.is_changed = True


_COLUMNS = """c.id, c.created_at, c.has_user_id, c.has_email, c.traits::text, c.trait_orders::text, c.company_id, c.company_order::text,
    co.traits::text, co.rescored_to IS NOT NULL, c.owner_id, seen.at, coalesce(seen.activity, ''), co.name, co.domain,
    c.email_kind, c.name_looks_fake, c.recomputing_since IS NOT NULL"""


def lock(workspace_id: int, ids: Collection[int]) -> dict[int, Person]:
    """Locks contacts in ascending id and loads them. Those merged away or erased are left out."""
    if not ids:
        return {}
    hold(workspace_id, ids)
    return load(workspace_id, ids)


def hold(workspace_id: int, ids: Collection[int]) -> None:
    """Locks the rows of contacts, and of those merged into them, in one ascending order: a merge, an undo and an erasure write both.

    Where one was merged into while it was waited for, all are let go of and locked anew: to add who came with that would be out of order.
    """
    listed = sorted(ids)
    merged = _merged_into(workspace_id, listed)
    while True:
        with transaction.atomic():
            all_ids = sorted({*listed, *merged})  # one statement with OR would look through both lists for every row
            fetch("SELECT id FROM contacts_contact WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE", [workspace_id, all_ids])
            now = _merged_into(workspace_id, listed)
            if now <= merged:
                return
            transaction.set_rollback(True)  # to before the locks
        merged = now


def _merged_into(workspace_id: int, ids: list[int]) -> set[int]:
    return {id for (id,) in fetch("SELECT id FROM contacts_contact WHERE workspace_id = %s AND merged_into_id = ANY(%s)", [workspace_id, ids])}


def load(workspace_id: int, ids: Collection[int]) -> dict[int, Person]:
    """Loads contacts as they are, without locking."""
    rows = fetch(
        f"""SELECT {_COLUMNS} FROM contacts_contact c
            LEFT JOIN contacts_company co ON co.workspace_id = c.workspace_id AND co.id = c.company_id
            LEFT JOIN contacts_lastseen seen ON seen.workspace_id = c.workspace_id AND seen.contact_id = c.id
            WHERE c.workspace_id = %s AND c.id = ANY(%s) AND c.merged_into_id IS NULL ORDER BY c.id""",
        [workspace_id, sorted(ids)],
    )
    return {row[0]: _person(row) for row in rows}


def _person(row: tuple[Any, ...]) -> Person:
    return Person(
        id=row[0], created_at=row[1], has_user_id=row[2], has_email=row[3], traits=loads(row[4]), orders_json=row[5],
        company_id=row[6], company_order=loads_whole(row[7]) if row[7] else None,
        company_traits=company_fields(loads(row[8]), row[13], row[14]) if row[8] else {},
        company_changed=bool(row[9]), owner_id=row[10], last_seen_at=row[11], last_activity=row[12],
        email_kind=row[15], name_looks_fake=row[16], is_recomputing=row[17],
    )  # fmt: skip


def company_fields(traits: Mapping[str, Any], name: str | None, domain: str | None) -> dict[str, Any]:
    """The fields of `company.*`: its traits, with the name and domain that a person gave it where no trait does."""
    own = {key: value for key, value in (("name", name), ("domain", domain)) if value}
    return {**own, **traits}


def between(workspace_id: int, first: int, last: int) -> list[int]:
    """The contacts whose ids lie between the two, these included, ascending; those merged away left out."""
    rows = fetch(
        "SELECT id FROM contacts_contact WHERE workspace_id = %s AND id BETWEEN %s AND %s AND merged_into_id IS NULL ORDER BY id",
        [workspace_id, first, last],
    )
    return [row[0] for row in rows]


def all_of(workspace_id: int) -> list[int]:
    """All contacts of the workspace, ascending; those merged away left out."""
    return between(workspace_id, 0, 2**63 - 1)


def new_ids(count: int) -> list[int]:
    """Ids for contacts that are about to be created, ascending."""
    rows = fetch("SELECT nextval(pg_get_serial_sequence('contacts_contact', 'id')) FROM generate_series(1, %s)", [count])
    return [row[0] for row in rows]


def save(workspace_id: int, people: Iterable[Person]) -> None:
    """Writes the new and the changed ones, each group in one statement."""
    listed = list(people)
    _insert(workspace_id, [person for person in listed if person.is_new])
    _update(workspace_id, [person for person in listed if person.is_changed and not person.is_new])
    save_seen(workspace_id, listed)


_RECORD = """id bigint, created_at timestamptz, has_user_id boolean, has_email boolean, traits jsonb, trait_orders jsonb, name text, email text,
    email_domain text, email_kind text, name_looks_fake boolean, search text[], company_id bigint, company_order jsonb"""
_NAMES = [part.split()[0] for part in _RECORD.split(",")]
_VALUES = ", ".join("array_to_tsvector(r.search)" if name == "search" else f"r.{name}" for name in _NAMES)
_SETTINGS = ", ".join(f"{name} = " + ("array_to_tsvector(r.search)" if name == "search" else f"r.{name}") for name in _NAMES if name != "id")


def _insert(workspace_id: int, people: list[Person]) -> None:
    if people:
        run(
            f"INSERT INTO contacts_contact (workspace_id, {', '.join(_NAMES)}) SELECT %s, {_VALUES} FROM json_to_recordset(%s::json) AS r({_RECORD})",
            [workspace_id, records(_record(workspace_id, person) for person in people)],
        )


def _update(workspace_id: int, people: list[Person]) -> None:
    if people:
        run(
            f"""UPDATE contacts_contact c SET {_SETTINGS} FROM json_to_recordset(%s::json) AS r({_RECORD})
                WHERE c.workspace_id = %s AND c.id = r.id""",
            [records(_record(workspace_id, person) for person in people), workspace_id],
        )


def save_seen(workspace_id: int, people: Iterable[Person]) -> None:
    """Writes what those that are seen did last."""
    rows = [{"contact": person.id, "at": person.last_seen_at, "activity": person.last_activity[:255]} for person in people if person.is_seen]
    if rows:
        run(
            """INSERT INTO contacts_lastseen (workspace_id, contact_id, at, activity)
               SELECT %s, r.contact, r.at, r.activity FROM json_to_recordset(%s::json) AS r(contact bigint, at timestamptz, activity text)
               ON CONFLICT (workspace_id, contact_id) DO UPDATE SET at = excluded.at, activity = excluded.activity""",
            [workspace_id, records(rows)],
        )


def _record(workspace_id: int, person: Person) -> dict[str, Any]:
    profile, name, email = person.profile(), person.name(), person.email[:254]
    return {
        "id": person.id, "created_at": person.created_at, "has_user_id": person.has_user_id, "has_email": person.has_email,
        "traits": person.traits, "trait_orders": person.trait_orders, "name": name, "email": email, "email_domain": domain_of(email),
        "email_kind": profile["email_kind"], "name_looks_fake": profile["name_looks_fake"],
        "search": search_terms(workspace_id, name, email, person.employer()), "company_id": person.company_id,
        "company_order": person.company_order,
    }  # fmt: skip


_words = re.compile(r"\w+").findall


def words(text: str) -> list[str]:
    """The words of a text as they are searched for: case and accents removed, at most 20."""
    return [word[:100] for word in _words(unaccented(text))[:20]]


def unaccented(text: str) -> str:
    """Without the differences of case and accents, which neither order nor search looks at."""
    return "".join(char for char in unicodedata.normalize("NFD", text.casefold()) if unicodedata.category(char) != "Mn")


def search_terms(workspace_id: int, *texts: object) -> list[str]:
    """Lexemes of a contact: its words, and its workspace as one that no text can contain."""
    return sorted({f"@{workspace_id}", *(word for text in texts if isinstance(text, str) for word in words(text))})
