"""Hypothesis strategies: any JSON, valid conditions, valid scoring type documents, histories of activities."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from scoring.engine import Activity, Profile
from scoring.model import SCALE

BASE = datetime(2026, 10, 20, tzinfo=UTC)  # clocks of Europe go back five days later
ZONES = st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"))  # the clocks of two change within histories
NAMES = ("Page Viewed", "Trial Started", "Form Submitted")
WORDS = (
    "key", "name", "when", "points", "groups", "group", "rules", "stages", "grade", "criteria", "steps", "start", "threshold", "by_grade",
    "notify", "quiet_days", "conditions", "all", "any", "none", "field", "op", "value", "frequency", "limit", "per", "each", "reach",
    "within_days", "expiry", "days", "half_life_days", "linear_days", "minimum", "maximum", "description", "times", "activity",
)  # fmt: skip
VALUES = (
    "activity", "profile", "inactivity", "reset", "day", "week", "ever", "is", "in", "between", "matches", "within_last", "present", "contact.a",
    "properties.a", "A+", "owner", "team:sales", "2026-11-21", "a", "*", " ", "", "\x00", "\ud800",
)  # fmt: skip

floats, decimals = (kind(allow_nan=False, allow_infinity=False) for kind in (st.floats, st.decimals))  # JSON has none of the others
numbers = st.integers() | floats | decimals | st.sampled_from([Decimal("1E+999999999"), Decimal("-0"), 10**400])
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8) | st.sampled_from(VALUES)
keys = st.sampled_from(WORDS) | st.text(max_size=4)
json_values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=25)

texts = st.sampled_from(("a", "B", "ab", "a b", "é", "ß", "42", "true", " a ", "/pricing"))
plain_numbers = st.integers(-50, 50) | st.decimals(-50, 50, places=1)
dates = st.integers(-500, 1500).map(lambda hours: (BASE + timedelta(hours=hours)).isoformat())
choices = texts | plain_numbers | st.booleans()
facts_values = st.recursive(
    st.none() | choices | dates, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6
)
facts = st.dictionaries(st.sampled_from("abc"), facts_values, max_size=3)

_VALUED: list[tuple[tuple[str, ...], st.SearchStrategy[Any]]] = [
    (("is", "is_not"), choices),
    (("in", "not_in"), st.lists(choices, min_size=1, max_size=3)),
    (("contains", "not_contains", "starts_with", "ends_with"), texts),
    (("matches",), st.text("ab*", min_size=1, max_size=5)),
    (("gt", "gte", "lt", "lte"), plain_numbers),
    (("between",), st.sampled_from([[-5, 5], [0, 0], [Decimal("-0.5"), 30]])),
    (("before", "after"), dates),
]
_BARE = ("present", "absent", "is_true", "is_false")
_RELATIVE = (("within_last", "within_next"), st.integers(1, 40))


def leaves(*roots: str) -> st.SearchStrategy[dict[str, Any]]:
    fields = st.sampled_from([f"{root}.{path}" for root in roots for path in ("a", "b", "a.b", "c.a.b")])
    kinds = [*_VALUED, _RELATIVE] if "contact" in roots else _VALUED
    valued = [st.fixed_dictionaries({"field": fields, "op": st.sampled_from(ops), "value": values}) for ops, values in kinds]
    return st.one_of(*valued, st.fixed_dictionaries({"field": fields, "op": st.sampled_from(_BARE)}))


def nodes(*roots: str, levels: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Valid conditions of up to so many levels."""
    node = leaves(*roots)
    for _ in range(levels - 1):
        inner = st.lists(node, max_size=3)
        node = leaves(*roots) | st.one_of(*(st.fixed_dictionaries({group: inner}) for group in ("all", "any", "none")))
    return node


activity_nodes, profile_nodes = nodes("properties", "context"), nodes("contact", "company")

