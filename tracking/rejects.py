"""Calls that were set aside, as received and with the reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.scope import workspace_scope
from tracking.models import Rejected

KEPT = timedelta(days=30)


def count(workspace_id: int) -> int:
    """How many of a workspace are kept. Call it inside the workspace's scope."""
    return Rejected.objects.filter(workspace_id=workspace_id).count()


def purge(workspace_id: int, before: datetime) -> int:
    """Deletes a workspace's rejected calls that were received before an instant. Returns how many there were."""
    with workspace_scope(workspace_id):
        deleted, _ = Rejected.objects.filter(workspace_id=workspace_id, received_at__lt=before).delete()
    return deleted
