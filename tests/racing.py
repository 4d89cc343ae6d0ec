"""Two at once: a deed in a thread of its own, and the moment in which it waits for ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

from leadscore.sql import fetch

Found = TypeVar("Found")


def in_a_thread(pool: ThreadPoolExecutor, deed: Callable[..., Found], *given: object) -> Future[Found]:
    """The deed, begun with a connection of its own."""

    def alone() -> Found:
        try:
            return deed(*given)
        finally:
            connection.close()

    return pool.submit(alone)


def wait_until_one_waits_for_a_lock() -> None:
    """Raises AssertionError when nobody does within ten seconds."""
    for _ in range(200):
        if fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits for a lock")
