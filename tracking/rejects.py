"""Calls that were set aside, as received and with the reason: listed, repeated, dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Source
from leadscore.sql import fetch
from tracking import payload, waking
from tracking.models import Inbox, Rejected

KEPT = timedelta(days=30)
PAGE = 50
SHOWN_BYTES = 4_000  # of a call in the list: a page of the largest ones would be megabytes

NOT_PROCESSED = "not_processed"  # the code of a call that was accepted and failed later, or of a whole request


class StillRefused(Exception):
    """A repeated call is not valid yet."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.message, self.path = message, path


@dataclass(frozen=True, slots=True)
class Row:
    """A call of the list. `text`: its beginning, made printable; `size`: bytes of all of it."""

    id: int
    received_at: datetime
    source: str
    code: str
    path: str
    message: str
    text: str
    size: int

    @property
    def key(self) -> str:
        """The id as text, for a template to build an element's id of."""
        return str(self.id)

    @property
    def is_cut(self) -> bool:
        return self.size > SHOWN_BYTES


def count(workspace_id: int) -> int:
    """How many of a workspace are kept. Call it inside the workspace's scope."""
    return Rejected.objects.filter(workspace_id=workspace_id).count()


def reasons(workspace_id: int) -> list[tuple[str, int]]:
    """Each code with the number of calls set aside for it, the most frequent first."""
    statement = "SELECT code, count(*) FROM tracking_rejected WHERE workspace_id = %s GROUP BY code ORDER BY count(*) DESC, code"
    return [(code, number) for code, number in fetch(statement, [workspace_id])]


def page(workspace_id: int, code: str, before: int | None) -> tuple[list[Row], int | None]:
    """The newest calls with an id below `before`, of one code or ("") all, and where the next page begins."""
    rows = fetch(
        """SELECT id, received_at, source, code, path, message, substring(body FROM 1 FOR %(shown)s), length(body) FROM tracking_rejected
           WHERE workspace_id = %(workspace)s AND (%(code)s = '' OR code = %(code)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
           ORDER BY id DESC LIMIT %(limit)s""",
        {"workspace": workspace_id, "code": code, "before": before, "shown": SHOWN_BYTES, "limit": PAGE + 1},
    )
    shown = [_row(*row) for row in rows[:PAGE]]
    return shown, shown[-1].id if len(rows) > PAGE else None


def _row(id: int, received_at: datetime, source: int, code: str, path: str, message: str, body: memoryview, size: int) -> Row:
    return Row(id, received_at, Source(source).label, code, path, message, printable(bytes(body)), size)


def printable(raw: bytes) -> str:
    """The bytes as text in which nothing hides: what is not UTF-8, controls and direction marks stand as escapes."""
    text = raw.decode(errors="backslashreplace")
    return "".join(char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text)


def repeat(workspace: Workspace, rejected_id: int, *, by: By) -> None:
    """Checks a call anew, as of its reception, and puts it into the inbox. Call it inside the workspace's scope.

    Raises:
        Rejected.DoesNotExist: there is none; somebody else may have repeated it.
        StillRefused: it is as invalid as before, and stays.
    """
    row = Rejected.objects.select_for_update().get(workspace=workspace, pk=rejected_id)
    accepted = _accepted(row)
    Inbox.objects.create(
        workspace=workspace, received_at=row.received_at, source=row.source, key_id=row.key_id, calls=accepted.count, body=accepted.calls_json
    )
    row.delete()
    audit.record(workspace.id, "rejected_call.repeated", rejected_id, by, {"code": row.code})
    transaction.on_commit(partial(waking.wake, workspace.id))


def _accepted(row: Rejected) -> payload.Accepted:
    try:
        body = payload.again(bytes(row.body), bytes(row.head), whole=row.code == NOT_PROCESSED)
        accepted = payload.accept(body, row.received_at)
    except (payload.BadRequest, payload.TooLarge) as error:
        raise StillRefused(error.message, "") from error
    if accepted.rejected:
        raise StillRefused(accepted.rejected[0].message, accepted.rejected[0].path)
    if not accepted.count:
        raise StillRefused("It holds no call.", "")
    return accepted


def drop(workspace: Workspace, rejected_id: int, *, by: By) -> None:
    """Deletes one call for good. Raises Rejected.DoesNotExist."""
    row = Rejected.objects.select_for_update().only("code").get(workspace=workspace, pk=rejected_id)
    row.delete()
    audit.record(workspace.id, "rejected_call.dropped", rejected_id, by, {"code": row.code})


def drop_all(workspace: Workspace, code: str, *, by: By) -> int:
    """Deletes all calls that were set aside with a code. Returns how many there were."""
    deleted, _ = Rejected.objects.filter(workspace=workspace, code=code).delete()
    if deleted:
        audit.record(workspace.id, "rejected_calls.dropped", code, by, {"calls": deleted})
    return deleted


def purge(workspace_id: int, before: datetime) -> int:
    """Deletes a workspace's rejected calls that were received before an instant. Returns how many there were."""
    with workspace_scope(workspace_id):
        deleted, _ = Rejected.objects.filter(workspace_id=workspace_id, received_at__lt=before).delete()
    return deleted
