"""Every op of the table, each on the values that its line of the table speaks of."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from contacts import condition_problems, conditions, values

T = datetime(2026, 11, 21, 12, tzinfo=UTC)
MISSING = object()


def holds(op: str, value: Any, fact: Any, *, t: datetime = T) -> bool:
    """Whether `contact.it <op> value` holds; the leaf is valid."""
    leaf = {"field": "contact.it", "op": op} | ({} if value is MISSING else {"value": value})
    assert condition_problems.problems(leaf, at="", side="profile") == []
    contact = {} if fact is MISSING else {"it": fact}
    return conditions.compile(leaf)({"contact": contact, "company": {}}, t)


@pytest.mark.parametrize(
    ("op", "value", "fact", "expected"),
    [
        ("is", "Software", " software ", True),
        ("is", "software", "software house", False),
        ("is", "30", 30, True),
        ("is", 30, "30", True),
        ("is", 30, Decimal("30.0"), True),
        ("is", 30, "30.0", False),
        ("is", Decimal("2.50"), 2.5, True),
        ("is", 0, Decimal("-0"), True),
        ("is", True, True, True),
        ("is", True, "TRUE", True),
        ("is", True, 1, False),
        ("is", "true", True, True),
        ("is", " ", "", True),
        ("is", "a", None, False),
        ("is", "a", MISSING, False),
        ("is", "a", {"a": "a"}, False),
        ("is", "a", ["b", "A"], True),
        ("is", "a", [["b", ["a"]]], True),
        ("is", "a", [{"a": "a"}], False),
        ("is", "a", [], False),
        ("in", ["a", 2, True], "A ", True),
        ("in", ["a", 2, True], Decimal("2.00"), True),
        ("in", ["a", 2, True], True, True),
        ("in", ["a", 2, True], "b", False),
        ("in", ["a", 2], ["c", 2], True),
        ("in", ["a"], MISSING, False),
        ("contains", "Director", "Sales director, EMEA", True),
        ("contains", " director ", "directors", True),
        ("contains", "5", 1.5, True),
        ("contains", "ru", True, True),
        ("contains", "x", "abc", False),
        ("contains", "x", ["abc", "xyz"], True),
        ("contains", "x", {"x": "x"}, False),
        ("contains", "ss", "Groß", True),
        ("starts_with", "HTTPS://", "https://example.com", True),
        ("starts_with", "ttp", "http", False),
        ("starts_with", "4", 42, True),
        ("ends_with", ".ORG", "Example.org ", True),
        ("ends_with", "org", "organ", False),
        ("matches", "*/pricing*", "https://example.com/Pricing?x=1", True),
        ("matches", "*/pricing*", "/price", False),
        ("matches", "/pricing", "/pricing", True),
        ("matches", "/pricing", "/pricing/", False),
        ("matches", "/a*", "/abc", True),
        ("matches", "/a*", "x/abc", False),
        ("matches", "*c", "abc", True),
        ("matches", "*c", "abcd", False),
        ("matches", "a*b*c", "a-b-c", True),
        ("matches", "a*b*c", "a-c-b", False),
        ("matches", "ab*ba", "aba", False),
        ("matches", "a*a", "a", False),
        ("matches", "a**b", "ab", True),
        ("matches", "*ab*b*", "xaby", False),
        ("matches", "x*a*a*y", "xay", False),
        ("matches", "x*a*a*y", "xaay", True),
        ("matches", "*", "", True),
        ("matches", "*", "anything", True),
        ("matches", "*", None, False),
        ("matches", "*", [], False),
        ("matches", "a.c", "abc", False),
        ("matches", "a?c", "abc", False),
        ("matches", "[ab]", "a", False),
        ("matches", "*line*", "a\nline\nb", True),
        ("matches", "4*", 42, True),
        ("matches", "x*", ["a", "xyz"], True),
        ("gt", 5, 6, True),
        ("gt", 5, 5, False),
        ("gt", 5, "5.0000000000000000000001", True),
        ("gt", 5, True, False),
        ("gt", 0, True, False),
        ("gt", 5, "many", False),
        ("gt", 5, MISSING, False),
        ("gt", 5, [1, "7"], True),
        ("gt", Decimal("0.1"), 0.1, False),
        ("gte", 5, 5, True),
        ("gte", 5, "4.9", False),
        ("gte", Decimal("9007199254740993"), 9007199254740992, False),
        ("lt", 5, Decimal("4.999"), True),
        ("lt", 5, MISSING, False),
        ("lt", 5, None, False),
        ("lt", Decimal("1E+99999"), 10**300, True),
        ("lte", 5, 5, True),
        ("lte", 5, "+5.1", False),
        ("between", [250, 1000], 250, True),
        ("between", [250, 1000], "1000", True),
        ("between", [250, 1000], 1000.5, False),
        ("between", [5, 5], 5, True),
        ("between", [1, 2], MISSING, False),
        ("before", "2026-11-21", "2026-11-20T23:59:59.999999Z", True),
        ("before", "2026-11-21", "2026-11-21", False),
        ("before", "2026-11-21T10:00+02:00", "2026-11-21T07:59Z", True),
        ("before", "2026-11-21", "never", False),
        ("before", "2026-11-21", 5, False),
        ("after", "2026-11-21", "2026-11-21 00:00:00.000001", True),
        ("after", "2026-11-21", "2026-11-21", False),
        ("after", "2026-11-21", ["2020-01-01", "2027-01-01"], True),
        ("after", "2026-11-21", MISSING, False),
        ("present", MISSING, "x", True),
        ("present", MISSING, 0, True),
        ("present", MISSING, False, True),
        ("present", MISSING, [None], True),
        ("present", MISSING, {"a": None}, True),
        ("present", MISSING, " \u2003", False),
        ("present", MISSING, None, False),
        ("present", MISSING, [], False),
        ("present", MISSING, {}, False),
        ("present", MISSING, MISSING, False),
        ("absent", MISSING, MISSING, True),
        ("absent", MISSING, [], True),
        ("absent", MISSING, [[]], False),
        ("absent", MISSING, "x", False),
        ("is_true", MISSING, True, True),
        ("is_true", MISSING, 1, True),
        ("is_true", MISSING, Decimal("1.0"), True),
        ("is_true", MISSING, " YES", True),
        ("is_true", MISSING, "true", True),
        ("is_true", MISSING, "1", True),
        ("is_true", MISSING, "1.0", False),
        ("is_true", MISSING, 2, False),
        ("is_true", MISSING, "on", False),
        ("is_true", MISSING, ["no", "yes"], True),
        ("is_true", MISSING, MISSING, False),
        ("is_false", MISSING, False, True),
        ("is_false", MISSING, 0, True),
        ("is_false", MISSING, Decimal("-0.0"), True),
        ("is_false", MISSING, "No", True),
        ("is_false", MISSING, "false", True),
        ("is_false", MISSING, "0", True),
        ("is_false", MISSING, "", False),
        ("is_false", MISSING, None, False),
        ("is_false", MISSING, MISSING, False),
    ],
)
def test_ops(op: str, value: Any, fact: Any, expected: bool) -> None:
    assert holds(op, value, fact) is expected


@pytest.mark.parametrize(("positive", "negative", "value"), [("is", "is_not", "a"), ("in", "not_in", ["a"]), ("contains", "not_contains", "a")])
@pytest.mark.parametrize("fact", ["a", "b", None, MISSING, [], ["a", "b"], ["b"], {}, {"a": "a"}, 5, True, [["a"]]])
def test_negated_ops_are_exactly_the_negations(positive: str, negative: str, value: Any, fact: Any) -> None:
    assert holds(negative, value, fact) is not holds(positive, value, fact)


def test_negated_ops_are_true_of_a_missing_field() -> None:
    assert [holds("is_not", "a", MISSING), holds("not_in", ["a"], MISSING), holds("not_contains", "a", MISSING)] == [True, True, True]


@pytest.mark.parametrize(
    ("op", "fact", "expected"),
    [
        ("within_last", "2026-11-14T12:00:00Z", True),
        ("within_last", "2026-11-14T11:59:59.999999Z", False),
        ("within_last", "2026-11-21T12:00:00Z", True),
        ("within_last", "2026-11-21T12:00:00.000001Z", False),
        ("within_last", datetime(2026, 11, 20, tzinfo=UTC), True),
        ("within_last", ["1999-01-01", "2026-11-20"], True),
        ("within_last", "soon", False),
        ("within_last", MISSING, False),
        ("within_next", "2026-11-21T12:00:00Z", True),
        ("within_next", "2026-11-21T11:59:59.999999Z", False),
        ("within_next", "2026-11-28T12:00:00Z", True),
        ("within_next", "2026-11-28T12:00:00.000001Z", False),
        ("within_next", None, False),
    ],
)
def test_relative_dates_include_both_ends(op: str, fact: Any, expected: bool) -> None:
    assert holds(op, 7, fact) is expected


@pytest.mark.parametrize("fact", [Decimal("1E+999999999"), Decimal("-1E+999999999"), Decimal("1E-999999999")])
@pytest.mark.parametrize(
    ("op", "value"), [("is", "1"), ("in", [1]), ("contains", "000"), ("matches", "*0"), ("gt", 5), ("between", [0, 1]), ("is_true", MISSING)]
)
def test_huge_exponents_are_answered_at_once(op: str, value: Any, fact: Decimal) -> None:
    assert holds(op, value, fact) in (True, False)


def test_lists_nested_as_deep_as_a_body_is_long_are_walked() -> None:
    deep: Any = "needle"
    for _ in range(100_000):
        deep = [deep]
    found = holds("is", "needle", deep)
    while isinstance(deep, list):  # taken apart by hand: freeing it at once would recurse
        deep = deep.pop()
    assert found is True


def test_a_glob_of_many_stars_is_linear() -> None:
    assert holds("matches", "*a" * 90 + "*b", "a" * 30_000) is False


LONG = {"Greek": "ΐ" * 15_000, "ASCII": "a" * 30_000, "decimal": Decimal("0." + "3" * 4_000), "integer": int("3" * 4_000)}


@pytest.mark.parametrize("fact", LONG.values(), ids=LONG)
@pytest.mark.parametrize("op", ["is", "contains", "matches", "ends_with"])
def test_a_long_value_is_made_ready_for_comparison_once_however_many_leaves_ask_for_it(op: str, fact: Any) -> None:
    """A browser can send megabytes of them, and a type can have 10,000 leaves."""
    leaves = [{"field": "properties.it", "op": op, "value": f"x*{number}"} for number in range(500)]
    tests = [conditions.compile({"any": leaves[start : start + 50]}) for start in range(0, 500, 50)]
    before = values._fold_long.cache_info().misses + values._plain_kept.cache_info().misses
    assert not any(test({"properties": {"it": fact}, "context": {}}, T) for test in tests)
    assert values._fold_long.cache_info().misses + values._plain_kept.cache_info().misses - before <= 1
