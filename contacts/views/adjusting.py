"""Points by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts.forms import AdjustForm
from contacts.models import Contact
from contacts.views.finding import present_contact
from leadscore.formats import number
from leadscore.htmx import go_on, wants_fragment
from scoring.adjusting import adjust as deed
from scoring.models import ScoringType


@vary_on_headers("HX-Request")
@workspace_view("adjust")
def adjust(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """A page, or a dialog where a page asks for one; `?type=` is the scoring type that is chosen first."""
    contact = present_contact(request, contact_id)
    types = ScoringType.objects.filter(workspace=request.workspace, archived_at=None, published__isnull=False).order_by("name")
    form = AdjustForm(request.POST or None, types=types, initial={"scoring_type": request.GET.get("type", "")})
    if form.is_valid() and _adjusted(request, form, contact):
        return go_on(request, "contacts:profile", request.workspace.slug, contact.id)
    template = "contacts/_adjust_dialog.html" if wants_fragment(request) else "contacts/adjust.html"
    return render(request, template, {"contact": contact, "form": form}, status=422 if form.errors else 200)


def _adjusted(request: WorkspaceRequest, form: AdjustForm, contact: Contact) -> bool:
    """Gives the points; what kept it from being done is said on the form."""
    given = form.cleaned_data
    try:
        made = deed(request.workspace, contact.id, given["scoring_type"], given["points"], given["reason"], by=request.user)
    except Contact.DoesNotExist:
        form.add_error(None, "The contact was just merged or erased by somebody else. Nothing was changed.")
        return False
    messages.success(request, f"{number(made.points, signed=True)} for {contact} in {made.scoring_type}.")
    return True
