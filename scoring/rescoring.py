"""Bringing scores up to date: with new activities, with changed profiles, with time; incrementally and from scratch.

The caller has locked the contacts and holds the transaction. Each contact makes at most two steps in a scoring type: first to the present
without the new calls, then with them (docs/how-scores-work.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from notifications import outbox
from scoring import ledger, scratch, standings, starting_over, taking_back
from scoring.engine import Change, Ledger, Profile, Tally, changed, heard, moved, next_sweep, outcome, reset_at, tally
from scoring.ledger import Place
from scoring.placing import NOTHING, Pair, Touched, entries, place_new, write
from scoring.recording import Recorder
from scoring.standings import Computed, Stored
from scoring.versions import Active

__all__ = ["Touched", "rescore"]


def rescore(workspace_id: int, versions: Sequence[Active], touched: Collection[Touched], t: datetime) -> None:
    """Applies what is new to the ledger, the scores and the stages, and queues messages.

    Args:
        versions: `scoring.versions.active`, locked before the contacts.
        t: read from the clock after the contacts were locked.
    """
    if not versions or not touched:
        return
    contact_ids = [one.person.id for one in touched]
    stored = standings.load(workspace_id, [version.id for version in versions], contact_ids)
    t = max([t, *(row.computed_at for row in stored.values())])
    pairs = _pairs(versions, touched, stored)
    _bring_to_present(workspace_id, pairs, t)
    _reread(workspace_id, [pair for pair in pairs if pair.touched.is_reclassified and not pair.from_scratch], t)
    _change_ledger(workspace_id, pairs, t)
    recorder = Recorder(workspace_id, versions, contact_ids, t)
    expiries = _expiries_ahead(workspace_id, pairs, t)
    with ledger.adding(workspace_id, entries(pairs, "added")):
        computed = [_take_steps(pair, recorder, expiries, t) for pair in pairs]
    standings.save(workspace_id, computed)
    outbox.queue(workspace_id, recorder.save())


def _pairs(versions: Sequence[Active], touched: Collection[Touched], stored: Mapping[Place, Stored]) -> list[Pair]:
    """A version that is being built keeps up the contacts it has, and takes in those that are new or counted anew; the others have a range."""
    pairs = [Pair(version, one, stored.get((version.id, one.person.id)), one.activities) for one in touched for version in versions]
    return [pair for pair in pairs if pair.version.is_live or pair.stored or pair.touched.person.is_new or pair.touched.from_scratch]


def _bring_to_present(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Takes what has expired since out of the tallies. Before the ledger is changed, so that nothing new is taken for expired."""
    due = {pair.place: (pair.stored.computed_at, pair.stored.tally.reset) for pair in pairs if pair.stored and pair.is_due(t)}
    expired = ledger.expired(workspace_id, due, t) if due else {}
    for pair in pairs:
        if pair.stored:
            pair.tally = moved(pair.version.model, pair.stored.tally, expired.get(pair.place, {}), t)


