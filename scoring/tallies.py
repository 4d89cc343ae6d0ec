"""The running state of one contact in one version, as a score row keeps it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

Days = Mapping[int, int]
"""UTC day (`worth.day_of`) → number of awards."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Whole points that a person or a program gave or took."""

    id: int
    points: int
    awarded_at: datetime
    reason: str = ""
    author: str = ""


class Tally(NamedTuple):
    """What time and the next activities are reckoned from.

    alive: rule → its awards worth their points. fading: rule → its awards by day, while they are worth something. last: when something was
    last heard (awarding.heard). reset: the latest one; nothing up to it counts. adjusted: points of the adjustments that count.
    """

    alive: Mapping[int, int]
    fading: Mapping[int, Days] = MappingProxyType({})
    last: Mapping[str, datetime] = MappingProxyType({})
    reset: datetime | None = None
    adjusted: int = 0

    def with_counts(self, alive: Mapping[int, int], fading: Mapping[int, Days]) -> Tally:
        return Tally(alive, fading, self.last, self.reset, self.adjusted)

    def heard(self, last: Mapping[str, datetime]) -> Tally:
        """The tally after activities of which these were the latest."""
        if not last:
            return self
        latest = {name: max(at, self.last.get(name, at)) for name, at in last.items()}
        return Tally(self.alive, self.fading, {**self.last, **latest}, self.reset, self.adjusted)

    def plus(self, points: int) -> Tally:
        """The tally after an adjustment later than its reset."""
        return Tally(self.alive, self.fading, self.last, self.reset, self.adjusted + points)

    def to_json(self) -> dict[str, Any]:
        """JSON without what is empty, which is most of it for most models."""
        state: dict[str, Any] = {"alive": sorted(self.alive.items())}
        if self.fading:
            state["fading"] = {str(rule): {str(day): count for day, count in sorted(days.items())} for rule, days in sorted(self.fading.items())}
        if self.last:
            state["last"] = {name: at.astimezone(UTC).isoformat() for name, at in sorted(self.last.items())}
        if self.reset:
            state["reset"] = self.reset.astimezone(UTC).isoformat()
        if self.adjusted:
            state["adjusted"] = self.adjusted
        return state

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Tally:
        alive: dict[int, int] = dict(state.get("alive", ()))
        if len(state) < 2:
            return cls(alive)
        fading = {int(rule): {int(day): count for day, count in days.items()} for rule, days in state.get("fading", {}).items()}
        last = {name: datetime.fromisoformat(at) for name, at in state.get("last", {}).items()}
        reset = datetime.fromisoformat(state["reset"]) if "reset" in state else None
        return cls(alive, fading, last, reset, state.get("adjusted", 0))
