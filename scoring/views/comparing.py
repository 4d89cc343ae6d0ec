"""Drafts and versions of a type side by side, and an earlier version made the draft again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.query_text import whole_number
from scoring import drafts
from scoring.comparing import compare as compared
from scoring.models import ScoringType, Version
from scoring.views import page
from scoring.views.versions import find_version

DRAFT = "draft"
MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the draft, or a version. `value` is how the address names it; `zone`, in which days are counted."""

    value: str
    words: str
    document: dict[str, Any]
    zone: str


@never_cache
@require_safe
@workspace_view("read")
def compare(request: WorkspaceRequest, key: str) -> HttpResponse:
    """What differs from `old` to `new`, each `draft` or a version's number; without them, from what is live to the draft."""
    scoring_type = page.find(request, key)
    zone = request.workspace.time_zone
    old, new = (_side(scoring_type, _asked(request.GET, name, without), zone) for name, without in (("old", _first(scoring_type)), ("new", DRAFT)))
    numbers = scoring_type.versions.order_by("-number").values_list("number", flat=True)[:MOST_CHOICES]
    shown = {
        "type": scoring_type, "live": scoring_type.published, "old": old, "new": new,
        "chapters": compared(old.document, new.document, (old.zone, new.zone)),
        "choices": [(DRAFT, "Draft"), *((str(number), f"Version {number}") for number in numbers)],
    }  # fmt: skip
    return render(request, "scoring/compare.html", shown)


def _first(scoring_type: ScoringType) -> str:
    return str(scoring_type.published.number) if scoring_type.published else DRAFT


def _asked(query: QueryDict, name: str, otherwise: str) -> str:
    return query.get(name) or otherwise


def _side(scoring_type: ScoringType, value: str, zone: str) -> Side:
    """`zone`: the workspace's, which the draft would be published in."""
    if value == DRAFT:
        return Side(DRAFT, "Draft", scoring_type.draft, zone)
    version = find_version(scoring_type, whole_number(value) or 0)
    return Side(str(version.number), f"Version {version.number}", version.document, version.time_zone)


@require_POST
@workspace_view("scoring")
def restore(request: WorkspaceRequest, key: str, number: int) -> HttpResponse:
    """The version becomes the draft; it scores again once it is published."""
    scoring_type = page.find(request, key)
    try:
        drafts.restore_version(request.workspace, key, number, by=request.user, revision=page.revision_of(request))
    except drafts.Stale:
        return page.show(request, scoring_type, status=409, stale=True)
    except Version.DoesNotExist:
        raise Http404("no such version") from None
    messages.success(request, f"The draft is what version {number} was. Undo brings the draft back that was there before.")
    return redirect("scoring:edit", request.workspace.slug, key)
