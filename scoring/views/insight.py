"""What rules matched, beside their lines and in the open one: asked for by the page once it stands."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from contacts.calling import call
from contacts.models import Contact
from leadscore import clock
from leadscore.htmx import wants_fragment
from scoring import insights, unheard
from scoring.draft_edits import entries
from scoring.forms import rules
from scoring.matching import DAYS, Insight
from scoring.views import page


@never_cache
@require_safe
@workspace_view("read")
def matches(request: WorkspaceRequest, key: str) -> HttpResponse:
    """How often each rule of the draft matched, for its line."""
    scoring_type = page.find(request, key)
    if not wants_fragment(request):
        return redirect("scoring:edit", request.workspace.slug, key)
    listed = entries(scoring_type.draft, "rules")
    found = insights.of_rules(request.workspace.id, request.workspace.time_zone, listed, clock.now())
    rows = [{"key": rule["key"], "insight": one} for rule, one in zip(listed, found, strict=True)]
    return render(request, "scoring/_matches.html", {"rows": rows})


@never_cache
@require_POST
@workspace_view("scoring")
def insight(request: WorkspaceRequest, key: str) -> HttpResponse:
    """What the rule in the form matched, as it is written there, stored or not; and names in it that nobody has sent."""
    page.find(request, key)
    written = rules.read(request.POST, rules.blank(request.POST.get("kind", ""), None))
    (found,) = insights.of_rules(request.workspace.id, request.workspace.time_zone, [written], clock.now())
    names = unheard.of_rule(request.workspace.id, written)
    told = _told(request, found) if found else {}
    return render(request, "scoring/_insight.html", {"insight": found, "rule": written, "days": DAYS, "unheard": names, **told})


def _told(request: WorkspaceRequest, found: Insight) -> dict[str, Any]:
    """The counts as they stand for all contacts; the contacts named, and how many more there are."""
    named = Contact.objects.filter(workspace=request.workspace, merged_into=None).defer("search").in_bulk(found.examples)
    examples = [named[contact] for contact in found.examples if contact in named]
    call(request.workspace.id, examples)
    contacts = found.in_all(found.contacts)
    return {
        "contacts": contacts, "gave": found.in_all(found.gave), "left": found.in_all(found.left_out), "examples": examples,
        "more": max(0, contacts - len(examples)),
    }  # fmt: skip
