"""The versions of a type: what was published when by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore import clock
from leadscore.query_text import whole_number
from scoring.models import ScoringType, Version
from scoring.versions import between, predecessors
from scoring.views import page
from scoring.views.faults import Faults
from scoring.views.model_page import criteria, score_bounds, sections
from scoring.views.progress import publishing_of

A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A version in the list, with what differs from the one that was live before it, None where nothing was."""

    version: Version
    before: Version | None
    changes: list[str]


@require_safe
@workspace_view("read")
def versions(request: WorkspaceRequest, key: str) -> HttpResponse:
    """The versions, the latest first; `?before=` a number goes on with older ones."""
    scoring_type = page.find(request, key)
    found = scoring_type.versions.select_related("created_by", "job").order_by("-number")
    before = whole_number(request.GET.get("before", ""))
    rows = list((found if before is None else found.filter(number__lt=before))[: A_PAGE + 1])
    shown = {
        "type": scoring_type, "live": scoring_type.published, "lines": _lines(rows[:A_PAGE]), "progress": publishing_of(scoring_type, clock.now()),
        "next": str(rows[A_PAGE - 1].number) if len(rows) > A_PAGE else "",
    }  # fmt: skip
    return render(request, "scoring/versions.html", shown)


def _lines(rows: Sequence[Version]) -> list[Line]:
    before = predecessors(rows)
    return [Line(row, older := before[row.number], between(older, row)) for row in rows]


@require_safe
@workspace_view("read")
def version(request: WorkspaceRequest, key: str, number: int) -> HttpResponse:
    """One version as sentences, and what it changed."""
    scoring_type = page.find(request, key)
    shown = find_version(scoring_type, number)
    before = predecessors([shown])[number]
    document = shown.document
    context = {
        "type": scoring_type, "live": scoring_type.published, "version": shown, "before": before, "document": document,
        "changes": between(before, shown), "sections": sections(document, Faults(), None),
        "criteria": criteria(document, Faults()), "score_bounds": score_bounds(document),
        "may_restore": "scoring" in request.rights and document != scoring_type.draft,
        **page.standing(request, document, Faults(), shown, None),
    }  # fmt: skip
    return render(request, "scoring/version.html", context)


def find_version(scoring_type: ScoringType, number: int) -> Version:
    """404 for a number that there is not."""
    return get_object_or_404(scoring_type.versions.select_related("created_by", "job"), number=number)
