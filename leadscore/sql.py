"""Set-based statements: many rows travel as one JSON text, which costs the same to parse whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from leadscore.exact_json import dumps


def fetch(statement: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query. JSON columns come as text."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def run(statement: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> int:
    """Executes a statement; the number of rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def records(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows for `json_to_recordset`; datetimes become ISO texts."""
    return dumps(list(rows))


def stamp(instant: datetime) -> str:
    """An instant (UTC) as a text of fixed width, which sorts as the instant does."""
    return instant.isoformat(timespec="microseconds")
