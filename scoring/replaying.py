"""What a model would have done over a stretch of the past: every step at which a stage would have been entered (docs/how-scores-work.md). Pure.

Activities of later never change which earlier ones were awarded, so the ledger of the end, cut off at an instant, is the ledger of that
instant. The profile is today's throughout.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scoring.engine import Adjustment, Award, Change, Outcome, Profile, Tally, changed, moved, next_due, outcome, passed, tally
from scoring.model import Model, Stage


@dataclass(frozen=True, slots=True)
class Past:
    """What is recorded of a contact in a model up to the end of the replay.

    awards: the ledger, in order. resets: the instants of the activities that reset. heard: by name, or "" for any that is not passive, when an
    activity was heard that a silence asks for; of those before the replay the latest is enough. late: instants whose activity was received
    more than a day after it had happened.
    """

    awards: Sequence[Award] = ()
    resets: Sequence[datetime] = ()
    heard: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    adjustments: Sequence[Adjustment] = ()
    late: Collection[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """One step upwards: the stages entered in it, lowest first, and the step's cause."""

    at: datetime
    cause: str
    stages: tuple[Stage, ...]


def replay(model: Model, past: Past, profile: Profile, since: datetime, t: datetime) -> tuple[list[Entry], Outcome]:
    """The steps upwards after `since` and up to `t`, each where an activity, an adjustment or time made it; and the outcome at `t`.

    What has been reached by `since` was entered before.
    """
    return _Replay(model, past, profile, since).until(t)


@dataclass(slots=True)
class _Happening:
    """What happened at one instant, as far as the model counts it."""

    awards: list[Award] = field(default_factory=list)
    heard: dict[str, datetime] = field(default_factory=dict)
    points: int = 0
    resets: bool = False
    is_adjustment: bool = True


class _Replay:
    """The state of a replay that has come to the instant `at`."""

    def __init__(self, model: Model, past: Past, profile: Profile, since: datetime) -> None:
        self.model, self.past, self.profile, self.at = model, past, profile, since
        self.expiries = deque(sorted((one.expires_at, one) for one in past.awards if one.expires_at is not None and one.expires_at > since))
        self.tally = self._from_scratch()
        reached = outcome(model, self.tally, profile, since)
        self.stage = reached.stage
        self.entered = [stage.key for stage in model.stages[: reached.rank] if stage.effective(reached.grade) is not None]
        self.entries: list[Entry] = []

    def until(self, t: datetime) -> tuple[list[Entry], Outcome]:
        happenings = _happenings(self.past, self.at, t)
        for instant in sorted(happenings):
            self._pass(instant)
            self._apply(instant, happenings[instant])
        self._pass(t)
        self._move(t)
        return self.entries, outcome(self.model, self.tally, self.profile, t)

    def _pass(self, until: datetime) -> None:
        """The steps that time makes up to and including an instant."""
        while (due := self._due()) is not None and due <= until:
            self._move(due)
            self._step("time")

    def _due(self) -> datetime | None:
        """Early where the next to expire is not there yet: something happens before then."""
        return next_due(self.model, self.tally, self.profile, self.expiries[0][0] if self.expiries else None, self.at)

    def _move(self, to: datetime) -> None:
        reset, expired = self.tally.reset, Counter[int]()
        while self.expiries and self.expiries[0][0] <= to:
            award = self.expiries.popleft()[1]
            if award.counts and (reset is None or award.awarded_at > reset):
                expired[award.rule] += 1
        self.tally = moved(self.model, self.tally, expired, to)
        self.at = to

    def _apply(self, at: datetime, happening: _Happening) -> None:
        """What happened at an instant, after time has had its step."""
        self._move(at)
        if happening.resets:
            self.tally = self._from_scratch()
        else:
            present = self.tally.heard(happening.heard).plus(happening.points)
            self.tally = changed(self.model, present, [Change(added=tuple(happening.awards))], at)
        self._step("import" if at in self.past.late else "adjustment" if happening.is_adjustment else "activity")

    def _from_scratch(self) -> Tally:
        awards = [award for award in self.past.awards if award.awarded_at <= self.at]
        reset = max((at for at in self.past.resets if at <= self.at), default=None)
        heard = {name: max(earlier) for name, instants in self.past.heard.items() if (earlier := [at for at in instants if at <= self.at])}
        return tally(self.model, awards, self.at, last=heard, reset=reset, adjustments=self.past.adjustments)

    def _step(self, cause: str) -> None:
        after = outcome(self.model, self.tally, self.profile, self.at)
        if after.stage == self.stage:
            return
        entered, left = passed(self.model, self.entered, self.stage, after)
        self.stage = after.stage
        self.entered = [key for key in self.entered if key not in left] + [stage.key for stage in entered]
        if entered:
            self.entries.append(Entry(self.at, cause, tuple(entered)))


def _happenings(past: Past, since: datetime, t: datetime) -> dict[datetime, _Happening]:
    found: dict[datetime, _Happening] = defaultdict(_Happening)
    for one in past.adjustments:
        found[one.awarded_at].points += one.points
    for award in past.awards:
        found[award.awarded_at].awards.append(award)
    for name, instants in past.heard.items():
        for at in instants:
            found[at].heard[name] = at
    for at in past.resets:
        found[at].resets = True
    for happening in found.values():
        happening.is_adjustment = not (happening.awards or happening.heard or happening.resets)
    return {at: happening for at, happening in found.items() if since < at <= t}
