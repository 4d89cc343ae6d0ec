"""Telling workers that a workspace has something for them to do.

A wake-up is a hint: it may be lost with the broker or with Redis, and a sweep finds what it would have told. Many within a moment become
one: a flag stands in Redis from when a task is queued until it begins, which is before it looks for work.
"""

from __future__ import annotations

from dataclasses import dataclass

import redis
import structlog
from celery import current_app
from django.core.cache import cache
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

HOLD_SECONDS = 5  # a flag whose task got lost holds back the next ones no longer than this


@dataclass(frozen=True, slots=True)
class WakeUp:
    """Of one task, which takes a workspace's id. `flag` begins the names of its flags; the task's route decides the queue."""

    task: str
    flag: str

    def call(self, workspace_id: int) -> None:
        """Queues the task, unless one is queued that has not begun. A broker that is away is logged and does no harm."""
        try:
            if self._raise_flag(workspace_id):
                current_app.send_task(self.task, args=[workspace_id], retry=False)
        except OperationalError as error:
            log.warning("wake_up_waits_for_a_sweep", task=self.task, workspace=workspace_id, error=str(error))

    def begun(self, workspace_id: int) -> None:
        """To be called by the task before it looks for work: what commits from now on queues another one."""
        try:
            cache.delete(self._name(workspace_id))
        except redis.RedisError as error:
            log.warning("wake_up_flag_stays_up", task=self.task, workspace=workspace_id, error=str(error))

    def _raise_flag(self, workspace_id: int) -> bool:
        """False if it was up. Without Redis every call counts: a broker may be there all the same, and tasks find nothing the second time."""
        try:
            return bool(cache.add(self._name(workspace_id), 1, timeout=HOLD_SECONDS))
        except redis.RedisError as error:
            log.warning("wake_ups_are_not_gathered", task=self.task, workspace=workspace_id, error=str(error))
            return True

    def _name(self, workspace_id: int) -> str:
        return f"{self.flag}:{workspace_id}"
