"""Trying once more what was refused or given up."""

from __future__ import annotations

from datetime import datetime

from accounts import audit
from accounts.scope import workspace_scope
from notifications import waking
from notifications.models import Message, MessageState

RETRIABLE = (MessageState.REFUSED, MessageState.GAVE_UP)


def retry(workspace_id: int, message_id: int, *, now: datetime, by: audit.By) -> bool:
    """Queues the message again; False where it is not one that was refused or given up, or somebody was quicker."""
    with workspace_scope(workspace_id):
        found = Message.objects.filter(workspace_id=workspace_id, pk=message_id, state__in=RETRIABLE)
        queued = found.update(state=MessageState.QUEUED, next_attempt_at=now, finished_at=None) == 1
        if queued:
            audit.record(workspace_id, "message.retried", f"message {message_id}", by)
            waking.wake_on_commit(workspace_id)
    return queued