def _change_ledger(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Finds what has to be awarded, and takes out of the ledger what is none any more."""
    kept = [pair for pair in pairs if not pair.from_scratch]
    _rebuild(workspace_id, [pair for pair in pairs if pair.from_scratch], t)
    _count(workspace_id, kept, t)
    ledger.drop(workspace_id, entries(kept, "dropped"))
    for pair in kept:
        _adjust(pair)


def _count(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Notes what the news of each change: in its base what starts over and was heard, in its changes what is awarded."""
    _start_over(workspace_id, pairs, t)
    for pair in pairs:
        if pair.version.model.silences:
            pair.base = pair.base.heard(heard(pair.version.model, pair.news, t))
    place_new(workspace_id, pairs)


def _start_over(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Sets each pair's base to its present tally, less what new activities void. Before the ledger is changed, which still holds all of that."""
    resets: dict[Place, tuple[int, Tally, datetime]] = {}
    for pair in pairs:
        pair.base = pair.reread or pair.tally or NOTHING
        reset = reset_at(pair.version.model, pair.news, t) if pair.version.model.resets else None
        if reset is not None and (pair.base.reset is None or reset > pair.base.reset):
            resets[pair.place] = (pair.version.type_id, pair.base, reset)
    if resets:
        fresh = starting_over.tallies(workspace_id, {pair.version.id: pair.version.model for pair in pairs}, resets, t)
        for pair in pairs:
            pair.base = fresh.get(pair.place, pair.base)


def _adjust(pair: Pair) -> None:
    """Adds the adjustments to the base."""
    for adjustment in pair.touched.adjustments.get(pair.version.type_id, ()):
        if pair.base.reset is None or adjustment.awarded_at > pair.base.reset:
            pair.base = pair.base.plus(adjustment.points)


def _rebuild(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Computes the ledger of some contacts from all of their activities, and empties what there is."""
    if not pairs:
        return
    contacts, versions = {pair.touched.person.id for pair in pairs}, {pair.version.id: pair.version for pair in pairs}
    ledger.drop_all(workspace_id, contacts, versions)
    ledgers = scratch.ledgers(workspace_id, list(versions.values()), contacts, t)
    for pair in pairs:
        pair.base, pair.changes = _begun(pair, ledgers[pair.place], t)


def _reread(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Counts what earlier activities are taken for now. The new ones come on top, as ever."""
    if not pairs:
        return
    taking_back.take_back(workspace_id, pairs, t)
    given = [pair for pair in pairs if pair.touched.back]
    for pair in given:
        pair.news = pair.touched.back
    _count(workspace_id, given, t)
    write(workspace_id, given)
    for pair in given:
        pair.reread = changed(pair.version.model, pair.base, pair.changes, t)
        pair.news, pair.changes = pair.touched.activities, []


def _begun(pair: Pair, found: Ledger, t: datetime) -> tuple[Tally, list[Change]]:
    base = tally(pair.version.model, (), t, last=found.last, reset=found.reset, adjustments=found.adjustments)
    return base, [Change(added=tuple(found.awards))]


def _take_steps(pair: Pair, recorder: Recorder, expiries: Mapping[Place, datetime], t: datetime) -> Computed:
    """Takes the pair's steps; the score at their end."""
    model, person = pair.version.model, pair.touched.person
    if pair.version.is_live and pair.tally is not None and not pair.touched.is_net:
        _step_to_present(pair, pair.tally, recorder, t)
        if pair.reread is not None:
            profile = Profile(*(person.before or (person.profile(), person.company_traits)))
            recorder.step(pair.version, person, "reclassification", outcome(model, pair.reread, profile, t), pair.reread)
    after = changed(model, pair.base, pair.changes, t)
    profile = Profile(person.profile(), person.company_traits)
    result = outcome(model, after, profile, t)
    if pair.version.is_live:
        recorder.step(pair.version, person, pair.touched.step_cause(), result, after)
    due = next_sweep(model, after, profile, result, _next_expiry(pair, expiries, t), t, person.id)
    return Computed(pair.version.id, person.id, result, after, t, due)


def _step_to_present(pair: Pair, present: Tally, recorder: Recorder, t: datetime) -> None:
    """The step without the new calls, where time, the company or a new version may have made one."""
    person, version = pair.touched.person, pair.version
    is_unsettled = recorder.is_unsettled(version, person.id)
    if not (pair.is_due(t) or is_unsettled or person.company_changed):
        return
    profile = Profile(*(person.before or (person.profile(), person.company_traits)))
    cause = "model" if is_unsettled else "profile" if person.company_changed else "time"
    recorder.step(version, person, cause, outcome(version.model, present, profile, t), present)


def _expiries_ahead(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> Mapping[Place, datetime]:
    """The next expiry of each pair whose row no longer says it."""
    stale = [pair.place for pair in pairs if pair.is_due(t) or pair.reread is not None]
    return ledger.next_expiries(workspace_id, stale, t) if stale else {}


def _next_expiry(pair: Pair, expiries: Mapping[Place, datetime], t: datetime) -> datetime | None:
    """Never later than the next expiry: of those just awarded, and of what the row already waits for."""
    added = (award.expires_at for change in pair.changes for award in change.added)
    instants = [instant for instant in added if instant is not None and instant > t]
    if pair.place in expiries:
        instants.append(expiries[pair.place])
    elif pair.stored and pair.stored.next_due_at and pair.stored.next_due_at > t:
        instants.append(pair.stored.next_due_at)
    return min(instants, default=None)
