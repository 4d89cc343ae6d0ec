"""Conditions by the letter of the semantics: slow and plain, with none of the product's own readers of values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

MISSING = object()
WHITE = "".join(char for char in map(chr, range(0x3001)) if char.isspace() and not "\x1c" <= char <= "\x1f")
NEGATED = {"is_not": "is", "not_in": "in", "not_contains": "contains"}


def holds(node: Mapping[str, Any] | None, facts: Mapping[str, Any], t: datetime) -> bool:
    """Whether a valid node holds of `{"contact": …, "company": …}` or `{"properties": …, "context": …}` at `t`."""
    if node is None:
        return True
    if "all" in node:
        return not [one for one in node["all"] if not holds(one, facts, t)]
    if "any" in node:
        return [one for one in node["any"] if holds(one, facts, t)] != []
    if "none" in node:
        return [one for one in node["none"] if holds(one, facts, t)] == []
    return _leaf(node["op"], node.get("value"), _walk(facts, node["field"].split(".")), t)


def _walk(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = _step(value, step)
    return value


def _step(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step, MISSING)
    if isinstance(value, list):
        found = [one for one in (_step(member, step) for member in value) if one is not MISSING]
        return found or MISSING
    return MISSING


def _leaf(op: str, wanted: Any, value: Any, t: datetime) -> bool:
    if op in NEGATED:
        return not _leaf(NEGATED[op], wanted, value, t)
    if op in ("present", "absent"):
        empty = value is MISSING or value is None or value in ([], {}) or (isinstance(value, str) and not value.strip(WHITE))
        return empty is (op == "absent")
    if isinstance(value, list):
        return any(_leaf(op, wanted, one, t) for one in value)
    if value is MISSING or value is None or isinstance(value, dict):
        return False
    return _compared(op, wanted, value, t)


def _compared(op: str, wanted: Any, value: Any, t: datetime) -> bool:
    text, number, instant = _text(value), _number(value), _instant(value)
    if op in ("is", "in", "contains", "starts_with", "ends_with", "matches"):
        return _fits(op, wanted, text)
    if op in ("gt", "gte", "lt", "lte", "between"):
        return number is not None and _ordered(op, wanted, number)
    if op in ("before", "after"):
        bound = _instant(wanted)
        assert bound is not None
        return instant is not None and (instant < bound if op == "before" else instant > bound)
    if op in ("within_last", "within_next"):
        start, end = (t - timedelta(days=wanted), t) if op == "within_last" else (t, t + timedelta(days=wanted))
        return instant is not None and start <= instant <= end
    truth = {"is_true": (True, 1, ("true", "yes", "1")), "is_false": (False, 0, ("false", "no", "0"))}[op]
    if isinstance(value, bool):
        return value is truth[0]
    return text in truth[2] if isinstance(value, str) else number == truth[1]


def _fits(op: str, wanted: Any, text: str) -> bool:
    if op == "in":
        return text in [_text(one) for one in wanted]
    other = _text(wanted)
    if op == "is":
        return text == other
    if op == "contains":
        return other in text
    if op == "matches":
        return re.fullmatch(".*".join(re.escape(part) for part in other.split("*")), text, re.DOTALL) is not None
    return text[: len(other)] == other if op == "starts_with" else other == text[max(0, len(text) - len(other)) :]


def _ordered(op: str, wanted: Any, number: Fraction) -> bool:
    if op == "between":
        return Fraction(wanted[0]) <= number <= Fraction(wanted[1])
    bound = Fraction(wanted)
    return {"gt": number > bound, "gte": number >= bound, "lt": number < bound, "lte": number <= bound}[op]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip(WHITE).casefold())
    plain = f"{value:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain == "-0" else plain


def _number(value: Any) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        trimmed = value.strip(WHITE)
        return Fraction(trimmed) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", trimmed) else None
    return Fraction(value)


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str) or not value.isascii():
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", value):
        return None
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
