"""Contacts made, changed and erased by people."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import WorkspaceRequest, workspace_view
from accounts.scope import workspace_scope
from contacts.forms import ContactForm, EraseForm
from contacts.models import Identifier, IdentifierKind
from contacts.overtaking import OVERTAKEN
from contacts.views.finding import present_contact
from scoring import editing
from tracking import erasing

Made = TypeVar("Made")
MOST_ATTEMPTS = 5


class Overtaken(ValidationError):
    """Other writers of the same contact were faster each time."""


@workspace_view("contacts")
def add(request: WorkspaceRequest) -> HttpResponse:
    form = ContactForm(request.POST or None)
    if form.is_valid() and (contact_id := _added(request, form)):
        return redirect("contacts:profile", request.workspace.slug, contact_id)
    return render(request, "contacts/form.html", {"form": form}, status=_status(form))


def _added(request: WorkspaceRequest, form: ContactForm) -> int | None:
    """The contact of the address, new or known; None where calls came between too often, which is said on the form."""
    email = form.cleaned_data["email"]
    known = Identifier.objects.filter(workspace=request.workspace, kind=IdentifierKind.EMAIL, value=email.lower()).exists()
    try:
        contact_id = _retried(request, lambda: editing.create_or_update(request.workspace, email=email, traits=form.given(), by=request.user))
    except Overtaken as overtaken:
        form.add_error(None, overtaken)
        return None
    messages.success(request, f"{email} was known already; what you typed is saved." if known else f"{email} is added.")
    return contact_id


@workspace_view("contacts")
def edit(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    contact = present_contact(request, contact_id)
    form = ContactForm(request.POST or None, contact=contact)
    if form.is_valid() and _edited(request, contact.id, form):
        messages.success(request, "Saved.")
        return redirect("contacts:profile", request.workspace.slug, contact.id)
    return render(request, "contacts/form.html", {"form": form, "contact": contact}, status=_status(form))


def _edited(request: WorkspaceRequest, contact_id: int, form: ContactForm) -> bool:
    """Saves the changed fields; an address that is another contact's is said at its field."""
    changes = form.changes()
    try:
        if changes:
            _retried(request, lambda: editing.edit(request.workspace, contact_id, changes, by=request.user))
    except Overtaken as overtaken:
        form.add_error(None, overtaken)
    except editing.AddressTaken as taken:
        form.add_error("email", "Another contact has this address.")
        form.taken_by = taken.args[0]
    return not form.errors


def _retried(request: WorkspaceRequest, deed: Callable[[], Made]) -> Made:
    """Does a deed again where a call of the same contact came between; what the failed attempt wrote is undone. Raises Overtaken."""
    for _ in range(MOST_ATTEMPTS):
        try:
            with workspace_scope(request.workspace.id):
                return deed()
        except OVERTAKEN:
            continue
    raise Overtaken("Calls of this contact came between, again and again. Nothing was saved; send it once more.", code=Overtaken.__name__)


def _status(form: ContactForm) -> int:
    if form.has_error(NON_FIELD_ERRORS, Overtaken.__name__):
        return 409
    return 422 if form.errors else 200


@workspace_view("contacts")
def erase(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    contact = present_contact(request, contact_id)
    form = EraseForm(request.POST or None, contact=contact)
    if form.is_valid():
        erasing.erase(request.workspace, contact.id, by=request.user)
        messages.success(request, f"{contact} and everything kept about them are erased.")
        return redirect("contacts:list", request.workspace.slug)
    return render(request, "contacts/erase.html", {"form": form, "contact": contact}, status=422 if form.errors else 200)
