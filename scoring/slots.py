"""Where in the ledger a match is counted (docs/how-scores-work.md). Pure.

A *slot* is what a frequency counts apart: a period in the version's time zone (`2026-11-21` for a day, `w2026-11-16`, the Monday, for a week,
`2026-11` for a month, "" for ever), and with `each` behind it the field's value. A rule without a frequency has one slot, "".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from contacts.fields import read
from contacts.values import plain, text_of
from scoring.model import ActivityRule

REACHED = "reached"  # slot of the one award of `reach` within days; the matches before it are in ""


def period(per: str | None, at: datetime, zone: ZoneInfo) -> str:
    """The calendar period an instant lies in; "" for ever."""
    if per is None or per == "ever":
        return ""
    day = _day(at, zone)
    if per == "day":
        return day.isoformat()
    if per == "month":
        return day.isoformat()[:7]
    return f"w{day - timedelta(days=day.weekday())}"


def _day(at: datetime, zone: ZoneInfo) -> date:
    """The date in the zone; that in UTC where the zone's would lie beyond either end of the calendar."""
    try:
        return at.astimezone(zone).date()
    except OverflowError:
        return at.astimezone(UTC).date()


def slot_of(rule: ActivityRule, occurred_at: datetime, facts: Mapping[str, Any]) -> str:
    """The slot of an activity's match; `facts` are its properties and context."""
    frequency = rule.frequency
    if frequency is None:
        return ""
    slot = period(frequency.per, occurred_at, rule.zone)
    return slot if frequency.each is None else f"{slot}|{distinct(read(frequency.each)(facts))}"


def distinct(value: Any) -> str:
    """A short text, the same for values that `each` takes for one: texts, numbers and booleans as `is` compares, missing as null,
    lists and objects by their JSON with sorted keys.
    """
    text = None if isinstance(value, list | dict) else text_of(value)
    if value is None:
        spelled = "null"
    elif text is not None:
        spelled = f"text {text}"
    else:
        spelled = f"json {_json(value)}"
    return blake2b(spelled.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _json(value: Any) -> str:
    """JSON with sorted keys; numbers by their shortest decimal, so that 1.0 and 1 are one however they were stored."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return plain(value)
    return json.dumps(value)
