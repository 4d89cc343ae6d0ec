"""When a contact falls back if nothing happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scoring import progress
from scoring.engine import Activity, Profile, explain, ledger_of
from scoring.explanation import Explained
from scoring.versions import Active
from tests.scoring.contacts import NOBODY, at, did, model
from tests.scoring.documents import profile_rule, rule, stage

T = at("2026-11-21T12:00")
HOT = [stage(key="warm", name="Warm", threshold=20), stage(key="hot", name="Hot", threshold=40)]


def falls(rules: list[Any], activities: list[Activity], profile: Profile = NOBODY) -> tuple[datetime, str | None] | None:
    """When, and to which stage."""
    made = model(*rules, stages=HOT)
    ledger = ledger_of(made, activities, T)
    explained = Explained(Active(1, 1, "k", 1, True, made), ledger, explain(made, ledger, profile, T), None, None)
    found = progress.fall(explained, profile, T)
    return found and (found.at, found.stage.key if found.stage else None)


def test_points_that_fade_over_years_fall_on_their_day() -> None:
    # 100 × (1 − age ÷ 1000) is rounded to 40 as long as it is not below 39.5.
    assert falls([rule(points=100, expiry={"linear_days": 1000})], [did(1, T)]) == (at("2026-11-21T00:00") + timedelta(days=606), "warm")


def test_the_last_of_hundreds_of_awards_to_matter_is_found() -> None:
    seen = [did(number, T - timedelta(minutes=number)) for number in range(1, 501)]
    assert falls([rule(points=1, expiry={"days": 90})], seen) == (T - timedelta(minutes=40) + timedelta(days=90), "warm")  # 39 are left


def test_what_was_taken_and_fades_lifts_before_what_was_given_falls() -> None:
    rules = [rule(points=50, expiry={"half_life_days": 100}), rule(key="out", activity="Out", points=-20, expiry={"linear_days": 10})]
    assert falls(rules, [did(1, T), did(2, T, "Out")]) == (at("2026-11-21T00:00") + timedelta(days=136), None)  # 19.48 of 50 are left


def test_a_date_that_comes_lifts_over_a_fall_and_its_end_brings_it() -> None:
    soon = profile_rule(conditions={"field": "contact.renews_on", "op": "within_next", "value": 10})
    rules = [rule(points=45, expiry={"days": 30}), soon]
    activities = [did(1, T - timedelta(days=25))]
    renewal = Profile({"renews_on": "2026-12-05"}, {})
    assert falls(rules, activities, renewal) == (T + timedelta(days=5), "warm")
    assert falls(rules, activities) == (T + timedelta(days=5), None)


def test_nobody_falls_whose_points_stay_or_grow() -> None:
    silent = {"key": "s", "name": "S", "when": "inactivity", "days": 30, "points": 10, "times": 100}
    assert falls([rule(points=45), silent], [did(1, T)]) is None
    assert falls([rule(points=5, expiry={"days": 3})], [did(1, T)]) is None


def test_it_says_nothing_where_what_is_given_and_taken_fade_close_beside_each_other_for_years(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = rule(key="taken", points=-1000, expiry={"half_life_days": 3001})
    rules = [rule(points=1000, expiry={"half_life_days": 3000}), taken, rule(key="kept", points=2)]
    seen = [did(number, T) for number in range(10)]
    assert falls(rules, seen) is None
    monkeypatch.setattr(progress, "MOST_LOOKS", 2_000)
    assert falls(rules, seen) == (at("2029-01-12T00:00"), None)
