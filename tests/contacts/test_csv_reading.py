"""Reading CSV files: encodings, delimiters, headers, rows."""

from __future__ import annotations

import pytest

from contacts import csv_reading
from contacts.csv_reading import Unreadable, fitted, names, read


def table(raw: bytes) -> tuple[str, str, list[str], list[tuple[int, list[str]]]]:
    found = read(raw)
    return found.encoding, found.delimiter, found.headers, list(found.rows)


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("name,city\nJosé,Ålesund\n".encode(), "utf-8"),
        ("name,city\nJosé,Ålesund\n".encode("utf-8-sig"), "utf-8-sig"),
        ("name,city\nJosé,Ålesund\n".encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + "name,city\nJosé,Ålesund\n".encode("utf-16-be"), "utf-16-be"),
        ("name,city\nJosé,Ålesund\n".encode("utf-16-le"), "utf-16-le"),
        ("name,city\nJosé,Ålesund\n".encode("utf-16-be"), "utf-16-be"),
        ("name,city\nJosé,Ålesund\n".encode("cp1252"), "cp1252"),
    ],
)
def test_encodings(raw: bytes, encoding: str) -> None:
    assert table(raw) == (encoding, ",", ["name", "city"], [(2, ["José", "Ålesund"])])


@pytest.mark.parametrize(
    ("raw", "delimiter", "cells"),
    [
        (b"a,b\n1,2", ",", ["1", "2"]),
        (b"a;b\n1,5;2", ";", ["1,5", "2"]),
        (b"a\tb\n1,5\t2;3", "\t", ["1,5", "2;3"]),
        (b"a|b\n1|2", "|", ["1", "2"]),
        (b"sep=;\r\na;b\r\n1;2", ";", ["1", "2"]),
        (b'a;b\n"1;2,3,4";5', ";", ["1;2,3,4", "5"]),
        (b"a\n1", ",", ["1"]),
        (b'a,b\r\n"two\r\nlines","say ""hi"""\r\n', ",", ["two\r\nlines", 'say "hi"']),
    ],
)
def test_delimiters_and_quotes(raw: bytes, delimiter: str, cells: list[str]) -> None:
    _, found, _, rows = table(raw)
    assert (found, rows[0][1]) == (delimiter, cells)


def test_rows_keep_their_number_when_empty_ones_are_left_out() -> None:
    assert table(b"a,b\n\n1,2\n , \n3,4\n")[3] == [(3, ["1", "2"]), (5, ["3", "4"])]


def test_headers_are_each_named_once() -> None:
    assert names(["City", "", " City ", "City (2)", "a\n b"]) == ["City", "Column 2", "City (2)", "City (2) (2)", "a b"]


@pytest.mark.parametrize(
    ("cells", "fitting"), [(["1"], ["1", ""]), (["1", "2"], ["1", "2"]), (["1", "2", " "], ["1", "2"]), (["1", "2", "3"], None)]
)
def test_ragged_rows(cells: list[str], fitting: list[str] | None) -> None:
    assert fitted(cells, 2) == fitting


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (",".join(map(str, range(301))).encode(), "The file has 301 columns; at most 300 can be imported."),
        (b"a\x81,b\n1,2", "The file cannot be read as text (cp1252, byte 1). Save it as CSV in UTF-8."),
        (b'a,b\n1,"' + b"x" * 140_000, "Row 2 cannot be read (field larger than field limit (131072)). Is a quotation mark missing?"),
    ],
)
def test_what_is_no_table_is_refused_in_words(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(read(raw).rows)
    assert str(refused.value) == why


def test_a_file_has_at_most_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reading, "MOST_ROWS", 2)
    assert len(list(read(b"a\n1\n2\n").rows)) == 2
    with pytest.raises(Unreadable):
        list(read(b"a\n1\n2\n3\n").rows)
