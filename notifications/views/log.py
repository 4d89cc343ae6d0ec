"""The log of messages, and each message as it was sent."""

from __future__ import annotations

from collections.abc import Mapping

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.contrib import messages as flashes
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from accounts.models import Workspace
from leadscore import clock
from leadscore.htmx import wants_fragment
from notifications import log as message_log
from notifications import retrying
from notifications.forms import LogFilterForm
from notifications.log import Place
from notifications.models import Message
from notifications.rendering import Mail, mail_of
from notifications.sending import compose
from notifications.wording import name_of, named_as, profile_path

# A mail's styles stand in its tags. It may load nothing, run nothing, and be shown on our pages alone; its links leave the frame.
LEAVES_BY_LINK = "allow-top-navigation-by-user-activation"
BODY_POLICY = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": [LEAVES_BY_LINK],
}
HEADERS = ("From", "To", "Subject", "Message-ID", "Auto-Submitted", "List-Unsubscribe")


@require_safe
@vary_on_headers("HX-Request")
@workspace_view("read")
def log(request: WorkspaceRequest) -> HttpResponse:
    """All messages of the workspace; for htmx the list alone."""
    form = LogFilterForm(request.GET, workspace=request.workspace)
    wanted = form.wanted()
    page = message_log.page(
        request.workspace.id, wanted, after=Place.read(request.GET.get("after", "")), before=Place.read(request.GET.get("before", ""))
    )
    teams = _teams(request.workspace)
    context = {
        "form": form,
        "wanted": wanted,
        "page": page,
        "shown": f"{len(page.messages)} {'message' if len(page.messages) == 1 else 'messages'}",
        "rows": [(message, *_contact(request.workspace, message), named_as(message.reason, teams)) for message in page.messages],
        "states": message_log.STATES,
        "is_kept": settings.MAIL_IS_KEPT,
    }
    return render(request, "notifications/_log.html" if wants_fragment(request) else "notifications/log.html", context)


@require_safe
@workspace_view("read")
def message(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """One message: the mail in a frame, as text, or its headers; and each attempt to send it."""
    found = _message(request, message_id)
    teams = _teams(request.workspace)
    mail = mail_of(found, teams)
    name, path = _contact(request.workspace, found)
    part = request.GET.get("part", "")
    context = {
        "message": found,
        "mail": mail,
        "name": name,
        "profile": path,
        "named_as": named_as(found.reason, teams),
        "part": part if part in ("text", "headers") else "mail",
        "headers": _headers(found, mail),
        "attempts": found.tries.order_by("-id"),
        "can_retry": found.state in retrying.RETRIABLE and "scoring" in request.rights,
        "sandbox": LEAVES_BY_LINK,
        "is_kept": settings.MAIL_IS_KEPT,
    }
    return render(request, "notifications/message.html", context)


@require_safe
@xframe_options_sameorigin
@csp(BODY_POLICY)
@workspace_view("read")
def body(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """The HTML part alone, for the frame: its links open in the whole window."""
    mail = mail_of(_message(request, message_id), _teams(request.workspace))
    return HttpResponse(mail.html.replace("<head>", '<head><base target="_top">', 1))


@require_POST
@workspace_view("scoring")
def retry(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Queues what was refused or given up once more."""
    found = _message(request, message_id)
    if retrying.retry(request.workspace.id, found.id, now=clock.now(), by=request.user):
        flashes.success(request, f"The message to {found.recipient} is on its way again.")
    else:
        flashes.info(request, "Somebody was quicker: this message is already on its way.")
    return redirect("notifications:message", request.workspace.slug, found.id)


def _message(request: WorkspaceRequest, message_id: int) -> Message:
    return get_object_or_404(Message, workspace=request.workspace, pk=message_id)


def _contact(workspace: Workspace, message: Message) -> tuple[str, str]:
    """The contact's name as the message has it, and the address of the profile; of a summary, those of the version."""
    if message.contact_id is None:
        key, version = message.facts["scoring_type"]["key"], message.facts["version"]
        return f"{message.scoring_type_name}, version {version}", reverse("scoring:version", args=[workspace.slug, key, version])
    return name_of(message.facts["contact"]), profile_path(workspace.slug, message.contact_id)


def _teams(workspace: Workspace) -> Mapping[str, str]:
    return dict(workspace.teams.values_list("key", "name"))


def _headers(message: Message, mail: Mail) -> list[tuple[str, str]]:
    composed = compose(message, mail)
    values = {"From": composed.from_email, "To": message.recipient, "Subject": mail.subject, **composed.extra_headers}
    return [(name, values[name]) for name in HEADERS if name in values]
