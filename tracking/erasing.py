"""Erasing a contact together with the calls that name it and have not become activities: in the inbox, set aside, in the event stream.

A call received before the erasure and naming one of the contact's identifiers is gone, whatever else it names; so neither a call that waited
nor one that is repeated brings the contact back. One received afterwards makes a new contact.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from accounts.audit import By
from accounts.models import Workspace
from contacts.identity import Name
from leadscore.sql import fetch, records, run
from scoring import erasing
from tracking import draining, naming, payload, waking
from tracking.payload import Body, Call
from tracking.rejects import NOT_PROCESSED

ROWS = 200  # read at a time: a row may be megabytes

_is_numeral = re.compile(r"[-+.0-9]+").fullmatch


def erase(workspace: Workspace, contact_id: int, *, by: By) -> None:
    """Erases the contact and every call that names it. Call it inside the workspace's scope.

    Raises:
        Contact.DoesNotExist: there is none, or it was merged into another, with which it is erased.
    """
    draining.hold(workspace.id)
    names = erasing.erase(workspace, contact_id, by=by)
    if names:
        _forget_waiting(workspace.id, names)
        _forget_set_aside(workspace.id, names)
    _forget_shown(workspace.id, names)
    transaction.on_commit(partial(waking.wake, workspace.id))  # drains that found their work row held have left


def _forget_waiting(workspace_id: int, names: Collection[Name]) -> None:
    """Takes the calls out of the inbox. Their messageIds count as processed, as those of activities do."""
    for id, received_at, source, body in _rows(workspace_id, "tracking_inbox", "received_at, source, body", names):
        read = _read(body, received_at)
        if read is None:
            if naming.mentions(body, names):
                _keep(workspace_id, id, b"", 0)
            continue
        opened, calls = read
        if dropped := naming.places(opened, names):
            _count_as_erased(workspace_id, [call for place in dropped if (call := calls[place])], source)
            _keep(workspace_id, id, *_less(opened, dropped))


def _less(body: Body, dropped: Collection[int]) -> tuple[bytes, int]:
    """A request less the calls at some places, and how many are left; b"" for none."""
    kept = [piece.raw for place, piece in enumerate(body.calls) if place not in dropped]
    return f'{{{body.head}"batch":[{",".join(kept)}]}}'.encode() if kept else b"", len(kept)


def _read(body: bytes, received_at: datetime) -> tuple[Body, list[Call | None]] | None:
    """A request of the inbox with what its calls say; None for one that is no batch, and is set aside whole."""
    try:
        opened = payload.opened(body)
    except (payload.BadRequest, payload.TooLarge):
        return None
    return opened, payload.readable(opened, received_at)


def _count_as_erased(workspace_id: int, calls: Sequence[Call], source: int) -> None:
    rows = (
        {"kind": call.kind, "occurred_at": call.occurred_at, "received_at": call.received_at, "message_id": call.message_id} for call in calls
    )
    run(
        """INSERT INTO contacts_activity (workspace_id, contact_id, kind, name, occurred_at, received_at, message_id, source,
                                          properties, context, bot, erased)
           SELECT %s, NULL, r.kind, '', r.occurred_at, r.received_at, r.message_id, %s, '{}', '{}', '', true
           FROM json_to_recordset(%s::json) AS r(kind text, occurred_at timestamptz, received_at timestamptz, message_id text)
           ON CONFLICT (workspace_id, message_id) DO NOTHING""",
        [workspace_id, source, records(rows)],
    )


def _keep(workspace_id: int, id: int, body: bytes, calls: int) -> None:
    if calls:
        run("UPDATE tracking_inbox SET body = %s, calls = %s WHERE workspace_id = %s AND id = %s", [body, calls, workspace_id, id])
    else:
        run("DELETE FROM tracking_inbox WHERE workspace_id = %s AND id = %s", [workspace_id, id])


def _forget_set_aside(workspace_id: int, names: Collection[Name]) -> None:
    """Deletes rejected calls; of a whole request that was set aside, all of its calls where one names the contact."""
    gone = [
        id
        for id, code, head, body in _rows(workspace_id, "tracking_rejected", "code, coalesce(head, ''), body", names)
        if _is_about(body, bytes(head), code == NOT_PROCESSED, names)
    ]
    run("DELETE FROM tracking_rejected WHERE workspace_id = %s AND id = ANY(%s)", [workspace_id, gone])


def _is_about(body: bytes, head: bytes, whole: bool, names: Collection[Name]) -> bool:
    try:
        return bool(naming.places(payload.again(body, head, whole=whole), names))
    except (payload.BadRequest, payload.TooLarge):
        return naming.mentions(body, names)


def _forget_shown(workspace_id: int, names: Collection[Name]) -> None:
    """Takes requests out of the event stream's ring whole: what a batch says for all of its calls may be about the contact."""
    rows = fetch("SELECT id, received_at, body FROM tracking_recent WHERE workspace_id = %s", [workspace_id])
    shown = [(id, bytes(body), _read(bytes(body), received_at)) for id, received_at, body in rows]
    erased = _erased(workspace_id, {call.message_id for *_, read in shown if read for call in read[1] if call})
    gone = [id for id, body, read in shown if _shows(body, read, names, erased)]
    run("DELETE FROM tracking_recent WHERE workspace_id = %s AND id = ANY(%s)", [workspace_id, gone])


def _shows(body: bytes, read: tuple[Body, list[Call | None]] | None, names: Collection[Name], erased: Collection[str]) -> bool:
    if read is None:
        return naming.mentions(body, names)
    opened, calls = read
    return bool(naming.places(opened, names)) or any(call is not None and call.message_id in erased for call in calls)


def _erased(workspace_id: int, message_ids: Collection[str]) -> set[str]:
    rows = fetch(
        "SELECT message_id FROM contacts_activity WHERE workspace_id = %s AND message_id = ANY(%s) AND erased", [workspace_id, sorted(message_ids)]
    )
    return {message_id for (message_id,) in rows}


# What is not ASCII, and what JSON or this encoding escapes, shows as a backslash: such a body may hold any name and has to be read.
_LIKELY = """
SELECT id, {columns} FROM {table}, encode({head}body, 'escape') AS text
WHERE workspace_id = %s AND id > %s AND (strpos(text, E'\\\\') > 0
    OR EXISTS (SELECT FROM unnest(%s::text[]) AS name WHERE strpos(lower(text COLLATE "C"), name) > 0))
ORDER BY id LIMIT %s
"""


def _rows(workspace_id: int, table: str, columns: str, names: Collection[Name]) -> Iterator[tuple[Any, ...]]:
    """Rows that may hold one of the names, the body last. A number may be written in many ways, so one of those leaves nothing out."""
    sought = ["" if _is_numeral(value) else value.lower() for _, value in names]
    after = 0
    head = "coalesce(head, '') || " if table == "tracking_rejected" else ""
    while rows := fetch(_LIKELY.format(table=table, columns=columns, head=head), [workspace_id, after, sought, ROWS]):
        yield from ((*row, bytes(body)) for *row, body in rows)
        after = rows[-1][0]
