"""The first page of a workspace, and its guides."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.access import WorkspaceRequest, workspace_view
from insights import guides, overview
from leadscore.clock import now
from scoring.versions import live, of_type
from tracking import inbox, rejects


@workspace_view("read")
def home(request: WorkspaceRequest) -> HttpResponse:
    workspace = request.workspace
    versions = live(workspace.id)
    shown = of_type(versions, request.GET.get("type"))
    context: dict[str, Any] = {
        "versions": versions,
        "shown": shown,
        "setup": overview.setup(workspace, versions),
        "messages_sent": overview.messages(workspace),
        "pending": inbox.pending(workspace.id),
        "set_aside": rejects.count(workspace.id),
    }
    if shown:
        rungs = overview.ladder(workspace.id, shown, now() - overview.PERIOD)
        moved = max((max(rung.entered, rung.left) for rung in rungs), default=0)
        context |= {"rungs": rungs, "stages": len(shown.model.stages), "most_moved": moved or 1,
                    "was_published": any(rung.by_version for rung in rungs), "newest": overview.newest(workspace, shown)}
    return render(request, "insights/home.html", context)


@workspace_view("read")
def guide(request: WorkspaceRequest, name: str) -> HttpResponse:
    if name not in guides.NAMES:
        raise Http404
    return render(request, "insights/guide.html", {"guide": guides.guide(name), "guides": [guides.guide(one) for one in guides.NAMES]})
