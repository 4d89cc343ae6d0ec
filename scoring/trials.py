"""Trying a draft or a version on a contact, as it is or made up. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts import people
from contacts.checking import Faulty
from contacts.models import Contact
from contacts.people import Person
from scoring import ledger, scratch
from scoring.document import parse, problems
from scoring.engine import Activity, Ledger, Profile, ledger_of
from scoring.made_up import MadeUp
from scoring.models import ScoringType, Version
from scoring.trying import Trial, try_out
from scoring.versions import Active


class CannotTry(Faulty):
    """The draft is not valid. `problems` says where."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A trial and of what: version None is the draft."""

    version: Version | None
    document: Mapping[str, Any]
    trial: Trial


def of_contact(scoring_type: ScoringType, time_zone: str, version: Version | None, contact_id: int, also: Sequence[Activity], t: datetime) -> Attempt:
    """An existing contact, and what it would have done besides. Call it inside the workspace's scope.

    Args:
        time_zone: the draft's; a version has its own.
        version: None for the draft.

    Raises:
        CannotTry, Contact.DoesNotExist (there is none, or it was merged into another).
    """
    tried = _model(scoring_type, time_zone, version)
    workspace_id = scoring_type.workspace_id
    person = people.load(workspace_id, [contact_id]).get(contact_id)
    if person is None:
        raise Contact.DoesNotExist
    history = ledger.histories(workspace_id, [contact_id], tried.active.model.names, t)
    recorded = scratch.from_histories(workspace_id, [tried.active], history, t)[tried.active.id, contact_id]
    if also:
        recorded = _with(recorded, tried.active, [*history[contact_id], *also], also, t)
    return tried.attempt([*history[contact_id], *also], recorded, person, t)


def of_made_up(scoring_type: ScoringType, time_zone: str, version: Version | None, made_up: MadeUp, t: datetime) -> Attempt:
    """A made-up contact, first heard of with the earliest of its activities unless it says when.

    Raises:
        CannotTry.
    """
    tried = _model(scoring_type, time_zone, version)
    created_at = made_up.created_at or min((one.occurred_at for one in made_up.activities), default=t)
    person = Person(0, created_at, traits=dict(made_up.traits), company_traits=dict(made_up.company))
    return tried.attempt(made_up.activities, ledger_of(tried.active.model, made_up.activities, t), person, t)


@dataclass(frozen=True, slots=True)
class _Tried:
    version: Version | None
    document: Mapping[str, Any]
    active: Active

    def attempt(self, activities: Sequence[Activity], recorded: Ledger, person: Person, t: datetime) -> Attempt:
        profile = Profile(person.profile(), person.company_traits)
        return Attempt(self.version, self.document, try_out(self.document, self.active.model, activities, recorded, profile, t))


def _model(scoring_type: ScoringType, time_zone: str, version: Version | None) -> _Tried:
    document: Any = version.document if version else scoring_type.draft
    if version is None and (found := problems(document)):
        raise CannotTry(found)
    model = parse(document, version.time_zone if version else time_zone)
    return _Tried(version, document, Active(0, scoring_type.id, scoring_type.key, version.number if version else 0, False, model))


def _with(recorded: Ledger, active: Active, all_of_them: Sequence[Activity], also: Sequence[Activity], t: datetime) -> Ledger:
    """The ledger after made-up activities: awards and resets from scratch; what was last heard, of what was recorded and of these."""
    whole, heard = ledger_of(active.model, all_of_them, t, recorded.adjustments), ledger_of(active.model, also, t).last
    last = {**recorded.last, **{name: max(at, recorded.last.get(name, at)) for name, at in heard.items()}}
    return Ledger(whole.awards, last, whole.reset, recorded.adjustments)
