"""The audit log: who did what, newest first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import WorkspaceRequest, workspace_view
from accounts.models import AuditEntry
from accounts.views.audit_words import Teller
from leadscore.query_text import whole_number

PAGE = 50


@workspace_view("audit")
def audit(request: WorkspaceRequest) -> HttpResponse:
    entries = AuditEntry.objects.filter(workspace=request.workspace).select_related("actor", "key").order_by("-id")
    after = whole_number(request.GET.get("after", ""))
    if after is not None:
        entries = entries.filter(id__lt=after)
    page = list(entries[: PAGE + 1])
    more = f"?after={page[PAGE - 1].id}" if len(page) > PAGE else ""
    teller = Teller(request.workspace, page[:PAGE])
    shown = [teller.tell(entry) for entry in page[:PAGE]]
    context = {"entries": shown, "shown": f"{len(shown)} deeds", "next": more, "newest": "" if after is None else "?"}
    return render(request, "accounts/audit.html", context)
