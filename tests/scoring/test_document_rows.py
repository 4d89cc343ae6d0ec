"""Row by row of the table of documents: each key left out, null, of another kind, at its bounds and just beyond them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from scoring.document import problems
from scoring.model import SCALE
from tests.scoring.documents import criterion, document, profile_rule, rule, stage

LEAF = {"field": "properties.a", "op": "is", "value": "x"}
WHO = {"field": "contact.a", "op": "is", "value": "x"}
GROUP = {"key": "g", "name": "G"}
SILENCE = {"key": "s", "name": "S", "when": "inactivity", "points": -1, "days": 30}
RESET = {"key": "w", "name": "W", "when": "reset", "activity": "Won"}
MILLION = 1_000_000
OTHER_KINDS = {"text": "x", "whole": 5, "decimal": Decimal("5.0"), "float": 5.5, "boolean": True, "list": [], "object": {}}

Refused = list[tuple[Any, str]]


def others(*own: str) -> Refused:
    """A value of every kind but these, each of which is refused for its kind."""
    return [(value, "type") for kind, value in OTHER_KINDS.items() if kind not in own]


def text(most: int = 200, least: int = 1) -> tuple[list[Any], Refused]:
    too_short = [("", "length")] if least else []
    return ["x" * least, "x" * most, " "], [*too_short, ("x" * (most + 1), "length"), ("a\x00", "characters"), *others("text")]


def slug() -> tuple[list[Any], Refused]:
    return ["a", "-", "0", "a" * 50], [("", "slug"), ("a" * 51, "slug"), ("A", "slug"), ("a b", "slug"), ("é", "slug"), *others("text")]


def whole(low: int, high: int) -> tuple[list[Any], Refused]:
    return [low, high], [(low - 1, "range"), (high + 1, "range"), (10**30, "range"), *others("whole")]


def one_of(*choices: str) -> tuple[list[Any], Refused]:
    return list(choices), [("sometimes", "choice"), (choices[0].swapcase() + "x", "choice"), *((value, "choice") for value, _ in others("text"))]


def conditions(leaf: dict[str, Any]) -> tuple[list[Any], Refused]:
    return [leaf, {"all": []}, {"none": [leaf]}], others("object")


@dataclass(frozen=True)
class Row:
    """A key of an object: what it takes, what not and why; whether it may be null, or be left out."""

    of: str
    key: str
    values: tuple[list[Any], Refused]
    null: bool = False
    required: bool = False
    beside: dict[str, Any] = field(default_factory=dict)  # other keys of the object meanwhile


def _only(key: str, value: Any) -> dict[str, Any]:
    return document(**{key: value})


OBJECTS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]], dict[str, Any]]] = {
    # name: (its path, the document that holds it, its smallest valid form)
    "type": ("", lambda one: one, document()),
    "group": ("groups[0].", lambda one: _only("groups", [one]), GROUP),
    "activity": ("rules[0].", lambda one: document(rules=[one], groups=[GROUP]), rule()),
    "profile": ("rules[0].", lambda one: document(rules=[one], groups=[GROUP]), profile_rule()),
    "inactivity": ("rules[0].", lambda one: document(rules=[one], groups=[GROUP]), SILENCE),
    "reset": ("rules[0].", lambda one: _only("rules", [one]), RESET),
    "limit": ("rules[0].frequency.", lambda one: _only("rules", [rule(frequency=one)]), {"limit": 1, "per": "day"}),
    "reach within": ("rules[0].frequency.", lambda one: _only("rules", [rule(frequency=one)]), {"reach": 1, "within_days": 7}),
    "reach per": ("rules[0].frequency.", lambda one: _only("rules", [rule(frequency=one)]), {"reach": 1, "per": "day"}),
    **{key: ("rules[0].expiry.", lambda one: _only("rules", [rule(expiry=one)]), {key: 1}) for key in ("days", "half_life_days", "linear_days")},
    "stage": ("stages[0].", lambda one: document(stages=[one], grade={}), stage()),
    "grade": ("grade.", lambda one: _only("grade", one), {}),
    "criterion": ("grade.criteria[0].", lambda one: _only("grade", {"criteria": [one]}), criterion()),
}

POINTS = ([-1000, -1, 1, 1000], [(0, "range"), (-1001, "range"), (1001, "range"), *others("whole")])
IN_GROUP = (["g"], [("h", "reference"), ("H", "slug"), *others("text")])
LISTED = ([[]], others("list"))
DAYS = whole(1, 3650)
ROWS = [
    Row("type", "key", slug(), required=True),
    Row("type", "name", text(100), required=True),
    Row("type", "description", text(2000, 0)),
    Row("type", "minimum", whole(-MILLION, MILLION), null=True),
    Row("type", "maximum", whole(-MILLION, MILLION), null=True, beside={"minimum": None}),
    *(Row("type", key, LISTED) for key in ("groups", "rules", "stages")),
    Row("type", "grade", ([{}], others("object")), null=True),
    Row("group", "key", slug(), required=True),
    Row("group", "name", text(), required=True),
    Row("group", "minimum", whole(-MILLION, MILLION), null=True),
    Row("group", "maximum", whole(-MILLION, MILLION), null=True),
    *(Row(of, "key", slug(), required=True) for of in ("activity", "profile", "inactivity", "reset")),
    *(Row(of, "name", text(), required=True) for of in ("activity", "profile", "inactivity", "reset")),
    *(Row(of, "points", POINTS, required=True) for of in ("activity", "profile", "inactivity")),
    *(Row(of, "group", IN_GROUP, null=True) for of in ("activity", "profile", "inactivity")),
    *(Row(of, "activity", text(), required=True) for of in ("activity", "reset")),
    *(Row(of, "conditions", conditions(LEAF), null=True) for of in ("activity", "reset")),
    Row("activity", "frequency", ([{"limit": 1, "per": "ever"}], others("object")), null=True),
    Row("activity", "expiry", ([{"days": 1}], others("object")), null=True),
    Row("profile", "conditions", conditions(WHO), required=True),
    Row("inactivity", "days", DAYS, required=True),
    Row("inactivity", "times", whole(1, 100)),
    Row("inactivity", "activity", text(), null=True),
    Row("limit", "limit", whole(1, 1000)),
    Row("limit", "per", one_of("ever", "day", "week", "month"), required=True),
    Row("limit", "each", (["properties.a", "context.a.b"], [("contact.a", "field"), ("properties..a", "field"), ("", "length"), *others("text")])),
    Row("reach within", "reach", whole(1, 1000)),
    Row("reach within", "within_days", DAYS, null=True, required=True),
    Row("reach per", "reach", whole(1, 1000)),
    Row("reach per", "per", (["day", "week", "month"], [("ever", "choice"), *one_of("day")[1]])),
    *(Row(key, key, DAYS) for key in ("days", "half_life_days", "linear_days")),
    Row("stage", "key", slug(), required=True),
    Row("stage", "name", text(), required=True),
    Row("stage", "threshold", whole(-MILLION, MILLION), required=True),
    Row("stage", "by_grade", ([{}, dict.fromkeys(SCALE), {"F": -MILLION}, {"A+": MILLION}], others("object"))),
    Row("stage", "notify", ([[], ["owner"] * 20], [(["owner"] * 21, "length"), *others("list")])),
    Row("stage", "quiet_days", whole(0, 3650)),
    Row("grade", "start", one_of(*SCALE)),
    Row("grade", "criteria", ([[], [criterion()] * 50], [([criterion()] * 51, "length"), *others("list")])),
    Row("criterion", "name", text(), required=True),
    Row("criterion", "steps", whole(-12, 12), required=True),
    Row("criterion", "conditions", conditions(WHO), required=True),
]
INSTEAD_OF_MISSING = {  # without its own key a frequency or an expiry is none, and without `per` that of days is meant
    ("limit", "limit"): ("rules[0].frequency", "one_of"), ("reach within", "reach"): ("rules[0].frequency", "one_of"),
    ("reach per", "reach"): ("rules[0].frequency", "one_of"), ("reach per", "per"): ("rules[0].frequency.within_days", "required"),
    **{(key, key): ("rules[0].expiry", "one_of") for key in ("days", "half_life_days", "linear_days")},
}  # fmt: skip


def found(row: Row, value: Any) -> list[tuple[str, str]]:
    """What is wrong with a document whose object has this value for the key; `...` leaves it out."""
    _, whole_with, smallest = OBJECTS[row.of]
    changed = {**smallest, **row.beside, row.key: value}
    return [(problem.path, problem.code) for problem in problems(whole_with({key: one for key, one in changed.items() if one is not ...}))]


def cases(which: Callable[[Row], list[Any]]) -> list[Any]:
    return [pytest.param(row, case, id=f"{row.of}.{row.key}-{number}") for row in ROWS for number, case in enumerate(which(row))]


@pytest.mark.parametrize(("row", "value"), cases(lambda row: row.values[0]))
def test_it_takes_what_the_row_says_bounds_included(row: Row, value: Any) -> None:
    assert found(row, value) == []


@pytest.mark.parametrize(("row", "case"), cases(lambda row: row.values[1]))
def test_it_refuses_the_rest_with_the_path(row: Row, case: tuple[Any, str]) -> None:
    value, code = case
    assert found(row, value) == [(OBJECTS[row.of][0] + row.key, code)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.of}.{row.key}")
def test_it_takes_null_only_where_the_row_says_so(row: Row) -> None:
    assert found(row, None) == ([] if row.null else [(OBJECTS[row.of][0] + row.key, "null")])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.of}.{row.key}")
def test_it_may_be_left_out_only_where_the_row_has_a_default(row: Row) -> None:
    path = OBJECTS[row.of][0] + row.key
    missing = INSTEAD_OF_MISSING.get((row.of, row.key), (path, "required"))
    assert found(row, ...) == ([missing] if row.required or (row.of, row.key) in INSTEAD_OF_MISSING else [])


@pytest.mark.parametrize(("of", "where"), [(of, where) for of, (where, *_) in OBJECTS.items()])
def test_a_key_that_nothing_reads_is_refused(of: str, where: str) -> None:
    assert found(Row(of, "colour", ([], [])), "red") == [(where + "colour", "unknown")]
