"""Why a score is what it is: lines and cuts that add up to it (scoring semantics §8, law 3). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scoring.awarding import Award
from scoring.model import ActivityRule, Model, ProfileRule
from scoring.scores import THOUSANDTHS, Outcome, Profile, holding, outcome, tally


@dataclass(frozen=True, slots=True)
class Line:
    """One award, worthless ones included, or one profile rule that holds; `value` in thousandths at the instant asked."""

    rule: str
    name: str
    kind: Literal["activity", "profile"]
    group: str | None
    value: int
    points: int
    awarded_at: datetime | None = None
    expires_at: datetime | None = None
    activity: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """What a bound added or took, in thousandths; group None is the type itself."""

    group: str | None
    value: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The values of all lines and cuts add up to `outcome.exact`. Lines: profile rules, then awards from the latest."""

    lines: tuple[Line, ...]
    cuts: tuple[Cut, ...]
    outcome: Outcome


def explain(model: Model, awards: Iterable[Award], profile: Profile, t: datetime) -> Explanation:
    """What each award and profile rule gives at `t`, and what the bounds cut; later awards do not exist."""
    ledger = sorted((award for award in awards if award.awarded_at <= t), key=lambda award: award.order, reverse=True)
    result = outcome(model, tally(model, ledger, t), profile, t)
    lines = [_profile_line(rule) for rule in holding(model, profile, t)]
    lines += [_award_line(model, award, t) for award in ledger]
    return Explanation(tuple(lines), _cuts(result), result)


def _profile_line(rule: ProfileRule) -> Line:
    return Line(rule.key, rule.name, "profile", rule.group, rule.points * THOUSANDTHS, rule.points)


def _award_line(model: Model, award: Award, t: datetime) -> Line:
    rule = model.rules[award.rule]
    assert isinstance(rule, ActivityRule), "only activity rules award"
    value = rule.points * THOUSANDTHS if award.alive(t) else 0
    return Line(rule.key, rule.name, "activity", rule.group, value, rule.points, award.awarded_at, award.expires_at, award.activity)


def _cuts(result: Outcome) -> tuple[Cut, ...]:
    cuts = [Cut(group.key, group.bounded - group.sum) for group in result.groups]
    cuts.append(Cut(None, result.exact - result.total))
    return tuple(cut for cut in cuts if cut.value)
