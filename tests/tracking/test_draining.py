"""Batches of the inbox: what one bad call, a second drainer, a crash or a late call does to the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact
from leadscore import clock
from notifications.models import Message
from scoring.ledger import MANY
from scoring.models import StageChange
from tests.scoring.conftest import DOCUMENT, accept, publish, score_of
from tracking import arrivals
from tracking.draining import MAX_BYTES, Drained, drain
from tracking.models import Inbox, Rejected

pytestmark = pytest.mark.django_db(transaction=True)

BATCH_STATEMENTS = 45  # of one batch, however many calls it holds


def seen(message: str, user: str = "u1", **more: Any) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": "Seen", "messageId": message, **more}


def stored(workspace: Workspace) -> list[str]:
    with workspace_scope(workspace.id):
        return list(Activity.objects.filter(workspace=workspace).order_by("message_id").values_list("message_id", flat=True))


def waiting(workspace: Workspace) -> int:
    with workspace_scope(workspace.id):
        return Inbox.objects.filter(workspace=workspace).count()


def set_aside(workspace: Workspace) -> list[tuple[str, bytes]]:
    with workspace_scope(workspace.id):
        rows = Rejected.objects.filter(workspace=workspace).order_by("id").values_list("code", "body")
        return [(code, bytes(body)) for code, body in rows]


@pytest.fixture
def refusing(owner_connection: psycopg2.extensions.connection, workspace: Workspace) -> Iterator[psycopg2.extensions.cursor]:
    """PostgreSQL refuses activities named as a SQLSTATE with an exclamation mark before it, with that error."""
    with owner_connection.cursor() as cursor:
        cursor.execute(
            """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   IF NEW.name LIKE '!%' THEN RAISE EXCEPTION 'refused' USING ERRCODE = substr(NEW.name, 2); END IF; RETURN NEW; END $$;
               CREATE TRIGGER refuse BEFORE INSERT ON contacts_activity FOR EACH ROW EXECUTE FUNCTION refuse()"""
        )
        yield cursor
        cursor.execute("DROP TRIGGER refuse ON contacts_activity; DROP FUNCTION refuse()")


@pytest.mark.parametrize("state", ["22003", "23514", "54000", "XX000"])
def test_a_bad_call_is_set_aside_alone_and_its_neighbours_are_processed(
    workspace: Workspace, refusing: psycopg2.extensions.cursor, now: datetime, state: str
) -> None:
    calls = [seen(f"m{number:02}") for number in range(20)]
    calls[7]["event"] = calls[13]["event"] = f"!{state}"
    accept(workspace, calls[:10], now)
    accept(workspace, calls[10:], now)
    assert drain(workspace.id).calls == 20
    assert stored(workspace) == [f"m{number:02}" for number in range(20) if number not in (7, 13)]
    assert [(code, b'"m07"' in body, b'"m13"' in body) for code, body in set_aside(workspace)] == [
        ("not_processed", True, False),
        ("not_processed", False, True),
    ]
    assert waiting(workspace) == 0


def test_what_is_the_databases_trouble_leaves_the_inbox_as_it_was(workspace: Workspace, refusing: psycopg2.extensions.cursor, now: datetime) -> None:
    accept(workspace, [seen("m1"), seen("m2", event="!53100")], now)  # disk full
    with pytest.raises(Exception, match="refused"):
        drain(workspace.id)
    assert (stored(workspace), waiting(workspace), set_aside(workspace)) == ([], 1, [])


def test_a_context_counts_with_each_call_that_it_is_of(workspace: Workspace, now: datetime) -> None:
    for number in range(3):
        accept(workspace, [seen(f"m{number}")], now)
    with workspace_scope(workspace.id):
        first = Inbox.objects.filter(workspace=workspace).earliest("id")
        Inbox.objects.filter(id=first.id).update(size=MAX_BYTES)
    assert [drain(workspace.id), drain(workspace.id)] == [Drained(1, more=True), Drained(2, more=False)]


def lay(workspace: Workspace, now: datetime, *bodies: bytes) -> None:
    """Puts requests into the inbox as if another release had accepted them."""
    with workspace_scope(workspace.id), connection.cursor() as cursor:
        for body in bodies:
            cursor.execute(
                "INSERT INTO tracking_inbox (workspace_id, received_at, source, calls, body) VALUES (%s, %s, 0, 1, %s)", [workspace.id, now, body]
            )


def test_a_request_that_is_no_batch_is_set_aside_whole_and_keeps_nobody_waiting(workspace: Workspace, now: datetime) -> None:
    lay(workspace, now, b"{", b"\xff", b"[]", b'{"batch":{}}')
    accept(workspace, [seen("m1")], now)
    drain(workspace.id)
    assert (stored(workspace), waiting(workspace)) == (["m1"], 0)
    assert set_aside(workspace) == [("not_processed", body) for body in (b"{", b"\xff", b"[]", b'{"batch":{}}')]


UNREADABLE = ['{"type":"nonsense","userId":"u1"}', '{"type":"page"}', "5", '{"type":"page","userId":"u1","a":%s,"a":1}' % ("[" * 2_000 + "]" * 2_000)]


@pytest.mark.parametrize("bad", UNREADABLE)
def test_a_call_that_cannot_be_read_is_set_aside_alone_with_what_its_batch_said(workspace: Workspace, now: datetime, bad: str) -> None:
    calls = [json.dumps(seen("m1")), bad, json.dumps(seen("m2"))]
    lay(workspace, now, f'{{"context":{{"page":1}},"batch":[{",".join(calls)}]}}'.encode())
    assert drain(workspace.id).calls == 2
    assert (stored(workspace), waiting(workspace), set_aside(workspace)) == (["m1", "m2"], 0, [("not_processed", bad.encode())])
    with workspace_scope(workspace.id):
        assert bytes(Rejected.objects.get().head) == b'"context":{"page":1},'
        shown = arrivals.newest(workspace.id)
    assert [(call.name, bool(call.reason)) for call in shown if call.call] == [("Seen", False)] * 2
    assert [(call.raw, bool(call.reason)) for call in shown if not call.call] == [(bad.encode(), True)]


EXTREMES: list[Any] = [
    {"number": 10**4299}, {"number": -(10**300)}, {"list": [[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]}, {"": ""},
    {"é\u0301\U0001f600" * 99: "\u2028\u200b"},
    {"text": "\\u" * 5000}, {"keys": {f"k{number}": number for number in range(1000)}}, {"url": "http://[broken"}, {"title": "\ufeff\t "},
    {"__proto__": None, "constructor": {}}, {"path": "x" * 30_000},
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(EXTREMES)))
def test_whatever_the_collector_accepts_is_stored(workspace: Workspace, now: datetime, place: int) -> None:
    extreme = EXTREMES[place]
    about = {"userId": "u1", "traits": extreme}
    accept(workspace, [seen("m1", properties=extreme, context=extreme), {"type": "identify", "messageId": "m2", **about}], now)
    accept(workspace, [{"type": "group", "groupId": "g" * 200, "messageId": "m3", **about}, seen("m4", user="\U0001f600" * 200)], now)
    accept(workspace, [seen("m5", timestamp="0001-01-01T00:00:00Z"), seen("m6", event="\U0001f600" * 200), seen("m7", timestamp="9999-12-31")], now)
    drain(workspace.id)
    assert (set_aside(workspace), stored(workspace)) == ([], ["m1", "m2", "m3", "m4", "m5", "m6", "m7"])


def test_a_batch_takes_the_same_statements_whatever_its_size(workspace: Workspace, now: datetime) -> None:
    publish(workspace, DOCUMENT)
    accept(workspace, [seen("m1")], now)
    drain(workspace.id)  # makes the work row and reads the model
    asked = []
    for size in (1, 10, 300):
        calls = [seen(f"s{size}-{number}", user=f"{size}u{number % 7}", event="Demo Requested") for number in range(size)]
        accept(workspace, calls, clock.now())
        with CaptureQueriesContext(connection) as queries:
            drain(workspace.id)
        asked.append(len(queries))
    assert asked[0] == asked[1] == asked[2]
    assert asked[2] <= BATCH_STATEMENTS


def test_an_award_that_is_refused_among_many_sets_its_call_aside_alone(
    workspace: Workspace, owner_connection: psycopg2.extensions.connection, now: datetime
) -> None:
    publish(workspace, DOCUMENT)
    accept(workspace, [seen(f"m{number}", event="Demo Requested") for number in range(2 * MANY)], now)
    with owner_connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scoring_award ADD CONSTRAINT refused CHECK (message_id <> 'm7')")
        try:
            drain(workspace.id)
        finally:
            cursor.execute("ALTER TABLE scoring_award DROP CONSTRAINT refused")
    assert [b'"m7"' in body for _, body in set_aside(workspace)] == [True]
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
        assert score_of(workspace, contact.id).points == 60 * (2 * MANY - 1)


def test_a_call_received_again_in_a_later_batch_changes_nothing(workspace: Workspace, now: datetime) -> None:
    publish(workspace, DOCUMENT)
    for body in ({}, {"timestamp": (now - timedelta(days=1)).isoformat(), "userId": "u2"}):
        accept(workspace, [{**seen("m1", event="Demo Requested"), **body}], clock.now())
        drain(workspace.id)
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
        assert (score_of(workspace, contact.id).points, StageChange.objects.filter(workspace=workspace).count()) == (60, 2)


def test_the_first_of_two_calls_with_one_message_id_counts_within_a_batch_too(workspace: Workspace, now: datetime) -> None:
    accept(workspace, [seen("m1", event="First"), seen("m1", event="Second", user="u2")], now)
    drain(workspace.id)
    with workspace_scope(workspace.id):
        assert list(Activity.objects.filter(workspace=workspace).values_list("name", flat=True)) == ["First"]
        assert Contact.objects.filter(workspace=workspace).count() == 1


LOUD = {**DOCUMENT, "stages": [{"key": "hot", "name": "Hot", "threshold": 40, "notify": ["user:alice@example.com"]}]}


@pytest.mark.parametrize(("hours", "cause", "messages"), [(23, "activity", 1), (25, "import", 0)])
def test_a_step_whose_newest_activity_is_older_than_a_day_is_an_import_and_tells_nobody(
    workspace: Workspace, now: datetime, hours: int, cause: str, messages: int
) -> None:
    publish(workspace, LOUD)
    old, newest = ((clock.now() - timedelta(hours=hours + more)).isoformat() for more in (100, 0))
    accept(workspace, [seen("m2", event="Demo Requested", timestamp=newest), seen("m1", event="Demo Requested", timestamp=old)], clock.now())
    drain(workspace.id)
    with workspace_scope(workspace.id):
        assert list(StageChange.objects.filter(workspace=workspace).values_list("stage", "cause")) == [("hot", cause)]
        assert Message.objects.filter(workspace=workspace).count() == messages


def test_a_call_dated_after_its_reception_occurred_at_its_reception(workspace: Workspace, now: datetime) -> None:
    accept(workspace, [seen("m1", timestamp=(now + timedelta(days=3)).isoformat())], now)
    drain(workspace.id)
    with workspace_scope(workspace.id):
        assert Activity.objects.get(workspace=workspace).occurred_at == now


# Several drainers, and what is left when one dies.


def closing(work: Any, *args: Any) -> Any:
    """For a thread: works on a connection of its own and leaves none behind."""
    try:
        return work(*args)
    finally:
        connection.close()


def drain_all(workspace: Workspace) -> int:
    """Drains until the inbox is empty, as wake-ups would have it; how many calls this one drained."""
    done = 0
    while waiting(workspace):
        done += drain(workspace.id).calls
    return done


def test_drainers_at_the_same_time_process_every_call_once(workspace: Workspace, now: datetime) -> None:
    publish(workspace, DOCUMENT)
    for request in range(600):
        accept(workspace, [seen(f"m{request:04}", user=f"u{request % 5}")], now)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: closing(drain_all, workspace), range(4)))
    assert sum(counts) == 600
    assert stored(workspace) == [f"m{request:04}" for request in range(600)]
    with workspace_scope(workspace.id):
        assert Contact.objects.filter(workspace=workspace).count() == 5


def test_a_drainer_that_comes_while_another_works_leaves_at_once_and_the_other_sees_what_came_meanwhile(workspace: Workspace, now: datetime) -> None:
    working, go_on = Event(), Event()

    def slow_clock() -> datetime:
        working.set()
        assert go_on.wait(20)
        return clock.now()

    accept(workspace, [seen("m1")], now)
    drain(workspace.id)
    accept(workspace, [seen("m2")], now)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(closing, drain, workspace.id, slow_clock)
        assert working.wait(20)
        accept(workspace, [seen("m3")], now)
        assert drain(workspace.id).calls == 0
        go_on.set()
        assert (first.result().calls, first.result().more) == (1, True)
    assert (drain(workspace.id).more, stored(workspace)) == (False, ["m1", "m2", "m3"])


def test_a_connection_cut_in_the_middle_leaves_the_inbox_and_the_batch_is_done_on_a_new_one(workspace: Workspace, now: datetime) -> None:
    cut: list[int] = []

    def cutting_clock() -> datetime:
        """Called when all but the scores is written."""
        if len(cut) < 2:
            cut.append(connection.connection.info.backend_pid)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return clock.now()

    publish(workspace, DOCUMENT)
    accept(workspace, [seen("m1"), seen("m2")], now)
    drained = drain(workspace.id, cutting_clock)
    assert (len(set(cut)), drained.calls, drained.more) == (2, 2, False)
    assert (stored(workspace), waiting(workspace), set_aside(workspace)) == (["m1", "m2"], 0, [])
