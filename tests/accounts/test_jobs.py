"""Jobs move forward only, and once they have ended they stay so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.jobs import fail, finish, hold, open_job, progress
from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope


@pytest.fixture
def job(workspace: Workspace, alice: User) -> Iterator[Job]:
    with workspace_scope(workspace.id):
        yield open_job(workspace.id, "publish", "new-leads", 2500, alice, {"version": 3})


def stored(job: Job) -> tuple[object, ...]:
    return Job.objects.values_list("state", "done", "cursor", "phase", "error").get(id=job.id)


def test_it_waits_with_what_it_is_about(job: Job, alice: User) -> None:
    assert (job.kind, job.subject, job.state, job.total, job.params, job.created_by) == (
        "publish",
        "new-leads",
        "queued",
        2500,
        {"version": 3},
        alice,
    )


def test_progress_moves_it(job: Job) -> None:
    assert progress(job, 1000, 1017) is True
    assert progress(job, 2000, 2040, phase="settle") is True
    assert stored(job) == ("running", 2000, 2040, "settle", "")


def test_a_worker_that_lost_its_turn_changes_nothing(job: Job) -> None:
    stale = Job.objects.get(id=job.id)
    progress(job, 1000, 1017)
    assert progress(stale, 900, 950) is False
    assert stored(job) == ("running", 1000, 1017, "", "")


def test_a_finished_job_is_done_to_the_end_and_stays_so(job: Job) -> None:
    assert finish(job, {"contacts": 2500}) is True
    assert (job.state, job.result, job.finished_at is not None) == ("done", {"contacts": 2500}, True)
    assert (progress(job, 1, 1), fail(job, "too late"), finish(job)) == (False, False, False)
    assert stored(job) == ("done", 2500, 0, "", "")


def test_a_failed_job_says_why(job: Job) -> None:
    assert fail(job, "The file has no header line.") is True
    assert stored(job) == ("failed", 0, 0, "", "The file has no header line.")


def test_only_an_open_job_can_be_held(job: Job) -> None:
    assert hold(job.workspace_id, job.id) == job
    finish(job)
    assert hold(job.workspace_id, job.id) is None
