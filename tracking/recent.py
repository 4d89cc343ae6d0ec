"""The requests processed last, kept for the event stream: a bounded ring for each workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.scope import workspace_scope
from leadscore.sql import run

RING_CALLS, RING_BYTES = 500, 2 * 1024 * 1024  # that a workspace's ring keeps at the most; the newest request is kept whatever its size
BATCH_CALLS, BATCH_BYTES = 100, 512 * 1024  # of the newest requests of one drain's; those before them are processed and not kept here

# One statement, so that the bodies do not travel again: what is taken out of the inbox is put into the ring, and what the ring then has too
# much of is deleted. Sizes come from the pointers to what is stored apart, which itself is not read.
_MOVE = """
WITH gone AS (DELETE FROM tracking_inbox WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s)
              RETURNING id, received_at, source, key_id, calls, body),
sized AS (SELECT *, length(body) AS size, sum(calls) OVER w - calls AS calls_after, sum(length(body)) OVER w - length(body) AS bytes_after
          FROM (SELECT * FROM gone ORDER BY id DESC LIMIT %(batch_calls)s) newest WINDOW w AS (ORDER BY id DESC)),
added AS (INSERT INTO tracking_recent (workspace_id, id, received_at, begun_at, drained_at, source, key_id, calls, size, body)
          SELECT %(workspace)s, id, received_at, now(), clock_timestamp(), source, key_id, calls, size, body FROM sized
          WHERE calls_after < %(batch_calls)s AND bytes_after < %(batch_bytes)s RETURNING calls, size),
more AS (SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(size), 0) AS size FROM added)
DELETE FROM tracking_recent WHERE workspace_id = %(workspace)s AND id IN (
    SELECT id FROM (SELECT id, sum(calls) OVER w AS calls_up_to, sum(size) OVER w AS size_up_to FROM tracking_recent
                    WHERE workspace_id = %(workspace)s WINDOW w AS (ORDER BY id DESC)) kept, more
    WHERE calls_up_to + more.calls > %(ring_calls)s OR size_up_to + more.size > %(ring_bytes)s)
"""


def move(workspace_id: int, inbox_ids: Sequence[int]) -> None:
    """Takes processed requests out of the inbox, and keeps the newest of them in the ring. At the end of the transaction of a drain."""
    limits = {"batch_calls": BATCH_CALLS, "batch_bytes": BATCH_BYTES, "ring_calls": RING_CALLS, "ring_bytes": RING_BYTES}
    run(_MOVE, {"workspace": workspace_id, "ids": list(inbox_ids), **limits})


def purge(workspace_id: int, before: datetime) -> int:
    """Deletes those received before an instant; how many."""
    with workspace_scope(workspace_id):
        return run("DELETE FROM tracking_recent WHERE workspace_id = %s AND received_at < %s", [workspace_id, before])
