"""Which activities are awarded: names and conditions, limits and their periods, late matches, expiry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scoring import engine
from scoring.engine import Activity, Award, Change
from scoring.model import ActivityRule, Model
from tests.scoring.contacts import at, did, model
from tests.scoring.documents import PRICING, profile_rule, rule

END = at("2027-12-31")
MICROSECOND = timedelta(microseconds=1)


def limited(limit: int, per: str, zone: str = "UTC") -> Model:
    return model(rule(frequency={"limit": limit, "per": per}), zone=zone)


def awarded(model: Model, *activities: Activity) -> list[int]:
    return [award.activity for award in engine.awards(model, activities, END)]


def only(model: Model) -> ActivityRule:
    (rule,) = model.rules
    assert isinstance(rule, ActivityRule)
    return rule


def test_it_matches_the_exact_name_only() -> None:
    activities = [did(1, "2026-11-21"), did(2, "2026-11-21", "page viewed"), did(3, "2026-11-21", "Page Viewed ")]
    assert awarded(model(rule()), *activities) == [1]


def test_it_matches_where_the_conditions_hold() -> None:
    activities = [did(1, "2026-11-21", url="x/pricing"), did(2, "2026-11-21", url="x/home"), did(3, "2026-11-21")]
    assert awarded(model(rule(conditions=PRICING)), *activities) == [1]


def test_one_activity_is_awarded_by_every_rule_it_matches() -> None:
    both = model(rule(key="a"), profile_rule(), rule(key="b", conditions=PRICING), rule(key="c", activity="Else"))
    assert [rule.key for rule in engine.matches(both, did(1, "2026-11-21", url="/pricing"))] == ["a", "b"]
    assert [award.rule for award in engine.awards(both, [did(1, "2026-11-21", url="/pricing")], END)] == [0, 2]


def test_conditions_see_the_context() -> None:
    conditions = {"field": "context.campaign.name", "op": "is", "value": "spring"}
    campaign = Activity(1, "Page Viewed", at("2026-11-21"), "m1", {}, {"campaign": {"name": "Spring"}})
    assert awarded(model(rule(conditions=conditions)), campaign, did(2, "2026-11-21")) == [1]


def test_it_ignores_activities_after_t() -> None:
    t = at("2026-11-21T12:00")
    activities = [did(1, t), did(2, t + MICROSECOND)]
    assert [award.activity for award in engine.awards(model(rule()), activities, t)] == [1]


def test_repeated_activities_count_once() -> None:
    once = did(1, "2026-11-21")
    assert awarded(model(rule()), once, once, did(1, "2026-11-21")) == [1]


def test_order_is_by_instant_and_then_by_message_id_byte_by_byte() -> None:
    def named(number: int, message_id: str) -> Activity:
        return Activity(number, "Page Viewed", at("2026-11-21"), message_id, {}, {})

    activities = [named(1, "\U0001f600"), named(2, "\uffee"), named(3, "é"), named(4, "b"), named(5, "B"), did(6, "2026-11-20")]
    assert awarded(limited(6, "ever"), *activities) == [6, 5, 4, 3, 2, 1]
    assert awarded(limited(3, "ever"), *activities) == [6, 5, 4]


@pytest.mark.parametrize(
    ("per", "expected"),
    [("ever", [1]), ("month", [1, 6]), ("week", [1, 4, 6, 7]), ("day", [1, 3, 4, 5, 6, 7])],
)
def test_a_limit_counts_in_calendar_periods(per: str, expected: list[int]) -> None:
    activities = [
        did(1, "2026-11-20T00:00"),  # a Friday
        did(2, "2026-11-20T23:59"),
        did(3, "2026-11-22T23:59"),  # Sunday
        did(4, "2026-11-23T00:00"),  # Monday
        did(5, "2026-11-29T12:00"),
        did(6, "2026-12-01T00:00"),  # Tuesday of the week of 30 November
        did(7, "2026-12-31T23:00"),
        did(8, "2026-12-31T23:30"),
    ]
    assert awarded(limited(1, per), *activities) == expected


@pytest.mark.parametrize(
    ("per", "zone", "when", "slot"),
    [
        ("ever", "UTC", "2026-11-21T12:00", ""),
        ("day", "UTC", "2026-11-21T23:59:59.999999", "2026-11-21"),
        ("day", "Europe/Berlin", "2026-11-21T22:59:59.999999", "2026-11-21"),
        ("day", "Europe/Berlin", "2026-11-21T23:00", "2026-11-22"),
        ("day", "America/Los_Angeles", "2026-11-21T07:59", "2026-11-20"),
        ("day", "Asia/Kathmandu", "2026-11-21T18:15", "2026-11-22"),
        ("week", "UTC", "2026-11-22T23:59", "w2026-11-16"),
        ("week", "UTC", "2026-11-23T00:00", "w2026-11-23"),
        ("week", "Europe/Berlin", "2026-11-22T23:00", "w2026-11-23"),
        ("week", "UTC", "2027-01-01T00:00", "w2026-12-28"),
        ("month", "UTC", "2026-11-30T23:59", "2026-11"),
        ("month", "Europe/Berlin", "2026-11-30T23:00", "2026-12"),
        # Clocks go forward on 29 March 2026 (the day has 23 hours) and back on 25 October (25 hours).
        ("day", "Europe/Berlin", "2026-03-28T23:00", "2026-03-29"),
        ("day", "Europe/Berlin", "2026-03-29T21:59", "2026-03-29"),
        ("day", "Europe/Berlin", "2026-03-29T22:00", "2026-03-30"),
        ("day", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25"),
        ("day", "Europe/Berlin", "2026-10-25T22:59", "2026-10-25"),
        ("day", "Europe/Berlin", "2026-10-25T23:00", "2026-10-26"),
    ],
)
def test_periods_are_those_of_the_version_s_time_zone(per: str, zone: str, when: str, slot: str) -> None:
    assert engine.slot_of(only(limited(1, per, zone)), did(1, when)) == slot


def test_a_rule_without_a_limit_has_one_slot() -> None:
    assert engine.slot_of(only(model(rule())), did(1, "2026-11-21")) == ""


def test_an_expired_award_keeps_its_place_in_a_limit() -> None:
    short = model(rule(frequency={"limit": 1, "per": "ever"}, expiry={"days": 1}))
    assert awarded(short, did(1, "2026-11-01"), did(2, "2026-11-21")) == [1]


def test_an_award_expires_whole_days_of_24_hours_later_whatever_the_clocks_do() -> None:
    berlin = model(rule(expiry={"days": 2}), zone="Europe/Berlin")
    (award,) = engine.awards(berlin, [did(1, "2026-03-28T12:00")], END)
    assert award == Award(0, 1, at("2026-03-28T12:00"), "m1", "", at("2026-03-30T12:00"))
    assert [award.alive(at("2026-03-30T12:00") - MICROSECOND), award.alive(at("2026-03-30T12:00"))] == [True, False]


def placed(model: Model, latest: list[Award], *new: Activity) -> tuple[list[int], list[int]]:
    change = engine.place(only(model), latest, new)
    return [award.activity for award in change.added], [award.activity for award in change.dropped]


def ledger(model: Model, *activities: Activity) -> list[Award]:
    return engine.awards(model, activities, END)


def test_without_a_limit_every_match_is_placed() -> None:
    assert placed(model(rule()), [], did(1, "2026-11-21"), did(2, "2026-11-21"), did(1, "2026-11-21")) == ([1, 2], [])


def test_a_limit_that_is_not_full_takes_more() -> None:
    two = limited(2, "day")
    assert placed(two, ledger(two, did(1, "2026-11-21T10:00")), did(2, "2026-11-21T09:00")) == ([2], [])


def test_a_full_limit_takes_no_later_match() -> None:
    two = limited(2, "day")
    full = ledger(two, did(1, "2026-11-21T10:00"), did(2, "2026-11-21T11:00"))
    assert placed(two, full, did(3, "2026-11-21T12:00")) == ([], [])


def test_a_late_match_pushes_the_latest_out_of_a_full_limit() -> None:
    two = limited(2, "day")
    full = ledger(two, did(1, "2026-11-21T10:00"), did(2, "2026-11-21T11:00"))
    assert placed(two, full, did(3, "2026-11-21T10:30")) == ([3], [2])
    assert placed(two, full, did(3, "2026-11-21T08:00"), did(4, "2026-11-21T09:00"), did(5, "2026-11-21T09:30")) == ([3, 4], [1, 2])


def test_a_match_of_the_same_instant_is_placed_by_its_message_id() -> None:
    one = limited(1, "day")
    full = ledger(one, did(2, "2026-11-21T10:00"))
    assert placed(one, full, did(1, "2026-11-21T10:00")) == ([1], [2])
    assert placed(one, full, did(3, "2026-11-21T10:00")) == ([], [])


def test_placing_what_is_placed_changes_nothing() -> None:
    one = limited(2, "day")
    first = did(1, "2026-11-21T10:00")
    assert engine.place(only(one), ledger(one, first), [first, first]) == Change((), ())


def test_new_matches_of_several_periods_are_placed_at_once() -> None:
    one = limited(1, "day")
    full = ledger(one, did(1, "2026-11-21T10:00"), did(2, "2026-11-22T10:00"))
    assert placed(one, full, did(3, "2026-11-22T09:00"), did(4, "2026-11-23T09:00"), did(5, "2026-11-21T11:00")) == ([3, 4], [2])


def test_what_comes_before_all_new_matches_of_a_slot_need_only_be_counted() -> None:
    two, third = limited(2, "ever"), model(rule(frequency={"reach": 3, "within_days": None}))
    later = did(9, "2026-11-21T12:00")
    added = [engine.place(only(two), [], [later], before).added for before in (1, 2)]
    assert added == [(engine.award(only(two), later, ""),), ()]
    reaching = [engine.place(only(third), [], [later], before).added for before in (0, 1, 2, 3)]
    assert [[award.counts for award in awards] for awards in reaching] == [[False], [False], [True], []]
    assert [engine.is_past(only(two), engine.Held(before), [later]) for before in (1, 2)] == [False, True]
