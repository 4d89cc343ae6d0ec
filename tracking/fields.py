"""The members of a call, each read as the kind of value it has to be; Invalid says which is not."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from contacts.limits import MOST_IDENTIFIER, MOST_MESSAGE_ID
from tracking.json_in import Invalid, join

_iso_8601 = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
).fullmatch


def an_object(fields: Mapping[str, Any], key: str, path: str) -> dict[str, Any]:
    value = fields.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid("wrong_kind", f"{key} is not an object.", join(path, key))
    return value


def a_text(fields: dict[str, Any], key: str, path: str) -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise Invalid("wrong_kind", f"{key} is not text.", join(path, key))
    return value


def identifier(fields: dict[str, Any], key: str, path: str) -> str | None:
    """An id, trimmed; a number becomes its text; null and white space are none. Raises Invalid."""
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        value = _numeral(value, key, path)
    value = value.strip()
    if len(value) > MOST_IDENTIFIER:
        raise Invalid("too_long", f"{key} is longer than {MOST_IDENTIFIER} characters.", join(path, key))
    return value or None


def message_id(fields: dict[str, Any], path: str) -> str:
    """The call's messageId as sent, "" where there is none. Raises Invalid."""
    value = fields.get("messageId")
    if value is None:
        return ""
    if not isinstance(value, str):
        value = _numeral(value, "messageId", path)
    if len(value.encode()) > MOST_MESSAGE_ID:
        raise Invalid("too_long", f"messageId is longer than {MOST_MESSAGE_ID} bytes.", join(path, "messageId"))
    return "" if value.isspace() else value


def _numeral(value: object, key: str, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Invalid("wrong_kind", f"{key} is neither text nor a number.", join(path, key))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def instant(value: object, path: str) -> datetime | None:
    """An ISO 8601 date-time in UTC, digits past the microsecond cut off; no offset means UTC. Raises Invalid."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _iso_8601(value):
        raise Invalid("invalid_timestamp", "A time is written as ISO 8601, like 2026-03-01T12:30:00.000Z.", path)
    try:
        moment = datetime.fromisoformat(value.upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("invalid_timestamp", "There is no such time.", path) from error
