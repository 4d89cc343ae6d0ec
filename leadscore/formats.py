"""How numbers, names and instants are written, on pages and in messages. Pure: the instant "now" and the zone are arguments."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

MINUS = "\u2212"
UNKNOWN = "?"


def number(value: Decimal | int, *, signed: bool = False) -> str:
    """`1,842`, `−2.5`; signed: `+20`. A true minus, no trailing zeros, thousands apart; zero has no sign."""
    exact = Decimal(value)
    digits = f"{abs(exact):,f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    if exact < 0 and digits != "0":
        return MINUS + digits
    return f"+{digits}" if signed and exact > 0 else digits


def counted_to(count: int, most: int) -> str:
    """The number where it is counted exactly, which is up to `most`; `1,000+` above that."""
    return f"{number(most)}+" if count > most else number(count)


def thousandths(value: int) -> Decimal:
    """A whole number of thousandths of a point, as points."""
    return Decimal(value).scaleb(-3)


def initials(name: str) -> str:
    """`IS` for Ingrid Solheim, `L` for lena@example.com, `?` for nobody in particular."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return UNKNOWN
    last = words[-1][0] if len(words) > 1 else ""
    return (words[0][0] + last).upper()


def clock_time(instant: datetime, zone: tzinfo) -> str:
    """`09:41`"""
    return f"{instant.astimezone(zone):%H:%M}"


def clock_seconds(instant: datetime, zone: tzinfo) -> str:
    """`09:41:07`"""
    return f"{instant.astimezone(zone):%H:%M:%S}"


def day(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """`today`, `yesterday`, `tomorrow`, `12 Nov`; with the year if it is not this one."""
    there, here = instant.astimezone(zone), now.astimezone(zone)
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    apart = (there.date() - here.date()).days
    return names.get(apart) or _date(there, with_year=there.year != here.year)


def full(instant: datetime, zone: tzinfo) -> str:
    """`17 Nov 2026, 09:41 CET`"""
    there = instant.astimezone(zone)
    return f"{_date(there, with_year=True)}, {there:%H:%M %Z}".rstrip()


def relative(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """`21 min ago` and `in 2 h` within four hours; then `today 07:12`, `yesterday 15:04`; beyond that the day alone."""
    apart = instant - now
    if abs(apart) < timedelta(hours=4):
        return _soon(apart)
    name = day(instant, now, zone)
    return f"{name} {clock_time(instant, zone)}" if name.isalpha() else name


def _soon(apart: timedelta) -> str:
    minutes = int(abs(apart).total_seconds() // 60)
    if minutes == 0:
        return "in a moment" if apart > timedelta(0) else "just now"
    span = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
    return f"in {span}" if apart > timedelta(0) else f"{span} ago"


def _date(there: datetime, *, with_year: bool) -> str:
    return f"{there.day} {there:%b %Y}" if with_year else f"{there.day} {there:%b}"
