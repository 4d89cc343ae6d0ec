"""Changing and removing members. A workspace always has an owner, and only owners decide who else is one."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.access import RIGHTS, KeyFacts, Right, rights_of_scopes
from accounts.audit import By, change, record
from accounts.models import Membership, Role, User, Workspace
from accounts.scope import workspace_scope


class LastOwner(Exception):
    """The deed would leave the workspace without an owner."""


def change_role(membership: Membership, role: str, by: By) -> None:
    """Gives a member another role.

    Raises:
        PermissionDenied: the role is or was owner, and `by` may not name owners.
        LastOwner: the member is the only owner.
        Http404: somebody removed the member meanwhile.
    """
    with workspace_scope(membership.workspace_id):
        current = _locked(membership)
        if current.role == role:
            return
        _check_owners(current, role, by)
        Membership.objects.filter(id=current.id).update(role=role)
        record(current.workspace_id, "member.role_changed", current.user.email, by, {"role": change(current.role, role)})


def remove_member(membership: Membership, by: By) -> None:
    """Takes a person out of a workspace and of its teams; the leads they own become nobody's.

    Raises:
        PermissionDenied: the member is an owner, and `by` may not name owners.
        LastOwner: the member is the only owner.
        Http404: somebody removed the member meanwhile.
    """
    with workspace_scope(membership.workspace_id):
        current = _locked(membership)
        _check_owners(current, None, by)
        Membership.objects.filter(id=current.id).delete()
        record(current.workspace_id, "member.removed", current.user.email, by, {"role": current.role})


def add_member(workspace: Workspace, user: User, role: str, now: datetime) -> Membership:
    """The person's membership; one they already have keeps its role."""
    membership, _ = Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": role, "created_at": now})
    return membership


def may_name_owners(workspace_id: int, by: By) -> bool:
    """Whether `by` decides who is an owner. No key does."""
    return "name_owners" in rights_of(workspace_id, by)


def rights_of(workspace_id: int, by: By) -> frozenset[Right]:
    """What a person or a key may do in a workspace; nobody, which is a command or a schedule, may do what an owner may."""
    if by is None:
        return RIGHTS[Role.OWNER]
    if isinstance(by, KeyFacts):
        return rights_of_scopes(by.scopes)
    role = Membership.objects.filter(workspace_id=workspace_id, user=by).values_list("role", flat=True).first()
    return RIGHTS[role] if role else frozenset()


def _locked(membership: Membership) -> Membership:
    """The membership as it is now. The workspace's row makes deeds on its members follow one another, so two owners cannot both leave."""
    Workspace.objects.select_for_update(no_key=True).get(id=membership.workspace_id)
    return get_object_or_404(Membership.objects.select_related("user"), id=membership.id)


def _check_owners(current: Membership, role: str | None, by: By) -> None:
    if Role.OWNER not in (current.role, role):
        return
    if not may_name_owners(current.workspace_id, by):
        raise PermissionDenied("only an owner decides who is an owner")
    if current.role == Role.OWNER and _owners(current.workspace_id) == 1:
        raise LastOwner("a workspace needs an owner")


def _owners(workspace_id: int) -> int:
    return Membership.objects.filter(workspace_id=workspace_id, role=Role.OWNER).count()
