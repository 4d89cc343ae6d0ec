"""What workers do with the inbox."""

from __future__ import annotations

from celery import shared_task

from accounts.models import Workspace
from contacts import cataloguing
from leadscore.clock import now
from tracking import draining, recent, rejects, waking
from tracking.inbox import waiting_workspaces


@shared_task
def drain(workspace_id: int) -> None:
    """Processes one batch of a workspace. What is left goes to the end of the queue, behind the other workspaces."""
    waking.begun(workspace_id)
    if draining.drain(workspace_id).more:
        waking.call(workspace_id)


@shared_task
def sweep() -> None:
    """Calls for every workspace with something in its inbox, in case a wake-up was lost."""
    for workspace_id in waiting_workspaces():
        waking.call(workspace_id)


@shared_task
def purge_rejected() -> None:
    """Deletes the rejected calls, and those of event streams, that are older than they are kept."""
    before = now() - rejects.KEPT
    for workspace_id in Workspace.objects.order_by("id").values_list("id", flat=True):
        rejects.purge(workspace_id, before)
        recent.purge(workspace_id, before)


@shared_task
def catalogue() -> None:
    """Counts what was stored since the last time in the catalogues of events and traits."""
    cataloguing.read_on()
