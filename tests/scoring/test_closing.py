"""Which rules could close the gap to the next stage."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.closing import ways
from scoring.engine import Activity, Profile, explain, ledger_of
from tests.scoring.contacts import NOBODY, at, did, model
from tests.scoring.documents import profile_rule, rule

T = at("2026-11-21T12:00")


def found(
    rules: list[Any], missing: int, activities: list[Activity] | None = None, profile: Profile = NOBODY, **changes: Any
) -> list[tuple[int, str, bool]]:
    made = model(*rules, **changes)
    ledger = ledger_of(made, activities or [], T)
    explanation = explain(made, ledger, profile, T)
    return [(way.points, str(way.sentence), way.enough) for way in ways(made, rules, ledger, explanation, profile, missing, T)]


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
        ({"limit": 1, "per": "day"}, False),
        ({"limit": 2, "per": "day"}, True),
        ({"limit": 1, "per": "ever", "each": "properties.sku"}, True),
        ({"reach": 1, "within_days": None}, False),
        ({"reach": 2, "within_days": 7}, True),
        ({"reach": 1, "per": "week"}, False),
        ({"reach": 2, "per": "week"}, True),
    ],
)
def test_a_rule_that_has_given_all_it_can_is_no_way(frequency: Any, can: bool) -> None:
    assert bool(found([rule(points=5, frequency=frequency)], 1, [did(1, T)])) is can


def test_a_days_limit_that_was_full_yesterday_is_open_today_in_the_versions_zone() -> None:
    daily = rule(points=5, frequency={"limit": 1, "per": "day"})
    late = [did(1, "2026-11-20T23:30")]
    assert found([daily], 1, late) == [(5, "for viewing a page, at most once a day", True)]
    assert found([daily], 1, late, zone="Europe/Berlin") == []


def test_a_group_at_its_maximum_gives_nothing_more_and_one_below_it_gives_the_rest() -> None:
    groups = [{"key": "g", "name": "G", "maximum": 12}]
    seen = rule(points=5, group="g")
    assert found([seen], 5, [did(1, T), did(2, T)], groups=groups) == [(2, "for viewing a page", False)]
    assert found([seen], 2, [did(1, T), did(2, T)], groups=groups) == [(2, "for viewing a page", True)]
    assert found([seen], 5, [did(1, T), did(2, T), did(3, T)], groups=groups) == []


def test_a_type_at_its_maximum_or_far_below_its_minimum_gives_nothing_more() -> None:
    taken = rule(key="taken", activity="Unsubscribed", points=-20)
    assert found([rule(points=5)], 1, [did(1, T), did(2, T)], maximum=10) == []
    assert found([rule(points=5), taken], 1, [did(1, T, "Unsubscribed")], minimum=0) == []
    assert found([rule(points=25), taken], 1, [did(1, T, "Unsubscribed")], minimum=0) == [(5, "for viewing a page", True)]


def test_a_profile_that_holds_gives_what_the_bounds_leave_of_its_points() -> None:
    assert found([profile_rule(points=20)], 20, maximum=15) == [(15, "when the job title contains director", False)]


def test_an_activity_that_starts_the_contact_again_is_no_way() -> None:
    won = {"key": "w", "name": "W", "when": "reset", "activity": "Order Completed"}
    assert found([rule(points=5, activity="Order Completed"), won], 1) == []


def test_the_gain_is_that_of_doing_it_silence_that_ends_included() -> None:
    silent = {"key": "s", "name": "S", "when": "inactivity", "days": 2, "points": -3, "times": 9, "group": "g"}
    rules = [rule(points=5, expiry={"half_life_days": 3}), silent]
    bounds = {"minimum": -4, "groups": [{"key": "g", "name": "G", "minimum": -7}]}
    made, before = model(*rules, **bounds), [did(1, "2026-11-12T12:00"), did(2, "2026-11-13T12:00")]
    now, then = (explain(made, ledger_of(made, done, T), NOBODY, T).outcome.points for done in (before, [*before, did(3, T)]))
    assert then > now + 5
    assert found(rules, 1, before, **bounds) == [(then - now, "for viewing a page, halving every 3 days", True)]


def test_rules_that_take_points_hold_already_or_only_wait_are_no_way() -> None:
    director = Profile({"job_title": "Director"}, {})
    silent = {"key": "s", "name": "S", "when": "inactivity", "days": 30, "points": 10}
    reset = {"key": "w", "name": "W", "when": "reset", "activity": "Order Completed"}
    assert found([rule(points=-5), profile_rule(), silent, reset], 1, profile=director) == []
    assert found([profile_rule()], 1) == [(20, "when the job title contains director", True)]
