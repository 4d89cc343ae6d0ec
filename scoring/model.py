"""A scoring type document, read: what the engine computes with (docs/scoring.md and docs/how-scores-work.md). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from contacts.conditions import Relative, Test
from scoring.alike import Alike

SLUG = re.compile(r"[a-z0-9-]{1,50}")
SCALE = ("F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+")


def from_the_best(grades: Collection[str]) -> list[str]:
    """Grades from A+ down to F; what is none comes last, as it stood."""
    return [*(grade for grade in reversed(SCALE) if grade in grades), *(grade for grade in grades if grade not in SCALE)]


Conditions = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rules; its sum is kept between the bounds, in points."""

    key: str
    name: str
    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often matches are awarded: the first `limit` of each period, or once `reach` are there."""

    limit: int | None = None
    reach: int | None = None
    per: str | None = None
    each: str | None = None
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """How an award loses its value; exactly one is given."""

    days: int | None = None
    half_life_days: int | None = None
    linear_days: int | None = None

    @property
    def fades(self) -> bool:
        """Whether the value changes from day to day, and not once."""
        return self.days is None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    position: int  # in the document; the rule's id in an immutable version's ledger
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScoringRule(_Rule):
    points: int
    group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRule(_ScoringRule):
    """Points for activities of one name; calendar periods of its limit are those of `zone`."""

    activity: str
    frequency: Frequency | None
    expiry: Expiry | None
    zone: ZoneInfo
    test: Test = field(compare=False, repr=False)
    fields: frozenset[str] = field(compare=False, repr=False)  # all that `test` follows from: it does not move with the clock

    @property
    def fades(self) -> bool:
        return self.expiry is not None and self.expiry.fades


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRule(_ScoringRule):
    """Points while conditions hold of the profile."""

    test: Test = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InactivityRule(_ScoringRule):
    """Points for every `days` of silence, at most `times`; None: any activity that is not passive breaks it."""

    days: int
    times: int
    activity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRule(_Rule):
    """Activities from which everything counts from zero again."""

    activity: str
    test: Test = field(compare=False, repr=False)


Rule = ActivityRule | ProfileRule | InactivityRule | ResetRule


@dataclass(frozen=True, slots=True)
class Stage:
    """A level, entered at `threshold` points or at what `by_grade` lists for the grade (None bars it)."""

    key: str
    name: str
    threshold: int
    by_grade: Mapping[str, int | None]
    notify: tuple[str, ...]
    quiet_days: int

    def effective(self, grade: str | None) -> int | None:
        """The threshold for this grade; None where the grade is barred from the stage."""
        return self.threshold if grade is None else self.by_grade.get(grade, self.threshold)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Steps up or down the scale while conditions hold of the profile."""

    name: str
    steps: int
    test: Test = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Grade:
    """Where the grade starts on the scale and what moves it."""

    start: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A whole valid document with its defaults applied, bounds in points."""

    key: str
    name: str
    description: str
    minimum: int | None
    maximum: int | None
    groups: tuple[Group, ...]
    rules: tuple[Rule, ...]
    stages: tuple[Stage, ...]
    grade: Grade | None
    zone: ZoneInfo
    by_activity: Mapping[str, tuple[ActivityRule, ...]]
    profile_rules: tuple[ProfileRule, ...]
    silences: tuple[InactivityRule, ...]
    resets: Mapping[str, tuple[ResetRule, ...]]  # by the name of the activity
    fading: Mapping[int, int]  # position of each rule whose awards fade → the age in days from which they are worth nothing
    relative: tuple[Relative, ...] = field(compare=False, repr=False)  # what of profile rules and criteria moves with the clock
    alike: Mapping[str, Alike] = field(init=False, compare=False, repr=False)  # `by_activity`, to be asked

    def __post_init__(self) -> None:
        object.__setattr__(self, "alike", {name: Alike(rules) for name, rules in self.by_activity.items()})

    @property
    def names(self) -> frozenset[str]:
        """The names of the activities that rules match."""
        return frozenset(self.by_activity) | frozenset(self.resets)

    def awarding(self, position: int) -> ActivityRule:
        """The activity rule at this place of the document; only such rules are in the ledger."""
        rule = self.rules[position]
        assert isinstance(rule, ActivityRule), "only activity rules award"
        return rule
