"""Why a score is what it is: lines and cuts that add up to it (docs/how-scores-work.md). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scoring.awarding import Award
from scoring.model import ActivityRule, InactivityRule, Model, ProfileRule
from scoring.scores import Outcome, Profile, award_value, holding, outcome, silence, tally
from scoring.tallies import Adjustment, Tally
from scoring.worth import THOUSANDTHS, ends_at

Kind = Literal["activity", "profile", "inactivity", "adjustment"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is recorded of a contact in a version: entries, what was last heard and the latest reset, and adjustments of the type."""

    awards: Sequence[Award] = ()
    last: Mapping[str, datetime] = field(default_factory=dict)
    reset: datetime | None = None
    adjustments: Sequence[Adjustment] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One award, worthless ones included, a profile or inactivity rule that gives something, or an adjustment.

    `value` in thousandths at the instant asked; `rule` is "" for an adjustment, whose name is its reason. `voided`: a reset took its worth.
    """

    rule: str
    name: str
    kind: Kind
    group: str | None
    value: int
    points: int
    awarded_at: datetime | None = None
    expires_at: datetime | None = None
    activity: int | None = None
    voided: bool = False
    author: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a bound added or took, in thousandths; group None is the type itself."""

    group: str | None
    value: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The values of all lines and cuts add up to `outcome.exact`. Lines: profile and inactivity rules, adjustments, then awards, each from
    the latest.
    """

    lines: tuple[Line, ...]
    cuts: tuple[Cut, ...]
    outcome: Outcome
    tally: Tally


def explain(model: Model, ledger: Ledger, profile: Profile, t: datetime) -> Explanation:
    """What everything recorded gives at `t`, and what the bounds cut; what is recorded of later does not exist."""
    awards = sorted((one for one in ledger.awards if one.counts and one.awarded_at <= t), key=lambda one: one.order, reverse=True)
    counted = tally(model, awards, t, last=ledger.last, reset=ledger.reset, adjustments=ledger.adjustments)
    result = outcome(model, counted, profile, t)
    lines = [_profile_line(rule) for rule in holding(model, profile, t)]
    lines += [line for rule in model.silences if (line := _silence_line(rule, counted, profile, t)).value]
    lines += _adjustment_lines(ledger, t)
    lines += [_award_line(model, award, ledger.reset, t) for award in awards]
    return Explanation(tuple(lines), _cuts(result), result, counted)


def _profile_line(rule: ProfileRule) -> Line:
    return Line(rule.key, rule.name, "profile", rule.group, rule.points * THOUSANDTHS, rule.points)


def _silence_line(rule: InactivityRule, tally: Tally, profile: Profile, t: datetime) -> Line:
    return Line(rule.key, rule.name, "inactivity", rule.group, silence(rule, tally, profile, t), rule.points)


def _adjustment_lines(ledger: Ledger, t: datetime) -> Iterable[Line]:
    for one in sorted(ledger.adjustments, key=lambda one: (one.awarded_at, one.id), reverse=True):
        if one.awarded_at <= t:
            void = ledger.reset is not None and one.awarded_at <= ledger.reset
            value = 0 if void else one.points * THOUSANDTHS
            yield Line("", one.reason, "adjustment", None, value, one.points, one.awarded_at, voided=void, author=one.author)


def _award_line(model: Model, award: Award, reset: datetime | None, t: datetime) -> Line:
    rule = model.rules[award.rule]
    assert isinstance(rule, ActivityRule), "only activity rules award"
    return Line(
        rule.key, rule.name, "activity", rule.group, award_value(model, award, reset, t), rule.points, award.awarded_at,
        ends_at(rule.expiry, award.awarded_at), award.activity, voided=reset is not None and award.awarded_at <= reset,
    )  # fmt: skip


def _cuts(result: Outcome) -> tuple[Cut, ...]:
    cuts = [Cut(group.key, group.bounded - group.sum) for group in result.groups]
    cuts.append(Cut(None, result.exact - result.total))
    return tuple(cut for cut in cuts if cut.value)
