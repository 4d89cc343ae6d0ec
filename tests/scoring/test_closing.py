"""Which rules could close the gap to the next stage."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.closing import ways
from scoring.engine import Activity, Profile, explain, ledger_of
from tests.scoring.contacts import NOBODY, at, did, model
from tests.scoring.documents import profile_rule, rule

T = at("2026-11-21T12:00")


def found(rules: list[Any], missing: int, activities: list[Activity] | None = None, profile: Profile = NOBODY) -> list[tuple[int, str, bool]]:
    made = model(*rules)
    explanation = explain(made, ledger_of(made, activities or [], T), profile, T)
    return [(way.points, str(way.sentence), way.enough) for way in ways(made, rules, explanation, missing)]


def test_what_is_enough_comes_first_from_the_least_and_then_the_greatest() -> None:
    rules = [rule(key=f"r{points}", activity=f"A{points}", points=points) for points in (1, 30, 5, 10, 20)]
    assert found(rules, 10) == [(10, "for A10", True), (20, "for A20", True), (30, "for A30", True)]
    assert found(rules, 25) == [(30, "for A30", True), (20, "for A20", False), (10, "for A10", False)]


@pytest.mark.parametrize(
    ("frequency", "can"),
    [
        (None, True),
        ({"limit": 1, "per": "ever"}, False),
        ({"limit": 2, "per": "ever"}, True),
        ({"limit": 1, "per": "day"}, True),
        ({"limit": 1, "per": "ever", "each": "properties.sku"}, True),
        ({"reach": 1, "within_days": None}, False),
        ({"reach": 2, "within_days": 7}, True),
        ({"reach": 1, "per": "week"}, True),
    ],
)
def test_a_rule_that_has_given_all_it_can_is_no_way(frequency: Any, can: bool) -> None:
    assert bool(found([rule(points=5, frequency=frequency)], 1, [did(1, T)])) is can


def test_rules_that_take_points_hold_already_or_only_wait_are_no_way() -> None:
    director = Profile({"job_title": "Director"}, {})
    silent = {"key": "s", "name": "S", "when": "inactivity", "days": 30, "points": 10}
    reset = {"key": "w", "name": "W", "when": "reset", "activity": "Order Completed"}
    assert found([rule(points=-5), profile_rule(), silent, reset], 1, profile=director) == []
    assert found([profile_rule()], 1) == [(20, "when the job title contains director", True)]
