"""Outside addresses in the settings, and what whoever reads there answers."""

from __future__ import annotations

from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from leadscore import clock
from notifications import addresses as deeds
from notifications.forms import AddressForm
from notifications.models import OutsideAddress


@workspace_view("teams")
def addresses(request: WorkspaceRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if form.is_valid():
        try:
            added = deeds.add(request.workspace, form.cleaned_data["email"], by=request.user, now=clock.now())
        except deeds.AlreadyThere as there:
            said_no = there.address.state == "declined"
            form.add_error("email", f"{there} said no itself, so it is not asked again." if said_no else f"{there} is here already.")
        else:
            return _asked(request, added)
    return _page(request, form)


@require_POST
@workspace_view("teams")
def ask(request: WorkspaceRequest, address_id: int) -> HttpResponse:
    """Sends the question once more."""
    return _asked(request, _address(request, address_id))


@require_POST
@workspace_view("teams")
def remove(request: WorkspaceRequest, address_id: int) -> HttpResponse:
    found = _address(request, address_id)
    try:
        deeds.remove(found, by=request.user)
    except deeds.Answered:
        messages.error(request, f"{found.email} said no. It stays here and is told nothing, so that nobody asks it again.")
    else:
        messages.success(request, f"{found.email} is removed. Stages that name it tell it nothing.")
    return redirect("notifications:addresses", request.workspace.slug)


@never_cache
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in a mail opens: confirm, decline, or stop. Knowing it is the right; it names no contact."""
    found = deeds.find(token)
    if found is None:
        raise Http404("no such address")
    if request.method == "POST":
        (deeds.confirm if request.POST.get("answer") == "confirm" else deeds.decline)(found, clock.now())
        return redirect("notifications:address", token)
    return render(request, "notifications/address.html", {"address": found})


def _asked(request: WorkspaceRequest, address: OutsideAddress) -> HttpResponse:
    """Asks the address, and says how that went. The link is shown only where no mail is sent: who sees it can answer for the address."""
    if settings.MAIL_IS_KEPT and address.state == "waiting":
        return _page(request, AddressForm(), asked=address, link=deeds.link_of(address.workspace_id, address.email))
    try:
        deeds.ask(address, by=request.user, now=clock.now())
    except deeds.Answered:
        messages.error(request, f"{address.email} has answered already, so it is not asked again.")
    except deeds.AskedLately:
        messages.error(request, f"{address.email} was asked less than an hour ago. Give it time to answer.")
    except (OSError, SMTPException, AnymailError) as problem:
        messages.error(request, f"{address.email} is here, but the mail could not be sent: {problem or type(problem).__name__}. Ask again later.")
    else:
        messages.success(request, f"{address.email} was asked. Messages go there once it has confirmed.")
    return redirect("notifications:addresses", request.workspace.slug)


def _page(request: WorkspaceRequest, form: AddressForm, **more: object) -> HttpResponse:
    listed = deeds.of_workspace(request.workspace)
    return render(request, "notifications/addresses.html", {"addresses": listed, "form": form, **more}, status=422 if form.errors else 200)


def _address(request: WorkspaceRequest, address_id: int) -> OutsideAddress:
    return get_object_or_404(OutsideAddress, workspace=request.workspace, id=address_id)
