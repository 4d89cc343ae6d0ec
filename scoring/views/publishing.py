"""Publishing the draft, and watching it happen."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore import clock
from leadscore.htmx import wants_fragment
from scoring import publishing
from scoring.drafts import Stale
from scoring.forms.types import PublishForm
from scoring.models import ScoringType, Version, VersionState
from scoring.publishing import CannotPublish
from scoring.views import page
from scoring.views.progress import latest_of, publishing_of

SAID: dict[str, str] = {VersionState.LIVE: "Version {} is live.", VersionState.CANCELLED: "Version {} was cancelled."}


@never_cache
@workspace_view("scoring")
def publish(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Asks for a note; the dialog on the editor's page posts to the same address. A draft that was saved since it was shown is shown again."""
    scoring_type, form = page.find(request, key), PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        note, revision = form.cleaned_data["note"], page.revision_of(request)
        try:
            publishing.publish(request.workspace, key, by=request.user, note=note, notify=form.notify, revision=revision)
        except CannotPublish:
            return page.show(request, scoring_type, status=422)
        except Stale:
            return _ask(request, page.find(request, key), form, status=409, outdated=True)
        return redirect("scoring:edit", request.workspace.slug, key)
    return _ask(request, scoring_type, form, status=422 if form.errors else 200)


def _ask(request: WorkspaceRequest, scoring_type: ScoringType, form: PublishForm, status: int, **more: Any) -> HttpResponse:
    return render(request, "scoring/publish.html", page.context(request, scoring_type, form=form, **more), status=status)


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
    progress = publishing_of(scoring_type, clock.now())
    if progress is None:
        return _ended(request, scoring_type, latest_of(scoring_type))
    shown = {"type": scoring_type, "live": scoring_type.published, "progress": progress, "may": "scoring" in request.rights}
    return page.fragments(request, ["scoring/_progress.html"], shown)


def _ended(request: WorkspaceRequest, scoring_type: ScoringType, ended: Version | None) -> HttpResponse:
    """What became of the version, by its own state: somebody else may have cancelled it."""
    shown = page.context(request, scoring_type, ended=ended)
    response = page.fragments(request, [page.DRAFT, "scoring/_state.html", "scoring/_stages.html", "scoring/_movers.html", page.RULES], shown)
    response["HX-Retarget"] = "#draft"
    if ended and ended.state in SAID:
        response["HX-Trigger"] = json.dumps({"toast": SAID[ended.state].format(ended.number)})
    return response
