"""Lets the past happen again: requests are received, drained and scored at the instants at which they came, with this loader's clock.

All of it is one transaction. Until it commits, workers see neither a call nor a score that is due nor a message that waits, so none of them
can process the past with the present's clock; and a loader that is killed leaves nothing behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from accounts.models import AuditEntry, User, Workspace
from contacts.models import Identifier
from demo.steps import Claim, Visit
from leadscore.sql import fetch, run
from notifications import delivery
from scoring import due
from scoring.editing import set_owner
from tracking import payload
from tracking.draining import drain

AT_ONCE = timedelta(seconds=5)


def replay(workspace: Workspace, events: Sequence[Visit | Claim], now: datetime, say: Callable[[datetime], None]) -> None:
    """Replays events in their order, and brings what time alone changes up to `now`. Call it inside the workspace's scope.

    Requests that no rule looks at wait for the next one that counts, since they change no stage whenever they are drained; and what
    follows within seconds is drained with what it follows, as a worker that is busy would do.
    """
    sellers = {user.email: user for user in User.objects.filter(memberships__workspace=workspace)}
    for event, following in zip_longest(events, events[1:]):
        say(event.at)
        if isinstance(event, Claim):
            settle(workspace.id, event.at)
            claim(workspace, event, sellers[event.seller])
            continue
        receive(workspace.id, event)
        if event.scores and not (following and following.at - event.at < AT_ONCE):
            settle(workspace.id, event.at)
    settle(workspace.id, now)


def receive(workspace_id: int, visit: Visit) -> None:
    """Puts a request into the inbox as if the collector had received it then. The collector's own way dates it by the database's clock."""
    body = payload.read("batch", json.dumps({"sentAt": visit.at.isoformat(), "batch": visit.calls}).encode())
    accepted = payload.accept(body, visit.at)
    if accepted.rejected:
        raise ValueError(f"The demo makes a call that is refused: {accepted.rejected[0]}")
    run(
        "INSERT INTO tracking_inbox (workspace_id, received_at, source, calls, body) VALUES (%s, %s, %s, %s, %s)",
        [workspace_id, visit.at, int(visit.source), accepted.count, accepted.calls_json],
    )


def settle(workspace_id: int, at: datetime) -> None:
    """Does what workers and beat would have done by then."""
    while (instant := earliest_due(workspace_id, at)) and due.bring_up_to_date(workspace_id, stopped_at(instant)):
        keep_messages(workspace_id, instant)
    while drain(workspace_id, stopped_at(at)).more:
        pass
    while has_changed_company(workspace_id) and due.apply_company_changes(workspace_id, stopped_at(at)):
        pass
    keep_messages(workspace_id, at)


def keep_messages(workspace_id: int, at: datetime) -> None:
    """Puts what was queued on record as kept: it happened long ago, and nobody is to be told of it now."""
    while fetch("SELECT FROM notifications_message WHERE workspace_id = %s AND next_attempt_at <= %s LIMIT 1", [workspace_id, at]):
        delivery.keep(workspace_id, now=at)


def has_changed_company(workspace_id: int) -> bool:
    return bool(fetch("SELECT FROM contacts_company WHERE workspace_id = %s AND rescored_to IS NOT NULL LIMIT 1", [workspace_id]))


def stopped_at(instant: datetime) -> Callable[[], datetime]:
    """A clock that says what this loader wants it to say."""
    return lambda: instant


def earliest_due(workspace_id: int, until: datetime) -> datetime | None:
    """The first instant up to `until` at which time alone may change a score."""
    ((instant,),) = fetch("SELECT min(next_due_at) FROM scoring_score WHERE workspace_id = %s AND next_due_at <= %s", [workspace_id, until])
    found: datetime | None = instant
    return found


def claim(workspace: Workspace, event: Claim, seller: User) -> None:
    contact_id = Identifier.objects.get(workspace=workspace, kind="email", value=event.email).contact_id
    set_owner(workspace, contact_id, seller.id, by=seller)
    date_audit(workspace, event.at)


def date_audit(workspace: Workspace, at: datetime) -> None:
    """Dates what the audit log says of a deed just replayed, which the database dated by its own clock: that is never before the present."""
    latest = AuditEntry.objects.filter(workspace=workspace).latest("id")
    AuditEntry.objects.filter(id=latest.id).update(at=at)
