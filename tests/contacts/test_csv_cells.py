"""Cells, read and written."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.csv_cells import Unfit, boolean, date, guarded, instant, number, unguarded, written
from contacts.exporting import lines
from contacts.values import iso


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+47 1", "'+47 1"), ("-x", "'-x"), ("@sum", "'@sum"), ("\tx", "'\tx"), ("-5", "-5"), ("+1.5", "+1.5"),
     ("'=x", "''=x"), ("'quoted", "'quoted"), ("", ""), ("a;b", "a;b"), ("a;=b", "a;'=b"), ("a;'=b", "a;''=b"),
     *((f"{sign}1+1", f"'{sign}1+1") for sign in "\uff1d\uff0b\uff0d\uff20")],
)  # fmt: skip
def test_formulas_are_guarded(text: str, cell: str) -> None:
    assert (guarded(text), unguarded(cell)) == (cell, text)


@given(st.text() | st.text("'\"=-;\t\r\nx\uff1d"))
def test_a_guard_is_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_no_part_of_a_cell_begins_a_formula_where_another_mark_parts_cells(separator: str, quote: str) -> None:
    value = f"x{separator}{quote}=cmd|' /C calc'!A0{quote}{separator}y\n{quote}=1+1"
    parts = [part for row in csv.reader(io.StringIO(lines([["a", value], [value, "a"]]), newline=""), delimiter=separator) for part in row]
    assert [part for part in parts if part.lstrip('"').startswith("=")] == []
    assert unguarded(guarded(value)) == value


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=5))
def test_rows_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    read = csv.reader(io.StringIO(lines(rows), newline=""))
    assert [[unguarded(cell) for cell in row] for row in read] == rows


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), (" a ", "a"), (True, "true"), (5, "5"), (Decimal("2.50"), "2.5"), (Decimal("1E+3"), "1000"),
     ([1, "a"], '[1,"a"]'), ({"a": None}, '{"a":null}')],
)  # fmt: skip
def test_values_as_cells(value: Any, cell: str) -> None:
    assert written(value) == cell


@pytest.mark.parametrize(
    ("cell", "comma", "value"),
    [("5", False, 5), ("-5.50", False, Decimal("-5.50")), ("1 234", False, 1234), ("1'234'567.5", False, Decimal("1234567.5")),
     ("1.234,5", True, Decimal("1234.5")), ("12,50", True, Decimal("12.50")), ("1.234.567", True, 1234567),
     ("+1\u00a0234,5", True, Decimal("1234.5")), ("1234567,5", True, Decimal("1234567.5"))],
)  # fmt: skip
def test_numbers(cell: str, comma: bool, value: Any) -> None:
    assert number(cell, decimal_comma=comma) == value


@pytest.mark.parametrize(
    ("cell", "comma"),
    [("", False), ("1,5", False), ("five", False), ("1e5", False), ("٣", False), ("9" * 41, False), ("0x1", False), ("1 2 3", False),
     ("5.", False), (".5", False), ("1.234.567", False), ("1 234'567", False), ("1234 567", False),
     ("2.5", True), ("12.50", True), ("1.2.3", True), ("1 2 3", True), ("1.234,5,6", True), ("1234.567", True), ("1,234.5", True), ("0,1.5", True)],
)  # fmt: skip
def test_what_is_no_number(cell: str, comma: bool) -> None:
    with pytest.raises(Unfit):
        number(cell, decimal_comma=comma)


def test_truths() -> None:
    assert [boolean(cell) for cell in ("TRUE", "yes", "1", "1.0", "False", "no", "0")] == [True, True, True, True, False, False, False]
    with pytest.raises(Unfit):
        boolean("maybe")


@pytest.mark.parametrize(
    ("cell", "form", "zone", "found"),
    [
        ("2026-03-31", "iso", "UTC", "2026-03-31T00:00:00Z"),
        ("2026-03-31", "iso", "Europe/Oslo", "2026-03-30T22:00:00Z"),
        ("2026-03-31T14:30:00+02:00", "iso", "America/New_York", "2026-03-31T12:30:00Z"),
        ("2026-01-31 14:30", "iso", "Europe/Oslo", "2026-01-31T13:30:00Z"),
        ("31.3.2026", "dmy", "UTC", "2026-03-31T00:00:00Z"),
        ("31/03/2026 14:30:05", "dmy", "UTC", "2026-03-31T14:30:05Z"),
        ("3/31/2026, 14:30", "mdy", "UTC", "2026-03-31T14:30:00Z"),
        ("1774967400", "unix", "Europe/Oslo", "2026-03-31T14:30:00Z"),
        ("1774967400000", "unix_ms", "UTC", "2026-03-31T14:30:00Z"),
    ],
)
def test_instants(cell: str, form: str, zone: str, found: str) -> None:
    assert iso(instant(cell, form, zone)) == found


@pytest.mark.parametrize(
    ("cell", "form", "said"),
    [
        ("31.3.2026", "iso", "is not a time like 2026-03-31 or 2026-03-31T14:30:00+02:00"),
        ("2026-02-30", "iso", "is not a time like 2026-03-31 or 2026-03-31T14:30:00+02:00"),
        ("31/02/2026", "dmy", "is no date that the calendar has"),
        ("31/3/2026", "mdy", "is no date that the calendar has"),
        ("soon", "mdy", "is not a time like 3/31/2026 or 3/31/2026 14:30"),
        ("9" * 30, "unix", "is not a time like 1774967400 (seconds since 1970)"),
        ("soon", "unix", "is not a time like 1774967400 (seconds since 1970)"),
    ],
)
def test_what_is_no_instant(cell: str, form: str, said: str) -> None:
    with pytest.raises(Unfit) as refused:
        instant(cell, form, "UTC")
    assert str(refused.value) == said


def test_dates_stay_dates() -> None:
    assert date("2026-03-31", "iso", "Europe/Oslo") == "2026-03-31"
    assert date("31.3.2026", "dmy", "Europe/Oslo") == "2026-03-31"
    assert date("2026-03-31T14:30", "iso", "UTC") == "2026-03-31T14:30:00Z"
