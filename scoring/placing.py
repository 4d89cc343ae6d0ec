"""New matches in the ledgers of contacts: what they add, and what they push out. Every statement serves the whole batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from contacts.people import Person
from scoring import ledger
from scoring.engine import Activity, Adjustment, Award, Change, Held, Tally, award, is_past, matches, place, slot_of, window_of
from scoring.ledger import Entry, Place, Slot
from scoring.model import ActivityRule
from scoring.standings import Stored
from scoring.versions import Active
from scoring.worth import later, sooner

NOTHING = Tally({})
LATE = timedelta(hours=24)  # a step whose newest activity is older than this at its reception is an import

Wanted = dict[Slot, tuple["Pair", ActivityRule, list[Activity]]]
"""Matches by the slots that they are counted in."""


@dataclass(slots=True)
class Touched:
    """A locked contact and what is new about it. `received` maps an activity's id to its reception; `adjustments` are by scoring type.

    `mailed`: when what is new of its e-mails occurred. `gone`, `back`: activities that were scored and are a bot's by now; the other way round.
    `again`: the activities were scored before, and are looked at once more for what has become free in their slots. `unsettled`: what was last
    heard, and the latest reset, may be a bot's. `is_net`: all since the stage on record is one step, for the contact rested.
    """

    person: Person
    activities: list[Activity] = field(default_factory=list)
    received: dict[int, datetime] = field(default_factory=dict)
    adjustments: Mapping[int, Sequence[Adjustment]] = field(default_factory=dict)
    mailed: list[datetime] = field(default_factory=list)
    merged: bool = False
    from_scratch: bool = False
    is_net: bool = False
    gone: list[Activity] = field(default_factory=list)
    back: list[Activity] = field(default_factory=list)
    again: bool = False
    unsettled: bool = False
    cause: str | None = None

    @property
    def is_reclassified(self) -> bool:
        """Whether some of its earlier activities are taken for a bot's, or no longer are."""
        return bool(self.gone or self.back or self.unsettled)

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
class Pair:
    """A contact in a version: what is stored of it, its tally as of now, and what the activities in `news` change in the ledger.

    `base` is the tally that the changes apply to: that of now, with what starts over, was heard or adjusted by what is new. `reread` is the
    tally of now where earlier activities are reclassified, without the new calls.
    """

    version: Active
    touched: Touched
    stored: Stored | None
    news: Sequence[Activity]
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


def place_new(workspace_id: int, pairs: Sequence[Pair]) -> None:
    """Notes what the news of each change in its ledger: what matches a rule without a frequency at once, the others among the entries of their
    slots. See `write`.
    """
    wanted: Wanted = {}
    for pair in pairs:
        free = sort(pair, pair.news, wanted)
        if free and not pair.touched.again:
            pair.changes.append(Change(added=tuple(free)))
    place_in_slots(workspace_id, wanted)


def place_in_slots(workspace_id: int, wanted: Wanted) -> None:
    """Notes with each pair what its matches change in their slots. Those that are there already change nothing."""
    held = held_of(workspace_id, wanted)
    for slot, (pair, rule, activities) in wanted.items():
        found = held.get(slot, Held())
        if not is_past(rule, found, activities):
            pair.changes.append(place(rule, found.entries, activities, found.before))


def sort(pair: Pair, activities: Sequence[Activity], wanted: Wanted) -> list[Award]:
    """Adds what the activities match to their slots in `wanted`; the entries of rules without a frequency, which have none."""
    version, contact = pair.place
    free = []
    for activity in activities:
        for rule in matches(pair.version.model, activity):
            if rule.frequency is None:
                free.append(award(rule, activity, ""))
            else:
                slot = (version, contact, rule.position, slot_of(rule, activity))
                wanted.setdefault(slot, (pair, rule, []))[2].append(activity)
    return free


def held_of(workspace_id: int, wanted: Wanted) -> dict[Slot, Held]:
    """What the ledger holds of the slots from the first match on, or of the windows around the matches."""
    spans, firsts = {}, {}
    for slot, (_, rule, activities) in wanted.items():
        if window := window_of(rule):
            instants = [activity.occurred_at for activity in activities]
            spans[slot] = (sooner(min(instants), window), later(max(instants), window))
        else:
            firsts[slot] = min(activity.order for activity in activities)
    return {**ledger.slots(workspace_id, firsts), **ledger.windows(workspace_id, spans)}


def write(workspace_id: int, pairs: Sequence[Pair]) -> None:
    """Writes what has changed in the ledgers of pairs."""
    ledger.drop(workspace_id, entries(pairs, "dropped"))
    ledger.add(workspace_id, entries(pairs, "added"))


def entries(pairs: Sequence[Pair], side: Literal["added", "dropped"]) -> Iterator[Entry]:
    """The ledger entries that the pairs' changes add, or drop."""
    for pair in pairs:
        version, contact = pair.place
        for change in pair.changes:
            for one in getattr(change, side):
                yield Entry(version, contact, one)
