"""Which stages a step enters and leaves, and what is missing to the next."""

from __future__ import annotations

import pytest

from scoring import engine
from scoring.engine import Outcome, Tally
from scoring.model import Model
from tests.scoring.contacts import NOBODY, at, model
from tests.scoring.documents import rule, stage


def ladder(*keys: str, grade: str = "D") -> Model:
    """Stages at 10, 20, 30, …; the key `barred` is barred for grade F."""
    stages = [
        stage(key=key, name=key, threshold=10 * rank, by_grade={"F": None} if key == "barred" else {}) for rank, key in enumerate(keys, start=1)
    ]
    return model(rule(points=1), stages=stages, grade={"start": grade})


def reached(model: Model, points: int) -> Outcome:
    return engine.outcome(model, Tally({0: points}), NOBODY, at("2026-11-21"))


def passed(model: Model, entered: list[str], before: str | None, points: int) -> tuple[list[str], list[str]]:
    entered_now, left_now = engine.passed(model, entered, before, reached(model, points))
    return [stage.key for stage in entered_now], left_now


@pytest.mark.parametrize(
    ("entered", "before", "points", "expected"),
    [
        ([], None, 9, ([], [])),
        ([], None, 10, (["a"], [])),
        ([], None, 35, (["a", "b", "c"], [])),
        (["a"], "a", 19, ([], [])),
        (["a"], "a", 30, (["b", "c"], [])),
        (["a", "b", "c"], "c", 29, ([], ["c"])),
        (["a", "b", "c"], "c", 10, ([], ["c", "b"])),
        (["a", "b", "c"], "c", 0, ([], ["c", "b", "a"])),
        (["a", "c"], "c", 15, ([], ["c"])),
        (["a", "c"], "c", 0, ([], ["c", "a"])),
        ([], "c", 0, ([], [])),
        (["a"], "b", 30, (["c"], [])),
    ],
)
def test_each_stage_passed_upwards_is_entered_and_each_recorded_one_passed_downwards_left(
    entered: list[str], before: str | None, points: int, expected: tuple[list[str], list[str]]
) -> None:
    assert passed(ladder("a", "b", "c"), entered, before, points) == expected


def test_a_barred_stage_is_passed_without_being_entered() -> None:
    assert passed(ladder("a", "barred", "c", grade="F"), [], None, 30) == (["a", "c"], [])
    assert passed(ladder("a", "barred", "c", grade="F"), ["a"], "a", 25) == ([], [])
    assert passed(ladder("a", "barred", "c", grade="F"), ["a", "c"], "c", 5) == ([], ["c", "a"])


def test_a_grade_that_comes_to_be_barred_leaves_the_stage() -> None:
    assert passed(ladder("a", "barred", grade="F"), ["a", "barred"], "barred", 25) == ([], ["barred"])


def test_stages_that_the_version_no_longer_has_are_left_first() -> None:
    assert passed(ladder("a", "c"), ["a", "b", "c"], "c", 10) == ([], ["b", "c"])
    assert passed(ladder("a", "b"), ["a", "b", "z"], "z", 20) == ([], ["z"])
    assert passed(ladder("a", "b"), ["z"], "z", 20) == (["a", "b"], ["z"])
    assert passed(ladder("a", "b", "c"), ["a", "z"], "z", 30) == (["b", "c"], ["z"])
    assert passed(ladder("a", "b"), ["a", "z"], "z", 0) == ([], ["z", "a"])
    assert passed(ladder(), ["a", "b"], "b", 100) == ([], ["a", "b"])


def test_stages_that_a_new_order_put_above_are_left() -> None:
    assert passed(ladder("b", "a", "c"), ["a", "b"], "b", 10) == ([], ["a"])
    assert passed(ladder("b", "a", "c"), ["a", "b"], "b", 30) == (["c"], [])


@pytest.mark.parametrize(
    ("grade", "points", "expected"),
    [("D", 0, ("a", 10)), ("D", 10, ("barred", 10)), ("D", 29, ("c", 1)), ("F", 12, ("c", 18)), ("D", 30, None), ("D", 99, None)],
)
def test_the_gap_is_to_the_next_stage_open_to_the_grade(grade: str, points: int, expected: tuple[str, int] | None) -> None:
    stages = ladder("a", "barred", "c", grade=grade)
    gap = engine.gap(stages, reached(stages, points))
    assert (gap and (gap[0].key, gap[1])) == expected
