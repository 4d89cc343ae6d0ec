"""What is wrong with a tree of conditions (docs/scoring.md, Conditions). Pure; any JSON value is answered, none raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from contacts import checking
from contacts.checking import Problem, Problems, under
from contacts.values import fold, instant_of, number_of

Side = Literal["activity", "profile"]

GROUPS = ("all", "any", "none")
ROOTS: Mapping[Side, tuple[str, str]] = {"activity": ("properties", "context"), "profile": ("contact", "company")}
MOST_LEVELS = 5
MOST_LEAVES = 50
MOST_GROUPS = 200  # 50 leaves of 5 levels, each in groups of its own, have 151
MOST_VALUES = 200
MOST_DAYS = 3650


@dataclass(slots=True)
class _Seen:
    """What a tree has so far. What lies too deep counts as a group."""

    leaves: int = 0
    groups: int = 0

    @property
    def is_too_much(self) -> bool:
        return self.leaves > MOST_LEAVES or self.groups > MOST_GROUPS


def problems(node: object, *, at: str, side: Side) -> list[Problem]:
    """All that is wrong with the conditions at `at`. None is fine: it stands for no conditions.

    Nothing is looked at beyond the 50th leaf or the 200th group, nor below the fifth level.
    """
    if node is None:
        return []
    seen = _Seen()
    found = list(_node(node, at, side, 1, seen))
    if seen.leaves > MOST_LEAVES:
        found.append(Problem(at, "leaves", f"There may be at most {MOST_LEAVES} conditions here."))
    if seen.groups > MOST_GROUPS:
        found.append(Problem(at, "groups", f"There may be at most {MOST_GROUPS} groups of conditions here."))
    return found


def field_problems(field: object, at: str, side: Side) -> Problems:
    """Whether `field` is a path such as `properties.url` that this side knows."""
    wrong = list(checking.text(field, at))
    if wrong or not isinstance(field, str):
        yield from wrong
        return
    root, *steps = field.split(".")
    if root not in ROOTS[side] or not steps:
        known = " or ".join(f"“{name}.…”" for name in ROOTS[side])
        yield Problem(at, "field", f"“{field}” is not a field that can be asked about here: it must be {known}.")
    elif "" in steps:
        yield Problem(at, "field", f"“{field}” has an empty part: names are joined by single dots.")


def group_of(node: Mapping[str, Any]) -> str | None:
    """What joins a node's members, one of GROUPS; None for a leaf."""
    return next((group for group in GROUPS if group in node), None)


def _node(node: object, at: str, side: Side, level: int, seen: _Seen) -> Problems:
    if level > MOST_LEVELS:
        seen.groups += 1
        yield Problem(at, "depth", f"Conditions may be nested at most {MOST_LEVELS} levels deep.")
    elif isinstance(node, dict) and group_of(node):
        seen.groups += 1
        yield from _group(node, at, side, level, seen)
    else:
        seen.leaves += 1
        if not seen.is_too_much:
            yield from _leaf(node, at, side)


def _group(node: dict[str, object], at: str, side: Side, level: int, seen: _Seen) -> Problems:
    groups = [group for group in GROUPS if group in node]
    if len(groups) > 1:
        yield Problem(at, "one_of", f"A group has only one of {', '.join(GROUPS)}; this one has {' and '.join(groups)}.")
    yield from (checking.unknown(at, key) for key in node if key not in GROUPS)
    for group in groups:
        path, members = under(at, group), node[group]
        if not isinstance(members, list):
            yield checking.wrong_kind(members, path, "a list of conditions")
            continue
        for number, member in enumerate(members):
            if seen.is_too_much:
                return
            yield from _node(member, f"{path}[{number}]", side, level + 1, seen)


def _leaf(node: object, at: str, side: Side) -> Problems:
    if not isinstance(node, dict):
        yield checking.wrong_kind(node, at, "a condition (an object)")
        return
    yield from checking.keys(node, at, required=("field", "op"), optional=("value",))
    if "field" in node:
        yield from field_problems(node["field"], under(at, "field"), side)
    if "op" in node:
        yield from _op(node, at, side)


