"""From awards and a profile to points, grade and stage (scoring semantics §5). Pure.

Values are whole thousandths of a point; sums of integers do not depend on their order. A *tally* is what a score row
keeps, so that a score is computed from the row and the profile without reading the ledger again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scoring.awarding import Award, Change, Unscorable
from scoring.model import SCALE, Model, ProfileRule, Stage

THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True)
class Profile:
    """A contact's present profile as conditions see it, built-in fields included."""

    contact: Mapping[str, Any]
    company: Mapping[str, Any]

    @property
    def facts(self) -> dict[str, Mapping[str, Any]]:
        return {"contact": self.contact, "company": self.company}


@dataclass(frozen=True, slots=True)
class Tally:
    """The running state of one contact in one version: each rule's number of awards worth their points."""

    alive: Mapping[int, int]

    def to_json(self) -> dict[str, Any]:
        return {"alive": {str(rule): count for rule, count in sorted(self.alive.items())}}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Tally:
        return cls({int(rule): count for rule, count in state.get("alive", {}).items()})


@dataclass(frozen=True, slots=True)
class GroupSum:
    """A group's sum before and after its bounds, in thousandths."""

    key: str
    sum: int
    bounded: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A score at an instant: `exact` and `total` in thousandths, with and before the type's bounds; rank 0 is no stage."""

    points: int
    exact: int
    grade: str | None
    stage: str | None
    rank: int
    groups: tuple[GroupSum, ...]
    total: int


def tally(model: Model, awards: Iterable[Award], t: datetime) -> Tally:
    """The tally of a whole ledger at `t`."""
    return changed(model, Tally({}), [Change(added=tuple(awards))], t)


def moved(tally: Tally, expired: Mapping[int, int]) -> Tally:
    """The tally after time passed, given how many awards of each rule have expired meanwhile."""
    left = {rule: tally.alive.get(rule, 0) - count for rule, count in expired.items()}
    return _whole({**tally.alive, **left})


def changed(model: Model, tally: Tally, changes: Iterable[Change], t: datetime) -> Tally:
    """A tally that was brought to `t` (see `moved`), after changes of the ledger."""
    if model.unscored:
        raise Unscorable(f"this release cannot score {', '.join(model.unscored)}")
    counts = dict(tally.alive)
    for change in changes:
        for awards, step in ((change.added, 1), (change.dropped, -1)):
            for award in awards:
                if award.alive(t):
                    counts[award.rule] = counts.get(award.rule, 0) + step
    return _whole(counts)


def _whole(counts: Mapping[int, int]) -> Tally:
    if any(count < 0 for count in counts.values()):
        raise ValueError(f"more awards taken from a tally than it has: {counts}")
    return Tally({rule: count for rule, count in counts.items() if count})


def holding(model: Model, profile: Profile, t: datetime) -> tuple[ProfileRule, ...]:
    """The profile rules whose conditions hold, in the document's order."""
    facts = profile.facts
    return tuple(rule for rule in model.profile_rules if rule.test(facts, t))


def outcome(model: Model, tally: Tally, profile: Profile, t: datetime) -> Outcome:
    """Points, grade and stage at `t`."""
    return bounded(model, _sums(model, values(model, tally, profile, t)), grade_of(model, profile, t))


def values(model: Model, tally: Tally, profile: Profile, t: datetime) -> dict[int, int]:
    """What each rule that fires gives at `t`, in thousandths, by the rule's position and before any bounds."""
    if model.unscored:
        raise Unscorable(f"this release cannot score {', '.join(model.unscored)}")
    points = {position: model.rules[position].points * THOUSANDTHS * count for position, count in tally.alive.items()}  # type: ignore[union-attr]
    return points | {rule.position: rule.points * THOUSANDTHS for rule in holding(model, profile, t)}


def _sums(model: Model, values: Mapping[int, int]) -> Mapping[str | None, int]:
    """The values of each group, and of the rules in none (None), before bounds."""
    sums: dict[str | None, int] = {}
    for position, value in values.items():
        group = model.rules[position].group  # type: ignore[union-attr]
        sums[group] = sums.get(group, 0) + value
    return sums


def bounded(model: Model, sums: Mapping[str | None, int], grade: str | None) -> Outcome:
    """The outcome of group sums in thousandths (None: rules in no group); a group without any is bounded too."""
    groups = tuple(GroupSum(group.key, raw := sums.get(group.key, 0), _bound(raw, group.minimum, group.maximum)) for group in model.groups)
    total = sums.get(None, 0) + sum(group.bounded for group in groups)
    exact = _bound(total, model.minimum, model.maximum)
    points = rounded(exact)
    rank, stage = stage_at(model, points, grade)
    return Outcome(points, exact, grade, stage.key if stage else None, rank, groups, total)


def _bound(value: int, minimum: int | None, maximum: int | None) -> int:
    if minimum is not None:
        value = max(value, minimum * THOUSANDTHS)
    return value if maximum is None else min(value, maximum * THOUSANDTHS)


def rounded(exact: int) -> int:
    """Thousandths as whole points, halves away from zero."""
    points = (abs(exact) + THOUSANDTHS // 2) // THOUSANDTHS
    return -points if exact < 0 else points


def grade_of(model: Model, profile: Profile, t: datetime) -> str | None:
    """The grade: from its start by the steps of all criteria that hold, stopping at the ends only at last."""
    if model.grade is None:
        return None
    facts = profile.facts
    steps = sum(criterion.steps for criterion in model.grade.criteria if criterion.test(facts, t))
    return SCALE[min(max(SCALE.index(model.grade.start) + steps, 0), len(SCALE) - 1)]


def stage_at(model: Model, points: int, grade: str | None) -> tuple[int, Stage | None]:
    """Rank and stage of a score: the last in order whose effective threshold is reached; (0, None) where none is."""
    for rank in range(len(model.stages), 0, -1):
        threshold = model.stages[rank - 1].effective(grade)
        if threshold is not None and threshold <= points:
            return rank, model.stages[rank - 1]
    return 0, None


def next_due(model: Model, profile: Profile, next_expiry: datetime | None, t: datetime) -> datetime | None:
    """The earliest instant at which time alone could change the stage: may be early, never late; None for never.

    `next_expiry` is the earliest `expires_at` after `t` among the contact's awards.
    """
    facts = profile.facts
    instants = [leaf.next_flip(facts, t) for leaf in model.relative] + [next_expiry]
    return min((instant for instant in instants if instant is not None), default=None)
