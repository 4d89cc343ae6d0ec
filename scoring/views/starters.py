"""The gallery of templates: each with its rules as sentences, what it needs and a made-up lead; used, a draft of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.query_text import query_text
from scoring import drafts
from scoring.models import ScoringType
from scoring.ready_made.needs import Need, names, needs, received
from scoring.ready_made.starters import Starter, find, starters
from scoring.views import page
from scoring.views.faults import Faults
from scoring.views.model_page import Rung, criteria, ladder, sections


@dataclass(frozen=True, slots=True)
class Card:
    """A template in the gallery."""

    starter: Starter
    rules: int
    rungs: list[Rung]
    needs: int
    received: int


@require_safe
@workspace_view("scoring")
def gallery(request: WorkspaceRequest) -> HttpResponse:
    into = _into(request, request.GET)
    there = received(request.workspace.id, {name for one in starters() for name in names(one.document)})
    cards = [_card(one, needs(one.document, one.sources, there)) for one in starters()]
    return render(request, "scoring/starters.html", {"cards": cards, "into": into})


def _card(starter: Starter, needed: Sequence[Need]) -> Card:
    document = starter.document
    return Card(starter, len(document["rules"]), ladder(document, Faults(), None, None, []), len(needed), sum(need.received for need in needed))


@workspace_view("scoring")
def starter(request: WorkspaceRequest, starter: str) -> HttpResponse:
    """What a template says; POST makes a type of it, or with `into` fills a type that has no rules yet."""
    chosen = find(starter)
    if chosen is None:
        raise Http404("no such template")
    if request.method == "POST":
        into = _into(request, request.POST)
        return _fill(request, into, chosen) if into else _make(request, chosen)
    return render(request, "scoring/starter.html", _shown(request, chosen))


def _shown(request: WorkspaceRequest, chosen: Starter) -> dict[str, Any]:
    document = chosen.document
    needed = needs(document, chosen.sources, received(request.workspace.id, names(document)))
    standing = page.standing(request, document, Faults(), None, None)
    return {
        "starter": chosen, "document": document, "sections": sections(document, Faults(), None), "criteria": criteria(document, Faults()),
        "needs": needed, "received": sum(need.received for need in needed), "into": _into(request, request.GET),
        "lead_rung": next(rung for rung in standing["rungs"] if rung.key == chosen.lead.stage), **standing,
    }  # fmt: skip


def _into(request: WorkspaceRequest, query: QueryDict) -> ScoringType | None:
    """The type to be filled; none where no key is given."""
    key = query_text(query, "into")
    return page.find(request, key) if key else None


def _make(request: WorkspaceRequest, chosen: Starter) -> HttpResponse:
    made = drafts.create_freely(request.workspace, chosen.document, by=request.user)
    messages.success(request, f"{made.name} is a draft of yours now. Change what you like; nothing is scored until you publish.")
    return redirect("scoring:edit", request.workspace.slug, made.key)


def _fill(request: WorkspaceRequest, scoring_type: ScoringType, chosen: Starter) -> HttpResponse:
    """The type keeps its key and its name. One that has rules, or was saved meanwhile, is left alone."""
    document = {**chosen.document, "key": scoring_type.key, "name": scoring_type.name}
    try:
        if scoring_type.draft.get("rules"):
            raise drafts.Stale(scoring_type.draft_revision)
        drafts.save(request.workspace, scoring_type.key, document, by=request.user, revision=scoring_type.draft_revision)
    except drafts.Stale:
        messages.warning(request, f"{scoring_type.name} has rules already, or was saved elsewhere meanwhile. It was left as it is.")
    else:
        messages.success(request, f"{scoring_type.name} has the rules and stages of the template now. Nothing is scored until you publish.")
    return redirect("scoring:edit", request.workspace.slug, scoring_type.key)
