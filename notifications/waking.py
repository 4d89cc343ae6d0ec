"""Telling the delivery workers that there is something to deliver (see `leadscore.wakeups`)."""

from __future__ import annotations

from django.db import transaction

from leadscore.wakeups import WakeUp

_DELIVERY = WakeUp("notifications.tasks.deliver", flag="deliver")

wake = _DELIVERY.call
begun = _DELIVERY.begun


def wake_on_commit(workspace_id: int) -> None:
    """Wakes a delivery worker when the open transaction has committed."""
    transaction.on_commit(lambda: wake(workspace_id))
