"""After activities turned out to be a bot's: a job goes through what a contact did later, for matches that move up into what became free.

A range a transaction, each placed as it would be had it just come in. What is there already changes nothing, so drains, publishing and merges go
on meanwhile, and a worker that dies costs one range.
"""

from __future__ import annotations

from accounts import jobs
from accounts.jobs import fail, finish, hold, progress
from accounts.models import Job
from accounts.scope import workspace_scope
from contacts import people
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch
from scoring import nearby
from scoring.awarding import Order
from scoring.rescoring import Touched, rescore
from scoring.taking_back import KIND
from scoring.versions import active

RANGE = 1_000  # activities looked at in one transaction
SETTLED = "after"  # phase of a job whose contact's silence and reset are found


def stalled(workspace_id: int) -> list[int]:
    """Open jobs that no worker has touched for a while."""
    return jobs.stalled(workspace_id, [KIND])


def advance(workspace_id: int, job_id: int, clock: Clock = database_now) -> bool:
    """Does the next range in one transaction; whether there is more to do. False also where another worker holds the job, or it has ended."""
    with workspace_scope(workspace_id):
        versions = active(workspace_id)
        job = hold(workspace_id, job_id)
        if job is None:
            return False
        person = people.lock(workspace_id, [job.params["contact"]]).get(job.params["contact"])
        if person is None:  # merged, and counted by that, or erased
            return not finish(job, {"contact": None})
        touched = Touched(person, cause="reclassification", again=True, unsettled=job.params["unsettled"] and job.phase != SETTLED)
        more = _look_at(job, touched)
        rescore(workspace_id, versions, [touched], clock())
        return more


def _look_at(job: Job, touched: Touched) -> bool:
    """Reads the job's next range, and says how far it is with that; whether there is more."""
    start = _place(job)
    if start is None or _is_covered(job, start):
        return not finish(job, {"contact": touched.person.id})
    rows = nearby.after(job.workspace_id, {touched.person.id: start}, RANGE).get(touched.person.id, [])
    touched.activities = [row.activity for row in rows if row.counts]
    if len(rows) < RANGE:
        return not finish(job, {"contact": touched.person.id})
    return progress(job, job.done + len(rows), rows[-1].activity.id, phase=SETTLED)


def _place(job: Job) -> Order | None:
    """What the job has come to; None where it has nothing to go through."""
    rows = fetch(
        "SELECT occurred_at, message_id FROM contacts_activity WHERE workspace_id = %s AND id = %s",
        [job.workspace_id, job.cursor or job.params["after"]],
    )
    return rows[0] if rows else None


def _is_covered(job: Job, start: Order) -> bool:
    """Whether another job of the contact is further back, and will come past what this one has still to do."""
    rows = fetch(
        """SELECT j.id, a.occurred_at, a.message_id FROM accounts_job j
           JOIN contacts_activity a ON a.workspace_id = j.workspace_id AND a.id = coalesce(nullif(j.cursor, 0), (j.params ->> 'after')::bigint)
           WHERE j.workspace_id = %s AND j.kind = %s AND j.state IN ('queued', 'running') AND j.id <> %s
             AND (j.params ->> 'contact')::bigint = %s""",
        [job.workspace_id, KIND, job.id, job.params["contact"]],
    )
    return any(((at, message_id), id) < (start, job.id) for id, at, message_id in rows)


def give_up(workspace_id: int, job_id: int, error: Exception) -> None:
    """Ends a job that cannot go on. What has moved up stays."""
    with workspace_scope(workspace_id):
        job = hold(workspace_id, job_id)
        if job:
            fail(job, f"Looking for what moves up stopped: {type(error).__name__}: {error}")
