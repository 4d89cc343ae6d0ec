"""Conditions on what was done or on who somebody is (docs/scoring.md, Conditions): compiled, asked.

Pure. *Facts* are parsed JSON: `{"properties": {...}, "context": {...}}` of an activity, or `{"contact": {...},
"company": {...}}` of a profile; both keys are always there. Compiling does once what depends on the document
alone, so that asking a leaf costs a look-up and a comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from contacts.condition_problems import RELATIVE, group_of
from contacts.fields import Facts, Read, elements, read
from contacts.values import MOST_KEPT, blank, fold, fold_kept, instant_of, number_of, text_of

Test = Callable[[Facts, datetime], bool]
_Holds = Callable[[Any], bool]

_MICROSECOND = timedelta(microseconds=1)
_NOTHING = timedelta(0)
_NEGATIONS = {"is_not": "is", "not_in": "in", "not_contains": "contains"}


def compile(node: Mapping[str, Any] | None) -> Test:
    """The test that a valid node stands for: facts and the instant `t` in, whether it holds out."""
    if node is None:
        return lambda facts, t: True
    group = group_of(node)
    if group is None:
        return _leaf(node)
    tests = tuple(compile(member) for member in node[group])
    return {"all": _all, "any": _any, "none": _none}[group](tests)


def _all(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def all_hold(facts: Facts, t: datetime) -> bool:
        for test in tests:  # noqa: SIM110 - a generator would triple the cost
            if not test(facts, t):
                return False
        return True

    return all_hold


def _any(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def any_holds(facts: Facts, t: datetime) -> bool:
        for test in tests:  # noqa: SIM110
            if test(facts, t):
                return True
        return False

    return any_holds


def _none(tests: tuple[Test, ...]) -> Test:
    any_holds = _any(tests)
    return lambda facts, t: not any_holds(facts, t)


def _leaf(node: Mapping[str, Any]) -> Test:
    op, value, look = node["op"], node.get("value"), read(node["field"])
    if op in _NEGATIONS:
        positive = _leaf({**node, "op": _NEGATIONS[op]})
        return lambda facts, t: not positive(facts, t)
    if op == "present":
        return lambda facts, t: not blank(look(facts))
    if op == "absent":
        return lambda facts, t: blank(look(facts))
    if op in RELATIVE:
        return _relative(Relative(look, op, timedelta(days=node["value"])))
    return _positive(look, _OPS[op](value))


def _positive(look: Read, holds: _Holds) -> Test:
    """True of a value that `holds`, and of a list any element of which does."""

    def test(facts: Facts, t: datetime) -> bool:
        value = look(facts)
        if value is None:
            return False
        if value.__class__ is list:
            return any(map(holds, elements(value)))
        return holds(value)

    return test


def _text_in(values: list[Any]) -> _Holds:
    wanted = frozenset(map(text_of, values)) - {None}

    def holds(value: Any) -> bool:
        return (fold_kept(value) if value.__class__ is str and len(value) <= MOST_KEPT else text_of(value)) in wanted

    return holds


def _text(fits: Callable[[str], bool]) -> _Holds:
    def holds(value: Any) -> bool:
        text = fold_kept(value) if value.__class__ is str and len(value) <= MOST_KEPT else text_of(value)
        return text is not None and fits(text)

    return holds


def _contains(value: str) -> _Holds:
    part = fold(value)

    def holds(value: Any) -> bool:
        text = fold_kept(value) if value.__class__ is str and len(value) <= MOST_KEPT else text_of(value)
        return text is not None and part in text

    return holds


def _starts_with(value: str) -> _Holds:
    start = fold(value)
    return _text(lambda text: text.startswith(start))


def _ends_with(value: str) -> _Holds:
    end = fold(value)
    return _text(lambda text: text.endswith(end))


def _matches(value: str) -> _Holds:
    """`*` for any run of characters. Each piece is looked for once, behind the one before it; a regex would backtrack."""
    pattern = fold(value)
    first, *rest = pattern.split("*")
    if not rest:
        return _text_in([pattern])
    *middle, last = rest
    pieces = tuple(piece for piece in middle if piece)
    if not first and not last and len(pieces) == 1:
        return _contains(pieces[0])

    def fits(text: str) -> bool:
        start, end = len(first), len(text) - len(last)
        if start > end or not text.startswith(first) or not text.endswith(last):
            return False
        for piece in pieces:
            found = text.find(piece, start, end)
            if found < 0:
                return False
            start = found + len(piece)
        return True

    return _text(fits)


def _number(compare: Callable[[Any, Any], bool]) -> Callable[[Any], _Holds]:
    def for_value(value: Any) -> _Holds:
        bound = _bound(value)

        def holds(fact: Any) -> bool:
            number = fact if fact.__class__ is int else number_of(fact)
            return number is not None and compare(number, bound)

        return holds

    return for_value


def _bound(value: Any) -> Decimal | int:
    """The number of a document: an int where that is small, because most facts are and compare fastest with it."""
    number = number_of(value)
    assert number is not None, "validated documents compare with numbers"
    if isinstance(number, Decimal) and number.adjusted() < 18 and number == (whole := int(number)):
        return whole
    return number


def _between(value: list[Any]) -> _Holds:
    low, high = map(_bound, value)
    return _number(lambda number, _: low <= number <= high)(0)


def _instant(compare: Callable[[datetime, datetime], bool]) -> Callable[[Any], _Holds]:
    def for_value(value: Any) -> _Holds:
        bound = instant_of(value)
        assert bound is not None, "validated documents compare with dates"

        def holds(fact: Any) -> bool:
            instant = instant_of(fact)
            return instant is not None and compare(instant, bound)

        return holds

    return for_value


_OPS: Mapping[str, Callable[[Any], _Holds]] = {
    "is": lambda value: _text_in([value]),
    "in": _text_in,
    "contains": _contains,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "matches": _matches,
    "gt": _number(lambda number, bound: number > bound),
    "gte": _number(lambda number, bound: number >= bound),
    "lt": _number(lambda number, bound: number < bound),
    "lte": _number(lambda number, bound: number <= bound),
    "between": _between,
    "before": _instant(lambda instant, bound: instant < bound),
    "after": _instant(lambda instant, bound: instant > bound),
    "is_true": lambda _: _text_in(["true", "yes", "1"]),
    "is_false": lambda _: _text_in(["false", "no", "0"]),
}


@dataclass(frozen=True, slots=True)
class Relative:
    """A leaf whose answer moves with the clock: `within_last` or `within_next` so many days."""

    look: Read
    op: str
    span: timedelta

    def holds(self, fact: Any, t: datetime) -> bool:
        instant = instant_of(fact)
        if instant is None:
            return False
        passed = t - instant if self.op == "within_last" else instant - t
        return _NOTHING <= passed <= self.span

    def flips(self, fact: Any) -> Iterator[datetime]:
        """The first instants of truth and of falsehood; both ends of the window are true."""
        instant = instant_of(fact)
        if instant is None:
            return
        ahead = self.op == "within_next"
        for base, shift in ((instant, -self.span if ahead else timedelta(0)), (instant, _MICROSECOND if ahead else self.span + _MICROSECOND)):
            try:
                yield base + shift
            except OverflowError:  # beyond the calendar: before everything, or never
                continue

    def next_flip(self, facts: Facts, t: datetime) -> datetime | None:
        """The earliest instant after `t` at which the answer could change; None where none will."""
        ahead = (flip for fact in elements(self.look(facts)) for flip in self.flips(fact) if flip > t)
        return min(ahead, default=None)


def _relative(leaf: Relative) -> Test:
    def test(facts: Facts, t: datetime) -> bool:
        value = leaf.look(facts)
        if value.__class__ is list:
            return any(leaf.holds(fact, t) for fact in elements(value))
        return leaf.holds(value, t)

    return test


def leaves(node: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The leaves of a valid node, in its order."""
    if node is None:
        return
    group = group_of(node)
    if group is None:
        yield node
        return
    for member in node[group]:
        yield from leaves(member)


def relative_leaves(node: Mapping[str, Any] | None) -> tuple[Relative, ...]:
    """The leaves of a valid node that move with the clock."""
    asked = (leaf for leaf in leaves(node) if leaf["op"] in RELATIVE)
    return tuple(Relative(read(leaf["field"]), leaf["op"], timedelta(days=leaf["value"])) for leaf in asked)


def fields(node: Mapping[str, Any] | None) -> frozenset[str]:
    """The fields that the leaves of a valid node look at."""
    return frozenset(leaf["field"] for leaf in leaves(node))


def next_flip(relative: Iterable[Relative], facts: Facts, t: datetime) -> datetime | None:
    """The earliest instant after `t` at which one of the leaves could change its answer."""
    flips = (leaf.next_flip(facts, t) for leaf in relative)
    return min((flip for flip in flips if flip is not None), default=None)
