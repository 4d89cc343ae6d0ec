"""Members and invitations."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from anymail.exceptions import AnymailError
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from accounts.forms import InviteForm, RoleForm, roles
from accounts.invitations import AlreadyMember, invite, invited_lately, link_of, open_invitations, revoke_invitation, send
from accounts.members import LastOwner, change_role, remove_member
from accounts.models import Invitation, Membership, Role
from leadscore import clock


@workspace_view("read", post="members")
def members(request: WorkspaceRequest) -> HttpResponse:
    """Everybody with a role; an admin also invites. The link of a new invitation is shown in the answer, once."""
    form = InviteForm(request.POST or None, owners="name_owners" in request.rights)
    sent = _invite(request, form) if form.is_valid() else {}
    if sent:
        form = InviteForm(owners="name_owners" in request.rights)
    return render(request, "accounts/members.html", {**_listed(request), **sent, "form": form}, status=422 if form.errors else 200)


def _listed(request: WorkspaceRequest) -> dict[str, Any]:
    memberships = Membership.objects.filter(workspace=request.workspace).select_related("user")
    return {
        "memberships": memberships.order_by("user__name", "user__email"),
        "invitations": open_invitations(request.workspace, clock.now()).select_related("invited_by").order_by("-id"),
        "roles": roles(owners="name_owners" in request.rights),
    }


def _invite(request: WorkspaceRequest, form: InviteForm) -> dict[str, Any]:
    """The new invitation with its link, for the page; empty if the address is a member's already."""
    try:
        invitation, token, replaced = invite(request.workspace, form.cleaned_data["email"], form.cleaned_data["role"], request.user, clock.now())
    except AlreadyMember as member:
        form.add_error("email", f"{member} is a member already.")
        return {}
    lately = invited_lately(invitation)
    mail = {"mail_problem": "" if lately else _send(invitation, token), "mail_is_kept": settings.MAIL_IS_KEPT, "invited_lately": lately}
    return {"invited": invitation, "replaced": replaced, "link": link_of(token), **mail}


def _send(invitation: Invitation, token: str) -> str:
    """Mails the invitation; what went wrong in words, if anything did: the link on the page can still be passed on."""
    try:
        send(invitation, token)
    except (OSError, SMTPException, AnymailError) as problem:
        return str(problem) or type(problem).__name__
    return ""


@require_POST
@workspace_view("members")
def role(request: WorkspaceRequest, user_id: int) -> HttpResponse:
    membership = _member(request, user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role.")
        return _back(request)
    try:
        change_role(membership, form.cleaned_data["role"], request.user)
    except LastOwner:
        messages.error(request, f"{membership.user} is the only owner. Name another owner first.")
    else:
        messages.success(request, f"{membership.user} is now {Role(form.cleaned_data['role']).label.lower()}.")
    return _back(request)


@require_POST
@workspace_view("members")
def remove(request: WorkspaceRequest, user_id: int) -> HttpResponse:
    membership = _member(request, user_id)
    try:
        remove_member(membership, request.user)
    except LastOwner:
        messages.error(request, f"{membership.user} is the only owner. Name another owner first.")
        return _back(request)
    messages.success(request, f"{membership.user} is no longer a member.")
    return redirect("accounts:start") if user_id == request.user.id else _back(request)


@require_POST
@workspace_view("read")
def leave(request: WorkspaceRequest) -> HttpResponse:
    try:
        remove_member(request.membership, request.user)
    except LastOwner:
        messages.error(request, "You are the only owner. Name another owner first, or delete the workspace.")
        return _back(request)
    messages.success(request, f"You have left {request.workspace.name}.")
    return redirect("accounts:start")


@require_POST
@workspace_view("members")
def revoke(request: WorkspaceRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, id=invitation_id, workspace=request.workspace)
    if revoke_invitation(invitation, request.user, clock.now()):
        messages.success(request, f"The invitation of {invitation.email} is revoked.")
    return _back(request)


def _member(request: WorkspaceRequest, user_id: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user"), workspace=request.workspace, user=user_id)


def _back(request: WorkspaceRequest) -> HttpResponse:
    return redirect("accounts:members", request.workspace.slug)
