"""What each row of an imported range would change, found by comparing it with what is stored: a row that changes nothing makes no call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from contacts import activities, people
from contacts.calls import Edit, Received
from contacts.csv_cells import written
from contacts.identity import holders, owner_of
from contacts.import_notes import Notes
from contacts.import_rows import Row, keyed
from contacts.models import Source
from contacts.people import Person
from leadscore.exact_json import loads
from leadscore.sql import fetch

Name = tuple[str, str]


@dataclass(slots=True)
class Planned:
    """A row with what becomes of it: `new`, `updated` or `unchanged`, the calls that it makes, and what somebody should look at.

    `adds_contact`: it is an activity of somebody who is not known yet.
    """

    row: Row
    outcome: str
    calls: list[Received] = field(default_factory=list)
    warning: str = ""
    adds_contact: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """The import that rows are planned for. `at`: what its calls are dated; `secret`: what their messageIds are keyed with."""

    import_id: int
    at: datetime
    secret: bytes


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is known of those whom a range names. `companies`: groupId → (id, traits)."""

    holders: Mapping[Name, int]
    people: Mapping[int, Person]
    companies: Mapping[str, tuple[int, dict[str, Any]]]


def contacts(workspace_id: int, run: Run, rows: Sequence[Row], notes: Notes) -> list[Planned]:
    """Plans rows of contacts."""
    stored = _stored(workspace_id, rows)
    return [_contact(run, row, notes.companies.get(row.number, {}), stored) for row in rows]


def past_activities(workspace_id: int, run: Run, rows: Sequence[Row], notes: Notes) -> list[Planned]:
    """Plans rows of activities. One whose messageId was there before, or comes earlier in the file, is unchanged."""
    seen = activities.taken(workspace_id, {row.message_id for row in rows})
    stored = _stored(workspace_id, rows)
    held = set(stored.holders)
    planned = []
    for row in rows:
        if row.message_id in seen or row.number in notes.again:
            planned.append(Planned(row, "unchanged"))
            continue
        is_somebody_new = row.number in notes.first and _owner(row, stored)[0] is None
        planned.append(Planned(row, "new", _activity(run, row, held), _future(row, run), is_somebody_new))
    return planned


def without_effect(planned: Planned, counted: Set[str]) -> Planned:
    """What became of a row: unchanged, whatever was planned, where none of its calls counted."""
    if planned.calls and counted.isdisjoint(call.call.message_id for call in planned.calls):
        return replace(planned, outcome="unchanged", adds_contact=False)
    return planned


def _contact(run: Run, row: Row, company: dict[str, Any], stored: _Stored) -> Planned:
    if row.email:
        row.traits["email"] = row.email
    person, other = _owner(row, stored)
    warning = _conflict(row, other) if other else ""
    compared = {name: value for name, value in row.traits.items() if not (other and name == "email")}
    names_all = all(stored.holders.get(name) == (person.id if person else None) for name in row.names if not (other and name[0] == "email"))
    calls = []
    if person is None or not names_all or _differs(compared, person.traits):
        calls.append(_call(run, row, "identify", traits=row.traits))
    if row.group_id and _joins(row.group_id, company, person, stored):
        calls.append(_call(run, row, "group", group_id=row.group_id, traits=company))
    return Planned(row, "new" if person is None else "updated" if calls else "unchanged", calls, warning)


def _owner(row: Row, stored: _Stored) -> tuple[Person | None, int | None]:
    """The contact whose the row is (None: a new one), and the other one that holds the e-mail address of the row."""
    owner, other = owner_of({kind: stored.holders.get((kind, value)) for kind, value in row.names}, stored.people)
    return stored.people.get(owner or 0), other


def _conflict(row: Row, other: int) -> str:
    return f"{row.email} is the address of another contact ({other}); it stays there, and the two are possible duplicates."


def _differs(named: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    return any(_said(name, value) != _said(name, kept.get(name)) for name, value in named.items())


def _said(name: str, value: Any) -> str:
    return written(value).lower() if name == "email" else written(value)


def _joins(group_id: str, company: Mapping[str, Any], person: Person | None, stored: _Stored) -> bool:
    """Whether the row puts the contact into another company, or into one that only its domain said, or says something new of it."""
    if person is None or person.company_order is None or group_id not in stored.companies:
        return True
    id, traits = stored.companies[group_id]
    return person.company_id != id or _differs(company, traits)


def _future(row: Row, run: Run) -> str:
    """What is to be said of a row that did not happen yet."""
    assert row.occurred_at
    return "It is dated in the future, and will count as of the import." if row.occurred_at > run.at else ""


def _activity(run: Run, row: Row, held: set[Name]) -> list[Received]:
    assert row.occurred_at
    calls = []
    if row.email and ("email", row.email) not in held:  # so that the contact has the address as its trait as well
        held.add(("email", row.email))
        calls.append(_call(run, row, "identify", traits={"email": row.email}))
    track = Edit(
        "track", min(row.occurred_at, run.at), run.at, name=row.event, user_id=row.user_id, anonymous_id=row.anonymous_id, email=row.email,
        properties=row.properties, message_id=row.message_id,
    )  # fmt: skip
    return [*calls, Received(track, Source.SERVER)]


def _call(run: Run, row: Row, kind: str, *, traits: Mapping[str, Any], group_id: str | None = None) -> Received:
    """A call whose message_id is of import and row, so that a range that is done again counts once, and of two rows the later is the latest."""
    id = f"import-{row.number:09}-{keyed(run.secret, f'{run.import_id}/{row.number}/{kind}')}"
    edit = Edit(
        kind, run.at, run.at, user_id=row.user_id, anonymous_id=row.anonymous_id, email=row.email, group_id=group_id, traits=dict(traits),
        message_id=id,
    )  # fmt: skip
    return Received(edit, Source.SERVER)


def _stored(workspace_id: int, rows: Sequence[Row]) -> _Stored:
    held = holders(workspace_id, _names(rows))
    groups = {row.group_id for row in rows if row.group_id}
    found = fetch(
        "SELECT group_id, id, traits::text FROM contacts_company WHERE workspace_id = %s AND group_id = ANY(%s)", [workspace_id, sorted(groups)]
    )
    companies = {group_id: (id, loads(traits)) for group_id, id, traits in found}
    return _Stored(held, people.load(workspace_id, set(held.values())), companies)


def _names(rows: Iterable[Row]) -> set[Name]:
    return {name for row in rows for name in row.names}
