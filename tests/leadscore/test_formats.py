"""How numbers, names and instants are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leadscore import formats

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 17, 9, 2, tzinfo=UTC)  # 10:02 in Berlin


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (82, False, "82"),
        (1842, False, "1,842"),
        (-5, False, "−5"),
        (20, True, "+20"),
        (-5, True, "−5"),
        (0, True, "0"),
        (Decimal("6.400"), True, "+6.4"),
        (Decimal("-0.0"), True, "0"),
        (Decimal("1E+3"), False, "1,000"),
        (Decimal("-1234.5"), False, "−1,234.5"),
    ],
)
def test_numbers_have_a_true_minus_and_no_idle_zeros(value: Decimal | int, signed: bool, text: str) -> None:
    assert formats.number(value, signed=signed) == text


def test_what_is_counted_to_a_limit_tells_so() -> None:
    assert [formats.counted_to(count, 1_000) for count in (0, 1_000, 1_001)] == ["0", "1,000", "1,000+"]


def test_thousandths_are_exact() -> None:
    assert formats.number(formats.thousandths(82_345)) == "82.345"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ingrid Solheim", "IS"),
        ("Chen Yu-Ting", "CY"),
        ("Maria de la Cruz", "MC"),
        ("elif aydın", "EA"),
        ("lena@example.com", "L"),
        ("(unknown) Smith", "S"),
        ("", "?"),
        ("   ", "?"),
    ],
)
def test_initials_are_of_the_first_and_last_word(name: str, letters: str) -> None:
    assert formats.initials(name) == letters


@pytest.mark.parametrize(
    ("apart", "text"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-21), "21 min ago"),
        (timedelta(hours=-3, minutes=-59), "3 h ago"),
        (timedelta(hours=-4), "today 06:02"),
        (timedelta(hours=-11), "yesterday 23:02"),
        (timedelta(days=-5), "12 Nov"),
        (timedelta(days=-400), "13 Oct 2025"),
        (timedelta(seconds=20), "in a moment"),
        (timedelta(minutes=90), "in 1 h"),
        (timedelta(hours=6), "today 16:02"),
        (timedelta(hours=20), "tomorrow 06:02"),
        (timedelta(days=29), "16 Dec"),
    ],
)
def test_instants_are_near_or_dated(apart: timedelta, text: str) -> None:
    assert formats.relative(NOW + apart, NOW, BERLIN) == text


def test_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)
    assert (formats.day(late, NOW, BERLIN), formats.day(late, NOW, UTC)) == ("today", "yesterday")


def test_the_full_date_names_its_zone() -> None:
    assert formats.full(NOW, BERLIN) == "17 Nov 2026, 10:02 CET"
