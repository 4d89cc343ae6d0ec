"""Bringing scores up to date: with new activities, with changed profiles, with time; incrementally and from scratch.

The caller has locked the contacts and holds the transaction. Each contact makes at most two steps in a scoring type: first to the present
without the new calls, then with them (scoring semantics §6).
"""
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from contacts.people import Person
from notifications import outbox
from scoring import ledger, scratch, standings, starting_over
from scoring.engine import (
    Activity,
    Adjustment,
    Change,
    Held,
    Ledger,
    Profile,
    Tally,
    award,
    changed,
    heard,
    is_past,
    matches,
    moved,
    next_sweep,
    outcome,
    place,
    reset_at,
    slot_of,
    tally,
    window_of,
)  # fmt: skip
from scoring.ledger import Entry, Place, Slot
from scoring.model import ActivityRule
from scoring.recording import Recorder
from scoring.standings import Computed, Stored
from scoring.versions import Active
from scoring.worth import later, sooner

NOTHING = Tally({})
LATE = timedelta(hours=24)  # a step whose newest activity is older than this at its reception is an import


@dataclass(slots=True)
class Touched:
    """A locked contact and what is new about it. `received` maps an activity's id to its reception; `adjustments` are by scoring type.

    `mailed`: when what is new of its e-mails occurred. `reclassified`: some of its earlier activities are taken for a bot's, or no longer are.
    `is_net`: all since the stage on record is one step, for the contact rested.
    """

    person: Person
    activities: list[Activity] = field(default_factory=list)
    received: dict[int, datetime] = field(default_factory=dict)
    adjustments: Mapping[int, Sequence[Adjustment]] = field(default_factory=dict)
    mailed: list[datetime] = field(default_factory=list)
    merged: bool = False
    from_scratch: bool = False
    is_net: bool = False
    reclassified: bool = False
    cause: str | None = None

    def step_cause(self) -> str:
        """The cause of the step that these calls make."""
        if self.cause:
            return self.cause
        if self.adjustments:
            return "adjustment"
        if not self.activities:
            return "merge" if self.merged else "profile"
        newest = max(self.activities, key=lambda activity: activity.order)
        return "import" if self.received[newest.id] - newest.occurred_at > LATE else "activity"


@dataclass(slots=True)
class _Pair:
    """A contact in a version: what is stored of it, its tally as of now, and what the new activities change in the ledger.

    `base` is the tally that the changes apply to: that of now, with what starts over, was heard or adjusted by what is new. `reread` is the
    tally of now where earlier activities are reclassified, without the new calls.
    """

    version: Active
    touched: Touched
    stored: Stored | None
    tally: Tally | None = None
    reread: Tally | None = None
    base: Tally = NOTHING
    changes: list[Change] = field(default_factory=list)

    @property
    def from_scratch(self) -> bool:
        """Whether the ledger has to be computed from all activities. A contact that was there before has more of them than the new ones."""
        return self.touched.from_scratch or (self.stored is None and not self.touched.person.is_new)

    @property
    def place(self) -> Place:
        return self.version.id, self.touched.person.id

    def is_due(self, t: datetime) -> bool:
        return self.stored is not None and self.stored.next_due_at is not None and self.stored.next_due_at <= t


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
    _reread(workspace_id, [pair for pair in pairs if pair.touched.reclassified and not pair.from_scratch], t)
    _change_ledger(workspace_id, pairs, t)
    recorder = Recorder(workspace_id, versions, contact_ids, t)
    expiries = _expiries_ahead(workspace_id, pairs, t)
    standings.save(workspace_id, [_take_steps(pair, recorder, expiries, t) for pair in pairs])
    outbox.queue(workspace_id, recorder.save())


def _pairs(versions: Sequence[Active], touched: Collection[Touched], stored: Mapping[Place, Stored]) -> list[_Pair]:
    """A version that is being built keeps up the contacts it has, and takes in those that are new or counted anew; the others have a range."""
    pairs = [_Pair(version, one, stored.get((version.id, one.person.id))) for one in touched for version in versions]
    return [pair for pair in pairs if pair.version.is_live or pair.stored or pair.touched.person.is_new or pair.touched.from_scratch]


