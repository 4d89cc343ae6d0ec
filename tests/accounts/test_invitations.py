"""Invitations: sent by mail, used once, by the person invited, in time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from accounts.invitations import (
    AlreadyMember,
    AnotherAddress,
    InvitationGone,
    accept,
    find_invitation,
    invite,
    is_open,
    link_of,
    open_invitations,
    revoke_invitation,
    send,
)
from accounts.keys import hash_of
from accounts.members import change_role
from accounts.models import AuditEntry, Invitation, Membership, Role, User, Workspace
from accounts.scope import workspace_scope


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora@example.com", name="Dora")


def test_only_the_tokens_hash_is_kept(workspace: Workspace, alice: User, now: datetime) -> None:
    invitation, token, _ = invite(workspace, " Dora@Example.com ", Role.SALES, alice, now)
    assert (invitation.email, invitation.token_hash, len(token)) == ("dora@example.com", hash_of(token), 43)
    assert token not in str(Invitation.objects.filter(id=invitation.id).values().get())
    assert find_invitation(token) == invitation


def test_the_mail_carries_the_link(workspace: Workspace, alice: User, now: datetime) -> None:
    invitation, token, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now)
    send(invitation, token)
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["dora@example.com"], "Alice Archer invites you to Acme")
    assert re.findall(r"http\S+", str(message.body)) == [link_of(token)]
    assert link_of(token) == f"http://127.0.0.1:8000/invitations/{token}/"


def test_a_line_break_in_a_name_adds_no_header(workspace: Workspace, alice: User, now: datetime) -> None:
    workspace.name = "Acme\r\nBcc: everybody@example.com"
    send(*invite(workspace, "dora@example.com", Role.SALES, alice, now)[:2])
    (message,) = mail.outbox
    assert (message.subject, message.recipients()) == ("Alice Archer invites you to Acme Bcc: everybody@example.com", ["dora@example.com"])
    assert "Bcc" not in message.message()


def test_accepting_makes_a_member(workspace: Workspace, alice: User, dora: User, now: datetime) -> None:
    invitation, _, _ = invite(workspace, "dora@example.com", Role.MARKETER, alice, now)
    accept(invitation, dora, now)
    assert Membership.objects.get(workspace=workspace, user=dora).role == "marketer"
    with workspace_scope(workspace.id):
        actions = list(AuditEntry.objects.filter(action__startswith="invitation").order_by("id").values_list("action", "actor"))
    assert actions == [("invitation.sent", alice.id), ("invitation.accepted", dora.id)]


def test_it_works_once(workspace: Workspace, alice: User, dora: User, now: datetime) -> None:
    invitation, _, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now)
    accept(invitation, dora, now)
    with pytest.raises(InvitationGone):
        accept(invitation, dora, now)


def test_it_is_for_the_invited_address_alone(workspace: Workspace, alice: User, charlie: User, now: datetime) -> None:
    invitation, _, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now)
    with pytest.raises(AnotherAddress):
        accept(invitation, charlie, now)
    assert Membership.objects.filter(workspace=workspace, user=charlie).count() == 0


def test_it_lasts_fourteen_days(workspace: Workspace, alice: User, dora: User, now: datetime) -> None:
    invitation, _, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now)
    assert is_open(invitation, now + timedelta(days=14, seconds=-1)) is True
    assert is_open(invitation, now + timedelta(days=14)) is False
    with pytest.raises(InvitationGone):
        accept(invitation, dora, now + timedelta(days=14))


def test_a_revoked_one_is_dead(workspace: Workspace, alice: User, dora: User, now: datetime) -> None:
    invitation, _, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now)
    assert revoke_invitation(invitation, alice, now) is True
    assert revoke_invitation(invitation, alice, now) is False
    with pytest.raises(InvitationGone):
        accept(invitation, dora, now)


def test_inviting_again_kills_the_first_link(workspace: Workspace, alice: User, now: datetime) -> None:
    first, _, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now)
    second, _, replaced = invite(workspace, "dora@example.com", Role.VIEWER, alice, now)
    assert list(open_invitations(workspace, now)) == [second]
    first.refresh_from_db()
    assert (first.revoked_at, replaced) == (now, first)


def test_a_member_is_not_invited_again(workspace: Workspace, alice: User, bob: User, now: datetime) -> None:
    with pytest.raises(AlreadyMember):
        invite(workspace, "BOB@example.com", Role.ADMIN, alice, now)


def test_an_admin_invites_no_owner(workspace: Workspace, alice: User, bob: User, now: datetime) -> None:
    change_role(Membership.objects.get(workspace=workspace, user=bob), Role.ADMIN, alice)
    with pytest.raises(PermissionDenied):
        invite(workspace, "dora@example.com", Role.OWNER, bob, now)
    assert Invitation.objects.count() == 0


def test_accepting_does_not_change_the_role_of_a_member(workspace: Workspace, alice: User, dora: User, now: datetime) -> None:
    invitation, _, _ = invite(workspace, "dora@example.com", Role.VIEWER, alice, now)
    Membership.objects.create(workspace=workspace, user=dora, role=Role.ADMIN)
    assert accept(invitation, dora, now).role == "admin"
