"""How far a contact has come on the ladder of stages, and when it falls back if nothing happens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from contacts.conditions import next_flip
from leadscore.sql import fetch
from scoring.engine import Profile, moved, values
from scoring.explanation import Explained
from scoring.model import InactivityRule, Stage
from scoring.scores import grade_of, heard_last, summed
from scoring.worth import day_of, midnight, next_span

MOST_FLIPS = 400  # of relative dates that are followed: a field may list any number of dates
MOST_LOOKS = 500  # instants at which the score is worked out; one rule that fades over a century takes 32

Entered = Mapping[tuple[int, str], datetime]
"""(scoring type, stage's key) → when it was last entered."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage on the ladder. `threshold` is that of the contact's grade; None where the grade is barred from it."""

    name: str
    rank: int
    threshold: int | None
    here: bool
    past: bool
    entered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Fall:
    """A step down that time alone will bring. `stage` is None where none is left."""

    at: datetime
    stage: Stage | None


def entered(workspace_id: int, contact_id: int) -> Entered:
    """When the contact last entered each stage, by all scoring types."""
    rows = fetch(
        """SELECT scoring_type_id, stage, max(at) FROM scoring_stagechange
           WHERE workspace_id = %s AND contact_id = %s AND direction = 'entered' GROUP BY 1, 2""",
        [workspace_id, contact_id],
    )
    return {(type_id, stage): at for type_id, stage, at in rows}


def ladder(explained: Explained, entered: Entered) -> list[Rung]:
    """The stages, highest first."""
    outcome, type_id = explained.explanation.outcome, explained.version.type_id
    rungs = [
        Rung(
            stage.name, rank, stage.effective(outcome.grade), here=rank == outcome.rank, past=rank < outcome.rank,
            entered_at=entered.get((type_id, stage.key)) if rank <= outcome.rank else None,
        )
        for rank, stage in enumerate(explained.version.model.stages, start=1)
    ]  # fmt: skip
    return rungs[::-1]


def fall(explained: Explained, profile: Profile, t: datetime) -> Fall | None:
    """The next step down if nothing happens, however far ahead; None where there is none.

    None as well where what is given and what is taken fade so close beside each other, for years, that MOST_LOOKS do not tell.
    """
    model, rank = explained.version.model, explained.explanation.outcome.rank
    ahead = _Ahead(explained, profile, t)
    try:
        at = next((found for stretch in ahead.stretches() if (found := ahead.first_below(stretch, rank))), None)
    except _TooManyLooks:
        return None
    if at is None:
        return None
    then = ahead.least(at, at)
    return Fall(at, model.stages[then - 1] if then else None)


class _TooManyLooks(Exception):
    """MOST_LOOKS were not enough."""


class _Ahead:
    """What time makes of a contact's score if nothing happens.

    While no relative date flips, each rule's value goes one way: what expires or fades comes nearer to nothing, what falls silent goes away from
    it. So no rule gives less within a stretch than at one of its ends, and a stretch whose least sum keeps the stage need not be walked through.
    """

    def __init__(self, explained: Explained, profile: Profile, t: datetime) -> None:
        self.model, self.tally, self.profile, self.t = explained.version.model, explained.explanation.tally, profile, t
        self.ends: dict[int, list[datetime]] = defaultdict(list)
        for award in explained.ledger.awards:
            if award.expires_at and award.alive(t) and (self.tally.reset is None or award.awarded_at > self.tally.reset):
                insort(self.ends[award.rule], award.expires_at)
        self.known: dict[datetime, Mapping[int, int]] = {}

    def stretches(self) -> Iterator[list[datetime]]:
        """The instants at which the score may change, in order; those in one list have no flip of a relative date between them."""
        instants, flips = self._instants(), self._flips()
        for start, end in pairwise((None, *flips, None)):
            first, last = 0 if start is None else bisect_right(instants, start), len(instants) if end is None else bisect_left(instants, end)
            yield ([] if start is None else [start]) + instants[first:last]

    def _instants(self) -> list[datetime]:
        expiries = (end for ends in self.ends.values() for end in ends)
        silent = (span for rule in self.model.silences for span in self._silent(rule))
        last = max((max(days) + self.model.fading[rule] for rule, days in self.tally.fading.items()), default=0)
        days = min(last, date.max.toordinal()) - day_of(self.t)
        fades = (midnight(self.t) + timedelta(days=day) for day in range(1, days + 1))
        return sorted({*expiries, *silent, *fades})

    def _silent(self, rule: InactivityRule) -> Iterator[datetime]:
        last, at = heard_last(rule, self.tally, self.profile), self.t
        while last and (span := next_span(rule, last, at)):
            yield (at := span)

    def _flips(self) -> list[datetime]:
        facts, found, at = self.profile.facts, list[datetime](), self.t
        while len(found) < MOST_FLIPS:
            flip = next_flip(self.model.relative, facts, at)
            if flip is None:
                break
            found.append(at := flip)
        return found

    def first_below(self, instants: Sequence[datetime], rank: int) -> datetime | None:
        """The first of a stretch's instants at which the stage is below a rank."""
        if not instants or self.least(instants[0], instants[-1]) >= rank:
            return None
        if len(instants) == 1:
            return instants[0]
        half = len(instants) // 2
        return self.first_below(instants[:half], rank) or self.first_below(instants[half:], rank)

    def least(self, first: datetime, last: datetime) -> int:
        """A rank that the stage is not below from one instant of a stretch to another; that of the instant, where they are one."""
        one, other = self._values(first), self._values(last)
        values = {rule: min(one.get(rule, 0), other.get(rule, 0)) for rule in {*one, *other}}
        return summed(self.model, values, self.tally.adjusted, grade_of(self.model, self.profile, first)).rank

    def _values(self, at: datetime) -> Mapping[int, int]:
        if at not in self.known:
            if len(self.known) >= MOST_LOOKS:
                raise _TooManyLooks
            expired = {rule: bisect_right(ends, at) for rule, ends in self.ends.items()}
            self.known[at] = values(self.model, moved(self.model, self.tally, expired, at), self.profile, at)
        return self.known[at]
