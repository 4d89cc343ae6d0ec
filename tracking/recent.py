"""The requests processed last, kept for the event stream: a bounded ring for each workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.scope import workspace_scope
from leadscore.sql import run

RING_CALLS, RING_BYTES = 500, 2 * 1024 * 1024  # that a workspace's ring keeps at the most; the newest request is kept whatever its size
BATCH_CALLS, BATCH_BYTES = 100, 512 * 1024  # of the newest requests of one drain's; those before them are processed and not kept here

# One statement, so that the bodies do not travel again: the newest requests are copied into the ring within the database, those that the ring
# then has too many of are deleted from it, and all that were processed from the inbox. Sizes are a column, so no body is read for them.
_MOVE = """
WITH added AS (
    INSERT INTO tracking_recent (workspace_id, id, received_at, begun_at, drained_at, source, key_id, calls, size, body)
    SELECT workspace_id, id, received_at, now(), clock_timestamp(), source, key_id, calls, length(body), body FROM tracking_inbox
    WHERE workspace_id = %(workspace)s AND id = ANY(%(kept)s)),
trimmed AS (
    DELETE FROM tracking_recent WHERE workspace_id = %(workspace)s AND id IN (
        SELECT id FROM (SELECT id, sum(calls) OVER w AS calls_up_to, sum(size) OVER w AS size_up_to FROM tracking_recent
                        WHERE workspace_id = %(workspace)s WINDOW w AS (ORDER BY id DESC)) held
        WHERE calls_up_to > %(calls_left)s OR size_up_to > %(bytes_left)s))
DELETE FROM tracking_inbox WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Drained:
    """A request of the inbox that was processed: its id, how many calls it has, and bytes."""

    id: int
    calls: int
    size: int


def move(workspace_id: int, drained: Sequence[Drained]) -> None:
    """Takes processed requests out of the inbox, and keeps the newest of them in the ring. At the end of the transaction of a drain."""
    kept = _newest(drained)
    left = {
        "calls_left": RING_CALLS - sum(request.calls for request in kept),
        "bytes_left": RING_BYTES - sum(request.size for request in kept),
    }
    ids = {"ids": [request.id for request in drained], "kept": [request.id for request in kept]}
    run(_MOVE, {"workspace": workspace_id, **ids, **left})


def _newest(drained: Sequence[Drained]) -> list[Drained]:
    """The last requests, ending with the one that reaches what a drain may leave here."""
    kept: list[Drained] = []
    calls = size = 0
    for request in reversed(drained):
        if calls >= BATCH_CALLS or size >= BATCH_BYTES:
            break
        kept.append(request)
        calls, size = calls + request.calls, size + request.size
    return kept


def purge(workspace_id: int, before: datetime) -> int:
    """Deletes those received before an instant; how many."""
    with workspace_scope(workspace_id):
        return run("DELETE FROM tracking_recent WHERE workspace_id = %s AND received_at < %s", [workspace_id, before])
