"""What workers and beat do for scoring."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from celery import shared_task
from django.db import InterfaceError, OperationalError

from accounts.models import Workspace
from contacts import imports
from leadscore.clock import now
from leadscore.sql import fetch
from scoring import belonging, carrying, due, examining, importing, joining, previewing, publishing, refilling, rejudging

logger = logging.getLogger(__name__)

SHARES = 8  # tasks that one look at a workspace begins at most
STALE = 30  # seconds after which a sweep that nobody took is dropped, for later ones were begun: those of one workspace cannot pile up


class Work(Protocol):
    """A module that does a kind of job: its next part in one transaction (whether there is more to do), and its end when it cannot go on."""

    def advance(self, workspace_id: int, job_id: int) -> bool: ...

    def give_up(self, workspace_id: int, job_id: int, error: Exception) -> None: ...


def _go_on(task: Any, work: Work, workspace_id: int, job_id: int) -> None:
    """One part of a job; queues the task again while there is more, so that workspaces take turns. The outermost loop of a worker: what it does
    not know ends the job, is logged and raised again.
    """
    try:
        more = work.advance(workspace_id, job_id)
    except (OperationalError, InterfaceError):
        raise  # the database's doing: the sweep tries again
    except Exception as error:
        logger.exception("a job stopped", extra={"task": task.name, "workspace": workspace_id, "job": job_id})
        work.give_up(workspace_id, job_id, error)
        raise
    if more:
        task.delay(workspace_id, job_id)


@shared_task
def continue_publishing(workspace_id: int, job_id: int) -> None:
    """One part of a publishing job."""
    _go_on(continue_publishing, publishing, workspace_id, job_id)


@shared_task
def continue_importing(workspace_id: int, job_id: int) -> None:
    """One range of an import's job."""
    _go_on(continue_importing, importing, workspace_id, job_id)


@shared_task
def continue_preview(workspace_id: int, job_id: int) -> None:
    """One part of a preview's job."""
    _go_on(continue_preview, previewing, workspace_id, job_id)


@shared_task
def continue_merging(workspace_id: int, job_id: int) -> None:
    """One range of a long merge's job."""
    _go_on(continue_merging, joining, workspace_id, job_id)


@shared_task
def continue_rejudging(workspace_id: int, job_id: int) -> None:
    """One range of a job that looks for mail scanners again."""
    _go_on(continue_rejudging, rejudging, workspace_id, job_id)


@shared_task
def continue_refilling(workspace_id: int, job_id: int) -> None:
    """One range of a job that looks for what moves up where activities turned out to be a bot's."""
    _go_on(continue_refilling, refilling, workspace_id, job_id)


@shared_task
def examine_rules(workspace_id: int, scoring_type_id: int) -> None:
    """What is wrong with a type's rules, for its pages to tell."""
    examining.examine_type(workspace_id, scoring_type_id)


@shared_task
def purge_imports() -> None:
    """Drops what is left of files that were uploaded longer ago than they are kept."""
    before = now() - imports.KEPT
    for workspace_id in Workspace.objects.order_by("id").values_list("id", flat=True):
        imports.purge(workspace_id, before)


@shared_task
def bring_up_to_date(workspace_id: int) -> None:
    """What is due in one workspace: by time, and by companies that changed or are new to a domain."""
    changed = belonging.apply_domain_changes(workspace_id)
    changed |= due.apply_company_changes(workspace_id)
    if due.bring_up_to_date(workspace_id) or changed:
        bring_up_to_date.apply_async((workspace_id,), expires=STALE)


@shared_task
def share_what_is_due(workspace_id: int) -> None:
    """A range of what is due by time, beside other workers."""
    if due.bring_up_to_date(workspace_id) == due.RANGE:
        share_what_is_due.apply_async((workspace_id,), expires=STALE)


@shared_task
def sweep_due() -> None:
    """Finds the workspaces in which something is due, and begins as many tasks as there are ranges of it. They go on while there is more."""
    for (workspace_id,) in fetch("SELECT workspaces_with_due_scores()"):
        bring_up_to_date.apply_async((workspace_id,), expires=STALE)
        ranges = -(-due.how_many(workspace_id, SHARES * due.RANGE) // due.RANGE)
        for _ in range(ranges - 1):
            share_what_is_due.apply_async((workspace_id,), expires=STALE)


@shared_task
def sweep_jobs() -> None:
    """Goes on with jobs whose worker was lost."""
    for (workspace_id,) in fetch("SELECT workspaces_with_open_jobs()"):
        for stalled, task in (
            (publishing.stalled, continue_publishing),
            (importing.stalled, continue_importing),
            (previewing.stalled, continue_preview),
            (carrying.stalled, continue_merging),
            (rejudging.stalled, continue_rejudging),
            (refilling.stalled, continue_refilling),
        ):
            for job_id in stalled(workspace_id):
                task.delay(workspace_id, job_id)


@shared_task
def forget_merges() -> None:
    """Deletes what was kept of merges that can no longer be undone."""
    for workspace_id in Workspace.objects.order_by("id").values_list("id", flat=True):
        joining.forget(workspace_id)
