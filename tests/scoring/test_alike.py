"""Answers that are kept for activities that look alike to the rules: never those of another value, instant or model."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from scoring import alike
from scoring.engine import Activity, matches
from scoring.model import Model
from tests.scoring.contacts import at, did, model
from tests.scoring.documents import rule


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    alike._kept.clear()
    yield
    alike._kept.clear()


def asking(op: str, value: Any = None, field: str = "properties.value") -> Model:
    leaf = {"field": field, "op": op} | ({} if value is None else {"value": value})
    return model(rule(conditions={"all": [leaf]}))


def holds(model: Model, **properties: Any) -> bool:
    return bool(matches(model, did(1, "2026-11-21", **properties)))


VALUES = [
    1, True, Decimal(1), 1.0, "1", "1.0", "true", "yes", 0, False, Decimal(0), "", None, [1], [True], {"a": 1}, 10**30, Decimal("1e30"), "x" * 500,
]  # fmt: skip
OPS = [("is", "1"), ("is_true", None), ("is_false", None), ("gte", 1), ("present", None), ("absent", None), ("not_in", ["1"])]


@pytest.mark.parametrize(("op", "value"), OPS)
def test_a_value_is_answered_as_if_it_were_the_first(op: str, value: Any) -> None:
    asked = asking(op, value)
    first = []
    for one in VALUES:
        alike._kept.clear()
        first.append(holds(asked, value=one))
    assert set(first) == {True, False}
    assert [[holds(asked, value=one) for one in VALUES] for _ in range(2)] == [first, first]
    assert [holds(asked, value=one) for one in reversed(VALUES)] == first[::-1]


def test_each_model_has_answers_of_its_own() -> None:
    one, other = asking("is", "a"), asking("is", "b")
    assert [holds(one, value="a"), holds(other, value="a"), holds(one, value="b"), holds(other, value="b")] == [True, False, False, True]


def test_the_conditions_of_all_rules_are_asked_for() -> None:
    two = model(
        rule(key="url", conditions={"all": [{"field": "properties.url", "op": "contains", "value": "pricing"}]}),
        rule(key="agent", conditions={"all": [{"field": "context.agent", "op": "is", "value": "a"}]}),
    )

    def seen(agent: str) -> list[str]:
        activity = Activity(1, "Page Viewed", at("2026-11-21"), "m", {"url": "/pricing"}, {"agent": agent})
        return [rule.key for rule in matches(two, activity)]

    assert [seen("a"), seen("b"), seen("a")] == [["url", "agent"], ["url"], ["url", "agent"]]


def test_answers_are_kept_and_their_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "MOST_KEPT", 10)
    asked = asking("is", "7")
    assert [number for number in range(100) if holds(asked, value=number)] == [7]
    assert 0 < len(alike._kept) <= 10
    holds(asked, value="x" * 201)
    assert all(len(str(value)) <= 200 for key in alike._kept for value in key[1:])
