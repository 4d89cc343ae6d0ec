"""The one clock. Deeds are given its reading as `now`, so that a test or a replay can give them another."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

Clock = Callable[[], datetime]
"""For deeds that read it more than once, such as after taking a lock."""


def now() -> datetime:
    """The database's present moment, in UTC: all web and worker hosts agree on it, whatever their own clocks say."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


_MEASURE_AGAIN_SECONDS = 60.0
_offset: float | None = None  # of the database's clock from this process's steady one, in seconds
_measured_at = 0.0


def approximate_now() -> datetime:
    """About `now()`, without a round trip each time: this process's steady clock, set by the database's once a minute.

    For checks and notes where some milliseconds do not matter. What orders or dates a call is the database's own clock.
    """
    global _offset, _measured_at
    steady = time.monotonic()
    if _offset is None or steady - _measured_at > _MEASURE_AGAIN_SECONDS:
        _offset = now().timestamp() - time.monotonic()
        _measured_at = steady
    return datetime.fromtimestamp(steady + _offset, UTC)
