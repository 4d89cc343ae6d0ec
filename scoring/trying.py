"""Trying a model: what every rule makes of a contact, and why it gives nothing where it gives nothing. Pure.

Nothing is decided here: the ledger and the score are the engine's, and this says of each rule, activity, criterion and stage what became of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from contacts.causes import Cause, causes
from contacts.fields import Facts
from contacts.values import instant_of
from scoring.engine import Activity, Award, Explanation, Ledger, Profile, explain
from scoring.model import ActivityRule, InactivityRule, Model, ProfileRule, ResetRule, Rule, Stage
from scoring.scores import award_value
from scoring.worth import THOUSANDTHS

LISTED = 10  # activities told of one rule, the latest

Verdict = Literal["gives", "counts", "limit", "expired", "faded", "voided", "failed", "resets", "nothing", "silent", "unknown"]


@dataclass(frozen=True, slots=True)
class Tested:
    """What a rule made of one activity of its name; `value` in thousandths.

    gives: points, perhaps fewer than at first. counts: it counts towards the number that is to be reached. limit: a frequency left it out.
    expired, faded, voided (by a reset): worth nothing any more. failed: the conditions, by `causes`. resets: everything began at zero again.
    """

    activity: Activity
    verdict: Verdict
    value: int = 0
    expires_at: datetime | None = None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule and what it gives. `verdict` as for an activity, of the best of them; nothing: no such activity; silent: the silence is too
    short; unknown: nobody knows when it began.

    `seen` activities have its name, `by_verdict` counts them; `tested` are the latest of them, at most LISTED. `last`: when a silence of
    so many `days` began, with what was heard (`is_heard`) or with the contact.
    """

    rule: Rule
    document: Mapping[str, Any]
    verdict: Verdict
    value: int = 0
    causes: tuple[Cause, ...] = ()
    by_verdict: Counter[Verdict] = field(default_factory=Counter)
    tested: tuple[Tested, ...] = ()
    last: datetime | None = None
    is_heard: bool = False
    days: int | None = None

    @property
    def seen(self) -> int:
        return self.by_verdict.total()

    @property
    def matched(self) -> int:
        return self.seen - self.by_verdict["failed"]


@dataclass(frozen=True, slots=True)
class CriterionTried:
    """A criterion of the grade; `causes` say why it fails."""

    name: str
    steps: int
    holds: bool
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class StageTried:
    """A stage: `threshold` for this grade, None where the grade is barred from it. `is_reached`: the score is there; `is_present`: the stage."""

    stage: Stage
    rank: int
    threshold: int | None
    is_reached: bool
    is_present: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """Rules in the document's order, each once; their values, the adjustments' and the cuts add up to `explanation.outcome.exact`."""

    model: Model
    at: datetime
    explanation: Explanation
    rules: tuple[Tried, ...]
    criteria: tuple[CriterionTried, ...]
    stages: tuple[StageTried, ...]
    reset: datetime | None
    later: int = 0


def try_out(
    document: Mapping[str, Any], model: Model, activities: Iterable[Activity], ledger: Ledger, profile: Profile, t: datetime
) -> Trial:
    """What the model of this document makes of a contact at `t`.

    Args:
        activities: all whose names rules match, in any order; those after `t` do not exist yet.
        ledger: what the contact's activities and adjustments record in the model at `t` (see `engine.ledger_of`).
    """
    known = {one.order: one for one in activities}
    named: dict[str, list[Activity]] = {}
    for order in sorted(known, reverse=True):
        if order[0] <= t:
            named.setdefault(known[order].name, []).append(known[order])
    explanation = explain(model, ledger, profile, t)
    tester = _Tester(document, model, named, ledger, profile, explanation, t)
    return Trial(
        model, t, explanation, tuple(map(tester.rule, model.rules)), tester.criteria(), tester.stages(), ledger.reset,
        sum(order[0] > t for order in known),
    )  # fmt: skip


