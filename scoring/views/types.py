"""The list of scoring types, making and copying one, putting one away and bringing it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from leadscore import clock
from scoring import archiving, drafts
from scoring.differences import differences
from scoring.forms.types import TypeForm
from scoring.models import ScoringType
from scoring.stage_counts import Counts, contacts_by_stage
from scoring.views.faults import Faults
from scoring.views.model_page import Rung, ladder
from scoring.views.progress import Progress, publishing_in


@dataclass(frozen=True, slots=True)
class Card:
    """A type in the list: how its draft stands against its live version, and the contacts on each stage of that."""

    type: ScoringType
    changes: int
    rungs: list[Rung]
    most: int
    progress: Progress | None


@workspace_view("read", post="scoring")
def types(request: WorkspaceRequest) -> HttpResponse:
    form = TypeForm(request.POST or None)
    if form.is_valid():
        return _make(request, form.cleaned_data["name"])
    return render(request, "scoring/list.html", {"form": form, **_listed(request)}, status=422 if form.errors else 200)


def _make(request: WorkspaceRequest, name: str) -> HttpResponse:
    starting = drafts.starting_document(drafts.free_key(request.workspace, name), name)
    made = drafts.create_freely(request.workspace, starting, by=request.user)
    messages.success(request, f"{made.name} begins with three stages. Add the first rule; nothing is scored until you publish.")
    return redirect("scoring:edit", request.workspace.slug, made.key)


def _listed(request: WorkspaceRequest) -> dict[str, Any]:
    all_types = list(ScoringType.objects.filter(workspace=request.workspace).select_related("published").order_by("name", "id"))
    current = [one for one in all_types if one.archived_at is None]
    counts = contacts_by_stage(request.workspace.id, [one.published for one in current if one.published])
    on_the_way = publishing_in(request.workspace.id, clock.now())
    cards = [_card(one, counts.get(one.published_id or 0), on_the_way.get(one.id)) for one in current]
    return {"cards": cards, "archived": [one for one in all_types if one.archived_at], "may": "scoring" in request.rights}


def _card(scoring_type: ScoringType, counts: Counts | None, progress: Progress | None) -> Card:
    """By the live version's stages; by the draft's where there is none."""
    live = scoring_type.published.document if scoring_type.published else None
    rungs = ladder(live or scoring_type.draft, Faults(), None, counts, [])
    changes = len(differences(live, scoring_type.draft)) if live else 0
    return Card(scoring_type, changes, rungs, max([0, *(rung.now or 0 for rung in rungs)]), progress)


@require_POST
@workspace_view("scoring")
def duplicate(request: WorkspaceRequest, key: str) -> HttpResponse:
    made = _done(drafts.duplicate, request, key)
    messages.success(request, f"{made.name} is a type of its own now. Nothing is scored by it until you publish.")
    return redirect("scoring:edit", request.workspace.slug, made.key)


@require_POST
@workspace_view("scoring")
def archive(request: WorkspaceRequest, key: str) -> HttpResponse:
    held = _done(archiving.archive, request, key)
    messages.success(request, f"{held.name} is archived. Contacts are no longer scored by it.")
    return redirect("scoring:list", request.workspace.slug)


@require_POST
@workspace_view("scoring")
def restore(request: WorkspaceRequest, key: str) -> HttpResponse:
    held = _done(archiving.restore, request, key)
    messages.success(request, f"{held.name} is back as a draft. Publish it to score contacts by it again.")
    return redirect("scoring:edit", request.workspace.slug, held.key)


def _done(deed: Callable[..., ScoringType], request: WorkspaceRequest, key: str) -> ScoringType:
    try:
        return deed(request.workspace, key, by=request.user)
    except ScoringType.DoesNotExist:
        raise Http404("no such scoring type") from None
