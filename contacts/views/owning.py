"""Who takes care of a contact."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts.forms import OwnerForm
from contacts.models import Contact
from contacts.views.finding import present_contact
from leadscore.htmx import wants_fragment
from scoring.editing import set_owner


@vary_on_headers("HX-Request")
@workspace_view("assign")
def owner(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """A page, or a dialog where a page asks for one."""
    contact = present_contact(request, contact_id)
    form = OwnerForm(request.POST or None, workspace=request.workspace, initial={"owner": contact.owner_id})
    if request.method == "POST" and form.is_valid():
        set_owner(request.workspace, contact.id, form.cleaned_data["owner"], by=request.user)
        messages.success(request, _said(contact, dict(form.fields["owner"].choices).get(form.cleaned_data["owner"])))  # type: ignore[attr-defined]
        return redirect("contacts:profile", request.workspace.slug, contact.id)
    template = "contacts/_owner_dialog.html" if wants_fragment(request) else "contacts/owner.html"
    return render(request, template, {"contact": contact, "form": form}, status=422 if form.errors else 200)


@require_POST
@workspace_view("claim")
def claim(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Takes a contact that nobody has."""
    contact = get_object_or_404(Contact.objects.select_for_update(), workspace=request.workspace, id=contact_id, merged_into=None)
    if contact.owner_id not in (None, request.user.id):
        messages.info(request, f"Somebody was quicker: {contact} is already taken care of.")
    else:
        set_owner(request.workspace, contact.id, request.user.id, by=request.user)
        messages.success(request, f"{contact} is yours now.")
    return redirect("contacts:profile", request.workspace.slug, contact.id)


def _said(contact: Contact, name: str | None) -> str:
    return f"{contact} is now {name}’s." if name else f"{contact} is nobody’s now."
