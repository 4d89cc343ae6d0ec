"""A CSV file as people save it, read into a header and rows: which encoding, which delimiter, where a row ends. Pure."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

MOST_COLUMNS = 300
MOST_ROWS = 500_000
DELIMITERS = ",;\t|"
_SAMPLE = 65_536  # characters that are looked at to find the delimiter
_SAMPLE_ROWS = 40
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Unreadable(Exception):
    """The file is no table of text. The argument says why, for people."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's text, taken apart. `rows` reads on as it is iterated, and raises Unreadable where the file turns out to be none."""

    encoding: str
    delimiter: str
    headers: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read(raw: bytes) -> Table:
    """Reads a file: each row as its number (the header is 1, as spreadsheets count) and its cells. Rows without any text are left out.

    Raises:
        Unreadable: neither UTF-8, UTF-16 nor Windows-1252, without a row below the header, or with more columns than MOST_COLUMNS.
    """
    encoding, text = decode(raw)
    text, delimiter = _named_delimiter(text)
    delimiter = delimiter or sniff(text)
    rows = _rows(text, delimiter)
    first = next(rows, None)
    if first is None:
        raise Unreadable("The file is empty.")
    if len(first[1]) > MOST_COLUMNS:
        raise Unreadable(f"The file has {len(first[1]):,} columns; at most {MOST_COLUMNS} can be imported.")
    return Table(encoding, delimiter, names(first[1]), rows)


def decode(raw: bytes) -> tuple[str, str]:
    """The encoding and the text. By its mark, else by where zeros stand, else UTF-8 where it is that, else Windows-1252."""
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"The file cannot be read as text ({encoding}, byte {error.start:,}). Save it as CSV in UTF-8.") from error
    return encoding, text.removeprefix("\ufeff")


def _encoding(raw: bytes) -> str:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return encoding
    head = raw[:2_000]
    if len(head) >= 2 and head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if len(head) >= 2 and head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _named_delimiter(text: str) -> tuple[str, str | None]:
    """A first line `sep=;`, which spreadsheets write, says the delimiter and is no row."""
    line, _, rest = text.partition("\n")
    line = line.strip("\r")
    if len(line) == 5 and line.lower().startswith("sep=") and line[4] in DELIMITERS:
        return rest, line[4]
    return text, None


def sniff(text: str) -> str:
    """The delimiter with which most of the first rows have as many cells as the first; of several, the one with most cells."""
    return max(DELIMITERS, key=lambda delimiter: _fitness(text[:_SAMPLE], delimiter))


def _fitness(sample: str, delimiter: str) -> tuple[float, int]:
    try:
        read_rows = [row for row in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE_ROWS) if row]
    except csv.Error:
        return 0.0, 0
    widths = [len(row) for row in (read_rows[:-1] or read_rows)]  # the last one may be cut by the sample's end
    if not widths or widths[0] == 1:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS + 1:
                raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Split it.")
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise Unreadable(f"Row {number + 1:,} cannot be read ({error}). Is a quotation mark missing?") from error


def names(header: Sequence[str]) -> list[str]:
    """The columns' names, each once: `City`, `City (2)`; `Column 3` where there is none."""
    found: list[str] = []
    for place, cell in enumerate(header, start=1):
        name = " ".join(cell.replace("\0", "").split())[:200] or f"Column {place}"
        name, count, plain = name.encode("utf-8", "replace").decode(), 1, name
        while name in found:
            count += 1
            name = f"{plain} ({count})"
        found.append(name)
    return found


def fitted(cells: Sequence[str], width: int) -> list[str] | None:
    """The cells of a row as wide as the header: short ones are filled up, empty cells beyond it dropped. None where there is text beyond it."""
    if any(cell.strip() for cell in cells[width:]):
        return None
    return [*cells[:width], *[""] * (width - len(cells))]
