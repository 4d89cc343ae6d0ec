"""A version's awards and scores from scratch, and their end."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from contacts.people import Person
from leadscore.sql import run
from scoring import ledger, scratch, standings
from scoring.engine import Ledger, Profile, next_due, outcome, tally
from scoring.ledger import Entry
from scoring.standings import Computed
from scoring.versions import Active

ROWS = 20_000  # deleted in one transaction


def build(workspace_id: int, version: Active, people: Sequence[Person], t: datetime) -> None:
    """Computes the awards and scores of locked contacts in a version from all of their activities."""
    contact_ids = [person.id for person in people]
    fresh = {contact: found for (_, contact), found in scratch.ledgers(workspace_id, [version], contact_ids, t).items()}
    ledger.drop_all(workspace_id, contact_ids, [version.id])
    ledger.add(workspace_id, (Entry(version.id, contact, award) for contact, found in fresh.items() for award in found.awards))
    standings.save(workspace_id, (_computed(version, person, fresh[person.id], t) for person in people))


def _computed(version: Active, person: Person, found: Ledger, t: datetime) -> Computed:
    profile = Profile(person.profile(), person.company_traits)
    counted = tally(version.model, found.awards, t, last=found.last, reset=found.reset, adjustments=found.adjustments)
    next_expiry = min((award.expires_at for award in found.awards if award.expires_at and award.expires_at > t), default=None)
    due = next_due(version.model, counted, profile, next_expiry, t)
    return Computed(version.id, person.id, outcome(version.model, counted, profile, t), counted, t, due)


def forget(workspace_id: int, version_ids: Collection[int]) -> int:
    """Deletes some of the awards and scores of versions that are over; how many rows. Call again until it is 0.

    A row that another writer holds is left to it: the two need not wait for each other, and it is a merge or an erasure that deletes it.
    """
    gone = 0
    for table in ("scoring_award", "scoring_score"):
        if gone < ROWS:
            gone += run(
                f"""DELETE FROM {table} WHERE ctid IN (
                        SELECT ctid FROM {table} WHERE workspace_id = %s AND version_id = ANY(%s) LIMIT %s FOR UPDATE SKIP LOCKED)
                    AND workspace_id = %s""",
                [workspace_id, list(version_ids), ROWS - gone, workspace_id],
            )
    return gone
