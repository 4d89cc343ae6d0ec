"""The versions of a type: what was published when by whom."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore import clock
from scoring.differences import differences
from scoring.models import ScoringType, Version
from scoring.views import page
from scoring.views.faults import Faults
from scoring.views.model_page import criteria, score_bounds, sections
from scoring.views.progress import publishing_of

MOST_LISTED = 200


@require_safe
@workspace_view("read")
def versions(request: WorkspaceRequest, key: str) -> HttpResponse:
    scoring_type = page.find(request, key)
    listed = scoring_type.versions.select_related("created_by", "job").defer("document").order_by("-number")[:MOST_LISTED]
    shown = {"type": scoring_type, "live": scoring_type.published, "versions": listed, "progress": publishing_of(scoring_type, clock.now())}
    return render(request, "scoring/versions.html", shown)


@require_safe
@workspace_view("read")
def version(request: WorkspaceRequest, key: str, number: int) -> HttpResponse:
    """One version as sentences, and what it changed."""
    scoring_type = page.find(request, key)
    shown = find_version(scoring_type, number)
    before = scoring_type.versions.filter(number__lt=number).order_by("-number").first()
    document = shown.document
    context = {
        "type": scoring_type, "live": scoring_type.published, "version": shown, "before": before, "document": document,
        "changes": differences(before.document, document) if before else [], "sections": sections(document, Faults(), None),
        "criteria": criteria(document), "score_bounds": score_bounds(document),
        **page.standing(request, document, Faults(), shown, None),
    }  # fmt: skip
    return render(request, "scoring/version.html", context)


def find_version(scoring_type: ScoringType, number: int) -> Version:
    """404 for a number that there is not."""
    return get_object_or_404(scoring_type.versions.select_related("created_by", "job"), number=number)
