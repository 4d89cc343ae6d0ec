"""What is wrong with the rules of a published type."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore import clock
from leadscore.htmx import wants_fragment
from scoring.draft_edits import entries
from scoring.examining import examine, examined_lately
from scoring.rule_health import DAYS
from scoring.views import page


@never_cache
@require_safe
@workspace_view("read")
def health(request: WorkspaceRequest, key: str) -> HttpResponse:
    """The findings; for htmx, their number, which the tab on each page of the type shows as far as it is known."""
    scoring_type = page.find(request, key)
    if wants_fragment(request):
        return render(request, "scoring/_health_count.html", {"health": examined_lately(scoring_type)})
    found = examine(scoring_type, clock.now())
    editable = {rule["key"] for rule in entries(scoring_type.draft, "rules")} if "scoring" in request.rights else set()
    context = {"type": scoring_type, "live": scoring_type.published, "health": found, "days": DAYS, "editable": editable}
    return render(request, "scoring/health.html", context)
