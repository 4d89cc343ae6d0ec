"""Telling the delivery workers that there is something to deliver.

A wake-up is a hint: it may be lost with the broker, and `sweep` finds what it would have told. Many within a moment become one.
"""

from __future__ import annotations

from celery import current_app
from django.core.cache import cache
from django.db import transaction

DELIVER = "notifications.tasks.deliver"
QUEUE = "deliver"
# A wake-up that got lost holds back the next ones no longer than this.
HOLD_SECONDS = 5


def wake_on_commit(workspace_id: int) -> None:
    """Wakes a delivery worker when the open transaction has committed. A failing broker is logged and does no harm."""
    transaction.on_commit(lambda: wake(workspace_id), robust=True)


def wake(workspace_id: int) -> None:
    """Sends the task, unless one is on its way that has not begun yet."""
    if cache.add(_key(workspace_id), 1, timeout=HOLD_SECONDS):
        current_app.send_task(DELIVER, args=[workspace_id], queue=QUEUE, retry=False)


def begun(workspace_id: int) -> None:
    """To be called before messages are looked for: what commits from now on wakes another worker."""
    cache.delete(_key(workspace_id))


def _key(workspace_id: int) -> str:
    return f"deliver:{workspace_id}"
