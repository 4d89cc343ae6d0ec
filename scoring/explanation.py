"""Reading a contact's scores with everything that makes them, at any instant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from contacts import people
from leadscore.sql import fetch
from scoring import adjustments, ledger, scratch, standings
from scoring.engine import Explanation, Ledger, Profile, Tally, explain, gap
from scoring.ledger import Place
from scoring.model import Stage
from scoring.versions import Active, live


@dataclass(frozen=True, slots=True)
class Explained:
    """A score in one scoring type and why: lines and cuts that add up to it, and what is missing to the next stage."""

    version: Active
    ledger: Ledger
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
    ledgers = scratch.ledgers(workspace_id, versions, [contact_id], t) if from_scratch else _recorded(workspace_id, contact_id, versions)
    profile = Profile(person.profile(), person.company_traits)
    return [_explained(version, ledgers[version.id, contact_id], profile, t) for version in versions]


def _explained(version: Active, found: Ledger, profile: Profile, t: datetime) -> Explained:
    explanation = explain(version.model, found, profile, t)
    missing = gap(version.model, explanation.outcome)
    return Explained(version, found, explanation, *(missing or (None, None)))


def _recorded(workspace_id: int, contact_id: int, versions: Collection[Active]) -> dict[Place, Ledger]:
    """The ledgers as they are kept; what was heard and the latest reset are in the score rows."""
    version_ids = [version.id for version in versions]
    entries = ledger.of_contact(workspace_id, contact_id, version_ids)
    stored = standings.load(workspace_id, version_ids, [contact_id])
    given = adjustments.of_contacts(workspace_id, [version.type_id for version in versions], [contact_id])
    tallies = {version.id: stored[version.id, contact_id].tally if (version.id, contact_id) in stored else Tally({}) for version in versions}
    return {
        (version.id, contact_id): Ledger(
            entries.get(version.id, ()), tallies[version.id].last, tallies[version.id].reset, given.get((version.type_id, contact_id), ())
        )
        for version in versions
    }


def labels(workspace_id: int, activity_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Name and label-making properties (JSON text) of activities, for showing what an award was for."""
    rows = fetch(
        "SELECT id, name, properties::text FROM contacts_activity WHERE workspace_id = %s AND id = ANY(%s)", [workspace_id, list(activity_ids)]
    )
    return {id: (name, properties) for id, name, properties in rows}