class _Tester:
    """What rules are tested with: activities by name, the latest first, and the ledger by rule and activity."""

    def __init__(
        self, document: Mapping[str, Any], model: Model, named: Mapping[str, Sequence[Activity]], ledger: Ledger, profile: Profile,
        explanation: Explanation, t: datetime,
    ) -> None:  # fmt: skip
        self.document, self.model, self.named, self.profile, self.t = document, model, named, profile, t
        self.ledger, self.explanation = ledger, explanation
        self.entries = {(entry.rule, entry.activity): entry for entry in ledger.awards if entry.awarded_at <= t}
        self.values = Counter[str]()
        for line in explanation.lines:
            self.values[line.rule] += line.value

    def rule(self, rule: Rule) -> Tried:
        document = self.document["rules"][rule.position]
        if isinstance(rule, ProfileRule):
            return self._profile(rule, document)
        if isinstance(rule, InactivityRule):
            return self._silence(rule, document)
        return self._activities(rule, document)

    def _profile(self, rule: ProfileRule, document: Mapping[str, Any]) -> Tried:
        holds = rule.test(self.profile.facts, self.t)
        told = causes(document["conditions"], self.profile.facts, self.t)
        return Tried(rule, document, "gives" if holds else "failed", rule.points * THOUSANDTHS if holds else 0, told)

    def _silence(self, rule: InactivityRule, document: Mapping[str, Any]) -> Tried:
        heard = self.ledger.last.get(rule.activity or "")
        last = heard or instant_of(self.profile.contact.get("created_at"))
        value = self.values[rule.key]
        verdict: Verdict = "gives" if value else "silent" if last else "unknown"
        days = max(0, (self.t - last) // timedelta(days=1)) if last else None
        return Tried(rule, document, verdict, value, last=last, is_heard=heard is not None, days=days)

    def _activities(self, rule: ActivityRule | ResetRule, document: Mapping[str, Any]) -> Tried:
        by_verdict = Counter[Verdict]()
        tested: list[Tested] = []
        for activity in self.named.get(rule.activity, ()):
            one = self._tested(rule, activity)
            by_verdict[one.verdict] += 1
            if len(tested) < LISTED:
                tested.append(self._with_causes(one, document))
        best: Verdict = next((verdict for verdict in BEST_FIRST if by_verdict[verdict]), "nothing")
        return Tried(rule, document, best, self.values[rule.key], (), by_verdict, tuple(tested))

    def _tested(self, rule: ActivityRule | ResetRule, activity: Activity) -> Tested:
        if not rule.test(activity.facts, activity.occurred_at):
            return Tested(activity, "failed")
        if isinstance(rule, ResetRule):
            return Tested(activity, "resets")
        entry = self.entries.get((rule.position, activity.id))
        if entry is None:
            return Tested(activity, "limit")
        if not entry.counts:
            return Tested(activity, "counts")
        return self._awarded(activity, entry)

    def _awarded(self, activity: Activity, entry: Award) -> Tested:
        value, reset = award_value(self.model, entry, self.ledger.reset, self.t), self.ledger.reset
        if reset is not None and entry.awarded_at <= reset:
            return Tested(activity, "voided")
        verdict: Verdict = "gives" if value else "faded" if entry.alive(self.t) else "expired"
        return Tested(activity, verdict, value, entry.expires_at)

    def _with_causes(self, one: Tested, document: Mapping[str, Any]) -> Tested:
        if one.verdict != "failed":
            return one
        return replace(one, causes=causes(document.get("conditions"), one.activity.facts, one.activity.occurred_at))

    def criteria(self) -> tuple[CriterionTried, ...]:
        facts: Facts = self.profile.facts
        listed = (self.document.get("grade") or {}).get("criteria", [])
        return tuple(
            CriterionTried(one.name, one.steps, one.test(facts, self.t), causes(document["conditions"], facts, self.t))
            for one, document in zip(self.model.grade.criteria if self.model.grade else (), listed, strict=True)
        )

    def stages(self) -> tuple[StageTried, ...]:
        outcome = self.explanation.outcome
        effective = [(stage, rank, stage.effective(outcome.grade)) for rank, stage in enumerate(self.model.stages, start=1)]
        return tuple(
            StageTried(stage, rank, threshold, threshold is not None and threshold <= outcome.points, rank == outcome.rank)
            for stage, rank, threshold in effective
        )


BEST_FIRST: tuple[Verdict, ...] = ("gives", "resets", "counts", "voided", "expired", "faded", "limit", "failed")
