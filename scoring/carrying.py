"""Long merges: a job moves what the other one did to the survivor, a range a transaction, and counts it as it is moved.

At each commit the survivor's scores are those of what it has by then, so that drains, publishing and erasing go on as ever and a worker that dies
costs one range. Its stages rest meanwhile; at the end one net step is made of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.db import transaction

from accounts import jobs
from accounts.jobs import finish, open_jobs, progress
from accounts.models import Job
from contacts import merging, people
from contacts.merging import Moved
from leadscore.clock import Clock
from leadscore.exact_json import loads
from leadscore.sql import fetch, run
from scoring import adjustments, judging
from scoring.engine import Activity
from scoring.rescoring import Touched, rescore
from scoring.versions import Active

MERGE, UNMERGE = "merge", "unmerge"  # kinds of jobs
RANGE = 1_000  # activities moved in one transaction
AWARDS = 5_000  # deleted in one transaction

Phase = Callable[[Job, Sequence[Active], Clock], bool]


def begin(workspace_id: int, kind: str, merged: Mapping[int, int], author_id: int | None, cause: str | None = None) -> list[int]:
    """Opens a job for each other and survivor, both of which rest; their ids. In the transaction that merges them, or asks to undo it.

    Args:
        cause: of the step that the job makes at its end; None for `merge`.
    """
    wanted = [(f"contact {other}", {"other": other, "into": into, "cause": cause}) for other, into in merged.items()]
    ids = open_jobs(workspace_id, kind, wanted, author_id)
    transaction.on_commit(lambda: wake(workspace_id, ids), robust=True)
    return ids


def wake(workspace_id: int, job_ids: Sequence[int]) -> None:
    """Asks workers to go on with jobs. A wake-up that is lost is found by the sweep."""
    for job_id in job_ids:
        current_app.send_task("scoring.tasks.continue_merging", [workspace_id, job_id], retry=False)


def stalled(workspace_id: int) -> list[int]:
    """Open jobs of merges that no worker has touched for a while."""
    return jobs.stalled(workspace_id, (MERGE, UNMERGE))


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of how many activities the open jobs on a contact's history have moved; `total` is 0 before that is known."""

    done: int
    total: int


def progress_of(workspace_id: int, contact_id: int) -> Progress:
    """How far the open jobs on a contact's history have come, together."""
    rows = fetch(
        """SELECT coalesce(sum(done), 0), coalesce(sum(total), 0) FROM accounts_job WHERE workspace_id = %s AND state IN ('queued', 'running')
           AND kind = ANY(%s) AND (params ->> 'into')::bigint = %s""",
        [workspace_id, [MERGE, UNMERGE], contact_id],
    )
    ((done, total),) = rows
    return Progress(int(done), int(total))


def carry(job: Job, versions: Sequence[Active], clock: Clock) -> bool:
    """Does the next range of a held job, whose contacts are locked; whether there is more to do at once.

    False as well while other jobs move histories to the one that this moves from: the last of them wakes it.
    """
    if not fetch("SELECT 1 FROM contacts_contact WHERE workspace_id = %s AND id = %s", [job.workspace_id, job.params["other"]]):
        finish(job, {"erased": True})
        return False
    if _others(job, [MERGE], into=job.params["other"]):
        return False
    return PHASES[job.phase or "adjustments"](job, versions, clock)


def _adjustments(job: Job, versions: Sequence[Active], clock: Clock) -> bool:
    """Apart from activities: a reset among them voids the adjustments that are counted by then."""
    given = adjustments.move(job.workspace_id, job.params["other"], job.params["into"])
    _count(job, versions, clock, adjustments=given)
    job.total = _size(job)
    job.save(update_fields=["total"])
    return progress(job, 0, 0, phase="activities")


def _size(job: Job) -> int:
    rows = fetch(
        "SELECT count(*) FROM contacts_activity WHERE workspace_id = %s AND contact_id = %s", [job.workspace_id, job.params["other"]]
    )
    return int(rows[0][0])


def _activities(job: Job, versions: Sequence[Active], clock: Clock) -> bool:
    moved = merging.move_some(job.workspace_id, job.params["other"], job.params["into"], RANGE)
    if not moved:
        return progress(job, job.done, 0, phase="awards")
    _count(job, versions, clock, activities=[_activity(row) for row in moved if row.counts])
    return progress(job, job.done + len(moved), job.cursor + 1)


def _activity(row: Moved) -> Activity:
    return Activity(row.id, row.name, row.occurred_at, row.message_id, loads(row.properties), loads(row.context))


def _count(job: Job, versions: Sequence[Active], clock: Clock, **new: Any) -> None:
    """Counts what is new to the survivor, unless it was itself merged since: then its own job counts it."""
    for person in people.load(job.workspace_id, [job.params["into"]]).values():
        rescore(job.workspace_id, versions, [Touched(person, cause=job.params["cause"] or "merge", **new)], clock())


def _awards(job: Job, versions: Sequence[Active], clock: Clock) -> bool:
    """The other's awards mean nothing any more and go, some at a time."""
    gone = run(
        """DELETE FROM scoring_award WHERE workspace_id = %s AND ctid IN (
               SELECT a.ctid FROM scoring_version v JOIN scoring_award a ON a.workspace_id = v.workspace_id AND a.version_id = v.id
               WHERE v.workspace_id = %s AND a.contact_id = %s LIMIT %s)""",
        [job.workspace_id, job.workspace_id, job.params["other"], AWARDS],
    )
    return progress(job, job.done, job.cursor + 1) if gone else _finish(job, versions, clock)


def _finish(job: Job, versions: Sequence[Active], clock: Clock) -> bool:
    other, into = job.params["other"], job.params["into"]
    merging.rest_no_longer(job.workspace_id, other)
    if release(job):
        _end_rest(job, versions, clock)
    finish(job, {"contact": into, "activities": job.done})
    waiting = _others(job, [MERGE], other=into)
    transaction.on_commit(lambda: wake(job.workspace_id, waiting), robust=True)
    return False


def _end_rest(job: Job, versions: Sequence[Active], clock: Clock) -> None:
    """One net step of everything, after the rule for mail scanners has looked at what the two did together."""
    for person in people.load(job.workspace_id, [job.params["into"]]).values():
        touched = {person.id: Touched(person, cause=job.params["cause"] or "merge", is_net=True)}
        judging.look_at_all(job.workspace_id, touched)
        rescore(job.workspace_id, versions, touched.values(), clock())


PHASES: dict[str, Phase] = {"adjustments": _adjustments, "activities": _activities, "awards": _awards}


def release(job: Job) -> bool:
    """Ends the rest of the survivor, unless another job is at work on its history, or is to be; whether it did."""
    into = job.params["into"]
    if _others(job, [MERGE, UNMERGE], into=into) or _others(job, [MERGE], other=into):
        return False
    merging.rest_no_longer(job.workspace_id, into)
    return True


def _others(job: Job, kinds: Sequence[str], **of: int) -> list[int]:
    """Other open jobs of these kinds with the contact in this place; there are never many."""
    ((place, contact_id),) = of.items()
    rows = fetch(
        """SELECT id FROM accounts_job WHERE workspace_id = %s AND state IN ('queued', 'running') AND id <> %s AND kind = ANY(%s)
           AND (params ->> %s)::bigint = %s ORDER BY id""",
        [job.workspace_id, job.id, list(kinds), place, contact_id],
    )
    return [row[0] for row in rows]
