"""Set-based statements: many rows travel as one JSON text, which costs the same to parse whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

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


@contextmanager
def running(statement: str, params: Sequence[Any]) -> Iterator[None]:
    """Has the database execute a statement of this transaction while the block computes, on another core. The block must not use the database.

    Raises: what the statement raises, at the block's end; what the block raises comes first.
    """
    ours = connections[DEFAULT_DB_ALIAS]
    ours.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1) as aside:  # one of its own: in a shared one a statement could wait behind another that waits for its lock
            executed = aside.submit(_execute, ours, statement, params)
            yield
        executed.result()
    finally:
        ours.dec_thread_sharing()


def _execute(on: BaseDatabaseWrapper, statement: str, params: Sequence[Any]) -> None:
    with on.cursor() as cursor:
        cursor.execute(statement, params)


def records(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows for `json_to_recordset`; datetimes become ISO texts."""
    return dumps(list(rows))


def stamp(instant: datetime) -> str:
    """An instant (UTC) as a text of fixed width, which sorts as the instant does."""
    return instant.isoformat(timespec="microseconds")
