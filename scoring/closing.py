"""What is missing to the next stage, and which rules could give it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scoring.engine import Award, Explanation, Ledger, Outcome, Profile, shifted, silence
from scoring.model import ActivityRule, Model, ProfileRule
from scoring.sentences import Sentence, rule_reason
from scoring.slots import REACHED, period
from scoring.worth import THOUSANDTHS

MOST = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A rule that could give more: by how many points the score would rise, `enough` where that reaches the next stage."""

    points: int
    sentence: Sentence
    enough: bool


def ways(
    model: Model, rules: Sequence[Mapping[str, Any]], ledger: Ledger, explanation: Explanation, profile: Profile, missing: int, t: datetime
) -> list[Way]:
    """The rules that would raise the score if they gave once more now, at most MOST: first those that are enough, from the least; then the greatest.

    What is full, reached, holds already or is cut by a bound raises nothing and is left out.

    Args:
        rules: the document's, by their positions.
        ledger, explanation: of the score at `t`.
        missing: points to the next stage.
    """
    found = []
    for rule in model.rules:
        if isinstance(rule, ActivityRule | ProfileRule) and _can_give(model, rule, ledger, explanation, t):
            gain = _once_more(model, rule, explanation, profile, t).points - explanation.outcome.points
            found.append(Way(gain, rule_reason(rules[rule.position]), gain >= missing))
    found = [way for way in found if way.points > 0]
    return sorted(found, key=lambda way: (not way.enough, way.points if way.enough else -way.points))[:MOST]


def _can_give(model: Model, rule: ActivityRule | ProfileRule, ledger: Ledger, explanation: Explanation, t: datetime) -> bool:
    """Whether the rule has points to give that it has not given. An activity that may start the contact again is not advised."""
    if rule.points <= 0:
        return False
    if isinstance(rule, ProfileRule):
        return all(line.rule != rule.key for line in explanation.lines)
    if rule.activity in model.resets:
        return False
    frequency = rule.frequency
    if frequency is None or frequency.each is not None:
        return True  # there is always another value
    return _given(rule, ledger.awards, t) < (frequency.limit or 1)


def _given(rule: ActivityRule, awards: Sequence[Award], t: datetime) -> int:
    """How often the rule has given in the period that `t` is in; what has expired since keeps its place."""
    assert rule.frequency is not None, "only a frequency is ever full"
    slots = (period(rule.frequency.per, t, rule.zone), REACHED)
    return sum(one.rule == rule.position and one.counts and one.slot in slots for one in awards)


def _once_more(model: Model, rule: ActivityRule | ProfileRule, explanation: Explanation, profile: Profile, t: datetime) -> Outcome:
    """The outcome if the rule gave once more. Somebody who does something is no longer silent."""
    by: dict[str | None, int] = {rule.group: rule.points * THOUSANDTHS}
    for silent in model.silences:
        if isinstance(rule, ActivityRule) and silent.activity in (None, rule.activity):
            by[silent.group] = by.get(silent.group, 0) - silence(silent, explanation.tally, profile, t)
    return shifted(model, explanation.outcome, by)
