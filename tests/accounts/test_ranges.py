"""The parts of a job are done once each, by whoever is free, and a worker that dies leaves its part to the next."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from accounts import ranges
from accounts.jobs import finish, open_job
from accounts.models import Job, JobRange, User, Workspace
from accounts.scope import workspace_scope
from tests.racing import in_a_thread, wait_until_one_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)

IDS = [3, 4, 7, 10, 11]


@pytest.fixture
def job(workspace: Workspace, alice: User) -> Job:
    with workspace_scope(workspace.id):
        made = open_job(workspace.id, "publish", "new-leads", 5, alice)
        assert ranges.cut(made, IDS, 2) == 3
    return made


def claimed(job: Job) -> tuple[int, int, int] | None:
    found = ranges.claim(job.workspace_id, job.id)
    return (found[1].number, found[1].first, found[1].last) if found else None


def do_one(job: Job, result: dict[str, int] | None = None) -> int:
    with workspace_scope(job.workspace_id):
        found = ranges.claim(job.workspace_id, job.id)
        assert found
        ranges.done(found[1], result)
        return found[1].number


def test_parts_hold_neighbouring_ids(job: Job) -> None:
    with workspace_scope(job.workspace_id):
        parts = JobRange.objects.filter(job=job).order_by("number").values_list("first", "last", "size")
        assert list(parts) == [(3, 4, 2), (7, 10, 2), (11, 11, 1)]


def test_a_part_is_done_once_and_leaves_what_it_found(job: Job) -> None:
    assert [do_one(job, {"moved": moved}) for moved in (5, 0, 2)] == [1, 3, 5]
    with workspace_scope(job.workspace_id):
        assert claimed(job) is None
        assert list(ranges.results(job.workspace_id, job.id)) == [{"moved": 5}, {"moved": 0}, {"moved": 2}]
        counted = ranges.count(job.workspace_id, job.id)
        assert (counted.done, counted.open, counted.latest is None) == (5, 0, False)


def test_a_part_that_is_too_much_at_once_leaves_the_rest_to_the_next(workspace: Workspace, job: Job) -> None:
    with workspace_scope(job.workspace_id):
        ranges.cut(job, IDS, 4)
        found = ranges.claim(job.workspace_id, job.id)
        assert found
        ranges.split(found[1], 1, 4)
        ranges.done(found[1], {"moved": 1})
    with workspace_scope(job.workspace_id):
        found = ranges.claim(job.workspace_id, job.id)
        assert found
        assert (found[1].number, found[1].first, found[1].last, found[1].size) == (2, 4, 10, 3)
        ranges.split(found[1], 2, 10)
        ranges.done(found[1], {"moved": 2})
    with workspace_scope(job.workspace_id):
        counted = ranges.count(job.workspace_id, job.id)
        assert (counted.done, counted.open, list(ranges.results(job.workspace_id, job.id))) == (3, 2, [{"moved": 1}, {"moved": 2}])
        assert list(JobRange.objects.filter(job=job).order_by("number").values_list("number", "first", "last", "size")) == [
            (1, 3, 3, 1), (2, 4, 9, 2), (4, 10, 10, 1), (5, 11, 11, 1)
        ]  # fmt: skip


def test_a_worker_that_dies_leaves_its_part(job: Job) -> None:
    def die() -> None:
        with workspace_scope(job.workspace_id):
            assert claimed(job) == (1, 3, 4)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        die()
    with workspace_scope(job.workspace_id):
        assert claimed(job) == (1, 3, 4)
        assert ranges.count(job.workspace_id, job.id) == ranges.Count(done=0, open=3, latest=None)


def test_two_workers_take_two_parts(job: Job) -> None:
    taken, go = Event(), Event()

    def first() -> tuple[int, int, int] | None:
        with workspace_scope(job.workspace_id):
            part = claimed(job)
            taken.set()
            go.wait(10)
            return part

    with ThreadPoolExecutor(1) as pool:
        other = in_a_thread(pool, first)
        taken.wait(10)
        try:
            with workspace_scope(job.workspace_id):
                assert claimed(job) == (3, 7, 10)
                assert ranges.count(job.workspace_id, job.id).open == 3, "nobody begins the next phase while a part is being done"
        finally:
            go.set()
        assert other.result(10) == (1, 3, 4)


def test_a_job_that_has_ended_has_no_parts_to_take(job: Job) -> None:
    with workspace_scope(job.workspace_id):
        assert finish(job)
        assert claimed(job) is None


def end(job: Job) -> int:
    with workspace_scope(job.workspace_id):
        ranges.stop(job.id)
        done = ranges.count(job.workspace_id, job.id).done
        assert ranges.call_off(job, "called off")
        return done


def test_whoever_ends_the_job_waits_for_the_part_being_done_and_no_other_is_begun(job: Job) -> None:
    with ThreadPoolExecutor(2) as pool:
        with workspace_scope(job.workspace_id):
            found = ranges.claim(job.workspace_id, job.id)
            assert found
            ending = in_a_thread(pool, lambda: end(job))
            wait_until_one_waits_for_a_lock()
            assert in_a_thread(pool, lambda: claimed_alone(job)).result(10) is None
            ranges.done(found[1])
        assert ending.result(10) == 2, "the part that was being done is among those done"
    with workspace_scope(job.workspace_id):
        assert (claimed(job), JobRange.objects.filter(job=job).exists()) == (None, False)


def claimed_alone(job: Job) -> tuple[int, int, int] | None:
    with workspace_scope(job.workspace_id):
        return claimed(job)


def test_a_new_cut_replaces_the_old(job: Job) -> None:
    do_one(job)
    with workspace_scope(job.workspace_id):
        assert ranges.cut(job, [20, 30], 10) == 1
        assert (claimed(job), ranges.count(job.workspace_id, job.id).done) == ((1, 20, 30), 0)
        ranges.drop(job)
        assert claimed(job) is None
