"""What workers and beat do for scoring."""
from __future__ import annotations

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError

from accounts.models import Workspace
from contacts import imports
from leadscore.clock import now
from leadscore.sql import fetch
from scoring import belonging, carrying, due, importing, joining, previewing, publishing, rejudging

logger = logging.getLogger(__name__)


@shared_task
def continue_publishing(workspace_id: int, job_id: int) -> None:
    """One range of a publishing job; queues itself while there is more, so that workspaces take turns."""
    try:
        more = publishing.advance(workspace_id, job_id)
    except (OperationalError, InterfaceError):
        raise  # the database's doing: the sweep tries again
    except Exception as error:
        logger.exception("publishing stopped", extra={"workspace": workspace_id, "job": job_id})
        publishing.give_up(workspace_id, job_id, error)
        raise
    if more:
        continue_publishing.delay(workspace_id, job_id)


@shared_task
def continue_importing(workspace_id: int, job_id: int) -> None:
    """One range of an import's job; queues itself while there is more, so that workspaces take turns."""
    try:
        more = importing.advance(workspace_id, job_id)
    except (OperationalError, InterfaceError):
        raise  # the database's doing: the sweep tries again
    except Exception as error:
        logger.exception("an import stopped", extra={"workspace": workspace_id, "job": job_id})
        importing.give_up(workspace_id, job_id, error)
        raise
    if more:
        continue_importing.delay(workspace_id, job_id)


@shared_task
def continue_preview(workspace_id: int, job_id: int) -> None:
    """One part of a preview's job; queues itself while there is more, so that workspaces take turns."""
    try:
        more = previewing.advance(workspace_id, job_id)
    except (OperationalError, InterfaceError):
        raise  # the database's doing: the sweep tries again
    except Exception as error:
        logger.exception("a preview stopped", extra={"workspace": workspace_id, "job": job_id})
        previewing.give_up(workspace_id, job_id, error)
        raise
    if more:
        continue_preview.delay(workspace_id, job_id)


@shared_task
def continue_merging(workspace_id: int, job_id: int) -> None:
    """One range of a long merge's job; queues itself while there is more, so that workspaces take turns."""
    try:
        more = joining.advance(workspace_id, job_id)
    except (OperationalError, InterfaceError):
        raise  # the database's doing: the sweep tries again
    except Exception as error:
        logger.exception("a merge stopped", extra={"workspace": workspace_id, "job": job_id})
        joining.give_up(workspace_id, job_id, error)
        raise
    if more:
        continue_merging.delay(workspace_id, job_id)


@shared_task
def continue_rejudging(workspace_id: int, job_id: int) -> None:
    """One range of a job that looks for mail scanners again; queues itself while there is more, so that workspaces take turns."""
    try:
        more = rejudging.advance(workspace_id, job_id)
    except (OperationalError, InterfaceError):
        raise  # the database's doing: the sweep tries again
    except Exception as error:
        logger.exception("looking for mail scanners stopped", extra={"workspace": workspace_id, "job": job_id})
        rejudging.give_up(workspace_id, job_id, error)
        raise
    if more:
        continue_rejudging.delay(workspace_id, job_id)


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
        bring_up_to_date.delay(workspace_id)


@shared_task
def sweep_due() -> None:
    """Finds the workspaces in which something is due."""
    for (workspace_id,) in fetch("SELECT workspaces_with_due_scores()"):
        bring_up_to_date.delay(workspace_id)


@shared_task
def sweep_jobs() -> None:
    """Goes on with jobs whose worker was lost."""
    for (workspace_id,) in fetch("SELECT workspaces_with_open_jobs()"):
        for job_id in publishing.stalled(workspace_id):
            continue_publishing.delay(workspace_id, job_id)
        for job_id in importing.stalled(workspace_id):
            continue_importing.delay(workspace_id, job_id)
        for job_id in previewing.stalled(workspace_id):
            continue_preview.delay(workspace_id, job_id)
        for job_id in carrying.stalled(workspace_id):
            continue_merging.delay(workspace_id, job_id)
        for job_id in rejudging.stalled(workspace_id):
            continue_rejudging.delay(workspace_id, job_id)


@shared_task
def forget_merges() -> None:
    """Deletes what was kept of merges that can no longer be undone."""
    for workspace_id in Workspace.objects.order_by("id").values_list("id", flat=True):
        joining.forget(workspace_id)
