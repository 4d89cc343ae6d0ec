"""The editor's page, and its cards: stages, groups, the type itself."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from scoring import drafts, undoing
from scoring.draft_edits import with_groups, with_stages
from scoring.draft_history import step_of
from scoring.forms.stages import read_groups, read_stages, read_type
from scoring.models import DraftEdit
from scoring.views import page


@never_cache
@require_safe
@workspace_view("read")
def edit(request: WorkspaceRequest, key: str) -> HttpResponse:
    return page.show(request, page.find(request, key))


@require_POST
@workspace_view("scoring")
def stages(request: WorkspaceRequest, key: str) -> HttpResponse:
    draft = page.find(request, key).draft
    changed = with_stages(draft, read_stages(request.POST, draft))
    return page.edit(request, key, changed, ["scoring/_stages.html", page.DRAFT], "Stages saved.", "stages")


@require_POST
@workspace_view("scoring")
def groups(request: WorkspaceRequest, key: str) -> HttpResponse:
    draft = page.find(request, key).draft
    changed = with_groups(draft, read_groups(request.POST, draft))
    return page.edit(request, key, changed, ["scoring/_groups.html", page.DRAFT, page.RULES], "Groups saved.", "groups")


@require_POST
@workspace_view("scoring")
def settings(request: WorkspaceRequest, key: str) -> HttpResponse:
    changed = read_type(request.POST, page.find(request, key).draft)
    return page.edit(request, key, changed, ["scoring/_type.html", page.DRAFT], "Saved.", "type")


@require_POST
@workspace_view("scoring")
def discard(request: WorkspaceRequest, key: str) -> HttpResponse:
    scoring_type = page.find(request, key)
    try:
        drafts.discard(request.workspace, key, by=request.user, revision=page.revision_of(request))
    except drafts.Stale:
        return page.show(request, scoring_type, status=409, stale=True)
    messages.success(request, "The draft is what is published again.")
    return redirect("scoring:edit", request.workspace.slug, key)


@require_POST
@workspace_view("scoring")
def undo(request: WorkspaceRequest, key: str) -> HttpResponse:
    return _turn(request, key, undoing.undo, "Undone")


@require_POST
@workspace_view("scoring")
def redo(request: WorkspaceRequest, key: str) -> HttpResponse:
    return _turn(request, key, undoing.redo, "Done again")


def _turn(request: WorkspaceRequest, key: str, turn: Callable[..., DraftEdit], said: str) -> HttpResponse:
    """An edit may have been of any part of the page; it is drawn anew."""
    scoring_type = page.find(request, key)
    try:
        edit = turn(request.workspace, key, by=request.user, revision=page.revision_of(request))
    except drafts.Stale:
        return page.show(request, scoring_type, status=409, stale=True)
    except undoing.NothingThere:
        return page.show(request, scoring_type, status=409)
    live = scoring_type.published
    passed = live if edit.is_undone and live and edit.at < live.created_at else None
    told = f" The draft is as it was before version {passed.number}, which stays live." if passed else ""
    messages.success(request, f"{said}: {step_of(edit)}.{told}")
    return redirect("scoring:edit", request.workspace.slug, key)
