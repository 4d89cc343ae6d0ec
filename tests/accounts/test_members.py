"""Roles are given, taken and left; a workspace always keeps an owner."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.keys import find, issue
from accounts.members import LastOwner, add_member, change_role, remove_member
from accounts.models import AuditEntry, Job, KeyKind, Membership, Role, Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact


def membership_of(user: User, workspace: Workspace) -> Membership:
    return Membership.objects.get(user=user, workspace=workspace)


def role_of(user: User, workspace: Workspace) -> str | None:
    return Membership.objects.filter(user=user, workspace=workspace).values_list("role", flat=True).first()


@pytest.fixture
def admin(workspace: Workspace, now: datetime) -> User:
    user = User.objects.create_user("ada@example.com", name="Ada")
    add_member(workspace, user, Role.ADMIN, now)
    return user


def test_an_admin_changes_a_role_and_it_is_recorded(workspace: Workspace, admin: User, bob: User) -> None:
    change_role(membership_of(bob, workspace), Role.MARKETER, admin)
    assert role_of(bob, workspace) == "marketer"
    with workspace_scope(workspace.id):
        entry = AuditEntry.objects.get(action="member.role_changed")
    assert (entry.actor, entry.target, entry.data) == (admin, "bob@example.com", {"role": {"from": "viewer", "to": "marketer"}})


def test_the_same_role_again_is_no_deed(workspace: Workspace, admin: User, bob: User) -> None:
    change_role(membership_of(bob, workspace), Role.VIEWER, admin)
    with workspace_scope(workspace.id):
        assert AuditEntry.objects.filter(action="member.role_changed").count() == 0


def test_an_admin_cannot_name_an_owner(workspace: Workspace, admin: User, bob: User) -> None:
    with pytest.raises(PermissionDenied):
        change_role(membership_of(bob, workspace), Role.OWNER, admin)
    assert role_of(bob, workspace) == "viewer"


def test_an_admin_cannot_name_himself_an_owner(workspace: Workspace, admin: User) -> None:
    with pytest.raises(PermissionDenied):
        change_role(membership_of(admin, workspace), Role.OWNER, admin)
    assert role_of(admin, workspace) == "admin"


def test_an_admin_cannot_demote_an_owner(workspace: Workspace, admin: User, alice: User, bob: User) -> None:
    change_role(membership_of(bob, workspace), Role.OWNER, alice)
    with pytest.raises(PermissionDenied):
        change_role(membership_of(alice, workspace), Role.VIEWER, admin)
    assert role_of(alice, workspace) == "owner"


def test_an_admin_cannot_remove_an_owner(workspace: Workspace, admin: User, alice: User) -> None:
    with pytest.raises(PermissionDenied):
        remove_member(membership_of(alice, workspace), admin)
    assert role_of(alice, workspace) == "owner"


def test_no_key_names_an_owner(workspace: Workspace, alice: User, bob: User, now: datetime) -> None:
    _, token = issue(workspace, KeyKind.SECRET, "All", ["admin"], alice, now)
    with pytest.raises(PermissionDenied):
        change_role(membership_of(bob, workspace), Role.OWNER, find(token))
    assert role_of(bob, workspace) == "viewer"


def test_the_last_owner_can_neither_step_down_nor_leave(workspace: Workspace, alice: User) -> None:
    with pytest.raises(LastOwner):
        change_role(membership_of(alice, workspace), Role.ADMIN, alice)
    with pytest.raises(LastOwner):
        remove_member(membership_of(alice, workspace), alice)
    assert role_of(alice, workspace) == "owner"


def test_an_owner_leaves_once_there_is_another(workspace: Workspace, alice: User, bob: User) -> None:
    change_role(membership_of(bob, workspace), Role.OWNER, alice)
    remove_member(membership_of(alice, workspace), alice)
    assert (role_of(alice, workspace), role_of(bob, workspace)) == (None, "owner")


def test_whoever_removes_a_member_second_finds_nobody(workspace: Workspace, alice: User, bob: User) -> None:
    membership = membership_of(bob, workspace)
    remove_member(membership, alice)
    for deed in (lambda: remove_member(membership, alice), lambda: change_role(membership, "sales", alice)):
        with pytest.raises(Http404):
            deed()


def test_a_removed_member_leaves_the_teams(workspace: Workspace, alice: User, bob: User) -> None:
    with workspace_scope(workspace.id):
        sales = Team.objects.get(workspace=workspace, key="sales")
        TeamMember.objects.create(workspace=workspace, team=sales, user=bob)
    remove_member(membership_of(bob, workspace), alice)
    with workspace_scope(workspace.id):
        assert list(sales.members.values_list("user__email", flat=True)) == ["alice@example.com"]


def test_a_removed_member_keeps_no_lead_and_stays_named_on_their_jobs(workspace: Workspace, alice: User, bob: User, now: datetime) -> None:
    with workspace_scope(workspace.id):
        lead = Contact.objects.create(workspace=workspace, created_at=now, owner=bob)
        job = Job.objects.create(workspace=workspace, kind="import", created_by=bob)
    remove_member(membership_of(bob, workspace), alice)
    with workspace_scope(workspace.id):
        lead.refresh_from_db()
        job.refresh_from_db()
        assert (lead.owner, job.created_by) == (None, bob)
