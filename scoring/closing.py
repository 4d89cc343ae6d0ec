"""What is missing to the next stage, and which rules could give it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.engine import Explanation
from scoring.model import ActivityRule, Model, ProfileRule, Rule
from scoring.sentences import Sentence, rule_reason

MOST = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A rule that could still give points: so many at once, `enough` where one match closes the gap before bounds."""

    points: int
    sentence: Sentence
    enough: bool


def ways(model: Model, rules: Sequence[Mapping[str, Any]], explanation: Explanation, missing: int) -> list[Way]:
    """The rules that could bring the next stage nearer, at most MOST: first those that are enough, from the least; then the greatest.

    A limit for ever that is full, a number that was reached once, and a profile rule that holds already give nothing more. Limits of a
    period and bounds are not foretold: what one more match gives also depends on when it comes.

    Args:
        rules: the document's, by their positions.
        missing: points to the next stage.
    """
    given = Counter(line.rule for line in explanation.lines)
    open_rules = [rule for rule in model.rules if _can_give(rule, given[rule.key])]
    found = [Way(rule.points, rule_reason(rules[rule.position]), rule.points >= missing) for rule in open_rules]  # type: ignore[union-attr]
    return sorted(found, key=lambda way: (not way.enough, way.points if way.enough else -way.points))[:MOST]


def _can_give(rule: Rule, given: int) -> bool:
    if isinstance(rule, ProfileRule):
        return rule.points > 0 and not given
    if not isinstance(rule, ActivityRule) or rule.points <= 0:
        return False
    frequency = rule.frequency
    if frequency is None or frequency.each is not None or frequency.per in ("day", "week", "month"):
        return True
    return given < (frequency.limit or 1)
