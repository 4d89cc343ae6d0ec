"""What a preview counts, part by part, and what a random sample says of all contacts. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from scoring.engine import Outcome
from scoring.model import Model

NO_SCORE = Outcome(points=0, exact=0, grade=None, stage=None, rank=0, groups=(), total=0)  # where no version is live
BINS = 20
SURE = 1.96  # standard deviations of a normal distribution on either side of what holds for 95 of 100 samples


@dataclass(frozen=True, slots=True)
class Move:
    """A contact whose stage differs: points, rank (0: none) and stage's key by the live version, where there is one, and by the draft."""

    contact: int
    now: Outcome
    then: Outcome
    is_up: bool


@dataclass(slots=True)
class Numbers:
    """Sums over contacts. Stages by key, "" for none; messages by the recipient as stages name it; bins as `edges` cuts them.

    `now` is what the live version says and `then` what the draft does. Sums of parts are the sums of the whole.
    """

    contacts: int = 0
    now: Counter[str] = field(default_factory=Counter)
    then: Counter[str] = field(default_factory=Counter)
    crossings: Counter[tuple[str, str]] = field(default_factory=Counter)
    up: int = 0
    down: int = 0
    changed: int = 0
    told_now: Counter[str] = field(default_factory=Counter)
    told_then: Counter[str] = field(default_factory=Counter)
    bins_now: Counter[int] = field(default_factory=Counter)
    bins_then: Counter[int] = field(default_factory=Counter)

    def add(self, other: Numbers) -> None:
        """Adds what another part counted."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def to_json(self) -> dict[str, Any]:
        """Each sum by its name: a number, or pairs of what is counted and how often."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Numbers:
        return cls(**{name: _sum(value) for name, value in state.items()})


def _plain(value: int | Counter[Any]) -> int | list[tuple[Any, int]]:
    return sorted(value.items()) if isinstance(value, Counter) else value


def _sum(value: int | list[Any]) -> Any:
    if isinstance(value, int):
        return value
    return Counter({tuple(counted) if isinstance(counted, list) else counted: count for counted, count in value})


def edges(models: Sequence[Model]) -> list[int]:
    """Where the bars of the distribution begin, in points: BINS or fewer of one round width, the last without an end.

    They reach from the lowest bound, or 0, to a third beyond the highest threshold.
    """
    thresholds = [stage.threshold for model in models for stage in model.stages]
    lowest = [model.minimum for model in models if model.minimum is not None]
    low, high = min([0, *lowest, *thresholds[:1]]), max([10, *(threshold + threshold // 3 for threshold in thresholds)])
    low = max(low, -high)
    width = _round_up((high - low) / BINS)
    start = math.floor(low / width) * width
    return list(range(start, high + 1, width))[: BINS + 1]


def _round_up(width: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50, …"""
    size = 1
    while True:
        for step in (1, 2, 5):
            if size * step >= width:
                return size * step
        size *= 10


def bin_of(points: int, cuts: Sequence[int]) -> int:
    """The bar that points belong to; what lies below the first belongs to it."""
    width = cuts[1] - cuts[0] if len(cuts) > 1 else 1
    return min(max((points - cuts[0]) // width, 0), len(cuts) - 1)


def is_up(now: Model, then: Model, before: Outcome, after: Outcome) -> bool:
    """Whether a contact is higher than before on the draft's ladder, where its stage may have another place or be gone."""
    ranks = {stage.key: rank for rank, stage in enumerate(then.stages, start=1)}
    kept = [stage.key for stage in now.stages[: before.rank] if stage.key in ranks]
    return after.rank > max((ranks[key] for key in kept), default=0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many there are, between `low` and `high` with 95 % certainty; the three are equal where all were counted."""

    count: int
    low: int
    high: int

    @property
    def margin(self) -> int:
        return max(self.high - self.count, self.count - self.low)


def estimate(found: int, sampled: int, of: int) -> Estimate:
    """How many of `of` contacts, given how many of the sampled ones: Wilson's score interval (1927), narrowed for a finite population."""
    if sampled >= of or not sampled:
        return Estimate(found, found, found)
    share, z = found / sampled, SURE * math.sqrt((of - sampled) / (of - 1))
    middle = (share + z * z / (2 * sampled)) / (1 + z * z / sampled)
    half = z / (1 + z * z / sampled) * math.sqrt(share * (1 - share) / sampled + z * z / (4 * sampled * sampled))
    low, high = max(found, math.floor((middle - half) * of)), min(of - (sampled - found), math.ceil((middle + half) * of))
    return Estimate(round(share * of), low, high)


def scaled(found: int, sampled: int, of: int) -> int:
    """What a count in a sample stands for among all."""
    return round(found * of / sampled) if sampled else found
