"""How a JSON value reads as a text, a number, an instant or nothing (docs/scoring.md, Conditions).

Pure. Values are parsed JSON: `str`, `int`, `Decimal`, `float`, `bool`, `None`, `list`, `dict`; numbers from a parser
that keeps decimals (`parse_float=Decimal`) stay exact. A `datetime` is accepted wherever its ISO text would be.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

# Unicode's White_Space property. `str.strip()` alone would also take the separators U+001C to U+001F.
WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_ASCII_WHITE_SPACE = "\t\n\x0b\x0c\r "

# Longer runs of zeros than any call can spell out are cut to this many, so that `1e999999999` stays small. No text op
# of a document can tell: its values have 200 characters.
_MOST_ZEROS = 40_000

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


# The rules of one model ask for the same texts of one activity again and again; longer ones would fill the memory.
MOST_KEPT = 400


def fold(text: str) -> str:
    """The form in which texts are compared: trimmed of Unicode white space, fully case folded, then NFC."""
    if text.isascii():
        return text.strip(_ASCII_WHITE_SPACE).lower()
    return unicodedata.normalize("NFC", text.strip(WHITE_SPACE).casefold())


# Like `fold`, for texts of at most MOST_KEPT characters.
fold_kept = lru_cache(maxsize=4096)(fold)
# For longer ones: about as many as one call has room for, so that each is folded once however many conditions ask for it.
_fold_long = lru_cache(maxsize=128)(fold)


def text_of(value: object) -> str | None:
    """The folded text of a string, number or boolean; None for every other kind."""
    if isinstance(value, str):
        return fold_kept(value) if len(value) <= MOST_KEPT else _fold_long(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return fold(iso(value))
    number = number_of(value)
    return None if number is None else _plain_kept(number)


def number_of(value: object) -> Decimal | int | None:
    """The exact number that a JSON number or a numeric text stands for; None for every other kind, booleans included."""
    kind = value.__class__
    if kind is int:
        return value  # type: ignore[return-value]
    if kind is Decimal:
        return value if value.is_finite() else None  # type: ignore[attr-defined, return-value]
    if kind is float:
        return Decimal(repr(value)) if math.isfinite(value) else None  # type: ignore[arg-type]
    if isinstance(value, str):
        trimmed = value.strip(WHITE_SPACE)
        return Decimal(trimmed) if _NUMBER.fullmatch(trimmed) else None
    return None


def plain(number: Decimal | int) -> str:
    """The shortest plain decimal: no exponent, no trailing zeros, `-0` as `0`."""
    if not isinstance(number, Decimal):
        return str(number) if -(10**18) < number < 10**18 else plain(Decimal(number))
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "only finite numbers have a text"
    text = "".join(map(str, digits)).lstrip("0")
    bare = text.rstrip("0")
    if not bare:
        return "0"
    return ("-" if sign else "") + _pointed(bare, exponent + len(text) - len(bare))


_plain_kept = lru_cache(maxsize=128)(plain)  # one of four thousand digits takes half a millisecond


def _pointed(digits: str, exponent: int) -> str:
    """`digits` × 10^`exponent`, written out; `digits` neither begins nor ends with 0."""
    if exponent >= 0:
        return digits + "0" * min(exponent, _MOST_ZEROS)
    whole = len(digits) + exponent
    if whole > 0:
        return f"{digits[:whole]}.{digits[whole:]}"
    return "0." + "0" * min(-whole, _MOST_ZEROS) + digits


def instant_of(value: object) -> datetime | None:
    """The instant in UTC of a date (its midnight) or date-time text; None for every other kind and impossible dates."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str):
        return None
    return _instant_kept(value) if len(value) <= MOST_KEPT else _instant_of_text(value)


def _instant_of_text(text: str) -> datetime | None:
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro, UTC)
        return local - _offset(offset)
    except (ValueError, OverflowError):
        return None


_instant_kept = lru_cache(maxsize=4096)(_instant_of_text)


def _offset(text: str | None) -> timedelta:
    """The offset that `+02:00`, `-0530`, `+01` or `Z` spells; ValueError where no clock runs so far ahead."""
    if text is None or text == "Z":
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text} is not an offset")
    span = timedelta(hours=hours, minutes=minutes)
    return -span if text[0] == "-" else span


def iso(instant: datetime) -> str:
    """The ISO text of an instant in UTC, as the API writes it: `2026-11-21T10:00:00Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def blank(value: object) -> bool:
    """Whether a whole value says nothing: null (or missing), white space, `[]` or `{}`."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip(WHITE_SPACE)
    return isinstance(value, (list, tuple, dict)) and not value
