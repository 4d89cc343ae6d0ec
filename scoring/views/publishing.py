"""Publishing the draft, and watching it happen."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.htmx import wants_fragment
from scoring import publishing
from scoring.forms.types import PublishForm
from scoring.publishing import CannotPublish
from scoring.views import page


@never_cache
@workspace_view("scoring")
def publish(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Asks for a note; the dialog on the editor's page posts to the same address."""
    scoring_type, form = page.find(request, key), PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            publishing.publish(request.workspace, key, by=request.user, note=form.cleaned_data["note"], notify=form.notify)
        except CannotPublish:
            return page.show(request, scoring_type, status=422)
        return redirect("scoring:edit", request.workspace.slug, key)
    shown = page.context(request, scoring_type, form=form)
    return render(request, "scoring/publish.html", shown, status=422 if form.errors else 200)


@require_POST
@workspace_view("scoring")
def cancel(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Ends what is being computed; the draft stays as it is."""
    page.find(request, key)
    if publishing.cancel(request.workspace, key, by=request.user):
        messages.success(request, "Publishing was cancelled. What was live is still live, and the draft is as it was.")
    else:
        messages.info(request, "There was nothing to cancel any more.")
    return redirect("scoring:edit", request.workspace.slug, key)


@never_cache
@require_safe
@workspace_view("read")
def progress(request: WorkspaceRequest, key: str) -> HttpResponse:
    """How far it is: the line alone while it goes on, then all that shows which version is live.

    The browser leaves a place in which something is being written as it is.
    """
    scoring_type = page.find(request, key)
    if not wants_fragment(request):
        return redirect("scoring:edit", request.workspace.slug, key)
    shown = page.context(request, scoring_type)
    if shown["progress"]:
        return page.fragments(request, ["scoring/_progress.html"], shown)
    response = page.fragments(request, [page.DRAFT, "scoring/_state.html", "scoring/_stages.html", page.RULES], {**shown, "arrived": True})
    response["HX-Retarget"] = "#draft"
    if shown["live"] and not shown["failed"]:
        response["HX-Trigger"] = json.dumps({"toast": f"Version {shown['live'].number} is live."})
    return response
