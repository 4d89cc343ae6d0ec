"""Telling the delivery workers that there is something to deliver.

A wake-up is a hint: it may be lost with the broker, and the sweep finds what it would have told. Many within a moment become one: a flag
stands from when a delivery is queued until it begins, which is before it looks for messages.
"""

from __future__ import annotations

import redis
import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError

DELIVER = "notifications.tasks.deliver"
QUEUE = "deliver"
# A flag whose delivery got lost holds back the next ones no longer than this.
HOLD_SECONDS = 5

log = structlog.get_logger(__name__)


def wake_on_commit(workspace_id: int) -> None:
    """Wakes a delivery worker when the open transaction has committed."""
    transaction.on_commit(lambda: wake(workspace_id))


def wake(workspace_id: int) -> None:
    """Queues a delivery, unless one is queued that has not begun. A broker that is away is logged and does no harm."""
    try:
        if _raise_flag(workspace_id):
            current_app.send_task(DELIVER, args=[workspace_id], queue=QUEUE, retry=False)
    except OperationalError as error:
        log.warning("delivery_waits_for_a_sweep", workspace=workspace_id, error=str(error))


def begun(workspace_id: int) -> None:
    """To be called before messages are looked for: what commits from now on queues another delivery."""
    try:
        cache.delete(_flag(workspace_id))
    except redis.RedisError as error:
        log.warning("wake_up_flag_stays_up", workspace=workspace_id, error=str(error))


def _raise_flag(workspace_id: int) -> bool:
    """False if it was up. Without the cache every call counts: the broker may be there all the same."""
    try:
        return bool(cache.add(_flag(workspace_id), 1, timeout=HOLD_SECONDS))
    except redis.RedisError as error:
        log.warning("wake_ups_are_not_gathered", workspace=workspace_id, error=str(error))
        return True


def _flag(workspace_id: int) -> str:
    return f"deliver:{workspace_id}"
