"""How far the jobs on a contact's history have come."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.access import WorkspaceRequest, workspace_view
from contacts.views.finding import contact_of
from leadscore.htmx import wants_fragment
from scoring import carrying


@require_GET
@workspace_view("read")
def recomputing(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """The part of the profile that says so, for htmx; when all is done, the profile is loaded anew."""
    contact = contact_of(request, contact_id)
    if not wants_fragment(request):
        return redirect("contacts:profile", request.workspace.slug, contact.merged_into_id or contact.id)
    if contact.recomputing_since is None or contact.merged_into_id:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"contact": contact, "recomputing": carrying.progress_of(request.workspace.id, contact.id)}
    return render(request, "contacts/_recomputing.html", context)
