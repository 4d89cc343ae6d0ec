"""Delivers queued messages: claims them for a while, sends each outside any transaction, and writes down what became of it."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F

from accounts.models import Team
from accounts.scope import workspace_scope
from leadscore import clock
from notifications import addresses
from notifications.models import Attempt, Message, MessageState
from notifications.outcomes import Outcome, Verdict, describe
from notifications.rendering import Mail, mail_of
from notifications.sending import Sender

BATCH = 20
LEASE = timedelta(minutes=2)
# After that a sender begins no further message, which leaves the last one time enough within the lease.
WORKING_TIME = timedelta(seconds=30)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=30), timedelta(hours=2)
REPEATED_FOR = timedelta(days=3)
OPEN = (MessageState.QUEUED, MessageState.SENDING)

log = structlog.get_logger(__name__)


def deliver(workspace_id: int, *, now: datetime) -> int:
    """Attempts what is due at `now`, at most a batch; the number of messages taken.

    A sender that dies loses its messages to another when the lease ends. Only then, or when a server's answer is lost, can a
    recipient get a second copy; it carries the same Message-ID.
    """
    if settings.MAIL_IS_KEPT:
        return keep(workspace_id, now=now)
    messages, mails = _prepare(workspace_id, now)
    _send(workspace_id, [message for message in messages if message.pk in mails], mails, now)
    return len(messages)


def keep(workspace_id: int, *, now: datetime) -> int:
    """Renders what is due at `now` and puts it on record without sending it, whatever the settings say; the number of messages taken.

    For a past that is replayed: nobody wants to be told of it now.
    """
    messages, mails = _prepare(workspace_id, now)
    _keep(workspace_id, [message for message in messages if message.pk in mails], mails, now)
    return len(messages)


def _prepare(workspace_id: int, now: datetime) -> tuple[list[Message], Mapping[int, Mail]]:
    """The messages that are this sender's now, and the mails of those that could be rendered."""
    messages, teams, stopped = _claim(workspace_id, now)
    wanted = (message for message in messages if message.pk not in stopped)
    return messages, {message.pk: mail for message in wanted if (mail := _rendered(workspace_id, message, teams, now))}


def _claim(workspace_id: int, now: datetime) -> tuple[list[Message], Mapping[str, str], Collection[int]]:
    """The messages, now this sender's until the lease ends, the names of the workspace's teams, and which are refused as nobody wants them now."""
    lease = now + LEASE
    with workspace_scope(workspace_id):
        due = Message.objects.filter(workspace_id=workspace_id, state__in=OPEN, next_attempt_at__lte=now).order_by("next_attempt_at", "id")
        messages = list(due.select_for_update(skip_locked=True)[:BATCH])
        if not messages:
            return [], {}, ()
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(
            state=MessageState.SENDING, lease_until=lease, next_attempt_at=lease
        )
        stopped = addresses.hold_back_unconfirmed(workspace_id, messages)
        teams = dict(Team.objects.filter(workspace_id=workspace_id).values_list("key", "name"))
    for message in messages:
        message.lease_until = lease
    return messages, teams, stopped


def _rendered(workspace_id: int, message: Message, teams: Mapping[str, str], now: datetime) -> Mail | None:
    """The mail, or None where that failed: one message that cannot be rendered does not keep the others."""
    try:
        return mail_of(message, teams)
    except Exception as error:
        log.exception("message_not_rendered", workspace=workspace_id, message=message.pk)
        _record(workspace_id, message, None, Outcome(Verdict.DEFERRED, describe(error)), now)
        return None


def _keep(workspace_id: int, messages: Sequence[Message], mails: Mapping[int, Mail], now: datetime) -> None:
    for message in messages:
        mail = mails[message.pk]
        message.subject, message.text, message.html = mail.subject, mail.text, mail.html
        message.state, message.finished_at, message.next_attempt_at, message.lease_until = MessageState.KEPT, now, None, None
    changed = ["subject", "text", "html", "state", "finished_at", "next_attempt_at", "lease_until"]
    with workspace_scope(workspace_id):
        Message.objects.bulk_update(messages, changed)