_points = st.integers(-40, 40).filter(bool)
_periods = ("day", "week", "month")
_limits = st.fixed_dictionaries({"limit": st.integers(1, 3), "per": st.sampled_from(("ever", *_periods))})
_every_frequency = (
    _limits
    | st.fixed_dictionaries({"limit": st.integers(1, 3), "per": st.sampled_from(_periods), "each": st.just("properties.a")})
    | st.fixed_dictionaries({"reach": st.integers(1, 3), "within_days": st.none() | st.integers(1, 9)})
    | st.fixed_dictionaries({"reach": st.integers(1, 3), "per": st.sampled_from(_periods)})
)
_days = st.fixed_dictionaries({"days": st.integers(1, 40)})
_every_expiry = _days | st.fixed_dictionaries({"half_life_days": st.integers(1, 9)}) | st.fixed_dictionaries({"linear_days": st.integers(1, 9)})
_group_keys = st.none() | st.sampled_from(("g0", "g1"))


def _activity_rules(frequencies: st.SearchStrategy[Any], expiries: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"when": st.just("activity"), "activity": st.sampled_from(NAMES), "points": _points},
        optional={
            "group": _group_keys,
            "conditions": st.none() | activity_nodes,
            "frequency": st.none() | frequencies,
            "expiry": st.none() | expiries,
        },
    )


_profile_rules = st.fixed_dictionaries({"when": st.just("profile"), "points": _points, "conditions": profile_nodes}, optional={"group": _group_keys})
_silences = st.fixed_dictionaries(
    {"when": st.just("inactivity"), "points": _points, "days": st.integers(1, 40)},
    optional={"times": st.integers(1, 3), "activity": st.none() | st.sampled_from(NAMES), "group": _group_keys},
)
_resets = st.fixed_dictionaries({"when": st.just("reset"), "activity": st.sampled_from(NAMES)}, optional={"conditions": st.none() | activity_nodes})

