"""Delivery in the background."""

from __future__ import annotations

from celery import shared_task

from leadscore import clock, sql
from notifications import delivery, waking


@shared_task
def deliver(workspace_id: int) -> None:
    """A batch, and another task for the next: one workspace's queue does not keep the others waiting."""
    waking.begun(workspace_id)
    if delivery.deliver(workspace_id, now=clock.now()):
        waking.wake(workspace_id)


@shared_task
def sweep() -> None:
    """Wakes delivery wherever messages are due: those to be tried again, and those whose wake-up was lost."""
    for (workspace_id,) in sql.fetch("SELECT workspaces_with_due_messages()"):
        waking.wake(workspace_id)
