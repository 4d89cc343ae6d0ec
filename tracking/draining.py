"""From the inbox to scores and messages: one batch of one workspace in one transaction."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from accounts.scope import workspace_scope
from contacts.calls import Received
from contacts.overtaking import OVERTAKEN
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch, run
from scoring.intake import take_in
from scoring.versions import hold_models
from tracking import recent
from tracking.payload import opened, raw_calls, stored_call, stored_calls

MAX_REQUESTS, MAX_CALLS, MAX_BYTES = 500, 5_000, 8 * 1024 * 1024  # a batch ends with the request that reaches one of them
TRIES = 5  # of a transaction that another writer got in the way of
TRIES_AMONG_OTHERS = 2  # after which the drain keeps them waiting, so that many edits of the same contacts cannot hold it up for long

OBSTACLES = (*OVERTAKEN, OperationalError, InterfaceError)  # another writer's or the database's doing, not a call's
BEYOND_A_LIMIT = "54"  # class of SQLSTATE: something too long or too complex, which psycopg2 takes for the server's trouble but a call brings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drained:
    """What one batch did: calls processed or set aside, and whether the inbox holds more."""

    calls: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Request:
    """A row of the inbox."""

    id: int
    received_at: datetime
    source: int
    key_id: int | None
    calls: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _Row:
    """A call of the inbox: the request it came in, its place there, and what it says."""

    request: _Request
    place: int
    received: Received

    @property
    def raw(self) -> bytes:
        """The call as it was received. Looked up only for the few that are set aside."""
        return raw_calls(self.request.body)[self.place]


def drain(workspace_id: int, clock: Clock = database_now) -> Drained:
    """Processes the oldest calls of a workspace's inbox, unless another drainer is at work there.

    The other one looks again after it has let go of the work row, so what this one leaves is not left lying: see `more`.
    """
    drained = Drained(0, more=False)
    for attempt in range(TRIES):
        try:
            drained = _drain_batch(workspace_id, clock, alone=attempt >= TRIES_AMONG_OTHERS)
            break
        except OBSTACLES as obstacle:
            if attempt == TRIES - 1:
                raise
            logger.info("drain starts over", extra={"workspace": workspace_id, "obstacle": repr(obstacle)})
    return drained


def _drain_batch(workspace_id: int, clock: Clock, *, alone: bool) -> Drained:
    with workspace_scope(workspace_id):
        if not _hold(workspace_id):
            return Drained(0, more=False)
        if alone:
            hold_models(workspace_id)
        requests = _oldest(workspace_id)
        calls = [call for request in requests for call in _read(workspace_id, request)]
        _process(workspace_id, calls, clock)
        recent.move(workspace_id, [recent.Drained(request.id, request.calls, len(request.body)) for request in requests])
    with workspace_scope(workspace_id):
        return Drained(len(calls), more=_has_more(workspace_id))


def _hold(workspace_id: int) -> bool:
    """Takes the workspace's work row; False where another drainer has it."""
    held = fetch("SELECT 1 FROM tracking_work WHERE workspace_id = %s FOR UPDATE SKIP LOCKED", [workspace_id])
    if held:
        return True
    return bool(run("INSERT INTO tracking_work (workspace_id) VALUES (%s) ON CONFLICT DO NOTHING", [workspace_id]))


def hold(workspace_id: int) -> None:
    """Waits until no drain is at work and keeps others from beginning until the transaction ends. Before any other lock.

    Drains that find the row held leave: whoever holds it asks for one after its commit.
    """
    run("INSERT INTO tracking_work (workspace_id) VALUES (%s) ON CONFLICT DO NOTHING", [workspace_id])
    fetch("SELECT 1 FROM tracking_work WHERE workspace_id = %s FOR UPDATE", [workspace_id])


