"""Reading a contact's scores with everything that makes them, at any instant."""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from contacts import people
from leadscore.sql import fetch
from scoring import ledger
from scoring.engine import Award, Explanation, Profile, awards, explain, gap
from scoring.model import Stage
from scoring.versions import Active, live


@dataclass(frozen=True, slots=True)
class Explained:
    """A score in one scoring type and why: lines and cuts that add up to it, and what is missing to the next stage."""

    version: Active
    explanation: Explanation
    next_stage: Stage | None
    points_missing: int | None

    @property
    def stage(self) -> Stage | None:
        """The stage reached."""
        rank = self.explanation.outcome.rank
        return self.version.model.stages[rank - 1] if rank else None


def of_contact(
    workspace_id: int, contact_id: int, t: datetime, *, from_scratch: bool = False, keys: Collection[str] | None = None
) -> list[Explained]:
    """The contact's scores at `t` in the live versions, by type; empty for a contact that is not there.

    The ledger is read for the present. `from_scratch` computes it from the activities instead, which any other instant needs.
    """
    person = people.load(workspace_id, [contact_id]).get(contact_id)
    if person is None:
        return []
    versions = live(workspace_id, keys=keys)
    read = _computed if from_scratch else _recorded
    ledgers = read(workspace_id, contact_id, versions, t)
    profile = Profile(person.profile(), person.company_traits)
    return [_explained(version, ledgers.get(version.id, []), profile, t) for version in versions]


def _explained(version: Active, listed: Collection[Award], profile: Profile, t: datetime) -> Explained:
    explanation = explain(version.model, listed, profile, t)
    missing = gap(version.model, explanation.outcome)
    return Explained(version, explanation, *(missing or (None, None)))


def _recorded(workspace_id: int, contact_id: int, versions: Collection[Active], _: datetime) -> dict[int, list[Award]]:
    return ledger.of_contact(workspace_id, contact_id, [version.id for version in versions])


def _computed(workspace_id: int, contact_id: int, versions: Collection[Active], t: datetime) -> dict[int, list[Award]]:
    names = {name for version in versions for name in version.model.by_activity}
    history = ledger.histories(workspace_id, [contact_id], names, t)[contact_id]
    return {version.id: awards(version.model, history, t) for version in versions}


def labels(workspace_id: int, activity_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Name and label-making properties (JSON text) of activities, for showing what an award was for."""
    rows = fetch(
        "SELECT id, name, properties::text FROM contacts_activity WHERE workspace_id = %s AND id = ANY(%s)", [workspace_id, list(activity_ids)]
    )
    return {id: (name, properties) for id, name, properties in rows}
