"""Who is told what about one step of a contact's score (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# Causes that are not news about the contact: what changed is the model, the past, or what counts.
SILENT = frozenset({"model", "import", "erasure", "reclassification"})

# (contact, scoring type, stage's key, address in lower case) → when the latest message about it was queued.
Told = Mapping[tuple[int, int, str, str], datetime]


@dataclass(frozen=True, slots=True)
class Entered:
    """One stage entered in a step: `rank` of `stages`, counted from the lowest (1)."""

    change_id: int
    stage: str
    stage_name: str
    rank: int
    stages: int
    notify: tuple[str, ...]
    quiet_days: int


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one contact's score in one scoring type, with the stages entered, lowest first."""

    contact_id: int
    owner_id: int | None
    scoring_type_id: int
    scoring_type_name: str
    cause: str
    at: datetime
    entered: tuple[Entered, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be queued: `recipient` is in lower case, `reason` the recipient as the stage names it."""

    step: Step
    entered: Entered
    recipient: str
    user_id: int | None
    reason: str


def drafts(step: Step, people: Mapping[str, Sequence[Person]], told: Told) -> list[Draft]:
    """One message a recipient, for the highest of the entered stages that names it.

    Whether the recipient has been told lately is asked of that stage alone: where it has, a lower stage is no news either.

    Args:
        people: who is meant by each of `names()`; a name that is missing means nobody.
    """
    if step.cause in SILENT:
        return []
    return [draft for draft in _highest(step, people).values() if not _told_lately(draft, told)]


def names(recipient: str, owner_id: int | None) -> tuple[str, ...]:
    """The names to look for in `people`, the first that means anybody wins: `owner` becomes `owner:<user id>`."""
    owner = (f"owner:{owner_id}",) if owner_id is not None else ()
    if recipient == "owner":
        return owner
    if recipient.startswith("owner-or:"):
        return (*owner, recipient.removeprefix("owner-or:"))
    return (recipient,)


def _highest(step: Step, people: Mapping[str, Sequence[Person]]) -> dict[str, Draft]:
    found: dict[str, Draft] = {}
    for entered in sorted(step.entered, key=lambda one: one.rank, reverse=True):
        for recipient in entered.notify:
            for person in _meant(recipient, step.owner_id, people):
                address = person.email.strip().lower()
                found.setdefault(address, Draft(step, entered, address, person.user_id, recipient))
    return found


def _meant(recipient: str, owner_id: int | None, people: Mapping[str, Sequence[Person]]) -> Sequence[Person]:
    return next((people[name] for name in names(recipient, owner_id) if people.get(name)), ())


def _told_lately(draft: Draft, told: Told) -> bool:
    step, entered = draft.step, draft.entered
    last = told.get((step.contact_id, step.scoring_type_id, entered.stage, draft.recipient))
    return last is not None and abs(step.at - last) < timedelta(days=entered.quiet_days)
