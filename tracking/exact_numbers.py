"""Numbers of JSON exactly as they were sent, as far as they can be kept and written out again. Pure."""

import threading
from decimal import Decimal, InvalidOperation

MAX_EXPONENT = 1_000  # of a number
MAX_DIGITS = 4_300  # of a number as written; Python converts no longer integer either
MAX_SPELLED_OUT = 4_300  # digits that the numbers with an exponent in a value come to: PostgreSQL writes them out, 32 KB of `1e1000` as megabytes


class NumberRefused(ValueError):
    """It cannot be kept."""


class _Value(threading.local):
    """The value that this thread is reading."""

    spelled_out = 0


_value = _Value()


def begin() -> None:
    """A value begins, whose numbers are counted together."""
    _value.spelled_out = 0


def read(text: str) -> Decimal:
    """A number with a fraction or an exponent, -0.0 being 0.0.

    Raises:
        NumberRefused.
    """
    try:
        number = Decimal(text)
    except InvalidOperation as error:  # an exponent past anything a Decimal can hold
        raise NumberRefused from error
    if len(text) > MAX_DIGITS:
        raise NumberRefused
    if "e" in text or "E" in text:
        _spell_out(number)
    return number or number.copy_abs()


def _spell_out(number: Decimal) -> None:
    first = number.adjusted()
    last = first - len(number.as_tuple().digits) + 1
    _value.spelled_out += max(first, 0) - min(last, 0)
    if first > MAX_EXPONENT or last < -MAX_EXPONENT or _value.spelled_out > MAX_SPELLED_OUT:
        raise NumberRefused
