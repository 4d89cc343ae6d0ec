"""Putting the snippet on a site, and seeing the first event arrive."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache

from accounts.access import WorkspaceRequest, workspace_view
from accounts.models import Key, KeyKind, Workspace
from contacts.models import Contact
from leadscore.htmx import wants_fragment
from tracking.models import Inbox, Rejected

# Where a call can come from → the name people know it by. Each has a template in accounts/snippets/.
SOURCES = {"browser": "Website", "python": "Python", "node": "Node.js", "curl": "HTTP"}


@never_cache
@workspace_view("read")
def install(request: WorkspaceRequest) -> HttpResponse:
    """Code to copy for the chosen source, with the workspace's write key in it; an htmx request gets the live check alone."""
    if wants_fragment(request):
        return render(request, "accounts/_arrived.html", {"arrived": arrived(request.workspace)})
    source = request.GET.get("source", "browser")
    source = source if source in SOURCES else "browser"
    key = Key.objects.filter(workspace=request.workspace, kind=KeyKind.WRITE, revoked_at=None).order_by("id").first()
    context = {"sources": SOURCES, "source": source, "key": key, "code": _code(source, key), "calls": _code("calls", key)}
    return render(request, "accounts/install.html", {**context, "arrived": arrived(request.workspace)})


def _code(source: str, key: Key | None) -> str:
    values = {"site_url": settings.SITE_URL, "write_key": key.public_token if key else "YOUR_WRITE_KEY"}
    return render_to_string(f"accounts/snippets/{source}.txt", values).strip()


def arrived(workspace: Workspace) -> dict[str, Any]:
    """What tracking has done so far: the contact seen last, what waits to be processed, and the last call that was set aside."""
    seen = Contact.objects.filter(workspace=workspace, merged_into=None, last_seen__isnull=False).select_related("last_seen")
    return {
        "contact": seen.order_by("-last_seen__at", "-id").first(),
        "waiting": Inbox.objects.filter(workspace=workspace).exists(),
        "rejected": Rejected.objects.filter(workspace=workspace).order_by("-id").first(),
    }
