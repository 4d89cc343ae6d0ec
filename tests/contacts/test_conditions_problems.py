"""What is refused in conditions, and the path it is refused with."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from contacts import condition_problems

FIELD = "contact.a"
LEAF = {"field": FIELD, "op": "is", "value": "x"}


def found(node: Any, side: Any = "profile") -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in condition_problems.problems(node, at="c", side=side)]


def leaf(op: Any, *value: Any) -> dict[str, Any]:
    return {"field": FIELD, "op": op} | ({"value": value[0]} if value else {})


@pytest.mark.parametrize(
    "node",
    [
        None,
        LEAF,
        {"all": []},
        {"any": [LEAF, {"none": [LEAF]}]},
        {"all": [{"all": [{"all": [{"all": [LEAF]}]}]}]},
        {"all": [LEAF] * 50},
        {"all": [{"any": [{"none": [{"all": [LEAF]}]}]}] * 50},
        {"any": [{"any": []}] * 199},
        leaf("is", 5),
        leaf("is", Decimal("1E+131071")),
        leaf("is", Decimal("1E-16383")),
        leaf("is", False),
        leaf("is", "x" * 200),
        leaf("in", ["a", 1, True]),
        leaf("in", list(range(200))),
        leaf("matches", "*"),
        leaf("matches", " "),
        leaf("gt", 1.5),
        leaf("between", [1, 1]),
        leaf("before", "2026-11-21"),
        leaf("within_last", 1),
        leaf("within_next", 3650),
        leaf("present"),
        {**LEAF, "field": "company.industry"},
        {**LEAF, "field": "contact.a.b.c"},
        {**LEAF, "field": "contact.job title"},
    ],
)
def test_valid_conditions_have_no_problems(node: Any) -> None:
    assert found(node) == []


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (5, [("c", "type")]),
        ("x", [("c", "type")]),
        ([LEAF], [("c", "type")]),
        (True, [("c", "type")]),
        ({}, [("c.field", "required"), ("c.op", "required")]),
        ({"field": FIELD}, [("c.op", "required")]),
        ({"op": "is", "value": "x"}, [("c.field", "required")]),
        ({**LEAF, "colour": 1}, [("c.colour", "unknown")]),
        ({"all": None}, [("c.all", "null")]),
        ({"all": {}}, [("c.all", "type")]),
        ({"all": [None]}, [("c.all[0]", "null")]),
        ({"all": [LEAF, {"any": [LEAF, 5]}]}, [("c.all[1].any[1]", "type")]),
        ({"all": [], "any": []}, [("c", "one_of")]),
        ({"all": [], **LEAF}, [("c.field", "unknown"), ("c.op", "unknown"), ("c.value", "unknown")]),
        ({"all": [{"all": [{"all": [{"all": [{"all": [LEAF]}]}]}]}]}, [("c.all[0].all[0].all[0].all[0].all[0]", "depth")]),
        ({"all": [LEAF] * 51}, [("c", "leaves")]),
        ({"any": [{"all": [LEAF] * 30}, {"all": [LEAF] * 30}]}, [("c", "leaves")]),
        ({"any": [{"any": []}] * 200}, [("c", "groups")]),
        ({"any": [{"any": []}] * 200 + [5]}, [("c", "groups")]),
        ({**LEAF, "field": None}, [("c.field", "null")]),
        ({**LEAF, "field": 5}, [("c.field", "type")]),
        ({**LEAF, "field": ""}, [("c.field", "length")]),
        ({**LEAF, "field": "contact"}, [("c.field", "field")]),
        ({**LEAF, "field": "a"}, [("c.field", "field")]),
        ({**LEAF, "field": "Contact.a"}, [("c.field", "field")]),
        ({**LEAF, "field": "contact."}, [("c.field", "field")]),
        ({**LEAF, "field": "contact..a"}, [("c.field", "field")]),
        ({**LEAF, "field": "contact.a."}, [("c.field", "field")]),
        ({**LEAF, "field": "contact." + "a" * 200}, [("c.field", "length")]),
        ({**LEAF, "field": "contact.\x00"}, [("c.field", "characters")]),
        ({**LEAF, "field": "properties.a"}, [("c.field", "field")]),
        (leaf(None, 1), [("c.op", "null")]),
        (leaf("equals", 1), [("c.op", "choice")]),
        (leaf(["is"], 1), [("c.op", "choice")]),
        (leaf({}, 1), [("c.op", "choice")]),
        (leaf("is"), [("c.value", "required")]),
        (leaf("is", None), [("c.value", "null")]),
        (leaf("is", ["a"]), [("c.value", "type")]),
        (leaf("is", {}), [("c.value", "type")]),
        (leaf("is", ""), [("c.value", "length")]),
        (leaf("is", "x" * 201), [("c.value", "length")]),
        (leaf("is", "\ud800"), [("c.value", "characters")]),
        (leaf("is", float("nan")), [("c.value", "type")]),
        (leaf("is", Decimal("Infinity")), [("c.value", "type")]),
        (leaf("is", Decimal("1E+131072")), [("c.value", "range")]),
        (leaf("between", [0, Decimal("1E-16384")]), [("c.value[1]", "range")]),
        (leaf("in", "a"), [("c.value", "type")]),
        (leaf("in", []), [("c.value", "length")]),
        (leaf("in", ["a"] * 201), [("c.value", "length")]),
        (leaf("not_in", ["a", None, ["b"]]), [("c.value[1]", "null"), ("c.value[2]", "type")]),
        (leaf("contains", 5), [("c.value", "type")]),
        (leaf("contains", " \u2003"), [("c.value", "length")]),
        (leaf("contains", ""), [("c.value", "length")]),
        (leaf("starts_with", True), [("c.value", "type")]),
        (leaf("ends_with", None), [("c.value", "null")]),
        (leaf("matches", ""), [("c.value", "length")]),
        (leaf("matches", 5), [("c.value", "type")]),
        (leaf("gt", "5"), [("c.value", "type")]),
        (leaf("gte", True), [("c.value", "type")]),
        (leaf("lt", None), [("c.value", "null")]),
        (leaf("lte", [5]), [("c.value", "type")]),
        (leaf("between", 5), [("c.value", "type")]),
        (leaf("between", [1]), [("c.value", "length")]),
        (leaf("between", [1, 2, 3]), [("c.value", "length")]),
        (leaf("between", [1, "2"]), [("c.value[1]", "type")]),
        (leaf("between", [2, 1]), [("c.value", "order")]),
        (leaf("before", "yesterday"), [("c.value", "date")]),
        (leaf("after", "2026-02-30"), [("c.value", "date")]),
        (leaf("after", 2026), [("c.value", "type")]),
        (leaf("within_last", 0), [("c.value", "range")]),
        (leaf("within_last", 3651), [("c.value", "range")]),
        (leaf("within_next", 7.0), [("c.value", "type")]),
        (leaf("within_next", Decimal("7")), [("c.value", "type")]),
        (leaf("within_next", True), [("c.value", "type")]),
        (leaf("present", True), [("c.value", "unknown")]),
        (leaf("absent", None), [("c.value", "unknown")]),
        (leaf("is_true", 1), [("c.value", "unknown")]),
        ({"field": "x", "op": "gt", "value": "y", "z": 1}, [("c.z", "unknown"), ("c.field", "field"), ("c.value", "type")]),
    ],
)
def test_every_refusal_names_its_path(node: Any, expected: list[tuple[str, str]]) -> None:
    assert found(node) == expected


@pytest.mark.parametrize("op", ["within_last", "within_next"])
def test_relative_dates_are_for_profiles_only(op: str) -> None:
    assert found({"field": "properties.a", "op": op, "value": 7}, "activity") == [("c.op", "op")]


@pytest.mark.parametrize("field", ["contact.a", "company.a"])
def test_activities_have_no_profile_fields(field: str) -> None:
    assert found({**LEAF, "field": field}, "activity") == [("c.field", "field")]


def test_messages_and_paths_can_be_stored_and_shown_whatever_the_keys_are() -> None:
    problems = condition_problems.problems({**LEAF, "\ud800\x00" + "k" * 500: 1}, at="c", side="profile")
    assert [len(problem.path) <= 110 for problem in problems] == [True]
    assert json.dumps([problem.message for problem in problems], ensure_ascii=False).encode()


def test_a_bomb_of_nested_groups_is_refused_without_following_it() -> None:
    node: Any = LEAF
    for _ in range(100_000):
        node = {"all": [node]}
    codes = [code for _, code in found(node)]
    while "all" in node:
        node = node["all"].pop()
    assert codes == ["depth"]


def test_ten_thousand_bad_leaves_are_answered_briefly() -> None:
    assert len(found({"all": [{}] * 10_000})) == 101


def test_little_is_looked_at_of_a_tree_that_is_too_large() -> None:
    deep: Any = {"any": [{"any": [{"any": [{"any": [{"any": [LEAF] * 300_000}]}]}]}]}
    assert len(found(deep)) == 197, "of 5 groups and 196 nodes that are too deep the last is one too many"
    assert len(found({"any": [{"any": [], "x": 1}] * 300_000})) == 201
    assert len(found({"any": [5] * 300_000})) == 51
