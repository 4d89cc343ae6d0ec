"""Previews beside the editor and on a page of their own."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore import clock
from leadscore.htmx import wants_fragment
from leadscore.query_text import query_text
from scoring import previewing
from scoring.models import ScoringType
from scoring.previewing import CannotPreview, latest
from scoring.views import page
from scoring.views.foreseen import Ladders, bars, foreseen, movers

FACTS, COUNTS, MOVERS = "scoring/_facts.html", "scoring/_counts.html", "scoring/_movers.html"
MOVES = "scoring/_publish_moves.html"  # in the dialog of those who may publish
A_PAGE = 50


@never_cache
@workspace_view("read", post="scoring")
def preview(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Shows the latest preview of the draft; POST makes a new one."""
    scoring_type = page.find(request, key)
    if request.method == "POST":
        return _start(request, scoring_type)
    shown = latest(scoring_type)
    context: dict[str, Any] = {"type": scoring_type, "live": scoring_type.published, "may": "scoring" in request.rights, "foreseen": None}
    context["publishable"] = context["may"] and page.is_publishable(request, scoring_type)
    if shown:
        now, ladders, asked = clock.now(), Ladders(shown), _asked(request.GET)
        rows = list(movers(shown, _place(request.GET.get("after", "")), **asked)[: A_PAGE + 1])
        context |= {
            "now": now, "foreseen": foreseen(shown, scoring_type, now), "crossings": ladders.crossings(shown.told), "bars": bars(shown.told),
            "movers": [ladders.mover(row) for row in rows[:A_PAGE]], "asked": asked,
            "next": f"{rows[A_PAGE - 1].points_then}.{rows[A_PAGE - 1].contact_id}" if len(rows) > A_PAGE else "",
            "stages": ladders.stages(shown.told),
        }  # fmt: skip
    return render(request, "scoring/preview.html", context)


def _start(request: WorkspaceRequest, scoring_type: ScoringType) -> HttpResponse:
    try:
        previewing.preview(request.workspace, scoring_type.key, by=request.user)
    except CannotPreview:
        if not wants_fragment(request):
            messages.error(request, "There is something to mend in the draft first.")
            return redirect("scoring:edit", request.workspace.slug, scoring_type.key)
    if wants_fragment(request):
        return _fragments(request, scoring_type)
    return redirect("scoring:preview", request.workspace.slug, scoring_type.key)


@never_cache
@require_safe
@workspace_view("read")
def facts(request: WorkspaceRequest, key: str) -> HttpResponse:
    """The preview's line in the draft's bar, with the counts on the ladder and who moves, as far as it is by now."""
    scoring_type = page.find(request, key)
    if not wants_fragment(request):
        return redirect("scoring:preview", request.workspace.slug, key)
    return _fragments(request, scoring_type)


def _fragments(request: WorkspaceRequest, scoring_type: ScoringType) -> HttpResponse:
    """A preview that failed while one looks on is not asked for again by itself, over and over; a button does."""
    shown = page.previewed(request, scoring_type)
    has_failed = shown["foreseen"] is not None and bool(shown["foreseen"].failed)
    parts = [FACTS, COUNTS, MOVERS, *([MOVES] if shown["may"] else [])]
    return page.fragments(request, parts, {**shown, "wants_preview": shown["wants_preview"] and not has_failed})


def _asked(query: QueryDict) -> dict[str, Any]:
    """What the address asks for: a crossing, or a direction."""
    asked: dict[str, Any] = {name: query_text(query, name, 50) for name in ("stage_now", "stage_then") if name in query}
    if query.get("way") in ("up", "down"):
        asked["is_up"] = query["way"] == "up"
    return asked


def _place(text: str) -> tuple[int, int] | None:
    """The points and the id of the last mover of a page; None for what no page's address holds."""
    found = re.fullmatch(r"(-?[0-9]{1,12})\.([0-9]{1,18})", text, re.ASCII)
    return (int(found[1]), int(found[2])) if found else None
