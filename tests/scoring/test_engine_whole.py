"""Each value, reached number, silence, reset and adjustment of the scoring model, by example, edges included."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scoring import engine
from scoring.engine import Activity, Adjustment, Profile
from tests.scoring.contacts import at, did, model
from tests.scoring.documents import rule

T = at("2026-11-21T12:00")
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
CREATED = Profile({"created_at": "2026-11-01T12:00:00Z"}, {})
END = at("2027-12-31")


def exact(t: datetime, activities: list[Activity], *rules: Any, adjustments: tuple[Adjustment, ...] = (), **changes: Any) -> int:
    """The score at `t` in thousandths, from scratch."""
    made = model(*rules, minimum=None, **changes)
    return engine.explain(made, engine.ledger_of(made, activities, t, adjustments), CREATED, t).outcome.exact


def awarded(activities: list[Activity], frequency: dict[str, Any], zone: str = "UTC") -> list[int]:
    """The activities that a rule with this frequency awards."""
    made = model(rule(frequency=frequency), zone=zone)
    return [award.activity for award in engine.awards(made, activities, END) if award.counts]


@pytest.mark.parametrize(
    ("expiry", "points", "age", "value"),
    [
        ({"half_life_days": 10}, 10, 0, 10_000),
        ({"half_life_days": 10}, 10, 5, 7_071),
        ({"half_life_days": 10}, 10, 10, 5_000),
        ({"half_life_days": 10}, 10, 99, 10),
        ({"half_life_days": 10}, 10, 100, 0),
        ({"half_life_days": 1}, 1, 4, 63),  # 62.5: halves go away from zero
        ({"half_life_days": 1}, -1, 4, -63),
        ({"half_life_days": 1}, 1, 9, 2),
        ({"half_life_days": 1}, 1, 10, 0),
        ({"half_life_days": 7}, 1000, 3, 742_997),
        ({"linear_days": 10}, 10, 0, 10_000),
        ({"linear_days": 10}, 10, 9, 1_000),
        ({"linear_days": 10}, 10, 10, 0),
        ({"linear_days": 10}, 10, 11, 0),
        ({"linear_days": 3}, 1, 1, 667),
        ({"linear_days": 16}, -1, 15, -63),  # −62.5
    ],
)
def test_what_fades_is_worth_its_share_by_its_age_in_days(expiry: dict[str, int], points: int, age: int, value: int) -> None:
    assert exact(T + age * DAY, [did(1, T)], rule(points=points, expiry=expiry)) == value


def test_the_age_in_days_is_counted_by_utc_dates() -> None:
    late = [did(1, "2026-11-21T23:59:59.999999")]
    fading = rule(points=10, expiry={"linear_days": 10})
    midnight = at("2026-11-22T00:00")
    assert [exact(t, late, fading, zone="Pacific/Kiritimati") for t in (midnight - MICROSECOND, midnight)] == [10_000, 9_000]


@pytest.mark.parametrize(
    ("frequency", "hours", "expected"),
    [
        ({"reach": 3, "within_days": 1}, (0, 12, 23), [3]),
        ({"reach": 3, "within_days": 1}, (0, 12, 24), []),  # a day older is not less than a day older
        ({"reach": 3, "within_days": 1}, (0, 12, 24, 35), [4]),
        ({"reach": 3, "within_days": 1}, (0, 1, 2, 3, 4, 500, 501, 502), [3]),  # once
        ({"reach": 1, "within_days": 1}, (5, 6), [1]),
        ({"reach": 2, "within_days": 1}, (7, 7), [2]),  # at the same instant the message_id decides
        ({"reach": 3, "within_days": None}, (0, 2000, 7000), [3]),
        ({"reach": 3, "within_days": None}, (0, 2000), []),
        ({"reach": 2, "per": "day"}, (0, 13, 14, 15, 35, 36, 40), [3, 7]),
        ({"reach": 2, "per": "week"}, (0, 1, 24, 48, 49), [2, 5]),
        ({"reach": 2, "per": "month"}, (0, 1, 2, 24 * 10, 24 * 11), [2, 5]),
    ],
)  # fmt: skip
def test_a_number_is_reached_by_the_match_that_makes_it_full(frequency: dict[str, Any], hours: tuple[int, ...], expected: list[int]) -> None:
    """Hours after noon of Saturday, 21 November."""
    assert awarded([did(number, T + timedelta(hours=hour)) for number, hour in enumerate(hours, start=1)], frequency) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", "A ", "b"], [1, 3]),  # as `is` compares
        ([30, "30", "30.0"], [1, 3]),
        ([True, "true", 1], [1, 3]),
        ([None, None, ""], [1, 3]),  # missing is null, and an empty text is a text
        ([["a"], ["a"], '["a"]'], [1, 3]),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], [1]),
        ([[1], ["1"]], [1, 2]),
    ],
)
def test_each_value_of_a_field_has_a_limit_of_its_own(values: list[Any], expected: list[int]) -> None:
    activities = [did(number, T, **({} if value is None else {"sku": value})) for number, value in enumerate(values, start=1)]
    assert awarded(activities, {"limit": 1, "per": "ever", "each": "properties.sku"}) == expected


def test_a_limit_for_each_value_counts_by_period_as_well() -> None:
    activities = [did(1, T, sku="a"), did(2, T + DAY, sku="a"), did(3, T + DAY, sku="a"), did(4, T + DAY, sku="b")]
    assert awarded(activities, {"limit": 1, "per": "day", "each": "properties.sku"}) == [1, 2, 4]


SILENT = {"key": "s", "name": "S", "when": "inactivity", "days": 30, "points": -10, "times": 3}


@pytest.mark.parametrize(
    ("since", "value"),
    [
        (30 * DAY - MICROSECOND, 0), (30 * DAY, -10_000), (60 * DAY - MICROSECOND, -10_000), (60 * DAY, -20_000), (90 * DAY, -30_000),
        (900 * DAY, -30_000),
    ],
)  # fmt: skip
def test_silence_counts_in_whole_spans_and_at_most_so_often(since: timedelta, value: int) -> None:
    assert exact(T + since, [did(1, T)], SILENT) == value


def test_silence_of_somebody_who_did_nothing_counts_from_the_creation() -> None:
    assert [exact(t, [], SILENT) for t in (at("2026-12-01T11:59:59"), at("2026-12-01T12:00"), at("2026-10-01"))] == [0, -10_000, 0]


def test_passive_activities_do_not_break_a_silence_unless_it_names_them() -> None:
    def passive(value: Any) -> list[Activity]:
        return [Activity(1, "Email Opened", T, "m1", {}, {"passive": value})]

    t = at("2026-12-10")
    assert [exact(t, passive(value), SILENT) for value in (True, "true", 1, False)] == [-10_000, 0, 0, 0]
    assert exact(t, passive(True), {**SILENT, "activity": "Email Opened"}) == 0
    assert exact(t, [did(1, T, "Other")], {**SILENT, "activity": "Email Opened"}) == -10_000


RESET = {"key": "w", "name": "W", "when": "reset", "activity": "Order Completed"}


def test_a_reset_voids_what_was_awarded_until_then_its_own_instant_included() -> None:
    viewed, own = rule(points=5), rule(key="own", points=7, activity="Order Completed")
    activities = [did(1, T), did(2, T + DAY, "Order Completed"), did(3, T + DAY), did(4, T + DAY + MICROSECOND)]
    assert exact(T + 2 * DAY, activities, viewed, own, RESET) == 5_000
    assert exact(T + DAY - MICROSECOND, activities, viewed, own, RESET) == 5_000  # as it was before


def test_limits_and_windows_go_on_over_a_reset() -> None:
    activities = [did(1, T), did(2, T + DAY, "Order Completed"), did(3, T + 2 * DAY)]
    assert exact(T + 3 * DAY, activities, rule(points=5, frequency={"limit": 1, "per": "ever"}), RESET) == 0
    assert exact(T + 3 * DAY, activities, rule(points=5, frequency={"reach": 2, "within_days": 7}), RESET) == 5_000


def test_profile_rules_and_silences_outlive_a_reset() -> None:
    always = {"key": "p", "name": "P", "when": "profile", "points": 3, "conditions": {"all": []}}
    assert exact(T + 31 * DAY, [did(1, T, "Order Completed")], always, SILENT, RESET) == 3_000 - 10_000


def test_adjustments_count_from_their_instant_and_until_a_reset() -> None:
    given = (Adjustment(1, 15, T, "met at a fair"), Adjustment(2, -4, T + DAY))
    assert [exact(t, [], rule(), adjustments=given) for t in (T - MICROSECOND, T, T + DAY, T + 900 * DAY)] == [0, 15_000, 11_000, 11_000]
    assert exact(T + 3 * DAY, [did(1, T, "Order Completed")], RESET, adjustments=given) == -4_000


def test_halves_of_a_point_are_rounded_away_from_zero() -> None:
    for points, expected in ((1, 1), (-1, -1)):
        made = model(rule(points=points, expiry={"half_life_days": 1}), minimum=None)
        t = T + DAY
        assert engine.explain(made, engine.ledger_of(made, [did(1, T)], t), CREATED, t).outcome.points == expected


def test_every_line_is_explained() -> None:
    made = model(rule(points=8, expiry={"half_life_days": 1}), SILENT, RESET, minimum=None)
    activities = [did(1, T, "Order Completed"), did(2, T - DAY), did(3, T + DAY)]
    t = T + 40 * DAY
    lines = engine.explain(made, engine.ledger_of(made, activities, t, [Adjustment(1, 5, T - DAY, "fair", "Ann")]), CREATED, t).lines
    assert [(line.kind, line.name, line.value, line.voided, line.author) for line in lines] == [
        ("inactivity", "S", -10_000, False, ""),
        ("adjustment", "fair", 0, True, "Ann"),
        ("activity", "R", 0, False, ""),
        ("activity", "R", 0, True, ""),
    ]
