"""From awards and a profile to points, grade and stage, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from leadscore.exact_json import dumps, loads_whole
from scoring import engine
from scoring.engine import Cut, Ledger, Line, Outcome, Profile, Tally
from scoring.model import Model
from tests.scoring.contacts import NOBODY, at, did, model
from tests.scoring.documents import criterion, profile_rule, rule, stage

T = at("2026-11-21T12:00")
MICROSECOND = timedelta(microseconds=1)
DIRECTOR = Profile({"job_title": "Director of Sales"}, {})
STAGES = [
    stage(key="cold", name="Cold", threshold=10),
    stage(key="hot", name="Hot", threshold=40),
    stage(key="mql", name="MQL", threshold=75, by_grade={"C": 90, "F": None}),
]


def counted(model: Model, *times: int, profile: Profile = NOBODY, t: datetime = T) -> Outcome:
    """The outcome where the first rule has so many living awards, the second so many, …"""
    return engine.outcome(model, Tally({rule: count for rule, count in enumerate(times) if count}), profile, t)


def test_nobody_and_nothing_score_the_minimum() -> None:
    assert counted(model()) == Outcome(points=0, exact=0, grade=None, stage=None, rank=0, groups=(), total=0)
    assert counted(model(minimum=5)).points == 5


def test_awards_and_profile_rules_are_added() -> None:
    both = model(rule(points=5), profile_rule(points=20))
    assert [counted(both, 3).points, counted(both, 3, profile=DIRECTOR).points, counted(both, profile=DIRECTOR).points] == [15, 35, 20]


def test_an_award_counts_until_just_before_it_expires() -> None:
    fading = model(rule(points=5, expiry={"days": 90}))
    awards = engine.awards(fading, [did(1, T)], T)
    end = T + timedelta(days=90)
    points = [engine.outcome(fading, engine.tally(fading, awards, t), NOBODY, t).points for t in (T, end - MICROSECOND, end)]
    assert points == [5, 5, 0]


def test_an_award_does_not_exist_before_its_instant() -> None:
    simple = model(rule())
    awards = engine.awards(simple, [did(1, T)], T)
    assert [engine.tally(simple, awards, t) for t in (T - MICROSECOND, T)] == [Tally({}), Tally({0: 1})]


@pytest.mark.parametrize(
    ("bounds", "count", "points"),
    [
        ({}, 30, 150),
        ({"maximum": 100}, 30, 100),
        ({"maximum": 100}, 20, 100),
        ({"maximum": 100}, 19, 95),
        ({"minimum": 10}, 0, 10),
        ({"minimum": 10}, 3, 15),
        ({"minimum": -5, "maximum": -5}, 3, -5),
    ],
)
def test_a_group_is_bounded_with_or_without_a_rule_that_fires(bounds: dict[str, int], count: int, points: int) -> None:
    grouped = model(rule(points=5, group="g"), groups=[{"key": "g", "name": "G", **bounds}], minimum=None)
    assert counted(grouped, count).points == points


def test_groups_are_bounded_apart_and_before_the_type() -> None:
    groups = [{"key": "a", "name": "A", "maximum": 10}, {"key": "b", "name": "B", "minimum": -10}, {"key": "c", "name": "C", "minimum": 3}]
    whole = model(rule(key="1", points=8, group="a"), rule(key="2", points=-8, group="b"), rule(key="3", points=1), groups=groups, maximum=4)
    outcome = counted(whole, 2, 2, 5)
    assert [(group.key, group.sum, group.bounded) for group in outcome.groups] == [("a", 16000, 10000), ("b", -16000, -10000), ("c", 0, 3000)]
    assert (outcome.total, outcome.exact, outcome.points) == (8000, 4000, 4)


@pytest.mark.parametrize(("bounds", "points"), [({}, 0), ({"minimum": None}, -50), ({"minimum": -20}, -20), ({"minimum": None, "maximum": -60}, -60)])
def test_the_type_is_bounded_below_by_zero_unless_said(bounds: dict[str, Any], points: int) -> None:
    assert counted(model(rule(points=-5), **bounds), 10).points == points


@pytest.mark.parametrize(
    ("exact", "points"),
    [(0, 0), (499, 0), (500, 1), (501, 1), (1499, 1), (1500, 2), (2500, 3), (-499, 0), (-500, -1), (-1499, -1), (-1500, -2), (-2500, -3)],
)
def test_halves_are_rounded_away_from_zero(exact: int, points: int) -> None:
    assert engine.rounded(exact) == points


@pytest.mark.parametrize(
    ("start", "steps", "grade"),
    [("D", [], "D"), ("D", [2], "C-"), ("D", [12], "A+"), ("D", [-12], "F"), ("D", [12, -12], "D"), ("A+", [5, -1], "A+"), ("F", [-5, 6], "D-")],
)
def test_the_grade_stops_at_the_ends_of_the_scale_after_all_steps(start: str, steps: list[int], grade: str) -> None:
    graded = model(grade={"start": start, "criteria": [criterion(steps=step) for step in steps]})
    assert counted(graded, profile=Profile({}, {"industry": "Software"})).grade == grade


def test_criteria_that_do_not_hold_do_not_move_the_grade() -> None:
    assert counted(model(grade={"criteria": [criterion(steps=5)]}), profile=Profile({}, {"industry": "Food"})).grade == "D"


@pytest.mark.parametrize(
    ("grade", "points", "stage", "rank"),
    [
        ("D", 9, None, 0),
        ("D", 10, "cold", 1),
        ("D", 39, "cold", 1),
        ("D", 40, "hot", 2),
        ("D", 74, "hot", 2),
        ("D", 75, "mql", 3),
        ("C", 75, "hot", 2),
        ("C", 89, "hot", 2),
        ("C", 90, "mql", 3),
        ("F", 1000, "hot", 2),
    ],
)
def test_a_stage_begins_exactly_at_its_effective_threshold(grade: str, points: int, stage: str | None, rank: int) -> None:
    staged = model(rule(points=1), stages=STAGES, grade={"start": grade})
    outcome = counted(staged, points)
    assert (outcome.stage, outcome.rank) == (stage, rank)


def test_stages_below_zero_are_reached_without_any_points() -> None:
    staged = model(stages=[stage(key="any", threshold=-10), stage(key="zero", threshold=0)])
    assert counted(staged).stage == "zero"


def test_the_last_of_two_stages_with_one_effective_threshold_counts() -> None:
    stages = [stage(key="a", threshold=40), stage(key="b", threshold=50, by_grade={"D": 40})]
    assert counted(model(rule(points=40), stages=stages, grade={}), 1).stage == "b"


def test_relative_dates_of_profile_rules_use_t() -> None:
    conditions = {"field": "contact.trial_ends", "op": "within_next", "value": 7}
    trial, contact = model(profile_rule(points=20, conditions=conditions)), Profile({"trial_ends": "2026-12-01"}, {})
    assert [counted(trial, profile=contact, t=at(t)).points for t in ("2026-11-23T23:59", "2026-11-24", "2026-12-01", "2026-12-02")] == [0, 20, 20, 0]


def test_the_tally_travels_as_json() -> None:
    tally = Tally({3: 2, 11: 1})
    assert dumps(tally.to_json()) == '{"alive":[[3,2],[11,1]]}'
    assert [Tally.from_json(loads_whole(dumps(tally.to_json()))), Tally.from_json({})] == [tally, Tally({})]


def test_a_tally_forgets_rules_without_living_awards() -> None:
    assert engine.moved(model(rule(), rule(key="s")), Tally({0: 2, 1: 1}), {1: 1, 0: 1}, T) == Tally({0: 1})


def test_a_tally_never_goes_below_nothing() -> None:
    with pytest.raises(ValueError, match="more awards taken"):
        engine.moved(model(rule()), Tally({0: 1}), {0: 2}, T)


def test_changes_that_are_worthless_at_t_leave_the_tally_alone() -> None:
    fading = model(rule(expiry={"days": 1}))
    old, fresh = engine.awards(fading, [did(1, "2026-11-01"), did(2, T)], T)
    assert engine.changed(fading, Tally({0: 1}), [engine.Change(added=(old,)), engine.Change(dropped=(old,))], T) == Tally({0: 1})
    assert engine.changed(fading, Tally({0: 1}), [engine.Change(added=(fresh,), dropped=(old,))], T) == Tally({0: 2})
    assert engine.changed(fading, Tally({0: 1}), [engine.Change(dropped=(fresh,))], T) == Tally({})


def test_nothing_is_due_where_nothing_moves_with_the_clock() -> None:
    assert engine.next_due(model(profile_rule()), Tally({}), DIRECTOR, None, T) is None


@pytest.mark.parametrize(
    ("expiry", "expected"),
    [(None, "2026-11-24"), ("2026-11-22", "2026-11-22"), ("2026-11-25", "2026-11-24")],
)
def test_the_next_due_instant_is_the_earliest_expiry_or_flip(expiry: str | None, expected: str) -> None:
    trial = {"field": "contact.trial_ends", "op": "within_next", "value": 7}
    industry = {"none": [{"field": "company.renewal", "op": "within_last", "value": 7}]}
    moving = model(profile_rule(conditions={"all": [trial]}), grade={"criteria": [criterion(conditions=industry)]})
    contact = Profile({"trial_ends": "2026-12-01"}, {"renewal": "2027-01-01"})
    assert engine.next_due(moving, Tally({}), contact, at(expiry) if expiry else None, T) == at(expected)


def test_criteria_that_move_with_the_clock_are_due_as_well() -> None:
    renewal = {"field": "company.renewal", "op": "within_last", "value": 7}
    moving = model(grade={"criteria": [criterion(conditions=renewal)]})
    assert engine.next_due(moving, Tally({}), Profile({}, {"renewal": "2027-01-01"}), None, T) == at("2027-01-01")


def test_an_explanation_has_a_line_for_each_award_and_each_profile_rule_that_holds() -> None:
    groups = [{"key": "g", "name": "G", "maximum": 7}]
    whole = model(
        rule(key="view", name="View", points=5, group="g", expiry={"days": 10}),
        profile_rule(key="boss", name="Boss", points=20),
        profile_rule(key="rome", conditions={"field": "contact.city", "op": "is", "value": "Rome"}),
        groups=groups,
        maximum=25,
    )
    awards = engine.awards(whole, [did(1, "2026-11-01"), did(2, "2026-11-20"), did(3, "2026-11-21"), did(4, "2026-11-22")], at("2026-11-23"))
    explanation = engine.explain(whole, Ledger(awards), DIRECTOR, T)
    assert explanation.lines == (
        Line("boss", "Boss", "profile", None, 20_000, 20),
        Line("view", "View", "activity", "g", 5_000, 5, at("2026-11-21"), at("2026-12-01"), 3),
        Line("view", "View", "activity", "g", 5_000, 5, at("2026-11-20"), at("2026-11-30"), 2),
        Line("view", "View", "activity", "g", 0, 5, at("2026-11-01"), at("2026-11-11"), 1),
    )
    assert explanation.cuts == (Cut("g", -3_000), Cut(None, -2_000))
    assert explanation.outcome.exact == 25_000


def test_a_bound_that_adds_is_a_cut_as_well() -> None:
    whole = model(rule(points=-5), groups=[{"key": "g", "name": "G", "minimum": 2}])
    explanation = engine.explain(whole, engine.ledger_of(whole, [did(1, T)], T), NOBODY, T)
    assert explanation.cuts == (Cut("g", 2_000), Cut(None, 3_000))
    assert explanation.outcome.exact == 0
