"""What a cell of a CSV file says, read and written. Pure.

Spreadsheets run a cell that begins with = + - or @, in full width too, as a formula. Written cells are guarded against that by an apostrophe,
which is taken off again when such a file is read, so that a file that was exported and imported changes nothing. So is what follows a ; a tab
or the end of a line: a spreadsheet that parts cells there, whatever quotes say, makes a cell of it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contacts.values import WHITE_SPACE, instant_of, iso, number_of, plain
from leadscore.exact_json import dumps

MOST_DIGITS = 40
DATE_FORMATS = {
    "iso": "2026-03-31 or 2026-03-31T14:30:00+02:00",
    "dmy": "31.3.2026 or 31/03/2026 14:30",
    "mdy": "3/31/2026 or 3/31/2026 14:30",
    "unix": "1774967400 (seconds since 1970)",
    "unix_ms": "1774967400000 (milliseconds)",
}

_SIGN = r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(f"'*{_SIGN}")
_FORMULA_INSIDE = re.compile(f"(?<=[;\\t\\r\\n])(?=[\"']*{_SIGN})")
_GUARD_INSIDE = re.compile(f"(?<=[;\\t\\r\\n])'(?=[\"']*{_SIGN})")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?(?:\d+|\d{1,3}([. '\u00a0\u202f])\d{3}(?:\1\d{3})*)", re.ASCII)  # one mark between thousands, or none
_GROUPING = re.compile(r"[. '\u00a0\u202f]")
_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_DATE_ALONE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?(\d{2})?)$", re.ASCII | re.IGNORECASE)
_TRUE, _FALSE = frozenset({"true", "yes", "y", "1", "1.0"}), frozenset({"false", "no", "n", "0", "0.0"})


class Unfit(ValueError):
    """A cell is not what its column holds. The argument says what it should be."""


def trimmed(cell: str) -> str:
    """A cell without its guard and the white space around it."""
    return unguarded(cell).strip(WHITE_SPACE)


def guarded(text: str) -> str:
    """A text no part of which a spreadsheet takes for a formula; a plain number stays one."""
    text = _FORMULA_INSIDE.sub("'", text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    own = cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
    return _GUARD_INSIDE.sub("", own)


def written(value: Any) -> str:
    """A JSON value as a cell says it; "" for null. Values that are written alike are alike to every condition on text and numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip(WHITE_SPACE)
    if isinstance(value, bool):
        return "true" if value else "false"
    number = number_of(value)
    return dumps(value) if number is None else plain(number)


def number(cell: str, *, decimal_comma: bool) -> int | Decimal:
    """The number that a cell says: its thousands may be apart by a space, an apostrophe or, beside a decimal comma, a point.

    A point that parts no thousands is not guessed at: 2.5 in a file with decimal commas is as likely a typing error as a date.

    Raises:
        Unfit: it says none.
    """
    whole, mark, fraction = cell.partition("," if decimal_comma else ".")
    text = f"{_GROUPING.sub('', whole)}{mark and '.'}{fraction}"
    if not _WHOLE.fullmatch(whole) or not _NUMBER.fullmatch(text) or len(text) > MOST_DIGITS:
        raise Unfit("is not a number")
    return Decimal(text) if mark else int(text)


def boolean(cell: str) -> bool:
    """Raises Unfit."""
    folded = cell.lower()
    if folded in _TRUE or folded in _FALSE:
        return folded in _TRUE
    raise Unfit("is neither true nor false (yes, no, 1 and 0 are taken as well)")


def date(cell: str, form: str, zone: str) -> str:
    """A date or an instant as conditions read it: `2026-03-31`, or with a time in UTC. Raises Unfit."""
    if form == "iso" and _DATE_ALONE.fullmatch(cell):
        instant(cell, form, zone)
        return cell
    match = _DAY.fullmatch(cell) if form in ("dmy", "mdy") else None
    if match and match[4] is None:
        return _of_parts(match, form).date().isoformat()
    return iso(instant(cell, form, zone))


def instant(cell: str, form: str, zone: str) -> datetime:
    """An instant in UTC; a cell without an offset is read in `zone`, a name of the IANA database. Raises Unfit."""
    try:
        return _instant(cell, form, ZoneInfo(zone))
    except Unfit:  # a ValueError that says more
        raise
    except (ValueError, OverflowError, OSError) as error:
        raise Unfit(f"is not a time like {DATE_FORMATS[form]}") from error


def _instant(cell: str, form: str, zone: ZoneInfo) -> datetime:
    if form in ("unix", "unix_ms"):
        if not _NUMBER.fullmatch(cell) or len(cell) > MOST_DIGITS:
            raise ValueError(cell)
        return datetime.fromtimestamp(float(cell) / (1000 if form == "unix_ms" else 1), UTC)
    if form == "iso":
        found = instant_of(cell)
        if found is None:
            raise ValueError(cell)
        has_offset = len(cell) > 10 and _OFFSET.search(cell[10:])
        return found if has_offset else found.replace(tzinfo=zone).astimezone(UTC)
    match = _DAY.fullmatch(cell)
    if match is None:
        raise ValueError(cell)
    return _of_parts(match, form).replace(tzinfo=zone).astimezone(UTC)


def _of_parts(match: re.Match[str], form: str) -> datetime:
    first, second, year, hour, minute, seconds = (int(part or 0) for part in match.groups())
    day, month = (first, second) if form == "dmy" else (second, first)
    try:
        return datetime(year, month, day, hour, minute, seconds, tzinfo=UTC)
    except ValueError as error:
        raise Unfit("is no date that the calendar has") from error
