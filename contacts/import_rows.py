"""One row of an imported file, read into what it says of whom, or refused with all that is wrong with it. Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.csv_cells import Unfit, boolean, date, instant, number, trimmed, written
from contacts.csv_reading import fitted
from contacts.import_mapping import Column, Columns
from contacts.limits import MOST_ACTIVITY_NAME, MOST_EMAIL, MOST_IDENTIFIER, MOST_MESSAGE_ID, OLDEST, is_address
from leadscore.exact_json import dumps

MOST_TEXT = 20_000

_unstorable = re.compile("[\x00\ud800-\udfff]").search


class Refused(Exception):
    """A row cannot be imported. The argument says why, for people."""


@dataclass(slots=True)
class Row:
    """What a row says. `number` is its place in the file; `email` is in small letters; a trait of None is to be emptied.

    `event`, `occurred_at`, `message_id` and `properties` are an activity's.
    """

    number: int
    user_id: str | None = None
    email: str | None = None
    anonymous_id: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    group_id: str | None = None
    company: dict[str, Any] = field(default_factory=dict)
    event: str = ""
    occurred_at: datetime | None = None
    message_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[tuple[str, str]]:
        """(kind, value) of its identifiers, in order of precedence."""
        named = (("user_id", self.user_id), ("email", self.email), ("anonymous_id", self.anonymous_id))
        return [(kind, value) for kind, value in named if value]


def read(columns: Columns, headers: Sequence[str], number: int, cells: Sequence[str], now: datetime, secret: bytes) -> Row:
    """Reads a row. `now`: the import's instant, from which the age of activities is counted. `secret`: what made messageIds are keyed with.

    Raises:
        Refused: with every reason.
    """
    fitting = fitted(cells, len(headers))
    if fitting is None:
        raise Refused(f"The row has {len(cells)} cells, the header {len(headers)}.")
    row, reasons = Row(number, event=columns.event), []
    for column, header, cell in zip(columns.columns, headers, fitting, strict=True):
        try:
            _take(row, column, cell, columns)
        except Unfit as wrong:
            reasons.append(f"“{header}” {wrong}")
    reasons += [] if row.names or reasons else ["Nothing says who it is: all identifiers are empty"]
    reasons += _of_activity(row, now, secret) if columns.kind == "activities" and not reasons else []
    if reasons:
        raise Refused(f"{'; '.join(reasons)}.")
    return row


def _take(row: Row, column: Column, cell: str, columns: Columns) -> None:
    """Puts what a cell says in its place."""
    if column.to == "ignore":
        return
    text = trimmed(cell)
    if _unstorable(text):
        raise Unfit("has a character that cannot be stored")
    if text.lower() in columns.missing:
        text = ""
    if text:
        _TAKERS[column.to](row, column, text, columns)
    elif columns.clear and column.to in ("trait", "company_trait"):
        (row.traits if column.to == "trait" else row.company)[column.name] = None


def _identifier(row: Row, column: Column, text: str, columns: Columns) -> None:
    setattr(row, "group_id" if column.to == "company_id" else column.to, _short(text, MOST_IDENTIFIER))


def _email(row: Row, column: Column, text: str, columns: Columns) -> None:
    if not is_address(text):
        raise Unfit("is not an e-mail address")
    row.email = _short(text.lower(), MOST_EMAIL)


def _trait(row: Row, column: Column, text: str, columns: Columns) -> None:
    row.traits[column.name] = value(text, column.kind, columns)


def _company_trait(row: Row, column: Column, text: str, columns: Columns) -> None:
    row.company[column.name] = value(text, column.kind, columns)
    if column.name == "name" and columns.company_by_name:
        row.group_id = _short(text, MOST_IDENTIFIER)


def _property(row: Row, column: Column, text: str, columns: Columns) -> None:
    row.properties[column.name] = value(text, column.kind, columns)


def _event(row: Row, column: Column, text: str, columns: Columns) -> None:
    row.event = _short(text, MOST_ACTIVITY_NAME)


def _occurred_at(row: Row, column: Column, text: str, columns: Columns) -> None:
    row.occurred_at = instant(text, columns.dates, columns.zone)


def _message_id(row: Row, column: Column, text: str, columns: Columns) -> None:
    if len(text.encode()) > MOST_MESSAGE_ID:
        raise Unfit(f"is longer than {MOST_MESSAGE_ID} bytes")
    row.message_id = text


_TAKERS = {
    "user_id": _identifier, "anonymous_id": _identifier, "company_id": _identifier, "email": _email, "trait": _trait,
    "company_trait": _company_trait, "property": _property, "event": _event, "occurred_at": _occurred_at, "message_id": _message_id,
}  # fmt: skip


def value(text: str, kind: str, columns: Columns) -> Any:
    """A cell's text as a value of its column's kind. Raises Unfit."""
    match kind:
        case "number":
            return number(text, decimal_comma=columns.decimal_comma)
        case "boolean":
            return boolean(text)
        case "date":
            return date(text, columns.dates, columns.zone)
        case _:
            return _short(text, MOST_TEXT)


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise Unfit(f"is longer than {most:,} characters")
    return text


def _of_activity(row: Row, now: datetime, secret: bytes) -> list[str]:
    """What is wrong with an activity; one without a messageId gets one of its content, the same whenever the file is imported."""
    if not row.event:
        return ["Nothing says what was done"]
    if row.occurred_at is None:
        return ["Nothing says when it happened"]
    if now - row.occurred_at > OLDEST:
        return [f"It happened more than {OLDEST.days} days ago; activities are not kept so long"]
    row.message_id = row.message_id or _content_id(row, secret)
    return []


def keyed(secret: bytes, content: str) -> str:
    """Part of a messageId. Without the secret nobody can use it first, and have what is imported taken for a repetition."""
    return hmac.digest(secret, content.encode(), "sha256").hex()[:40]


def _content_id(row: Row, secret: bytes) -> str:
    assert row.occurred_at
    said = {name: written(one) for name, one in sorted(row.properties.items())}
    content = dumps([row.names, row.event, row.occurred_at.isoformat(), said])
    return f"import-{keyed(secret, content)}"
