"""The way in: which workspace to open, making one, accepting an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import LAST_WORKSPACE, signed_in
from accounts.forms import WorkspaceForm
from accounts.invitations import AnotherAddress, InvitationGone, accept, find_invitation, is_open
from accounts.models import Invitation, Membership, User
from accounts.workspaces import create_workspace
from leadscore import clock


@login_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The workspace used last, else the only one, else a choice; a person without one makes one."""
    mine = list(memberships_of(signed_in(request)))
    last = [membership for membership in mine if membership.workspace_id == request.session.get(LAST_WORKSPACE)]
    for membership in last or (mine if len(mine) == 1 else []):
        return redirect("home", membership.workspace.slug)
    return redirect("accounts:switch" if mine else "accounts:new")


@login_required
@require_GET
def switch(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/switch.html", {"memberships": memberships_of(signed_in(request))})


def memberships_of(user: User) -> QuerySet[Membership]:
    """A person's memberships with their workspaces, by name."""
    return user.memberships.select_related("workspace").order_by("workspace__name", "id")


@login_required
def new(request: HttpRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None)
    if form.is_valid():
        made = create_workspace(form.cleaned_data["name"], signed_in(request), time_zone=form.cleaned_data["time_zone"], now=clock.now())
        messages.success(request, f"{made.name} is ready. Next, put the snippet on your site.")
        return redirect("accounts:install", made.slug)
    return render(request, "accounts/new.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the mail opens. Anybody who has it sees who invites whom; accepting needs the invited address."""
    found = find_invitation(token)
    if found is None:
        raise Http404("no such invitation")
    if request.method == "POST" and request.user.is_authenticated:
        return _accept(request, found)
    gone = not is_open(found, clock.now())
    fits = request.user.is_authenticated and request.user.email == found.email
    return render(request, "accounts/invitation.html", {"invitation": found, "gone": gone, "fits": fits}, status=410 if gone else 200)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    try:
        accept(found, signed_in(request), clock.now())
    except InvitationGone:
        return render(request, "accounts/invitation.html", {"invitation": found, "gone": True, "fits": False}, status=410)
    except AnotherAddress:
        return render(request, "accounts/invitation.html", {"invitation": found, "gone": False, "fits": False}, status=403)
    messages.success(request, f"Welcome to {found.workspace.name}.")
    return redirect("home", found.workspace.slug)