_bounds = st.tuples(st.none() | st.integers(-60, 60), st.none() | st.integers(-60, 60)).filter(
    lambda pair: pair[0] is None or pair[1] is None or pair[0] <= pair[1]
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Valid documents with every kind of rule."""
    drawn = draw(st.lists(_activity_rules(_every_frequency, _every_expiry) | _profile_rules | _silences | _resets, max_size=4))
    low, high = draw(_bounds)
    document: dict[str, Any] = {
        "key": "k",
        "name": "N",
        "minimum": low,
        "maximum": high,
        "groups": [{"key": key, "name": key, **dict(zip(("minimum", "maximum"), draw(_bounds), strict=True))} for key in ("g0", "g1")],
        "rules": [{"key": f"r{number}", "name": f"R{number}", **rule} for number, rule in enumerate(drawn)],
        "stages": draw(_stages()),
        "grade": draw(_grades),
    }
    return document


_present = st.just({"field": "properties.a", "op": "present"})
_crowded_rules = st.fixed_dictionaries(
    {"when": st.just("activity"), "activity": st.sampled_from(NAMES[:2]), "points": _points, "frequency": _every_frequency},
    optional={"expiry": _every_expiry, "group": _group_keys, "conditions": _present},
)
_crowded_turns = st.fixed_dictionaries(
    {"when": st.just("inactivity"), "points": _points, "days": st.integers(1, 9), "times": st.integers(1, 5)},
    optional={"activity": st.none() | st.sampled_from(NAMES[:2])},
) | st.fixed_dictionaries({"when": st.just("reset"), "activity": st.just(NAMES[1])}, optional={"conditions": _present})


@st.composite
def crowded_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents whose every activity rule has a low limit or is soon reached, so that late matches push others out; with silences and resets."""
    drawn = draw(st.lists(_crowded_rules, min_size=1, max_size=3)) + draw(st.lists(_crowded_turns, max_size=2))
    groups = [{"key": key, "name": key, "maximum": 20} for key in ("g0", "g1")]
    return {
        "key": "k",
        "name": "N",
        "minimum": None,
        "groups": groups,
        "rules": [{"key": f"r{number}", "name": f"R{number}", **rule} for number, rule in enumerate(drawn)],
        "stages": [{"key": "low", "name": "Low", "threshold": 5}, {"key": "high", "name": "High", "threshold": 15}],
    }


@st.composite
def turning_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents in which each new kind of rule has something to do: what is reached, fades, falls silent and starts over."""
    often = st.none() | st.fixed_dictionaries({"reach": st.integers(2, 3), "within_days": st.none() | st.integers(1, 5)}) | _every_frequency
    drawn = draw(st.lists(st.tuples(_points, often, st.none() | _every_expiry), min_size=2, max_size=3))
    rules: list[dict[str, Any]] = [
        {"when": "activity", "activity": NAMES[0], "points": points, "frequency": frequency, "expiry": expiry} for points, frequency, expiry in drawn
    ]
    rules.append({"when": "reset", "activity": NAMES[1]})
    rules.append({"when": "inactivity", "points": draw(_points), "days": draw(st.integers(1, 9)), "times": draw(st.integers(1, 9)),
                  "activity": draw(st.sampled_from((None, *NAMES[:2])))})  # fmt: skip
    return {
        "key": "k",
        "name": "N",
        "minimum": None,
        "rules": [{"key": f"r{number}", "name": f"R{number}", **rule} for number, rule in enumerate(rules)],
        "stages": [{"key": "low", "name": "Low", "threshold": 5}, {"key": "high", "name": "High", "threshold": 15}],
    }


@st.composite
def fading_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents in which all points fade, in a group with bounds and in none, and few of them make a stage."""
    expiries = st.fixed_dictionaries({"linear_days": st.integers(2, 30)}) | st.fixed_dictionaries({"half_life_days": st.integers(1, 9)})
    drawn = draw(st.lists(st.tuples(st.integers(-9, 9).filter(bool), expiries, st.sampled_from((None, "g"))), min_size=1, max_size=3))
    rules = [
        {"key": f"r{number}", "name": "R", "when": "activity", "activity": NAMES[0], "points": points, "expiry": expiry, "group": group}
        for number, (points, expiry, group) in enumerate(drawn)
    ]
    stages = [{"key": f"s{threshold}", "name": "S", "threshold": threshold} for threshold in range(2, 22, draw(st.integers(1, 5)))]
    return {"key": "k", "name": "N", "groups": [{"key": "g", "name": "G", "minimum": -5, "maximum": 15}], "rules": rules, "stages": stages}


@st.composite
def turning_histories(draw: st.DrawFn) -> list[Activity]:
    """A dozen activities, a few of which start over."""
    drawn = draw(st.lists(st.tuples(st.integers(0, 12 * 24), st.integers(0, 5), st.integers(1, 3)), min_size=8, max_size=14))
    return [
        Activity(number, NAMES[luck == 0], BASE + timedelta(hours=hour), f"t{number}", {"a": value}, {"passive": luck == 1})
        for number, (hour, luck, value) in enumerate(drawn)
    ]


_grades = st.fixed_dictionaries(
    {},
    optional={
        "start": st.sampled_from(SCALE),
        "criteria": st.lists(st.fixed_dictionaries({"name": texts, "steps": st.integers(-12, 12), "conditions": profile_nodes}), max_size=3),
    },
)


@st.composite
def _stages(draw: st.DrawFn) -> list[dict[str, Any]]:
    thresholds = draw(st.lists(st.integers(-50, 100), max_size=4, unique=True).map(sorted))
    barred = draw(st.lists(st.sampled_from(SCALE), max_size=3))
    return [
        {"key": f"s{number}", "name": f"S{number}", "threshold": threshold, "by_grade": dict.fromkeys(barred[number : number + 1])}
        for number, threshold in enumerate(thresholds)
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[Activity]:
    """Activities close to each other, often at the same instant, over 30 days."""
    hours = draw(st.lists(st.integers(0, 30 * 24), max_size=20))
    return [
        Activity(number, draw(st.sampled_from(NAMES)), BASE + timedelta(hours=hour), f"m{draw(st.integers(0, 9))}-{number}", draw(facts), draw(facts))
        for number, hour in enumerate(hours)
    ]


@st.composite
def crowded_histories(draw: st.DrawFn) -> list[Activity]:
    """Activities of few names within ten days, some of them lacking the property that conditions ask for, some passive."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(NAMES[:2]), st.integers(0, 240), st.integers(0, 5)), min_size=1, max_size=15))
    return [
        Activity(number, name, BASE + timedelta(hours=hour), f"m{luck}-{number}", {"a": luck} if luck else {}, {"passive": True} if luck > 3 else {})
        for number, (name, hour, luck) in enumerate(drawn)
    ]


profiles = st.builds(lambda contact, company: Profile({**contact, "created_at": BASE.isoformat()}, company), facts, facts)
