"""Each row of the tables of values, by example and at its edges: from scratch, by the letter, and kept up to date in two orders of arrival.

An example is rules, what happened (an activity's time, with its name or properties where they matter) and the score at some instants, in points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from scoring import engine
from scoring.engine import Activity, Profile
from scoring.model import Model
from tests.laws import by_the_letter
from tests.laws.test_engine_laws import Shell
from tests.scoring.contacts import at, did, model
from tests.scoring.documents import document, rule

MICROSECOND = timedelta(microseconds=1)
CREATED = Profile({"created_at": "2026-01-01T00:00:00Z"}, {})
Done = str | tuple[str, str] | tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Example:
    rules: list[dict[str, Any]]
    done: list[Done]
    expected: dict[str, int | float]  # instant (`-` before it: a microsecond sooner) → points
    zone: str = "UTC"
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def history(self) -> list[Activity]:
        return [_done(number, one) for number, one in enumerate(self.done)]


def _done(number: int, one: Done) -> Activity:
    when, detail = (one, {}) if isinstance(one, str) else one
    name, properties = (detail, {}) if isinstance(detail, str) else ("Page Viewed", detail)
    return did(number, when, name, **properties)


def instant(text: str) -> datetime:
    return at(text[1:]) - MICROSECOND if text.startswith("-") else at(text)


def limited(most: int, per: str, **more: Any) -> dict[str, Any]:
    return rule(points=1, frequency={"limit": most, "per": per, **more})


def reaching(number: int, **window: Any) -> dict[str, Any]:
    return rule(points=1, frequency={"reach": number, **window})


def expiring(points: int = 10, **expiry: int) -> dict[str, Any]:
    return rule(points=points, expiry=expiry)


def silence(**changes: Any) -> dict[str, Any]:
    return {"key": "s", "name": "S", "when": "inactivity", "points": -10, "days": 30, **changes}


EACH = {"each": "properties.sku"}
RESET = {"key": "w", "name": "W", "when": "reset", "activity": "Order Completed"}
WON = "Order Completed"

EXAMPLES = {
    # frequency
    "every match": Example([rule(points=1)], ["2026-11-02", "2026-11-02", "2026-11-02T00:01"], {"2026-11-02": 2, "2026-11-03": 3}),
    "another name or case is no match": Example([rule(points=1)], [("2026-11-02", "page viewed"), ("2026-11-02", "Page Viewed ")], {"2026-11-03": 0}),
    "limit ever": Example([limited(2, "ever")], ["2026-01-02", "2026-05-02", "2026-11-02"], {"2026-05-01": 1, "2026-05-02": 2, "2026-11-02": 2}),
    "limit day, its last instant and the next": Example(
        [limited(1, "day")], ["2026-11-02T00:00", "2026-11-02T23:59:59.999999", "2026-11-03T00:00"], {"-2026-11-03": 1, "2026-11-03": 2}
    ),
    "limit week begins on Monday": Example([limited(1, "week")], ["2026-11-01T23:59", "2026-11-02T00:00", "2026-11-08T23:59"], {"2026-11-09": 2}),
    "limit week over the end of a year": Example([limited(1, "week")], ["2026-12-28", "2026-12-31", "2027-01-01", "2027-01-03"], {"2027-01-04": 1}),
    "limit month": Example([limited(1, "month")], ["2026-01-31T23:59", "2026-02-01", "2026-02-28T23:59:59", "2026-03-01"], {"2026-03-02": 3}),
    "limit month of a leap year": Example([limited(1, "month")], ["2024-02-01", "2024-02-29T23:59:59", "2024-03-01"], {"2024-03-02": 2}),
    "limit day where clocks go forward (23 hours)": Example(
        [limited(1, "day")], ["2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T21:59", "2026-03-29T22:00"], {"2026-03-30": 3}, "Europe/Berlin"
    ),
    "limit day where clocks go back (25 hours)": Example(
        [limited(1, "day")], ["2026-10-24T22:00", "2026-10-25T00:30", "2026-10-25T22:59", "2026-10-25T23:00"], {"2026-10-26": 2}, "Europe/Berlin"
    ),
    "limit week where clocks go forward": Example([limited(1, "week")], ["2026-03-29T21:59", "2026-03-29T22:00"], {"2026-04-01": 2}, "Europe/Berlin"),
    "limit week where clocks go back": Example([limited(1, "week")], ["2026-10-25T22:30", "2026-10-25T23:00"], {"2026-11-01": 2}, "Europe/Berlin"),
    "limit day west of Greenwich": Example([limited(1, "day")], ["2026-11-02T07:59", "2026-11-02T08:00"], {"2026-11-03": 2}, "America/Los_Angeles"),
    "limit day of a zone with a quarter": Example([limited(1, "day")], ["2026-11-02T18:14", "2026-11-02T18:15"], {"2026-11-03": 2}, "Asia/Kathmandu"),
    "limit month far east": Example([limited(1, "month")], ["2026-10-31T09:59", "2026-10-31T10:00"], {"2026-11-03": 2}, "Pacific/Kiritimati"),
    "limit, a late match pushes out the last": Example(
        [{**limited(2, "ever"), "expiry": {"days": 10}}], ["2026-11-10", "2026-11-12", "2026-11-02"],
        {"2026-11-13": 1, "2026-11-11": 2, "2026-11-20": 0},
    ),
    "limit, the last at the same instant": Example(
        [{**limited(2, "ever"), "points": 5, "conditions": {"field": "properties.n", "op": "lte", "value": 3}}],
        [("2026-11-02", {"n": 1}), ("2026-11-02", {"n": 2}), ("2026-11-02", {"n": 3})], {"-2026-11-02": 0, "2026-11-02": 10},
    ),
    "each, texts as `is` compares": Example(
        [limited(1, "ever", **EACH)], [("2026-11-02", {"sku": sku}) for sku in ("Red", " red ", "RED", "rot", "E\u0301", "\u00e9")], {"2026-11-03": 3}
    ),
    "each, numbers and booleans are texts": Example(
        [limited(1, "ever", **EACH)], [("2026-11-02", {"sku": sku}) for sku in (1, "1", True, "true", 1.5, "1.50")], {"2026-11-03": 4}
    ),
    "each, missing and null are one, and no empty text": Example(
        [limited(1, "ever", **EACH)], [("2026-11-02", {}), ("2026-11-02", {"sku": None}), ("2026-11-02", {"sku": ""})], {"2026-11-03": 2}
    ),
    "each, lists and objects by their JSON": Example(
        [limited(1, "ever", **EACH)],
        [("2026-11-02", {"sku": sku}) for sku in (["a"], ["A"], ["a", "b"], ["b", "a"], '["a"]', {"a": 1, "b": 2}, {"b": 2, "a": 1}, [], {})],
        {"2026-11-03": 8},
    ),
    "each and a period": Example(
        [limited(1, "day", **EACH)], [("2026-11-02", {"sku": "a"}), ("2026-11-02", {"sku": "b"}), ("2026-11-03", {"sku": "a"})], {"2026-11-04": 3}
    ),
    "reach within days, less than they": Example([reaching(2, within_days=7)], ["2026-11-02T09:00", "2026-11-09T08:59:59.999999"], {"2026-11-10": 1}),
    "reach within days, exactly they": Example([reaching(2, within_days=7)], ["2026-11-02T09:00", "2026-11-09T09:00"], {"2026-11-10": 0}),
    "reach within days, at the same instant": Example([reaching(3, within_days=1)], ["2026-11-02"] * 3, {"-2026-11-02": 0, "2026-11-02": 1}),
    "reach within days, once": Example([reaching(2, within_days=1)], ["2026-11-02", "2026-11-02", "2026-11-20", "2026-11-20"], {"2026-11-30": 1}),
    "reach within days, a late match comes first": Example(
        [{**reaching(2, within_days=2), "expiry": {"days": 5}}], ["2026-11-11", "2026-11-10", "2026-11-02", "2026-11-03"],
        {"2026-11-06": 1, "2026-11-08": 0, "2026-11-12": 0},
    ),
    "reach with no window": Example([reaching(3, within_days=None)], ["2026-01-02", "2026-05-02", "2026-11-02"], {"-2026-11-02": 0, "2026-11-02": 1}),
    "reach the first": Example([reaching(1, within_days=1)], ["2026-11-02", "2026-11-05"], {"2026-11-02": 1, "2026-11-06": 1}),
    "reach per day": Example([reaching(2, per="day")], ["2026-11-02T00:00", "2026-11-02T23:59", "2026-11-03", "2026-11-04", "2026-11-04"],
                             {"2026-11-03": 1, "2026-11-04": 2}),
    "reach per week": Example([reaching(2, per="week")], ["2026-11-07", "2026-11-08T23:59", "2026-11-09", "2026-11-10", "2026-11-11"],
                              {"2026-11-09": 1, "2026-11-12": 2}),
    "reach per month in a zone": Example([reaching(2, per="month")], ["2026-10-31T22:59", "2026-10-31T23:00", "2026-11-30T22:59"], {"2026-12-01": 1},
                                         "Europe/Berlin"),
    # expiry
    "no expiry": Example([rule(points=10)], ["2026-01-02"], {"2036-01-02": 10}),
    "days": Example([expiring(days=30)], ["2026-11-02T09:00"], {"2026-11-02T09:00": 10, "-2026-12-02T09:00": 10, "2026-12-02T09:00": 0}),
    "days are 24 hours, whatever the clocks do": Example(
        [expiring(days=1)], ["2026-03-28T12:00"], {"-2026-03-29T12:00": 10, "2026-03-29T12:00": 0}, "Europe/Berlin"
    ),
    "half-life": Example([expiring(half_life_days=2)], ["2026-11-02T23:00"],
                         {"-2026-11-03": 10, "2026-11-03": 7.071, "2026-11-04": 5, "2026-11-05": 3.536, "2026-11-21": 0.014, "2026-11-22": 0}),
    "half-life, halves away from zero": Example([expiring(1, half_life_days=1)], ["2026-11-02"], {"2026-11-06": 0.063}),
    "half-life, negative halves away from zero": Example([expiring(-1, half_life_days=1)], ["2026-11-02"], {"2026-11-06": -0.063}),
    "linear": Example([expiring(linear_days=3)], ["2026-11-02T12:00"],
                      {"2026-11-02T23:59": 10, "2026-11-03": 6.667, "2026-11-04": 3.333, "-2026-11-05": 3.333, "2026-11-05": 0}),
    "linear, halves away from zero": Example([expiring(1, linear_days=16)], ["2026-11-02"], {"2026-11-17": 0.063}),
    "linear, negative halves away from zero": Example([expiring(-1, linear_days=16)], ["2026-11-02"], {"2026-11-17": -0.063}),
    "each award is rounded by itself": Example([expiring(1, linear_days=3)], ["2026-11-02"] * 3, {"2026-11-03": 2.001}),
    "the age counts UTC dates, in whatever zone": Example([expiring(linear_days=10)], ["2026-11-02T23:59"], {"2026-11-03": 9}, "Pacific/Kiritimati"),
    "a worthless award keeps its place": Example([{**limited(1, "ever"), "expiry": {"days": 1}}], ["2026-11-02", "2026-11-20"], {"2026-11-20": 0}),
    # inactivity
    "silence, just before and exactly": Example([silence()], ["2026-11-02"], {"-2026-12-02": 0, "2026-12-02": -10, "-2027-01-01": -10}),
    "silence, times": Example([silence(times=2)], ["2026-11-02"], {"2027-01-01": -20, "2027-01-31": -20, "2036-01-01": -20}),
    "silence ends with the next activity": Example([silence()], ["2026-11-02", ("2026-12-20", "Anything")], {"2026-12-19": -10, "2026-12-20": 0}),
    "silence of one activity": Example([silence(activity="Page Viewed")], ["2026-11-02", ("2026-11-20", "Anything")], {"2026-12-02": -10}),
    "silence since the creation": Example([silence(times=100)], [], {"-2026-01-31": 0, "2026-01-31": -10, "2026-03-02": -20, "2025-12-01": 0}),
    "a late activity that is not the latest": Example([silence()], ["2026-11-20", "2026-11-02"], {"2026-12-10": 0, "2026-12-20": -10}),
    # resets
    "reset, its own instant included": Example(
        [rule(points=5), RESET], ["2026-11-02", ("2026-11-03", WON), "2026-11-03", "2026-11-03T00:00:00.000001"],
        {"-2026-11-03": 5, "2026-11-03": 0, "2026-11-03T00:00:00.000001": 5},
    ),
    "reset, what it gives itself": Example([rule(points=5, activity=WON), RESET], [("2026-11-03", WON)], {"2026-11-03": 0}),
    "reset, late": Example(
        [rule(points=5), RESET], ["2026-11-02", "2026-11-10", ("2026-11-05", WON)], {"2026-11-04": 5, "2026-11-05": 0, "2026-11-11": 5}
    ),
    "reset, an earlier one that comes later": Example(
        [rule(points=5), RESET], ["2026-11-02", ("2026-11-08", WON), "2026-11-10", ("2026-11-04", WON)], {"2026-11-06": 0, "2026-11-12": 5}
    ),
    "reset, of points that fade": Example([expiring(linear_days=10), RESET], ["2026-11-02", ("2026-11-03", WON), "2026-11-04"], {"2026-11-05": 9}),
    "reset, limits go on": Example([limited(1, "ever"), RESET], ["2026-11-02", ("2026-11-03", WON), "2026-11-04"], {"2026-11-05": 0}),
    "reset, windows go on": Example([reaching(2, within_days=7), RESET], ["2026-11-02", ("2026-11-03", WON), "2026-11-04"], {"2026-11-05": 1}),
    "reset, not of silences": Example([silence(), RESET], [("2026-11-02", WON)], {"2026-12-02": -10}),
    # bounds
    "groups apart, then the type": Example(
        [rule(key="a", points=7, group="low"), rule(key="b", points=-9, group="high"), rule(key="c", points=4)], ["2026-11-02"] * 2,
        {"2026-11-01": -3, "2026-11-02": 3}, changes={"maximum": 3, "groups": [
            {"key": "low", "name": "L", "maximum": 9}, {"key": "high", "name": "H", "minimum": -10}, {"key": "none", "name": "N", "maximum": -3}]},
    ),
    "at a bound and beyond it": Example(
        [rule(points=5)], ["2026-11-02", "2026-11-03", "2026-11-04"], {"2026-11-02": 5, "2026-11-03": 10, "2026-11-04": 10}, changes={"maximum": 10}
    ),
}  # fmt: skip
POINTS = [
    pytest.param(example, when, points, id=f"{name}: {when}") for name, example in EXAMPLES.items() for when, points in example.expected.items()
]


def read(example: Example) -> tuple[dict[str, Any], Model]:
    changes = {"minimum": None, **example.changes}
    return document(rules=example.rules, **changes), model(*example.rules, zone=example.zone, **changes)


def kept_up_to_date(whole: Model, calls: list[Activity], t: datetime, *, as_they_happen: bool) -> int:
    """The score in thousandths after the calls came one by one: in time, or all of them late and the other way round."""
    shell = Shell(whole, calls[0].occurred_at if calls and as_they_happen else t)
    for call in calls if as_they_happen else reversed(calls):
        shell.receive([call], max(shell.t, call.occurred_at) if as_they_happen else t)
    shell.receive([], t)
    return engine.outcome(whole, shell.tally, CREATED, t).exact


@pytest.mark.parametrize(("example", "when", "points"), POINTS)
def test_the_example_is_true_in_every_way_of_computing_it(example: Example, when: str, points: float) -> None:
    (whole, scored), t, exact = read(example), instant(when), round(points * 1000)
    done = [one for one in example.history if one.occurred_at <= t]
    in_order = sorted(done, key=lambda one: one.order)
    assert engine.explain(scored, engine.ledger_of(scored, example.history, t), CREATED, t).outcome.exact == exact
    assert by_the_letter.score(whole, scored, example.history, (), CREATED, t)[0] == by_the_letter.rounded(Fraction(exact, 1000))
    assert kept_up_to_date(scored, in_order, t, as_they_happen=True) == exact
    assert kept_up_to_date(scored, in_order, t, as_they_happen=False) == exact