def _op(node: dict[str, object], at: str, side: Side) -> Problems:
    op, path = node["op"], under(at, "value")
    wrong = list(checking.choice(op, under(at, "op"), OPS))
    if wrong or not isinstance(op, str):
        yield from wrong
        return
    if op in RELATIVE and side == "activity":
        yield Problem(under(at, "op"), "op", f"“{op}” looks at today's profile; it cannot be asked of an activity.")
    check = OPS[op]
    if check is None:
        if "value" in node:
            yield Problem(path, "unknown", f"“{op}” takes no value. Remove it.")
    elif "value" not in node:
        yield Problem(path, "required", "“value” is missing.")
    else:
        yield from check(node["value"], path)


def _scalar(value: object, at: str) -> Problems:
    """A text, a number or a boolean."""
    if isinstance(value, str):
        yield from checking.text(value, at)
    elif not isinstance(value, bool):
        yield from _number(value, at, "a text, a number, or true or false")


def _number(value: object, at: str, wanted: str = "a number") -> Problems:
    number = None if isinstance(value, (str, bool)) else number_of(value)
    if number is None:
        yield checking.wrong_kind(value, at, wanted)
    elif not _storable(Decimal(number)):
        yield Problem(at, "range", "This number has more digits than can be stored.")


def _storable(number: Decimal) -> bool:
    """Whether PostgreSQL's `numeric`, which holds the numbers of `jsonb`, has room for it."""
    exponent = number.as_tuple().exponent
    return number.adjusted() < 131_072 and isinstance(exponent, int) and exponent >= -16_383


def _scalars(value: object, at: str) -> Problems:
    if not isinstance(value, list):
        yield checking.wrong_kind(value, at, "a list of values")
        return
    if not 1 <= len(value) <= MOST_VALUES:
        yield Problem(at, "length", f"This list must have 1 to {MOST_VALUES} values; it has {len(value):,}.")
    for number, member in enumerate(value[:MOST_VALUES]):
        yield from _scalar(member, f"{at}[{number}]")


def _words(value: object, at: str) -> Problems:
    """A text that something is left of when trimmed."""
    wrong = list(checking.text(value, at))
    yield from wrong
    if not wrong and not fold(str(value)):
        yield Problem(at, "length", "This must not be only white space.")


def _range(value: object, at: str) -> Problems:
    if not isinstance(value, list):
        yield checking.wrong_kind(value, at, "a list of two numbers")
        return
    if len(value) != 2:
        yield Problem(at, "length", "This must be two numbers: the lowest and the highest.")
        return
    wrong = [problem for i, end in enumerate(value) for problem in _number(end, f"{at}[{i}]")]
    yield from wrong
    if not wrong and number_of(value[0]) > number_of(value[1]):  # type: ignore[operator]
        yield Problem(at, "order", "The first number must not be greater than the second.")


def _date(value: object, at: str) -> Problems:
    wrong = list(checking.text(value, at))
    yield from wrong
    if not wrong and instant_of(value) is None:
        yield Problem(at, "date", "This must be a date such as 2026-11-21, or a date and time such as 2026-11-21T09:30Z.")


def _days(value: object, at: str) -> Problems:
    yield from checking.integer(value, at, 1, MOST_DAYS)


RELATIVE = ("within_last", "within_next")

# What each op demands of its value; None where there must be none.
OPS: Mapping[str, Callable[[object, str], Problems] | None] = {
    "is": _scalar, "is_not": _scalar, "in": _scalars, "not_in": _scalars,
    "contains": _words, "not_contains": _words, "starts_with": _words, "ends_with": _words, "matches": checking.text,
    "gt": _number, "gte": _number, "lt": _number, "lte": _number, "between": _range,
    "before": _date, "after": _date, "within_last": _days, "within_next": _days,
    "present": None, "absent": None, "is_true": None, "is_false": None,
}  # fmt: skip
