"""The durable inbox: accepted calls are committed to it before their request is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from accounts.scope import workspace_scope
from tracking.payload import Accepted
from tracking.senders import Sender


class KeyRevoked(Exception):
    """The key was revoked since this process last looked it up."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits to be processed: calls, and the age in seconds of the oldest request among them (0 if none)."""

    calls: int
    oldest_seconds: float


# Two statements in one message of the simple protocol are one round trip and, outside a transaction, one transaction of their own: the
# workspace that the first sets for the policies is unset when the second has committed. Reading the key's row in the statement that
# stores the calls is what refuses a key from the moment its revocation is committed, although processes remember keys.
_OPEN = "SELECT set_config('app.workspace', %(workspace)s, true);"
_KEY = "SELECT workspace_id FROM accounts_key WHERE id = %(key)s AND workspace_id = %(workspace)s AND revoked_at IS NULL"
_GOOD = """
INSERT INTO tracking_inbox (workspace_id, received_at, source, key_id, calls, size, body)
SELECT workspace_id, clock_timestamp(), %(source)s, %(key)s, %(calls)s, %(size)s, %(body)s FROM key WHERE %(calls)s > 0
"""
_BAD = """
INSERT INTO tracking_rejected (workspace_id, received_at, source, key_id, head, code, path, message, body)
SELECT workspace_id, clock_timestamp(), %(source)s, %(key)s, %(head)s, bad.code, bad.path, bad.message, bad.body
FROM key, unnest(%(codes)s::text[], %(paths)s::text[], %(messages)s::text[], %(bodies)s::bytea[]) AS bad (code, path, message, body)
"""
_STORE = f"{_OPEN} WITH key AS MATERIALIZED ({_KEY}), good AS ({_GOOD}) SELECT 1 FROM key"
_STORE_BOTH = f"{_OPEN} WITH key AS MATERIALIZED ({_KEY}), good AS ({_GOOD}), bad AS ({_BAD}) SELECT 1 FROM key"


def store(sender: Sender, accepted: Accepted) -> None:
    """Commits the good calls and the rejected ones. Must be called outside a transaction.

    Raises:
        KeyRevoked: nothing was stored.
        OperationalError, InterfaceError: the database is away.
    """
    bad = accepted.rejected
    params: dict[str, Any] = {
        "workspace": str(sender.workspace_id),
        "key": sender.key_id,
        "source": int(sender.source),
        "calls": accepted.count,
        "size": accepted.size,
        "body": accepted.calls_json,
    }
    if bad:
        params |= {
            "head": accepted.head,
            "codes": [call.code for call in bad],
            "paths": [call.path for call in bad],
            "messages": [call.message for call in bad],
            "bodies": [call.raw for call in bad],
        }
    if not _execute(_STORE_BOTH if bad else _STORE, params):
        raise KeyRevoked


def _execute(statement: str, params: Mapping[str, Any]) -> bool:
    """Whether the statement gave a row. A connection that turns out to be dead is replaced once.

    If the dead one's transaction did commit, the calls are stored twice under the same message ids, and count once. So Django need not
    ask the connection first whether it lives, which would be a second round trip for every request.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _fetched(statement, params)
    except (OperationalError, InterfaceError):
        if connection.connection is None or not connection.connection.closed:
            raise
    connection.close()
    return _fetched(statement, params)


def _fetched(statement: str, params: Mapping[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone() is not None


def pending(workspace_id: int) -> Pending:
    """What of a workspace waits to be processed."""
    with workspace_scope(workspace_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(calls), 0), coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)"
            " FROM tracking_inbox WHERE workspace_id = %s",
            [workspace_id],
        )
        calls, seconds = cursor.fetchone()
    return Pending(int(calls), round(max(float(seconds), 0.0), 3))


def waiting_workspaces() -> Sequence[int]:
    """The workspaces that have anything to process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspaces_with_inbox()")
        return [row[0] for row in cursor.fetchall()]
