"""Groups of conditions, the paths of fields, and when relative dates change their answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contacts import condition_problems, conditions
from contacts.fields import Facts, read

T = datetime(2026, 11, 21, 12, tzinfo=UTC)
YES = {"field": "properties.a", "op": "is", "value": "x"}
NO = {"field": "properties.a", "op": "is", "value": "y"}
MICROSECOND = timedelta(microseconds=1)


def holds(node: Any, properties: dict[str, Any], context: dict[str, Any] | None = None) -> bool:
    assert condition_problems.problems(node, at="", side="activity") == []
    return conditions.compile(node)({"properties": properties, "context": context or {}}, T)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (None, True),
        (YES, True),
        (NO, False),
        ({"all": []}, True),
        ({"any": []}, False),
        ({"none": []}, True),
        ({"all": [YES, YES, YES]}, True),
        ({"all": [YES, NO]}, False),
        ({"any": [NO, YES]}, True),
        ({"any": [NO, NO]}, False),
        ({"none": [NO, NO]}, True),
        ({"none": [NO, YES]}, False),
        ({"none": [YES]}, False),
        ({"all": [{"any": [NO, {"none": [NO]}]}, YES]}, True),
        ({"all": [{"all": [{"any": [{"none": [NO]}]}]}]}, True),
        ({"none": [{"any": []}]}, True),
    ],
)
def test_groups(node: Any, expected: bool) -> None:
    assert holds(node, {"a": "x"}) is expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("properties.plan", True),
        ("properties.Plan", False),
        ("properties.cart.plan", True),
        ("properties.cart.missing.plan", False),
        ("properties.plan.deeper", False),
        ("properties.items.plan", True),
        ("properties.items.more.plan", True),
        ("properties.items.0.plan", False),
        ("properties.texts.plan", False),
        ("context.page.plan", True),
        ("context.plan", False),
    ],
)
def test_paths_walk_objects_and_lists(field: str, expected: bool) -> None:
    plan = {"plan": "pro"}
    properties = {**plan, "cart": plan, "items": [{"plan": "free"}, plan, [{"more": [plan]}], "x", None], "texts": ["plan"]}
    assert holds({"field": field, "op": "is", "value": "pro"}, properties, {"page": plan}) is expected


@pytest.mark.parametrize(
    ("items", "present"),
    [([{"plan": None}], True), ([{"other": 1}], False), ([], False), ([{"plan": ""}, {}], True), ([[]], False)],
)
def test_a_step_on_a_list_gives_the_list_of_what_is_found(items: list[Any], present: bool) -> None:
    assert holds({"field": "properties.items.plan", "op": "present"}, {"items": items}) is present


@pytest.mark.parametrize(
    ("cart", "found"),
    [
        ([{"sku": 1}, {"sku": 2}], [1, 2]),
        ([[{"sku": 1}], {"sku": 2}, [], [[{"sku": 3}, 4]]], [[1], 2, [[3]]]),  # the elements of a list may be lists, of which each has its own
        ([{"sku": None}, {}], [None]),
        ([[], [[]], [{}], "sku"], None),
        ([], None),
        ({"sku": [1]}, [1]),
    ],
)
def test_what_a_step_on_a_list_finds_keeps_the_shape_of_the_list(cart: Any, found: Any) -> None:
    assert read("properties.cart.sku")({"properties": {"cart": cart}, "context": {}}) == found


def flip(op: str, value: Any, t: datetime = T) -> datetime | None:
    leaf = {"field": "contact.due", "op": op, "value": 7}
    return next_flip({"any": [leaf, {"field": "contact.x", "op": "present"}]}, {"contact": {"due": value}, "company": {}}, t)


def next_flip(node: Mapping[str, Any] | None, facts: Facts, t: datetime) -> datetime | None:
    return conditions.next_flip(conditions.relative_leaves(node), facts, t)


@pytest.mark.parametrize(
    ("op", "fact", "expected"),
    [
        ("within_last", "2026-11-21T12:00Z", T + timedelta(days=7) + MICROSECOND),
        ("within_last", "2026-11-25T00:00Z", datetime(2026, 11, 25, tzinfo=UTC)),
        ("within_last", "2026-11-14T12:00Z", T + MICROSECOND),
        ("within_last", "2026-11-14T11:00Z", None),
        ("within_next", "2026-12-01T00:00Z", datetime(2026, 11, 24, tzinfo=UTC)),
        ("within_next", "2026-11-21T12:00Z", T + MICROSECOND),
        ("within_next", "2026-11-22T12:00Z", datetime(2026, 11, 22, 12, tzinfo=UTC) + MICROSECOND),
        ("within_next", "2026-11-21T11:00Z", None),
        ("within_last", "nonsense", None),
        ("within_last", None, None),
        ("within_last", ["2026-11-30", "2026-11-25", "2020-01-01"], datetime(2026, 11, 25, tzinfo=UTC)),
        ("within_last", "9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("within_next", "0001-01-02", None),
    ],
)
def test_the_next_flip_is_the_first_instant_of_another_answer(op: str, fact: Any, expected: datetime | None) -> None:
    assert flip(op, fact) == expected


@pytest.mark.parametrize("op", ["within_last", "within_next"])
@pytest.mark.parametrize("fact", ["2026-11-16T12:00Z", "2026-11-21T12:00Z", "2026-12-24T00:00Z"])
def test_nothing_changes_before_the_next_flip_and_the_answer_changes_at_it(op: str, fact: str) -> None:
    test = conditions.compile({"field": "contact.due", "op": op, "value": 7})
    facts, t = {"contact": {"due": fact}, "company": {}}, T
    while (upcoming := flip(op, fact, t)) is not None:
        assert test(facts, upcoming - MICROSECOND) is test(facts, t)
        assert test(facts, upcoming) is not test(facts, t)
        t = upcoming


def test_conditions_without_relative_dates_never_flip() -> None:
    facts = {"contact": {"due": "2026-11-25"}, "company": {}}
    assert next_flip({"field": "contact.due", "op": "after", "value": "2026-01-01"}, facts, T) is None
    assert next_flip(None, facts, T) is None