def _send(workspace_id: int, messages: Sequence[Message], mails: Mapping[int, Mail], now: datetime) -> None:
    """One after the other through one connection. When the server cannot be reached, the rest is not tried."""
    started, unreached = clock.now(), None
    with Sender() as sender:
        for index, message in enumerate(messages):
            elapsed = clock.now() - started
            if elapsed > WORKING_TIME:
                _release(workspace_id, messages[index:], now)
                return
            outcome = unreached or _attempt(sender, message, mails[message.pk])
            unreached = unreached if outcome.reached else outcome
            _record(workspace_id, message, mails[message.pk], outcome, now + elapsed)


def _attempt(sender: Sender, message: Message, mail: Mail) -> Outcome:
    """Whatever a mail backend raises, this message waits and the others go on."""
    try:
        return sender.send(message, mail)
    except Exception as error:
        log.exception("message_not_sent", workspace=message.workspace_id, message=message.pk)
        return Outcome(Verdict.DEFERRED, describe(error))


def _release(workspace_id: int, messages: Sequence[Message], now: datetime) -> None:
    """Gives back what there was no time for."""
    mine = {"state": MessageState.SENDING, "lease_until": messages[0].lease_until}
    with workspace_scope(workspace_id):
        Message.objects.filter(pk__in=[message.pk for message in messages], **mine).update(
            state=MessageState.QUEUED, next_attempt_at=now, lease_until=None
        )


def _record(workspace_id: int, message: Message, mail: Mail | None, outcome: Outcome, at: datetime) -> None:
    """Writes down an attempt and what follows from it, unless the message was erased with its contact meanwhile.

    A sender that has outlived its lease may still report that a message was accepted; anything else is the next sender's to say.
    """
    with workspace_scope(workspace_id):
        row = Message.objects.select_for_update().filter(pk=message.pk).first()
        if row is None:
            return
        Attempt.objects.create(workspace_id=workspace_id, message=row, at=at, outcome=outcome.verdict, detail=outcome.detail)
        is_mine = row.state == MessageState.SENDING and row.lease_until == message.lease_until
        if is_mine or (outcome.verdict is Verdict.ACCEPTED and row.state != MessageState.SENT):
            Message.objects.filter(pk=row.pk).update(**_following(row, outcome, at), **_kept_rendering(mail), attempts=F("attempts") + 1)


def _following(row: Message, outcome: Outcome, at: datetime) -> dict[str, Any]:
    """The message's state after an attempt."""
    next_attempt = at + delay(row.attempts)
    state, due = {
        Verdict.ACCEPTED: (MessageState.SENT, None),
        Verdict.REFUSED: (MessageState.REFUSED, None),
        Verdict.DEFERRED: (MessageState.GAVE_UP, None) if next_attempt > row.created_at + REPEATED_FOR else (MessageState.QUEUED, next_attempt),
    }[outcome.verdict]
    return {
        "state": state,
        "next_attempt_at": due,
        "lease_until": None,
        "finished_at": None if due else at,
        "error": "" if outcome.verdict is Verdict.ACCEPTED else outcome.detail,
    }


def _kept_rendering(mail: Mail | None) -> dict[str, str]:
    return {"subject": mail.subject, "text": mail.text, "html": mail.html} if mail else {}


def delay(attempts: int) -> timedelta:
    """How long to wait after an attempt that followed `attempts` others: doubling from half a minute to two hours, a quarter more or less."""
    doubled: timedelta = min(FIRST_DELAY * 2 ** min(attempts, 20), LONGEST_DELAY)
    return doubled * random.uniform(0.75, 1.25)  # noqa: S311 - keeps senders apart, and no secrets
