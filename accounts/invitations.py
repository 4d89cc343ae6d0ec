"""Inviting people by e-mail, and what they do with the link."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.audit import record
from accounts.keys import hash_of
from accounts.members import add_member, may_name_owners
from accounts.models import Invitation, Membership, Role, User, Workspace
from accounts.scope import workspace_scope

LIFETIME = timedelta(days=14)
BETWEEN_MAILS = timedelta(hours=1)


class AlreadyMember(Exception):
    """The address belongs to a member."""


class InvitationGone(Exception):
    """The invitation was used, revoked or has expired."""


class AnotherAddress(Exception):
    """The person signed in is not the one invited."""


class Invited(NamedTuple):
    """An invitation, its token, which is known only now, and the open one that it took the place of."""

    invitation: Invitation
    token: str
    replaced: Invitation | None


def invite(workspace: Workspace, email: str, role: str, by: User, now: datetime) -> Invited:
    """Makes an invitation. An open one of the same address is revoked.

    Raises:
        PermissionDenied: an owner is to be invited by somebody who may not name owners.
        AlreadyMember: the address is a member's.
    """
    email = email.strip().lower()
    if role == Role.OWNER and not may_name_owners(workspace.id, by):
        raise PermissionDenied("only an owner names an owner")
    if Membership.objects.filter(workspace=workspace, user__email=email).exists():
        raise AlreadyMember(email)
    token = secrets.token_urlsafe(32)
    with workspace_scope(workspace.id):
        replaced = open_invitations(workspace, now).filter(email=email).order_by("-id").first()
        open_invitations(workspace, now).filter(email=email).update(revoked_at=now)
        invitation = Invitation.objects.create(
            workspace=workspace,
            email=email,
            role=role,
            token_hash=hash_of(token),
            invited_by=by,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        record(workspace.id, "invitation.sent", email, by, {"role": role})
    return Invited(invitation, token, replaced)


def link_of(token: str) -> str:
    """Where the invited person goes."""
    return f"{settings.SITE_URL}{reverse('accounts:invitation', args=[token])}"


def invited_lately(invitation: Invitation) -> bool:
    """Whether the address was invited to the workspace in the hour before this invitation as well, so that no second mail goes there."""
    others = Invitation.objects.filter(workspace=invitation.workspace_id, email=invitation.email, id__lt=invitation.id)
    return others.filter(created_at__gt=invitation.created_at - BETWEEN_MAILS).exists()


def send(invitation: Invitation, token: str) -> None:
    """Mails the link. Raises what the mail backend raises."""
    context = {"invitation": invitation, "link": link_of(token)}
    subject = " ".join(render_to_string("accounts/mail/invitation_subject.txt", context).split())  # a name may hold a line break
    EmailMessage(subject, render_to_string("accounts/mail/invitation.txt", context), to=[invitation.email]).send()


def open_invitations(workspace: Workspace, now: datetime) -> QuerySet[Invitation]:
    """Those that can still be accepted."""
    return Invitation.objects.filter(workspace=workspace, accepted_at=None, revoked_at=None, expires_at__gt=now)


def find_invitation(token: str) -> Invitation | None:
    """The invitation of a link, in whatever state."""
    return Invitation.objects.select_related("workspace", "invited_by").filter(token_hash=hash_of(token)).first()


def is_open(invitation: Invitation, now: datetime) -> bool:
    return invitation.accepted_at is None and invitation.revoked_at is None and invitation.expires_at > now


def accept(invitation: Invitation, user: User, now: datetime) -> Membership:
    """Makes the person a member. The conditional update lets an invitation be used once, however often its button is pressed.

    Raises:
        AnotherAddress: the invitation was sent to somebody else.
        InvitationGone: it can no longer be used.
    """
    if invitation.email != user.email:
        raise AnotherAddress(invitation.email)
    with workspace_scope(invitation.workspace_id):
        if not open_invitations(invitation.workspace, now).filter(id=invitation.id).update(accepted_at=now):
            raise InvitationGone
        membership = add_member(invitation.workspace, user, invitation.role, now)
        record(invitation.workspace_id, "invitation.accepted", user.email, user, {"role": membership.role})
    return membership


def revoke_invitation(invitation: Invitation, by: User, now: datetime) -> bool:
    """From now on the link is dead. False if it already was."""
    with workspace_scope(invitation.workspace_id):
        revoked = open_invitations(invitation.workspace, now).filter(id=invitation.id).update(revoked_at=now)
        if revoked:
            record(invitation.workspace_id, "invitation.revoked", invitation.email, by)
    return bool(revoked)
