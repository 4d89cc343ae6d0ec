"""A version's awards and scores: from scratch, or from what the live version's ledger has of rules that are the same. And their end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contacts.people import Person
from leadscore.sql import run
from scoring import ledger, scratch, standings
from scoring.engine import Award, Ledger, Profile, next_sweep, outcome, tally
from scoring.ledger import Entry
from scoring.model import ActivityRule
from scoring.standings import Computed, Stored
from scoring.taking_over import Carried, taken_over
from scoring.versions import Active

ROWS = 20_000  # deleted in one transaction


@dataclass(frozen=True, slots=True)
class Source:
    """The live version that a new one takes over from."""

    version_id: int
    carried: Carried


def build(workspace_id: int, version: Active, people: Sequence[Person], t: datetime, source: Source | None = None) -> None:
    """Computes the awards and scores of locked contacts in a version.

    Without a source, and for contacts that have no score by it, from all of their activities.
    """
    contact_ids = [person.id for person in people]
    ledger.drop_all(workspace_id, contact_ids, [version.id])
    found = _ledgers(workspace_id, version, contact_ids, t, source)
    standings.save(workspace_id, (_computed(version, person, found[person.id], t) for person in people))


def _ledgers(workspace_id: int, version: Active, contact_ids: Sequence[int], t: datetime, source: Source | None) -> dict[int, Ledger]:
    """Writes the contacts' entries in the version; the ledgers that they make."""
    stored = standings.load(workspace_id, [source.version_id], contact_ids) if source else {}
    held = {contact: score for (_, contact), score in stored.items()}
    found = _from_scratch(workspace_id, version, [contact for contact in contact_ids if contact not in held], t)
    if source and held:
        found |= _taken_over(workspace_id, version, held, t, source)
    return found


def _from_scratch(workspace_id: int, version: Active, contact_ids: Sequence[int], t: datetime) -> dict[int, Ledger]:
    if not contact_ids:
        return {}
    fresh = {contact: made for (_, contact), made in scratch.ledgers(workspace_id, [version], contact_ids, t).items()}
    ledger.add(workspace_id, (Entry(version.id, contact, award) for contact, made in fresh.items() for award in made.awards))
    return fresh


def _taken_over(workspace_id: int, version: Active, held: Mapping[int, Stored], t: datetime, source: Source) -> dict[int, Ledger]:
    """What differs is computed from the activities it needs; the entries of the other rules are copied within the database."""
    carried = source.carried
    fresh = _from_scratch(workspace_id, replace(version, model=carried.rest(version.model)), list(held), t)
    copied = _copied(workspace_id, version, list(held), source)
    return {
        contact: Ledger(
            [*made.awards, *copied.get(contact, ())],
            scratch.asked(version.model, held[contact].tally.last) if carried.last else made.last,
            held[contact].tally.reset if carried.resets else made.reset,
            made.adjustments,
        )
        for contact, made in fresh.items()
    }


def _copied(workspace_id: int, version: Active, contact_ids: Sequence[int], source: Source) -> dict[int, list[Award]]:
    by_old: dict[int, list[ActivityRule]] = defaultdict(list)
    for new, old in source.carried.rules.items():
        by_old[old].append(version.model.awarding(new))
    pairs = [(old, rule.position, rule.expiry.days if rule.expiry else None) for old, rules in by_old.items() for rule in rules]
    if not pairs:
        return {}
    ledger.copy(workspace_id, source.version_id, version.id, contact_ids, pairs)
    found = ledger.of_rules(workspace_id, source.version_id, contact_ids, by_old)
    return {contact: [taken_over(one, rule) for one in entries for rule in by_old[one.rule]] for contact, entries in found.items()}


def _computed(version: Active, person: Person, found: Ledger, t: datetime) -> Computed:
    profile = Profile(person.profile(), person.company_traits)
    counted = tally(version.model, found.awards, t, last=found.last, reset=found.reset, adjustments=found.adjustments)
    next_expiry = min((award.expires_at for award in found.awards if award.expires_at and award.expires_at > t), default=None)
    reached = outcome(version.model, counted, profile, t)
    due = next_sweep(version.model, counted, profile, reached, next_expiry, t, person.id)
    return Computed(version.id, person.id, reached, counted, t, due)


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
