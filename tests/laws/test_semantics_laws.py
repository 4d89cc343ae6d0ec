"""The engine against the letter of the semantics, with random models, histories and instants."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring import document, engine
from scoring.engine import Activity, Adjustment, Profile
from scoring.model import Model
from scoring.worth import faded
from tests.laws import by_the_letter
from tests.laws.scoring_documents import (
    BASE,
    NAMES,
    crowded_documents,
    crowded_histories,
    documents,
    histories,
    profiles,
    turning_documents,
    turning_histories,
)
from tests.scoring.contacts import model
from tests.scoring.documents import rule

ZONES = st.sampled_from(("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia"))
HISTORIES = (
    turning_histories()
    | crowded_histories()
    | histories()
    | st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=12).map(
        lambda drawn: [_did(number, *one) for number, one in enumerate(drawn)]
    )
)
ALIKE = ("Ab", " aB ", True, "true", Decimal("2.50"), "2.5", Decimal("0.33333"), Decimal("0.33334"))  # the last two are not
POINTS = st.integers(-1000, 1000).filter(bool)
EACH = {"when": "activity", "activity": NAMES[0], "points": 1, "frequency": {"limit": 1, "per": "ever", "each": "properties.a"}}

MICROSECOND = timedelta(microseconds=1)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
more = settings(unhurried, max_examples=600)  # edges meet rarely


def _did(number: int, kind: int, day: int) -> Activity:
    """Something on a whole day, so that windows and spans of days end exactly on others; values that are alike, and one start over in four."""
    return Activity(number, NAMES[kind == 3], BASE + timedelta(days=day), f"d{number % 3}-{number}", {"a": ALIKE[number % 8]}, {"passive": kind == 2})


def _edge(whole: dict[str, Any], history: list[Activity], data: st.DataObject) -> datetime:
    """An instant at which something may change: as many days after an activity as the document names somewhere, or just beside it."""
    spans = [expiry.get("days", 1) for rule in whole["rules"] if (expiry := rule.get("expiry"))] + [
        rule["days"] for rule in whole["rules"] if "days" in rule
    ]
    start = data.draw(st.sampled_from([BASE, *(one.occurred_at for one in history)]))
    beside = data.draw(st.sampled_from((timedelta(0), -MICROSECOND, MICROSECOND, timedelta(hours=7))))
    return start + timedelta(days=data.draw(st.sampled_from([0, 90, *spans]) | st.integers(0, 60))) + beside


@more
@given(turning_documents() | crowded_documents() | documents(), ZONES, HISTORIES, profiles, st.data())
def test_the_engine_scores_by_the_letter(whole: dict[str, Any], zone: str, history: list[Activity], profile: Profile, data: st.DataObject) -> None:
    read, t = document.parse(whole, zone), _edge(whole, history, data)
    moments = st.sampled_from([t, BASE, *(one.occurred_at for one in history)])
    drawn = data.draw(st.lists(st.tuples(moments, st.integers(-30, 30).filter(bool)), max_size=3))
    adjustments = [Adjustment(number, points, at) for number, (at, points) in enumerate(drawn)]
    found = engine.explain(read, engine.ledger_of(read, history, t, adjustments), profile, t).outcome
    assert (found.points, found.grade, found.stage) == by_the_letter.score(whole, read, history, adjustments, profile, t)


@pytest.mark.parametrize("one", ALIKE)
@pytest.mark.parametrize("another", [*ALIKE, -1, "-1", Decimal("-0.0"), 0, "0", Decimal("1E+3"), 1000, None, [1], [Decimal("1.0")]])
def test_values_are_told_apart_by_the_letter(one: Any, another: Any) -> None:
    """Two matches count as one or as two for a limit of 1 for each value."""
    whole = {"key": "k", "name": "N", "minimum": None, "rules": [{"key": "r", "name": "R", **EACH}]}
    history = [Activity(number, NAMES[0], BASE, f"m{number}", {"a": value}, {}) for number, value in enumerate((one, another))]
    read, profile = document.parse(whole, "UTC"), Profile({"created_at": BASE.isoformat()}, {})
    found = engine.explain(read, engine.ledger_of(read, history, BASE, []), profile, BASE).outcome
    assert (found.points, found.grade, found.stage) == by_the_letter.score(whole, read, history, [], profile, BASE)


@unhurried
@given(POINTS, st.integers(1, 60), st.integers(0, 11), st.integers(-1, 60))
def test_a_half_life_is_exact_to_the_thousandth(points: int, days: int, halvings: int, more: int) -> None:
    age = max(0, halvings * days + more)
    (halving,) = model(rule(points=points, expiry={"half_life_days": days})).rules
    assert faded(halving, age) == by_the_letter.halved(points, age, days)  # type: ignore[arg-type]


@unhurried
@given(POINTS, st.integers(1, 3650), st.integers(0, 4000))
def test_an_even_fading_is_exact_to_the_thousandth(points: int, days: int, age: int) -> None:
    (fading,) = model(rule(points=points, expiry={"linear_days": days})).rules
    worth = by_the_letter.worth({"points": points, "expiry": {"linear_days": days}}, BASE, BASE + timedelta(days=age))
    assert faded(fading, age) == worth  # type: ignore[arg-type]


def test_edges_that_meet_rarely_are_by_the_letter_too() -> None:
    day = [Activity(number, NAMES[0], BASE + timedelta(days=3 * number), f"e{number}", {}, {}) for number in range(2)]
    expiring = model(rule(expiry={"days": 3}))
    apart = model(rule(frequency={"reach": 2, "within_days": 3}))
    end = BASE + timedelta(days=3)
    found = [_points(expiring, day[:1], t) for t in (end - MICROSECOND, end)] + [_points(apart, day, end)]
    assert found == [5, 0, 0]


def _points(read: Model, history: list[Activity], t: datetime) -> int:
    return engine.explain(read, engine.ledger_of(read, history, t), Profile({}, {}), t).outcome.points