def _oldest(workspace_id: int) -> list[_Request]:
    """The oldest requests, as many as one transaction takes; always at least one."""
    return [
        _Request(id, received_at, source, key_id, calls, bytes(body))
        for id, received_at, source, key_id, calls, body in fetch(
            """SELECT id, received_at, source, key_id, calls, body FROM (
                   SELECT id, received_at, source, key_id, calls, body,
                      sum(calls) OVER w - calls AS calls_before, sum(bytes) OVER w - bytes AS bytes_before
                   FROM (SELECT *, greatest(size, length(body)) AS bytes FROM tracking_inbox WHERE workspace_id = %s ORDER BY id LIMIT %s) oldest
                   WINDOW w AS (ORDER BY id)) sized
               WHERE calls_before < %s AND bytes_before < %s ORDER BY id""",
            [workspace_id, MAX_REQUESTS, MAX_CALLS, MAX_BYTES],
        )
    ]


def _read(workspace_id: int, request: _Request) -> list[_Row]:
    """The calls of a request. What of it cannot be read, by whichever release it was accepted, is set aside."""
    try:
        return _calls(request)
    except Exception:
        logger.exception("a request cannot be read", extra={"workspace": workspace_id})
        return _readable(workspace_id, request)


def _calls(request: _Request) -> list[_Row]:
    calls = stored_calls(request.body, request.received_at)
    return [_Row(request, place, Received(call, request.source)) for place, call in enumerate(calls)]


def _readable(workspace_id: int, request: _Request) -> list[_Row]:
    """The calls that can be read. The others are set aside, each alone; the request whole where it is no batch."""
    try:
        body = opened(request.body)
    except Exception as failure:  # noqa: BLE001 - logged already, and it must not keep the next request waiting
        _set_aside(workspace_id, request, request.body, b"", failure)
        return []
    rows = []
    for place in range(len(body.calls)):
        try:
            rows.append(_Row(request, place, Received(stored_call(body, place, request.received_at), request.source)))
        except Exception as failure:  # noqa: BLE001 - likewise
            _set_aside(workspace_id, request, raw_calls(request.body)[place], body.head.encode(), failure)
    return rows


def _process(workspace_id: int, calls: Sequence[_Row], clock: Clock) -> None:
    """Takes the calls in; where that fails for what they hold, halves them until the bad one is alone and set aside."""
    failure = _try(workspace_id, calls, clock) if calls else None
    if failure is None:
        return
    if len(calls) == 1:
        logger.error("a call was set aside", extra={"workspace": workspace_id}, exc_info=failure)
        _set_aside(workspace_id, calls[0].request, calls[0].raw, opened(calls[0].request.body).head.encode(), failure)
        return
    middle = len(calls) // 2
    _process(workspace_id, calls[:middle], clock)
    _process(workspace_id, calls[middle:], clock)


def _try(workspace_id: int, calls: Sequence[_Row], clock: Clock) -> Exception | None:
    """Takes the calls in, all or none; what kept them from being taken in."""
    try:
        with transaction.atomic():
            take_in(workspace_id, [call.received for call in calls], clock)
            run("SET CONSTRAINTS ALL IMMEDIATE")  # what would fail at the commit fails here, where it can be told whose fault it is
            run("SET CONSTRAINTS ALL DEFERRED")
    except OBSTACLES as obstacle:
        if not _is_a_calls(obstacle):
            raise
        return obstacle
    except Exception as failure:  # noqa: BLE001 - whatever is wrong with one call must not keep the next good one waiting; it is logged once alone
        return failure
    return None


def _is_a_calls(obstacle: Exception) -> bool:
    return (getattr(obstacle.__cause__, "pgcode", None) or "").startswith(BEYOND_A_LIMIT)


def _set_aside(workspace_id: int, request: _Request, raw: bytes, head: bytes, error: Exception) -> None:
    why = f"{type(error).__name__}: {error}"[:2000].replace("\0", "").encode(errors="backslashreplace").decode()
    run(
        """INSERT INTO tracking_rejected (workspace_id, received_at, source, key_id, head, code, path, message, body)
           VALUES (%s, %s, %s, %s, %s, 'not_processed', '', %s, %s)""",
        [workspace_id, request.received_at, request.source, request.key_id, head, why, raw],
    )


def _has_more(workspace_id: int) -> bool:
    return bool(fetch("SELECT 1 FROM tracking_inbox WHERE workspace_id = %s LIMIT 1", [workspace_id]))
