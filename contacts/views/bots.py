"""Bots: what a person says of an activity, and what the workspace takes for a mail scanner."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts import caught
from contacts.calls import ACTIVITY_KINDS
from contacts.forms import MarkForm, ScannerForm
from contacts.labels import label
from contacts.marking import settings_of
from contacts.models import Activity, BotMark, Contact
from contacts.views.finding import present_contact
from leadscore import clock
from leadscore.htmx import wants_fragment
from scoring import reclassifying, rejudging
from scoring.reclassifying import Reclassified

MONTH = timedelta(days=30)


@vary_on_headers("HX-Request")
@workspace_view("contacts")
def mark(request: WorkspaceRequest, contact_id: int, activity_id: int) -> HttpResponse:
    """A page, or a dialog where the timeline asks for one, that asks who did the activity."""
    contact, activity = present_contact(request, contact_id), _activity(request, contact_id, activity_id)
    form = MarkForm(request.POST or None, initial={"bot": "no" if activity.bot else "yes"})
    if form.is_valid():
        is_bot, reason = form.cleaned_data["bot"], form.cleaned_data["reason"]
        made = reclassifying.mark(request.workspace, contact.id, activity.id, is_bot=is_bot, reason=reason, by=request.user)
        what = "It is taken for a bot’s, and counts for nothing." if is_bot else f"It is taken for what {contact} did."
        messages.success(request, _said(request, contact, what, made))
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
    made = reclassifying.leave_to_rules(request.workspace, contact.id, activity.id, by=request.user)
    messages.success(request, _said(request, contact, "The rules decide about it again.", made))
    return redirect("contacts:profile", request.workspace.slug, contact.id)


def _activity(request: WorkspaceRequest, contact_id: int, activity_id: int) -> Activity:
    known = Activity.objects.filter(kind__in=ACTIVITY_KINDS, erased=False)
    return get_object_or_404(known, workspace=request.workspace, contact=contact_id, id=activity_id)


def _said(request: WorkspaceRequest, contact: Contact, what: str, made: Reclassified) -> SafeString:
    """What was done, and the messages that had gone out because of the activity, each with its link."""
    if not made.changed:
        return format_html("{}", what)
    points = format_html("{} The points of {} are worked out anew; nobody is told.", what, str(contact))
    if not made.messages:
        return points
    links = (
        (reverse("notifications:message", args=[request.workspace.slug, one.id]), f"“{one.stage_name}” to {one.recipient}") for one in made.messages
    )
    return format_html("{} Sent because of it: {}.", points, format_html_join(", ", '<a href="{}">{}</a>', links))


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
