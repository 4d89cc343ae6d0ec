"""Teams: who is told together."""

from __future__ import annotations

from django.contrib import messages
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from accounts.forms import TeamForm, TeamMembersForm
from accounts.models import Team
from accounts.teams import NameTaken, create_team, delete_team, rename_team, set_members
from leadscore import clock
from scoring.models import ScoringType

TAKEN = "There is a team of this name already."


@workspace_view("read", post="teams")
def teams(request: WorkspaceRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if form.is_valid():
        try:
            made = create_team(request.workspace, form.cleaned_data["name"], request.user, clock.now())
            return redirect("accounts:team", request.workspace.slug, made.key)
        except NameTaken:
            form.add_error("name", TAKEN)
    listed = Team.objects.filter(workspace=request.workspace).prefetch_related("members__user").order_by(Lower("name"))
    return render(request, "accounts/teams.html", {"teams": listed, "form": form}, status=422 if form.errors else 200)


@workspace_view("teams")
def team(request: WorkspaceRequest, key: str) -> HttpResponse:
    shown = get_object_or_404(Team, workspace=request.workspace, key=key)
    form = TeamMembersForm(request.POST or None, team=shown)
    if form.is_valid():
        try:
            rename_team(shown, form.cleaned_data["name"], request.user)
            set_members(shown, form.cleaned_data["members"], request.user)
            messages.success(request, f"{form.cleaned_data['name']} saved.")
            return redirect("accounts:teams", request.workspace.slug)
        except NameTaken:
            form.add_error("name", TAKEN)
    context = {"team": shown, "form": form, "told_by": types_that_tell(shown)}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


@require_POST
@workspace_view("teams")
def delete(request: WorkspaceRequest, key: str) -> HttpResponse:
    shown = get_object_or_404(Team, workspace=request.workspace, key=key)
    if telling := types_that_tell(shown):
        names = ", ".join(scoring_type.name for scoring_type in telling)
        messages.error(request, f"{shown.name} gets messages of {names}. Take it out of their stages first.")
        return redirect("accounts:team", request.workspace.slug, key)
    delete_team(shown, request.user)
    messages.success(request, f"{shown.name} is deleted.")
    return redirect("accounts:teams", request.workspace.slug)


def types_that_tell(team: Team) -> list[ScoringType]:
    """The scoring types whose published stages have the team among their recipients."""
    types = ScoringType.objects.filter(workspace=team.workspace_id, archived_at=None, published__isnull=False).select_related("published")
    named = {f"team:{team.key}", f"owner-or:team:{team.key}"}
    return [scoring_type for scoring_type in types.order_by("name") if named & _recipients(scoring_type)]


def _recipients(scoring_type: ScoringType) -> set[str]:
    assert scoring_type.published is not None
    return {recipient for stage in scoring_type.published.document.get("stages", []) for recipient in stage.get("notify", [])}
