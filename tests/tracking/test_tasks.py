"""Wake-ups and what workers do with the inbox, on a real broker without a worker: queued drains can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg2
import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Source
from leadscore.clock import now as database_now
from leadscore.wakeups import HOLD_SECONDS
from tests.tracking.conftest import Post, Stored
from tracking import draining, inbox, tasks, waking
from tracking.models import Rejected

pytestmark = pytest.mark.django_db(transaction=True)


class Queue:
    """The queue that drains wait in."""

    def __init__(self) -> None:
        self.client = redis.Redis.from_url(settings.REDIS_URL)

    def __len__(self) -> int:
        return int(self.client.llen("drain"))

    def empty(self) -> None:
        self.client.delete("drain")


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = Queue()
    queue.empty()
    yield queue
    queue.empty()
    queue.client.close()


def put(workspace: Workspace, requests: int = 1, calls: int = 1) -> None:
    """Fills the inbox as the collector does."""
    body = b'{"batch":[%b]}' % b",".join(b'{"type":"page","userId":"u1","messageId":"m%d"}' % number for number in range(calls))
    with workspace_scope(workspace.id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracking_inbox (workspace_id, received_at, source, calls, body)"
            " SELECT %s, clock_timestamp(), %s, %s, %s FROM generate_series(1, %s)",
            [workspace.id, Source.BROWSER, calls, body, requests],
        )


def test_many_calls_queue_one_drain(workspace: Workspace, queue: Queue) -> None:
    for _ in range(3):
        waking.call(workspace.id)
    assert len(queue) == 1


def test_each_workspace_has_its_own_wake_up(workspace: Workspace, elsewhere: Workspace, queue: Queue) -> None:
    waking.call(workspace.id)
    waking.call(elsewhere.id)
    assert len(queue) == 2


def test_a_call_after_a_drain_has_begun_queues_another(workspace: Workspace, queue: Queue) -> None:
    waking.call(workspace.id)
    waking.begun(workspace.id)
    waking.call(workspace.id)
    assert len(queue) == 2


def test_a_lost_wake_up_holds_back_the_next_ones_for_seconds_only(workspace: Workspace, queue: Queue) -> None:
    waking.call(workspace.id)
    queue.empty()
    assert 0 < queue.client.pttl(cache.make_key(f"wake:{workspace.id}")) <= HOLD_SECONDS * 1000


def test_an_accepted_call_wakes_a_worker(post: Post, queue: Queue) -> None:
    post("track", {"event": "A", "userId": "u1"})
    assert queue.client.blmove("drain", "taken", 5) is not None
    queue.client.delete("taken")


def test_a_drain_takes_the_inbox_in(workspace: Workspace, stored: Stored, queue: Queue) -> None:
    put(workspace, requests=2)
    tasks.drain(workspace.id)
    assert (stored.calls(), len(queue)) == ([], 0)


def test_a_drain_that_leaves_calls_queues_the_next_behind_the_others(workspace: Workspace, queue: Queue) -> None:
    put(workspace, requests=draining.MAX_REQUESTS + 1)
    tasks.drain(workspace.id)
    assert (inbox.pending(workspace.id).calls, len(queue)) == (1, 1)
    tasks.drain(workspace.id)
    assert (inbox.pending(workspace.id).calls, len(queue)) == (0, 1)


def test_whoever_holds_the_workspace_sees_what_arrived_meanwhile(workspace: Workspace) -> None:
    """A drain that came in between would have found the row held and gone, so it is up to the holder."""
    put(workspace)

    def clock_while_another_call_is_committed() -> datetime:
        with psycopg2.connect(settings.DATABASE_URL) as other, other.cursor() as cursor:
            cursor.execute("SELECT set_config('app.workspace', %s, true)", [str(workspace.id)])
            cursor.execute(
                "INSERT INTO tracking_inbox (workspace_id, received_at, source, calls, body) VALUES (%s, now(), 0, 1, %s)",
                [workspace.id, b'{"batch":[{"type":"page","userId":"u2","messageId":"late"}]}'],
            )
        other.close()
        return database_now()

    assert draining.drain(workspace.id, clock_while_another_call_is_committed).more is True


def test_a_sweep_calls_for_every_workspace_that_waits_and_no_other(workspace: Workspace, elsewhere: Workspace, queue: Queue) -> None:
    put(elsewhere)
    tasks.sweep()
    assert len(queue) == 1
    put(workspace)
    tasks.sweep()
    assert len(queue) == 2


def test_rejected_calls_are_kept_for_thirty_days(workspace: Workspace, elsewhere: Workspace) -> None:
    for owner in (workspace, elsewhere):
        for days in (29, 31):
            reject(owner, days)
    tasks.purge_rejected()
    for owner in (workspace, elsewhere):
        with workspace_scope(owner.id):
            assert [row.code for row in Rejected.objects.all()] == ["29"]


def reject(workspace: Workspace, days: int) -> None:
    with workspace_scope(workspace.id):
        at = database_now() - timedelta(days=days)
        Rejected.objects.create(workspace=workspace, received_at=at, source=Source.BROWSER, code=str(days), body=b"{}")


def test_what_waits_is_counted_in_calls_with_the_age_of_the_oldest(workspace: Workspace, elsewhere: Workspace) -> None:
    assert inbox.pending(workspace.id) == inbox.Pending(0, 0.0)
    put(elsewhere, requests=5)
    put(workspace, requests=2, calls=3)
    with workspace_scope(workspace.id), connection.cursor() as cursor:
        cursor.execute("UPDATE tracking_inbox SET received_at = received_at - interval '1 hour' WHERE id = (SELECT max(id) FROM tracking_inbox)")
    waiting = inbox.pending(workspace.id)
    assert (waiting.calls, round(waiting.oldest_seconds / 60)) == (6, 60)