def _bring_to_present(workspace_id: int, pairs: Sequence[_Pair], t: datetime) -> None:
    """Takes what has expired since out of the tallies. Before the ledger is changed, so that nothing new is taken for expired."""
    due = {pair.place: (pair.stored.computed_at, pair.stored.tally.reset) for pair in pairs if pair.stored and pair.is_due(t)}
    expired = ledger.expired(workspace_id, due, t) if due else {}
    for pair in pairs:
        if pair.stored:
            pair.tally = moved(pair.version.model, pair.stored.tally, expired.get(pair.place, {}), t)


def _change_ledger(workspace_id: int, pairs: Sequence[_Pair], t: datetime) -> None:
    kept = [pair for pair in pairs if not pair.from_scratch]
    _rebuild(workspace_id, [pair for pair in pairs if pair.from_scratch], t)
    _start_over(workspace_id, kept, t)
    for pair in kept:
        _hear(pair, t)
    _place(workspace_id, kept)


def _start_over(workspace_id: int, pairs: Sequence[_Pair], t: datetime) -> None:
    """Sets each pair's base to its present tally, less what new activities void. Before the ledger is changed, which still holds all of that."""
    resets: dict[Place, tuple[int, Tally, datetime]] = {}
    for pair in pairs:
        pair.base = pair.reread or pair.tally or NOTHING
        reset = reset_at(pair.version.model, pair.touched.activities, t) if pair.version.model.resets else None
        if reset is not None and (pair.base.reset is None or reset > pair.base.reset):
            resets[pair.place] = (pair.version.type_id, pair.base, reset)
    if resets:
        fresh = starting_over.tallies(workspace_id, {pair.version.id: pair.version.model for pair in pairs}, resets, t)
        for pair in pairs:
            pair.base = fresh.get(pair.place, pair.base)


def _hear(pair: _Pair, t: datetime) -> None:
    """Adds to the base what was heard, and the adjustments."""
    if pair.version.model.silences:
        pair.base = pair.base.heard(heard(pair.version.model, pair.touched.activities, t))
    for adjustment in pair.touched.adjustments.get(pair.version.type_id, ()):
        if pair.base.reset is None or adjustment.awarded_at > pair.base.reset:
            pair.base = pair.base.plus(adjustment.points)


def _place(workspace_id: int, pairs: Sequence[_Pair]) -> None:
    """Awards new matches: those of a rule without a frequency at once, the others among the entries of their slots."""
    wanted: dict[Slot, tuple[_Pair, ActivityRule, list[Activity]]] = {}
    for pair in pairs:
        version, contact = pair.place
        free = []
        for activity in pair.touched.activities:
            for rule in matches(pair.version.model, activity):
                if rule.frequency is None:
                    free.append(award(rule, activity, ""))
                else:
                    slot = (version, contact, rule.position, slot_of(rule, activity))
                    wanted.setdefault(slot, (pair, rule, []))[2].append(activity)
        if free:
            pair.changes.append(Change(added=tuple(free)))
    held = _held(workspace_id, wanted)
    for slot, (pair, rule, activities) in wanted.items():
        found = held.get(slot, Held())
        if not is_past(rule, found, activities):
            pair.changes.append(place(rule, found.entries, activities, found.before))
    ledger.drop(workspace_id, _entries(pairs, "dropped"))
    ledger.add(workspace_id, _entries(pairs, "added"))


def _held(workspace_id: int, wanted: Mapping[Slot, tuple[_Pair, ActivityRule, list[Activity]]]) -> dict[Slot, Held]:
    """What the ledger holds of the slots from the first new match on, or of the windows around the new matches."""
    spans, firsts = {}, {}
    for slot, (_, rule, activities) in wanted.items():
        if window := window_of(rule):
            instants = [activity.occurred_at for activity in activities]
            spans[slot] = (sooner(min(instants), window), later(max(instants), window))
        else:
            firsts[slot] = min(activity.order for activity in activities)
    return {**ledger.slots(workspace_id, firsts), **ledger.windows(workspace_id, spans)}


