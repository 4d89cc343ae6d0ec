"""Outside addresses that a stage may name: nothing goes to one before whoever reads there has confirmed it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.audit import MOST_TARGET, By, person, record
from accounts.models import AuditEntry, Workspace
from accounts.scope import workspace_scope
from notifications.models import Message, MessageState, OutsideAddress

SALT = "notifications.addresses"
NAMED = "email:"  # how stages name outside addresses
BETWEEN_ASKING = timedelta(hours=1)


class AlreadyThere(Exception):
    """The workspace has the address already."""

    def __init__(self, address: OutsideAddress) -> None:
        super().__init__(address.email)
        self.address = address


class Answered(Exception):
    """The address has said yes or no itself."""


class AskedLately(Exception):
    """It was asked less than an hour ago."""


def add(workspace: Workspace, email: str, *, by: By, now: datetime) -> OutsideAddress:
    """A new address, waiting to be confirmed. Call it inside the workspace's scope.

    Raises:
        AlreadyThere: in whatever state.
    """
    address, created = OutsideAddress.objects.get_or_create(
        workspace=workspace, email=email.strip().lower(), defaults={"added_by": person(by), "created_at": now}
    )
    if not created:
        raise AlreadyThere(address)
    record(workspace.id, "address.added", address.email, by)
    return address


def remove(address: OutsideAddress, *, by: By) -> None:
    """Nothing goes there any more. Call it inside the workspace's scope.

    Raises:
        Answered: it said no, which is kept, or whoever adds it again would ask it again.
    """
    if not OutsideAddress.objects.filter(workspace=address.workspace_id, id=address.id, declined_at=None).delete()[0]:
        raise Answered(address.email)
    _hold_back(address)
    record(address.workspace_id, "address.removed", address.email, by)


def confirm(address: OutsideAddress, now: datetime) -> None:
    """From now on messages go there. Opens the workspace's scope: whoever confirms is no member."""
    _answer(address, "address.confirmed", confirmed_at=now, declined_at=None)


def decline(address: OutsideAddress, now: datetime) -> None:
    """Nothing goes there, until the address itself says otherwise."""
    _answer(address, "address.declined", confirmed_at=None, declined_at=now)
    with workspace_scope(address.workspace_id):
        _hold_back(address)


def _hold_back(address: OutsideAddress) -> None:
    """What waits to be sent to it is not sent; what is on its way this moment cannot be called back.

    What a drain queues meanwhile, or a sender gives back, is refused when it is its turn.
    """
    _refuse(Message.objects.filter(workspace=address.workspace_id, recipient=address.email, reason__startswith=NAMED, state=MessageState.QUEUED))


def hold_back_unconfirmed(workspace_id: int, messages: Iterable[Message]) -> set[int]:
    """Refuses those of a sender's messages that go to outside addresses which do not want them now; their ids."""
    outside = {message.pk: message.recipient for message in messages if message.reason.startswith(NAMED)}
    if not outside:
        return set()
    allowed = confirmed(workspace_id, set(outside.values()))
    stopped = {id for id, recipient in outside.items() if recipient not in allowed}
    _refuse(Message.objects.filter(workspace=workspace_id, id__in=stopped))
    return stopped


def _refuse(messages: QuerySet[Message]) -> None:
    messages.update(
        state=MessageState.REFUSED, error="The address has stopped these messages.", next_attempt_at=None, lease_until=None, finished_at=Now()
    )


def _answer(address: OutsideAddress, action: str, **answer: datetime | None) -> None:
    with workspace_scope(address.workspace_id):
        if OutsideAddress.objects.filter(workspace=address.workspace_id, id=address.id).update(**answer):
            record(address.workspace_id, action, address.email, None)


def link_of(workspace_id: int, email: str) -> str:
    """Where the address confirms, and where it stops what it gets. Signed, so that only its mails hold it."""
    return f"{settings.SITE_URL}{reverse('notifications:address', args=[signing.dumps([workspace_id, email], salt=SALT)])}"


def find(token: str) -> OutsideAddress | None:
    """The address of a link; None where the link is not ours or the workspace no longer has the address."""
    try:
        workspace_id, email = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    if not Workspace.objects.filter(id=workspace_id).exists():
        return None
    with workspace_scope(workspace_id):
        return OutsideAddress.objects.select_related("workspace", "added_by").filter(workspace=workspace_id, email=email).first()


def ask(address: OutsideAddress, *, by: By, now: datetime) -> None:
    """Mails the link, at most once an hour, the address removed and added again meanwhile or not. Call it inside the workspace's scope.

    Raises:
        Answered, AskedLately.
        And what the mail backend raises.
    """
    waiting = OutsideAddress.objects.select_for_update().filter(workspace=address.workspace_id, id=address.id, confirmed_at=None, declined_at=None)
    if waiting.first() is None:
        raise Answered(address.email)
    asked = AuditEntry.objects.filter(workspace=address.workspace_id, action="address.asked", target=address.email[:MOST_TARGET])
    if asked.filter(at__gt=now - BETWEEN_ASKING).exists():
        raise AskedLately(address.email)
    context = {"address": address, "link": link_of(address.workspace_id, address.email)}
    subject = " ".join(render_to_string("notifications/mail/confirm_subject.txt", context).split())
    EmailMessage(subject, render_to_string("notifications/mail/confirm.txt", context), to=[address.email]).send()
    record(address.workspace_id, "address.asked", address.email, by)


def of_workspace(workspace: Workspace) -> QuerySet[OutsideAddress]:
    """All of them, by address."""
    return OutsideAddress.objects.filter(workspace=workspace).select_related("added_by").order_by("email")


def confirmed(workspace_id: int, emails: Collection[str]) -> set[str]:
    """Which of the addresses (in lower case) may be written to."""
    known = OutsideAddress.objects.filter(workspace=workspace_id, email__in=emails, confirmed_at__isnull=False)
    return set(known.values_list("email", flat=True))
