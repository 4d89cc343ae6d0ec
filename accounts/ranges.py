"""The parts of a long job, which all workers do at once.

A part's row is locked by the transaction that does it: a worker that dies leaves the part as it was, for the next to take. It shares an advisory
lock of the job meanwhile, which whoever ends the job takes alone (`stop`). That lock has a queue, unlike the lock of a row: no part is begun once
somebody waits. Progress is counted from the parts and never written into the job by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count as Counted
from django.db.models import Max, Q, Sum
from django.db.models.functions import Now

from accounts.jobs import OPEN, fail
from accounts.models import Job, JobRange
from leadscore.sql import fetch

PARTS = 0x9A27  # first key of the advisory lock that a job's parts share; the second is the job
IS_DONE = Q(done_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Count:
    """How far a job's parts are: things done, parts that are not, and when the latest was done."""

    done: int
    open: int
    latest: datetime | None


def cut(job: Job, contact_ids: Sequence[int], size: int) -> int:
    """Makes parts of at most `size` contacts each from ascending ids, in place of those that there were; how many.

    A part's number is the place of its first contact, so that it has as many numbers to itself as contacts, for what it may be split into.
    """
    JobRange.objects.filter(workspace=job.workspace_id, job=job).delete()
    pieces = ((start + 1, contact_ids[start : start + size]) for start in range(0, len(contact_ids), size))
    rows = [
        JobRange(workspace_id=job.workspace_id, job=job, number=number, first=piece[0], last=piece[-1], size=len(piece)) for number, piece in pieces
    ]
    return len(JobRange.objects.bulk_create(rows, batch_size=2_000))


def claim(workspace_id: int, job_id: int) -> tuple[Job, JobRange] | None:
    """The open job and its first part that nobody does, locked until the transaction ends; None where there is none.

    None as well where somebody is ending the job, or waits to.
    """
    if not fetch("SELECT pg_try_advisory_xact_lock_shared(%s, hashint8(%s))", [PARTS, job_id])[0][0]:
        return None
    free = JobRange.objects.select_for_update(skip_locked=True).filter(workspace=workspace_id, job=job_id, done_at=None).order_by("number").first()
    if free is None:
        return None
    job = Job.objects.filter(workspace=workspace_id, id=job_id, state__in=OPEN).first()  # after its part, whose phase cannot end now
    return (job, free) if job else None


def stop(job_id: int) -> None:
    """Waits for the parts that are being done; none is begun before the transaction ends. Before the lock of the job's row."""
    fetch("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [PARTS, job_id])


def call_off(job: Job, why: str) -> bool:
    """Ends a job that has parts, after those being done, and forgets them. False when it had ended already."""
    stop(job.id)
    ended = fail(job, why)
    drop(job)
    return ended


def split(part: JobRange, kept: int, rest: int) -> None:
    """Keeps a claimed part's first contacts, `kept` of them, and makes those from the id `rest` on a part of their own.

    That part is free to be claimed once the transaction has committed. The part has two contacts or more.
    """
    kept = min(kept, part.size - 1)  # a merge that was undone may have brought more than there were
    left = JobRange(workspace_id=part.workspace_id, job_id=part.job_id, number=part.number + kept, first=rest, last=part.last, size=part.size - kept)
    left.save(force_insert=True)
    part.last, part.size = rest - 1, kept
    part.save(update_fields=["last", "size"])


def done(part: JobRange, result: Mapping[str, Any] | None = None) -> None:
    """Says that a claimed part is done, with what it found. Commits with the part's work."""
    part.result = dict(result or {})
    JobRange.objects.filter(workspace=part.workspace_id, job=part.job_id, number=part.number).update(result=part.result, done_at=Now())


def count(workspace_id: int, job_id: int) -> Count:
    """How far the job's parts are, as committed."""
    parts = JobRange.objects.filter(workspace=workspace_id, job=job_id)
    counted = parts.aggregate(done=Sum("size", filter=IS_DONE), open=Counted("number", filter=~IS_DONE), latest=Max("done_at"))
    return Count(counted["done"] or 0, counted["open"] or 0, counted["latest"])


def results(workspace_id: int, job_id: int) -> list[dict[str, Any]]:
    """What the parts that are done found, in their order."""
    parts = JobRange.objects.filter(IS_DONE, workspace=workspace_id, job=job_id).order_by("number")
    return [part.result or {} for part in parts]


def drop(job: Job) -> None:
    """Forgets the parts of a job that is over; what they found has been added up."""
    JobRange.objects.filter(workspace=job.workspace_id, job=job).delete()
