"""Trying a draft or a version on a contact. Nothing is stored, whatever is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.access import WorkspaceRequest, workspace_view
from contacts.models import Contact
from contacts.views.comparing import candidates
from leadscore import clock
from leadscore.htmx import wants_fragment
from leadscore.query_text import query_text, whole_number
from scoring import suggestions, trials
from scoring.document import problems
from scoring.draft_edits import entries
from scoring.forms import trying as form_of
from scoring.forms.trying import TryForm
from scoring.models import ScoringType, Version
from scoring.trials import Attempt
from scoring.views import page
from scoring.views.trial_page import page_of
from scoring.views.versions import find_version

MOST_FOUND = 8
MOST_VERSIONS = 100
DRAFT = "draft"


@never_cache
@workspace_view("read", post="read")
def attempt(request: WorkspaceRequest, key: str) -> HttpResponse:
    """GET shows the form and finds contacts (`q`), or tries one that is named (`contact`); POST tries what the form says."""
    scoring_type = page.find(request, key)
    asked = request.POST if request.method == "POST" else request.GET
    version = _version(scoring_type, asked.get("version", DRAFT))
    contact = _contact(request, asked.get("contact", ""))
    shown = {"type": scoring_type, "live": scoring_type.published, "contact": contact, "version": version, "made_up": "made_up" in asked}
    if request.method == "POST":
        return _tried(request, scoring_type, form_of.read(request.POST), shown)
    form = form_of.blank(version.document if version else scoring_type.draft, str(version.number) if version else DRAFT)
    if contact:
        return _tried(request, scoring_type, form, shown)
    return _show(request, scoring_type, form, {**shown, "found": _found(request), "asked": query_text(request.GET, "q")})


def _tried(request: WorkspaceRequest, scoring_type: ScoringType, form: TryForm, shown: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    t = now + timedelta(days=form.days_ahead)
    form, made_up = form_of.understood(replace(form, traits=()) if shown["contact"] else form, now, t)
    if form.is_faulty:
        return _show(request, scoring_type, form, shown, 422 if request.POST.get("do", "try") == "try" else 200)
    zone, version = request.workspace.time_zone, shown["version"]
    try:
        if shown["contact"]:
            tried = trials.of_contact(scoring_type, zone, version, shown["contact"].id, made_up.activities, t)
        else:
            tried = trials.of_made_up(scoring_type, zone, version, made_up, t)
    except trials.CannotTry:
        return _show(request, scoring_type, form, shown, 422)
    return _show(request, scoring_type, form, {**shown, "tried": tried})


def _show(request: WorkspaceRequest, scoring_type: ScoringType, form: TryForm, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    tried: Attempt | None = shown.get("tried")
    version: Version | None = shown["version"]
    document = version.document if version else scoring_type.draft
    names = dict.fromkeys(rule["activity"] for rule in entries(document, "rules") if isinstance(rule.get("activity"), str))
    context = {
        **shown, "form": form, "page": page_of(tried) if tried else None,
        "to_mend": [] if version else problems(document),
        "versions": scoring_type.versions.order_by("-number").values_list("number", flat=True)[:MOST_VERSIONS],
        "names": [*names, *(name for name in suggestions.activity_names(request.workspace.id) if name not in names)],
        "fields": suggestions.profile_fields(request.workspace.id),
    }  # fmt: skip
    return render(request, "scoring/_try.html" if wants_fragment(request) else "scoring/try.html", context, status=status)


def _version(scoring_type: ScoringType, asked: str) -> Version | None:
    """The version asked for, None for the draft; 404 for one that is not there."""
    if asked == DRAFT:
        return None
    return find_version(scoring_type, whole_number(asked) or 0)


def _contact(request: WorkspaceRequest, asked: str) -> Contact | None:
    """The contact asked for, or the one it was merged into; 404 for one that is not there."""
    if not asked:
        return None
    contacts = Contact.objects.filter(workspace=request.workspace).select_related("merged_into__company", "company")
    found = contacts.filter(id=whole_number(asked) or 0).first()
    if found is None:
        raise Http404("no such contact")
    return found.merged_into or found


def _found(request: WorkspaceRequest) -> list[Contact]:
    """Contacts found by what was typed; without anything, those heard last."""
    if asked := query_text(request.GET, "q"):
        return candidates(request.workspace.id, 0, asked)[:MOST_FOUND]
    seen = Contact.objects.filter(workspace=request.workspace, merged_into=None).select_related("company").defer("search")
    return list(seen.filter(last_seen__isnull=False).order_by("-last_seen__at", "-id")[:MOST_FOUND])
