"""What awards and silences are worth at an instant (docs/how-scores-work.md). Pure; values are whole thousandths of a point."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Context, Decimal
from functools import lru_cache

from scoring.model import ActivityRule, Expiry, InactivityRule

THOUSANDTHS = 1000
HALVINGS = 10  # after which a halving award is worth nothing

# 2 to the power of a fraction is irrational, so that no number of digits is exact; with 50 of them no value of a document comes near a tie.
_EXACT = Context(prec=50)
_ONE_DAY = timedelta(days=1)


def nearest(numerator: int, denominator: int) -> int:
    """A quotient rounded to a whole number, halves away from zero; the denominator is above zero."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -whole if numerator < 0 else whole


def rounded(exact: int) -> int:
    """Thousandths as whole points, halves away from zero."""
    return nearest(exact, THOUSANDTHS)


def day_of(instant: datetime) -> int:
    """The UTC date of an instant as a number of days; ages of fading awards are differences of these."""
    return instant.astimezone(UTC).toordinal()


def faded(rule: ActivityRule, age: int) -> int:
    """What one award of a fading rule is worth at an age in days."""
    assert rule.expiry is not None, "only rules with an expiry fade"
    if rule.expiry.linear_days is not None:
        return _linear(rule.points, age, rule.expiry.linear_days)
    assert rule.expiry.half_life_days is not None, "what fades halves or falls evenly"
    return _halved(rule.points, age, rule.expiry.half_life_days)


def _linear(points: int, age: int, days: int) -> int:
    """points × max(0, 1 − age ÷ days)"""
    return nearest(points * THOUSANDTHS * max(0, days - age), days)


@lru_cache(maxsize=8192)
def _halved(points: int, age: int, days: int) -> int:
    """points × 0.5^(age ÷ days), nothing from 10 half-lives on"""
    if age >= HALVINGS * days:
        return 0
    halvings, rest = divmod(age, days)
    if rest == 0:
        return nearest(points * THOUSANDTHS, 2**halvings)
    share = _EXACT.power(Decimal(2), _EXACT.divide(Decimal(-age), Decimal(days)))
    size = int(_EXACT.add(_EXACT.multiply(Decimal(abs(points) * THOUSANDTHS), share), Decimal("0.5")))
    return -size if points < 0 else size


def living_days(expiry: Expiry) -> int:
    """The age in days from which a fading award is worth nothing."""
    return expiry.linear_days if expiry.linear_days is not None else HALVINGS * (expiry.half_life_days or 0)


def ends_at(expiry: Expiry | None, awarded_at: datetime) -> datetime | None:
    """From when on an award is worth nothing; None for never, which the end of the calendar is as well."""
    if expiry is None:
        return None
    try:
        if expiry.days is not None:
            return awarded_at + timedelta(days=expiry.days)
        return midnight(awarded_at) + timedelta(days=living_days(expiry))
    except OverflowError:
        return None


def midnight(instant: datetime) -> datetime:
    """The beginning of the instant's UTC day."""
    return datetime.combine(instant.astimezone(UTC).date(), time(), UTC)


def next_midnight(t: datetime) -> datetime | None:
    """When ages change next; None at the end of the calendar."""
    try:
        return midnight(t) + _ONE_DAY
    except OverflowError:
        return None


def sooner(instant: datetime, span: timedelta) -> datetime:
    """`span` before an instant, or the beginning of the calendar."""
    try:
        return instant - span
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def later(instant: datetime, span: timedelta) -> datetime:
    """`span` after an instant, or the end of the calendar."""
    try:
        return instant + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def fading_sum(rule: ActivityRule, days: Mapping[int, int], t: datetime) -> int:
    """What all awards of a fading rule are worth; `days` counts them by their UTC day."""
    today = day_of(t)
    return sum(count * faded(rule, today - day) for day, count in days.items())


def spans(rule: InactivityRule, last: datetime, t: datetime) -> int:
    """How many whole silences there were from `last` to `t`, at most what counts."""
    return max(0, min(rule.times, (t - last) // timedelta(days=rule.days)))


def next_span(rule: InactivityRule, last: datetime, t: datetime) -> datetime | None:
    """When the next silence is whole; None where it would no longer count."""
    passed = spans(rule, last, t)
    if passed >= rule.times:
        return None
    try:
        return last + timedelta(days=rule.days * (passed + 1))
    except OverflowError:
        return None
