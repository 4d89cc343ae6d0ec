"""Activities that are alike in what rules look at match the same rules: pages are viewed again and again. Pure.

What is kept are answers, of all models together: asking sixteen rules about a page costs ten times as much as finding what they said before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contacts.fields import read

if TYPE_CHECKING:
    from scoring.awarding import Activity
    from scoring.model import ActivityRule

MOST_FIELDS, MOST_LENGTH = 8, 200  # of what an answer is kept for: with more fields, or longer texts, two activities are hardly alike
MOST_KEPT = 8192  # answers: some 10 MB at the very most

_kept: dict[tuple[Any, ...], tuple[ActivityRule, ...]] = {}


class Alike:
    """The rules of a model for one activity's name."""

    __slots__ = ("_reads", "_rules")

    def __init__(self, rules: tuple[ActivityRule, ...]) -> None:
        self._rules = rules
        fields = sorted({field for rule in rules for field in rule.fields})
        self._reads = tuple(map(read, fields)) if len(fields) <= MOST_FIELDS else None

    def matching(self, activity: Activity) -> tuple[ActivityRule, ...]:
        """The rules whose conditions hold for the activity, in the document's order."""
        facts = activity.facts
        key = self._key(facts)
        found = _kept.get(key) if key else None
        if found is None:
            found = tuple(rule for rule in self._rules if rule.test(facts, activity.occurred_at))
            if key:
                if len(_kept) >= MOST_KEPT:
                    _kept.clear()
                _kept[key] = found
        return found

    def _key(self, facts: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """What the answer follows from; None where it is not kept: for True, say, which Python takes for 1 and a condition does not."""
        if self._reads is None:
            return None
        values: list[Any] = [self]
        for look in self._reads:
            value = look(facts)
            kind = value.__class__
            if kind is str:
                if len(value) > MOST_LENGTH:
                    return None
            elif kind is not int and value is not None:
                return None
            values.append(value)
        return tuple(values)
