"""Long work with its progress, done in ranges. Every update is conditional, so that a worker whose job was ended or taken by another learns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Greatest, Now

from accounts.audit import By, person
from accounts.models import Job, JobState
from accounts.scope import workspace_scope
from leadscore.sql import fetch, records

OPEN = (JobState.QUEUED, JobState.RUNNING)
LONGEST_ERROR = 500


def open_job(workspace_id: int, kind: str, subject: str, total: int, by: By, params: Mapping[str, Any] | None = None) -> Job:
    """A job that waits for a worker. Call it inside the workspace's scope, in the transaction that needs the work done.

    Args:
        subject: what it is about, such as a scoring type's key.
        total: how many things there are to do, for its progress.
    """
    return Job.objects.create(workspace_id=workspace_id, kind=kind, subject=subject, total=total, created_by=person(by), params=dict(params or {}))


def open_jobs(workspace_id: int, kind: str, wanted: Sequence[tuple[str, Mapping[str, Any]]], author_id: int | None = None) -> list[int]:
    """Several jobs at once, by (subject, params), whose extent their first ranges find out; their ids."""
    rows = fetch(
        """INSERT INTO accounts_job (workspace_id, kind, subject, state, phase, cursor, done, total, params, error, created_by_id)
           SELECT %s, %s, r.subject, 'queued', '', 0, 0, 0, r.params, '', %s FROM json_to_recordset(%s::json) AS r(subject text, params jsonb)
           RETURNING id""",
        [workspace_id, kind, author_id, records({"subject": subject, "params": params} for subject, params in wanted)],
    )
    return [id for (id,) in rows]


def hold(workspace_id: int, job_id: int) -> Job | None:
    """The open job, locked until the transaction ends; None when it has ended or another worker holds it."""
    return Job.objects.select_for_update(skip_locked=True).filter(workspace=workspace_id, id=job_id, state__in=OPEN).first()


def progress(job: Job, done: int, cursor: int, *, phase: str | None = None) -> bool:
    """Says how far the job has come.

    Args:
        done: of `total`, so far.
        cursor: where the next range starts.

    Returns:
        False, changing nothing, when the job has ended or another worker has moved it since `job` was read.
    """
    phase = job.phase if phase is None else phase
    moved = _as_read(job).update(state=JobState.RUNNING, done=done, cursor=cursor, phase=phase, touched_at=Now())
    if moved:
        job.state, job.done, job.cursor, job.phase = JobState.RUNNING, done, cursor, phase
    return bool(moved)


def finish(job: Job, result: Mapping[str, Any] | None = None) -> bool:
    """Ends the job well, with all of it done, however much that came to be. False when it had ended already."""
    everything = Greatest("done", "total")
    return _end(job, JobState.DONE, result=dict(result or {}), done=everything, total=everything)


def fail(job: Job, error: str) -> bool:
    """Ends the job with what went wrong, in words for the person who started it, as far as they can be stored. False when it had ended already."""
    return _end(job, JobState.FAILED, error=_storable(error))


def wind_up(job: Job, phase: str, error: str) -> bool:
    """Sends a job into its last phase, with what it fails with after that. False when it is in that phase or has ended."""
    opened = Job.objects.filter(workspace=job.workspace_id, id=job.id, state__in=OPEN).exclude(phase=phase)
    return bool(opened.update(state=JobState.RUNNING, phase=phase, error=_storable(error), touched_at=Now()))


def _storable(error: str) -> str:
    return error.replace("\0", "")[:LONGEST_ERROR]


def stalled(workspace_id: int, kinds: Sequence[str]) -> list[int]:
    """Open jobs of these kinds that no worker has touched for a while, nor any of their parts."""
    with workspace_scope(workspace_id):
        rows = fetch(
            """SELECT j.id FROM accounts_job j WHERE j.workspace_id = %s AND j.kind = ANY(%s) AND j.state IN ('queued', 'running')
               AND greatest(j.touched_at, (SELECT max(r.done_at) FROM accounts_jobrange r WHERE r.workspace_id = j.workspace_id AND r.job_id = j.id))
                   < clock_timestamp() - interval '10 seconds'""",
            [workspace_id, list(kinds)],
        )
        return [row[0] for row in rows]


def wake_on_commit(task: str, workspace_id: int, job_id: int, times: int = 1) -> None:
    """Asks workers to go on with a job once the transaction has committed. A wake-up that is lost is found by the sweep."""

    def wake() -> None:
        for _ in range(times):
            current_app.send_task(task, [workspace_id, job_id], retry=False)

    transaction.on_commit(wake, robust=True)


def _end(job: Job, state: JobState, **outcome: Any) -> bool:
    ended = Job.objects.filter(workspace=job.workspace_id, id=job.id, state__in=OPEN).update(
        state=state, touched_at=Now(), finished_at=Now(), **outcome
    )
    if ended:
        job.refresh_from_db()
    return bool(ended)


def _as_read(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(workspace=job.workspace_id, id=job.id, state__in=OPEN, cursor=job.cursor, phase=job.phase)
