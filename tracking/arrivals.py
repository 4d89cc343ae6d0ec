"""What has arrived lately: calls that wait, calls that were processed, and calls that were set aside, read back from where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import md5
from typing import Any

from contacts.calls import Received
from contacts.models import Source
from leadscore.sql import fetch
from tracking import payload, recent
from tracking.payload import Call
from tracking.rejects import SHOWN_BYTES, printable

MOST_REJECTED = 200  # of the newest that are looked at


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a call was set aside; `id` is the rejected call's."""

    id: int
    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call, or a request that cannot be read.

    `ref` names it on a page; `call` is None where it cannot be read, `name` then what can be made out. `span` is the time in which it was
    processed, None while it waits or where it was not accepted at all.
    """

    ref: str
    received_at: datetime
    source: Source
    key_id: int | None
    raw: bytes
    name: str
    call: Call | None = None
    span: tuple[datetime, datetime] | None = None
    reason: Reason | None = None
    size: int = 0
    waits: bool = False

    @property
    def text(self) -> str:
        """The beginning of what was sent, made printable."""
        return printable(self.raw[:SHOWN_BYTES])

    @property
    def is_cut(self) -> bool:
        return self.size > SHOWN_BYTES

    @property
    def named(self) -> set[str]:
        """What it names somebody by."""
        return {value for _, value in Received(self.call, self.source).identifiers} if self.call else set()


def state(workspace_id: int) -> str:
    """Changes whenever something arrives, is processed or is set aside."""
    rows = fetch(
        """SELECT (SELECT max(id) FROM tracking_recent WHERE workspace_id = %(workspace)s),
                  (SELECT max(id) FROM tracking_rejected WHERE workspace_id = %(workspace)s),
                  (SELECT max(id) FROM tracking_inbox WHERE workspace_id = %(workspace)s)""",
        {"workspace": workspace_id},
    )
    return "-".join(str(id or 0) for id in rows[0])


def newest(workspace_id: int) -> list[Arrival]:
    """All that is kept of the latest calls, the newest first."""
    rejected = _rejected(workspace_id)
    arrivals = _waiting(workspace_id) + _processed(workspace_id, rejected)
    arrivals += [arrival for rows in rejected.values() for arrival in rows]
    return sorted(arrivals, key=lambda arrival: arrival.received_at, reverse=True)


_WAITING = """
SELECT id, received_at, source, key_id, body FROM (
    SELECT *, sum(calls) OVER w - calls AS calls_after, sum(length(body)) OVER w - length(body) AS bytes_after
    FROM (SELECT * FROM tracking_inbox WHERE workspace_id = %s ORDER BY id DESC LIMIT %s) newest WINDOW w AS (ORDER BY id DESC)) sized
WHERE calls_after < %s AND bytes_after < %s ORDER BY id DESC
"""


def _waiting(workspace_id: int) -> list[Arrival]:
    limits = [recent.BATCH_CALLS, recent.BATCH_CALLS, recent.BATCH_BYTES]
    rows = fetch(_WAITING, [workspace_id, *limits])
    return [arrival for id, *more in rows for arrival in _calls(id, *more)]


Rejects = dict[tuple[datetime, bytes], list[Arrival]]  # by reception and a digest of what was sent


def _processed(workspace_id: int, rejected: Rejects) -> list[Arrival]:
    """The ring. Those that were set aside while they were processed are taken out of `rejected`: they are the same calls."""
    rows = fetch(
        """SELECT id, received_at, source, key_id, body, begun_at, drained_at FROM tracking_recent
           WHERE workspace_id = %s ORDER BY id DESC""",
        [workspace_id],
    )
    arrivals = [arrival for id, at, source, key, body, *span in rows for arrival in _calls(id, at, source, key, body, (span[0], span[1]))]
    return [_with_reason(arrival, rejected) for arrival in arrivals]


def _with_reason(arrival: Arrival, rejected: Rejects) -> Arrival:
    same = rejected.get((arrival.received_at, _digest(arrival.raw)))
    if not same:
        return arrival
    return replace(arrival, reason=same.pop().reason)


def _calls(
    id: int, received_at: datetime, source: int, key_id: int | None, body: memoryview, span: tuple[datetime, datetime] | None = None
) -> list[Arrival]:
    """The calls of a request, its last first; the request itself where it is no batch, as it was set aside whole."""
    raw = bytes(body)
    sent = _read(raw, received_at)
    if sent is None:
        return [Arrival(f"r{id}", received_at, Source(source), key_id, raw, "", None, span, size=len(raw), waits=span is None)]
    return [
        Arrival(f"r{id}-{place}", received_at, Source(source), key_id, one, *_said(one, call), span, size=len(one), waits=span is None)
        for place, (one, call) in reversed(list(enumerate(sent)))
    ]


def _said(raw: bytes, call: Call | None) -> tuple[str, Call | None]:
    """The name of a call, and the call as far as it can be read."""
    return (call.name or call.kind, call) if call else (_made_out(raw), None)


def _read(raw: bytes, received_at: datetime) -> Sequence[tuple[bytes, Call | None]] | None:
    try:
        return payload.calls_as_sent(raw, received_at)
    except (payload.BadRequest, payload.TooLarge):
        return None


def _rejected(workspace_id: int) -> Rejects:
    rows = fetch(
        """SELECT id, received_at, source, key_id, code, path, message, substring(body FROM 1 FOR %s), length(body), decode(md5(body), 'hex')
           FROM tracking_rejected WHERE workspace_id = %s ORDER BY id DESC LIMIT %s""",
        [SHOWN_BYTES, workspace_id, MOST_REJECTED],
    )
    found: Rejects = {}
    for id, received_at, source, key_id, code, path, message, raw, size, digest in rows:
        begun = bytes(raw)
        arrival = Arrival(
            f"j{id}", received_at, Source(source), key_id, begun, _made_out(begun), reason=Reason(id, code, path, message), size=size
        )
        found.setdefault((received_at, bytes(digest)), []).append(arrival)
    return found


def _digest(raw: bytes) -> bytes:
    return md5(raw, usedforsecurity=False).digest()


def _made_out(raw: bytes) -> str:
    """The name of a call that is not valid, as far as there is one."""
    try:
        value: Any = payload.parse_json(raw)
    except (payload.BadRequest, payload.TooLarge):
        return ""
    named = [value.get(key) for key in ("event", "type")] if isinstance(value, dict) else []
    return next((name[:200] for name in named if isinstance(name, str) and name.strip()), "")
