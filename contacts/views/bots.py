"""Bots: what a person says of an activity, and what the workspace takes for a mail scanner."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts import caught
from contacts.calls import ACTIVITY_KINDS
from contacts.forms import MarkForm, ScannerForm
from contacts.labels import label
from contacts.marking import settings_of
from contacts.models import Activity, BotMark, Contact
from contacts.views.finding import contact_of, present_contact
from leadscore import clock
from leadscore.htmx import wants_fragment
from scoring import reclassifying, rejudging, sent_because

MONTH = timedelta(days=30)


@vary_on_headers("HX-Request")
@workspace_view("contacts")
def mark(request: WorkspaceRequest, contact_id: int, activity_id: int) -> HttpResponse:
    """A page, or a dialog where the timeline asks for one, that asks who did the activity."""
    contact, activity = present_contact(request, contact_id), _activity(request, contact_id, activity_id)
    form = MarkForm(request.POST or None, initial={"bot": "no" if activity.bot else "yes"})
    if form.is_valid():
        is_bot, reason = form.cleaned_data["bot"], form.cleaned_data["reason"]
        changed = reclassifying.mark(request.workspace, contact.id, activity.id, is_bot=is_bot, reason=reason, by=request.user)
        what = "It is taken for a bot’s, and counts for nothing." if is_bot else f"It is taken for what {contact} did."
        messages.success(request, _said(contact, what, changed))
        return redirect("contacts:profile", request.workspace.slug, contact.id)
    template = "contacts/_mark_dialog.html" if wants_fragment(request) else "contacts/mark.html"
    text = label(activity.name, activity.properties, activity.kind)
    said = BotMark.objects.filter(workspace=request.workspace, activity_id=activity.id, marked_by="person").select_related("author", "key").first()
    context = {"contact": contact, "activity": activity, "form": form, "text": text, "said": said}
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
@workspace_view("contacts")
def leave_to_rules(request: WorkspaceRequest, contact_id: int, activity_id: int) -> HttpResponse:
    """Takes back what a person said of an activity."""
    contact, activity = present_contact(request, contact_id), _activity(request, contact_id, activity_id)
    changed = reclassifying.leave_to_rules(request.workspace, contact.id, activity.id, by=request.user)
    messages.success(request, _said(contact, "The rules decide about it again.", changed))
    return redirect("contacts:profile", request.workspace.slug, contact.id)


def _activity(request: WorkspaceRequest, contact_id: int, activity_id: int) -> Activity:
    known = Activity.objects.filter(kind__in=ACTIVITY_KINDS, erased=False)
    return get_object_or_404(known, workspace=request.workspace, contact=contact_id, id=activity_id)


def _said(contact: Contact, what: str, changed: bool) -> str:
    return f"{what} The points of {contact} are worked out anew; nobody is told." if changed else what


@require_GET
@workspace_view("read")
def blamed(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """The part of a profile that names the messages which went out because of what is taken for a bot's by now, for htmx."""
    contact = contact_of(request, contact_id)
    if not wants_fragment(request) or contact.merged_into_id:
        return redirect("contacts:profile", request.workspace.slug, contact.merged_into_id or contact.id)
    had_counted = [id for id, counted in caught.of_contact(request.workspace.id, contact.id).items() if counted]
    sent = sent_because.messages(request.workspace.id, contact.id, had_counted)
    return render(request, "contacts/_blamed.html", {"contact": contact, "sent": sent, "most": sent_because.MOST})


@workspace_view("read", post="settings")
def settings(request: WorkspaceRequest) -> HttpResponse:
    """The rule for mail scanners, and what was taken for a bot's in the last 30 days."""
    rule = settings_of(request.workspace.id)
    form = ScannerForm(request.POST) if request.method == "POST" else ScannerForm.of(rule)
    if form.is_valid():
        job = rejudging.change(request.workspace, form.settings(), by=request.user)
        messages.success(request, "Saved. What is stored is looked at again." if job else "Nothing has changed.")
        return redirect("contacts:bots", request.workspace.slug)
    since = clock.now() - MONTH
    context = {
        "form": form,
        "rule": rule,
        "job": rejudging.running(request.workspace),
        "counts": caught.counts(request.workspace.id, since),
        "latest": caught.latest(request.workspace.id, since),
    }
    return render(request, "contacts/bots.html", context, status=422 if form.errors else 200)
