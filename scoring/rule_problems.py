"""What is wrong with the rules of a scoring type document (docs/scoring.md and docs/how-scores-work.md). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from contacts import checking
from contacts.checking import Problem, Problems, under
from contacts.condition_problems import MOST_DAYS, field_problems
from scoring import checks

KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # when: (required keys, optional keys), beside `key`, `name` and `when`
    "activity": (("points", "activity"), ("group", "conditions", "frequency", "expiry")),
    "profile": (("points", "conditions"), ("group",)),
    "inactivity": (("points", "days"), ("group", "times", "activity")),
    "reset": (("activity",), ("conditions",)),
}
_COMMON = ("key", "name", "when")
_ALL_KEYS = {key for required, optional in KINDS.values() for key in required + optional}

LIMIT_PERIODS = ("ever", "day", "week", "month")
REACH_PERIODS = ("day", "week", "month")
EXPIRIES = ("days", "half_life_days", "linear_days")
MOST_AWARDS = 1000
MOST_RULE_POINTS = 1000
MOST_TIMES = 100


def rule(value: object, at: str, groups: Collection[str]) -> Problems:
    """All that is wrong with one rule; `groups` are the keys it may refer to."""
    if not isinstance(value, dict):
        yield checking.wrong_kind(value, at, "a rule (an object)")
        return
    kind = value.get("when")
    if isinstance(kind, str) and kind in KINDS:
        required, optional = KINDS[kind]
        yield from checking.keys(value, at, required=_COMMON + required, optional=optional)
    else:
        yield from checking.keys(value, at, required=_COMMON, optional=_ALL_KEYS)
        if "when" in value:
            yield from checking.choice(kind, under(at, "when"), KINDS)
        required, optional = (), ()
    known = {key: value[key] for key in _COMMON + required + optional if key in value}
    yield from _values(known, at, groups)


def _values(rule: Mapping[str, Any], at: str, groups: Collection[str]) -> Problems:
    """The values of the keys that belong to this kind of rule."""
    kind = rule.get("when")
    for key, value in rule.items():
        path = under(at, key)
        if key == "key":
            yield from checks.slug(value, path)
        elif key == "name" or (key == "activity" and not (kind == "inactivity" and value is None)):
            yield from checking.text(value, path)
        elif key == "points":
            yield from _points(value, path)
        elif key == "group":
            yield from _group(value, path, groups)
        elif key == "days":
            yield from checking.integer(value, path, 1, MOST_DAYS)
        elif key == "times":
            yield from checking.integer(value, path, 1, MOST_TIMES)
        elif key == "frequency":
            yield from frequency(value, path)
        elif key == "expiry":
            yield from expiry(value, path)
    yield from checks.conditions(rule, at, "profile" if kind == "profile" else "activity", nullable=kind != "profile")


def _points(value: object, at: str) -> Problems:
    yield from checking.integer(value, at, -MOST_RULE_POINTS, MOST_RULE_POINTS)
    if value == 0 and isinstance(value, int) and not isinstance(value, bool):
        yield Problem(at, "range", "A rule that gives 0 points does nothing.")


def _group(value: object, at: str, groups: Collection[str]) -> Problems:
    if value is None:
        return
    wrong = list(checks.slug(value, at))
    yield from wrong
    if not wrong and value not in groups:
        yield Problem(at, "reference", f"There is no group “{value}”.")


def frequency(value: object, at: str) -> Problems:
    """One of `{limit, per, each?}`, `{reach, within_days}`, `{reach, per}`, or null."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield checking.wrong_kind(value, at, "an object")
    elif "limit" in value:
        yield from checking.keys(value, at, required=("limit", "per"), optional=("each",))
        yield from _count(value, "limit", at)
        yield from _period(value, at, LIMIT_PERIODS)
        if "each" in value:
            yield from field_problems(value["each"], under(at, "each"), "activity")
    elif "reach" in value:
        yield from _reach(value, at)
    else:
        yield from checking.keys(value, at, required=(), optional=("per", "each", "within_days"))
        yield Problem(at, "one_of", "A frequency needs “limit” (at most so many) or “reach” (once so many are there).")


def _reach(value: dict[str, object], at: str) -> Problems:
    window = "per" if "per" in value and "within_days" not in value else "within_days"
    yield from checking.keys(value, at, required=("reach", window))
    yield from _count(value, "reach", at)
    if window == "per":
        yield from _period(value, at, REACH_PERIODS)
    elif value.get("within_days") is not None:
        yield from checking.integer(value["within_days"], under(at, "within_days"), 1, MOST_DAYS)


def _count(value: dict[str, object], key: str, at: str) -> Problems:
    yield from checking.integer(value[key], under(at, key), 1, MOST_AWARDS)


def _period(value: dict[str, object], at: str, periods: Collection[str]) -> Problems:
    if "per" in value:
        yield from checking.choice(value["per"], under(at, "per"), periods)


def expiry(value: object, at: str) -> Problems:
    """One of `{days}`, `{half_life_days}`, `{linear_days}`, or null."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield checking.wrong_kind(value, at, "an object")
        return
    yield from checking.keys(value, at, required=(), optional=EXPIRIES)
    given = [key for key in EXPIRIES if key in value]
    if len(given) != 1:
        yield Problem(at, "one_of", f"An expiry has exactly one of {', '.join(EXPIRIES)}.")
    for key in given:
        yield from checking.integer(value[key], under(at, key), 1, MOST_DAYS)
