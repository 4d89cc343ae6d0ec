"""What a valid document becomes, and what of it this release cannot score."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from scoring.document import parse
from scoring.model import ActivityRule, Expiry, Frequency, Grade, Group, InactivityRule, ProfileRule, ResetRule, Stage
from tests.scoring.documents import document, example, profile_rule, rule, stage

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_smallest_document_gets_its_defaults() -> None:
    model = parse(document(), "UTC")
    assert (model.description, model.minimum, model.maximum, model.groups, model.rules, model.stages, model.grade) == ("", 0, None, (), (), (), None)


def test_an_explicit_null_is_not_a_default() -> None:
    assert parse(document(minimum=None), "UTC").minimum is None


def test_every_part_is_read() -> None:
    model = parse(example(), "Europe/Berlin")
    assert model.zone == BERLIN
    assert model.groups == (Group("engagement", "Engagement", None, 100),)
    assert [type(rule) for rule in model.rules] == [ActivityRule, ActivityRule, ProfileRule, InactivityRule, ResetRule]
    assert [(rule.position, rule.key) for rule in model.rules] == [(0, "pricing"), (1, "keen"), (2, "director"), (3, "silent"), (4, "won")]
    assert model.stages[2] == Stage("mql", "Marketing qualified leads", 75, {"C": 90, "F": None}, ("team:sales", "owner"), 30)
    assert isinstance(model.grade, Grade)
    assert [(one.name, one.steps) for one in model.grade.criteria] == [("Software industry", 2)]


def test_rules_of_the_same_activity_stand_together_in_their_order() -> None:
    rules = [rule(key="a"), profile_rule(), rule(key="b", activity="Trial Started"), rule(key="c")]
    by_activity = parse(document(rules=rules), "UTC").by_activity
    assert {name: [rule.position for rule in rules] for name, rules in by_activity.items()} == {"Page Viewed": [0, 3], "Trial Started": [2]}


def test_frequencies_and_expiries_are_read() -> None:
    rules = [
        rule(key="a", frequency={"limit": 3, "per": "week", "each": "properties.a"}, expiry={"linear_days": 5}),
        rule(key="b", frequency={"reach": 3, "within_days": None}, expiry={"days": 5}),
        rule(key="c"),
    ]
    read = [rule for rule in parse(document(rules=rules), "UTC").rules if isinstance(rule, ActivityRule)]
    assert [rule.frequency for rule in read] == [Frequency(limit=3, per="week", each="properties.a"), Frequency(reach=3), None]
    assert [rule.expiry for rule in read] == [Expiry(linear_days=5), Expiry(days=5), None]


def test_inactivity_is_counted_once_for_any_activity_unless_said() -> None:
    silent = {"key": "s", "name": "S", "when": "inactivity", "points": -1, "days": 30}
    (read,) = parse(document(rules=[silent]), "UTC").rules
    assert isinstance(read, InactivityRule)
    assert (read.times, read.activity, read.group) == (1, None, None)


def test_a_grade_starts_at_d_unless_said() -> None:
    assert parse(document(grade={}), "UTC").grade == Grade("D", ())


@pytest.mark.parametrize(("threshold", "grade", "expected"), [(75, None, 75), (75, "B", 75), (75, "C", 90), (75, "F", None)])
def test_the_effective_threshold_is_that_of_the_grade_where_listed(threshold: int, grade: str | None, expected: int | None) -> None:
    (read,) = parse(document(grade={}, stages=[stage(threshold=threshold, by_grade={"C": 90, "F": None})]), "UTC").stages
    assert read.effective(grade) == expected