def _rebuild(workspace_id: int, pairs: Sequence[_Pair], t: datetime) -> None:
    """Computes the ledger of some contacts from all of their activities."""
    if not pairs:
        return
    contacts, versions = {pair.touched.person.id for pair in pairs}, {pair.version.id: pair.version for pair in pairs}
    ledger.drop_all(workspace_id, contacts, versions)
    ledgers = scratch.ledgers(workspace_id, list(versions.values()), contacts, t)
    for pair in pairs:
        pair.base, pair.changes = _begun(pair, ledgers[pair.place], t)
    ledger.add(workspace_id, _entries(pairs, "added"))


def _reread(workspace_id: int, pairs: Sequence[_Pair], t: datetime) -> None:
    """Computes anew what earlier activities record, by what they are taken for now. The new ones come on top, as ever."""
    if not pairs:
        return
    contacts, versions = {pair.touched.person.id for pair in pairs}, {pair.version.id: pair.version for pair in pairs}
    new = {activity.id for pair in pairs for activity in pair.touched.activities}
    ledger.drop_all(workspace_id, contacts, versions)
    ledgers = scratch.ledgers(workspace_id, list(versions.values()), contacts, t, without=new)
    entries: list[Entry] = []
    for pair in pairs:
        base, changes = _begun(pair, ledgers[pair.place], t)
        pair.reread = changed(pair.version.model, base, changes, t)
        entries += (Entry(*pair.place, award) for change in changes for award in change.added)
    ledger.add(workspace_id, entries)


def _begun(pair: _Pair, found: Ledger, t: datetime) -> tuple[Tally, list[Change]]:
    base = tally(pair.version.model, (), t, last=found.last, reset=found.reset, adjustments=found.adjustments)
    return base, [Change(added=tuple(found.awards))]


def _entries(pairs: Sequence[_Pair], side: Literal["added", "dropped"]) -> Iterator[Entry]:
    return (Entry(*pair.place, award) for pair in pairs for change in pair.changes for award in getattr(change, side))


def _take_steps(pair: _Pair, recorder: Recorder, expiries: Mapping[Place, datetime], t: datetime) -> Computed:
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


def _step_to_present(pair: _Pair, present: Tally, recorder: Recorder, t: datetime) -> None:
    """The step without the new calls, where time, the company or a new version may have made one."""
    person, version = pair.touched.person, pair.version
    is_unsettled = recorder.is_unsettled(version, person.id)
    if not (pair.is_due(t) or is_unsettled or person.company_changed):
        return
    profile = Profile(*(person.before or (person.profile(), person.company_traits)))
    cause = "model" if is_unsettled else "profile" if person.company_changed else "time"
    recorder.step(version, person, cause, outcome(version.model, present, profile, t), present)


def _expiries_ahead(workspace_id: int, pairs: Sequence[_Pair], t: datetime) -> Mapping[Place, datetime]:
    """The next expiry of each pair whose row no longer says it."""
    stale = [pair.place for pair in pairs if pair.is_due(t) or pair.reread is not None]
    return ledger.next_expiries(workspace_id, stale, t) if stale else {}


def _next_expiry(pair: _Pair, expiries: Mapping[Place, datetime], t: datetime) -> datetime | None:
    """Never later than the next expiry: of those just awarded, and of what the row already waits for."""
    added = (award.expires_at for change in pair.changes for award in change.added)
    instants = [instant for instant in added if instant is not None and instant > t]
    if pair.place in expiries:
        instants.append(expiries[pair.place])
    elif pair.stored and pair.stored.next_due_at and pair.stored.next_due_at > t:
        instants.append(pair.stored.next_due_at)
    return min(instants, default=None)
