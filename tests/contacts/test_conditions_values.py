"""How JSON values read as texts, numbers, instants and nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from contacts.values import blank, instant_of, number_of, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Pricing", "pricing"),
        ("  a b\t\n", "a b"),
        ("\u2003\u00a0\u3000wide\u0085", "wide"),
        ("\x1cno white space of Unicode\x1f", "\x1cno white space of unicode\x1f"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Σίσυφος", "σίσυφοσ"),
        ("E\u0301COLE", "école"),
        ("ﬁne", "fine"),
        ("", ""),
        (30, "30"),
        (-7, "-7"),
        (Decimal("30.00"), "30"),
        (Decimal("2.50"), "2.5"),
        (Decimal("-0.250"), "-0.25"),
        (Decimal("1E+2"), "100"),
        (Decimal("12.5E+1"), "125"),
        (Decimal("1E-3"), "0.001"),
        (Decimal("123E-2"), "1.23"),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Decimal("-0"), "0"),
        (Decimal("-0.00"), "0"),
        (Decimal("0E+9"), "0"),
        (0.1, "0.1"),
        (-0.0, "0"),
        (1e21, "1000000000000000000000"),
        (10**30, "1" + "0" * 30),
        (True, "true"),
        (False, "false"),
        (datetime(2026, 11, 21, 9, tzinfo=UTC), "2026-11-21t09:00:00z"),
        (None, None),
        ([], None),
        (["a"], None),
        ({"a": 1}, None),
        (float("nan"), None),
        (Decimal("Infinity"), None),
    ],
)
def test_text_is_trimmed_folded_and_plain(value: Any, text: str | None) -> None:
    assert text_of(value) == text


def test_whole_numbers_longer_than_python_prints_have_a_text_as_well() -> None:
    assert text_of(-(10**5000)) == "-1" + "0" * 5000


@pytest.mark.parametrize("value", [Decimal("1E+999999999"), Decimal("1E-999999999"), Decimal("-12345E+88888888")])
def test_the_text_of_a_huge_exponent_stays_small(value: Decimal) -> None:
    text = text_of(value)
    assert text is not None
    assert len(text) < 50_000


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        (Decimal("2.50"), Decimal("2.5")),
        (0.1, Decimal("0.1")),
        (" 42 ", 42),
        ("\u00a0-4.50", Decimal("-4.5")),
        ("+007", 7),
        ("-0", 0),
        ("0.1000000000000000000000000000001", Decimal("0.1000000000000000000000000000001")),
        ("1e3", None),
        ("1,000", None),
        (".5", None),
        ("5.", None),
        ("", None),
        ("- 5", None),
        ("٣", None),
        ("5\n5", None),
        (True, None),
        (False, None),
        (None, None),
        ([5], None),
        ({"a": 5}, None),
        (float("inf"), None),
        (Decimal("NaN"), None),
    ],
)
def test_numbers_are_exact_decimals(value: Any, number: Any) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T09:30", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21 09:30", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:15Z", datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)),
        ("2026-11-21T09:30Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:15.5+02:00", datetime(2026, 11, 21, 7, 30, 15, 500_000, tzinfo=UTC)),
        ("2026-11-21T09:30:15.1234569Z", datetime(2026, 11, 21, 9, 30, 15, 123_456, tzinfo=UTC)),
        ("2026-11-21T09:30-0530", datetime(2026, 11, 21, 15, 0, tzinfo=UTC)),
        ("2026-11-21T23:30-03", datetime(2026, 11, 22, 2, 30, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2026-02-29", None),
        ("2026-11-21T", None),
        ("2026-11-21T09", None),
        ("2026-11-21T09:30.5", None),
        ("2026-11-21T24:00", None),
        ("2026-11-21T09:60", None),
        ("2026-11-21T09:30+24:00", None),
        ("2026-11-21Z", None),
        ("2026-1-2", None),
        (" 2026-11-21", None),
        ("2026-11-21\n", None),
        ("٢026-11-21", None),
        ("0001-01-01T00:00+10:00", None),
        ("21.11.2026", None),
        (20261121, None),
        (True, None),
        (None, None),
        (["2026-11-21"], None),
        (datetime(2026, 11, 21, 9, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 11, 21, 7, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_one_format_only(value: Any, instant: datetime | None) -> None:
    assert instant_of(value) == instant


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, True),
        ("", True),
        (" \u2003\n", True),
        ([], True),
        ({}, True),
        ("x", False),
        (0, False),
        (False, False),
        ([None], False),
        ([""], False),
        ({"a": None}, False),
    ],
)
def test_a_value_is_blank_as_a_whole(value: Any, expected: bool) -> None:
    assert blank(value) is expected
