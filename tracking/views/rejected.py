"""The page of rejected calls: with reasons, to repeat or to drop."""

from __future__ import annotations

from django.contrib import messages as flashes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.query_text import query_text, whole_number
from tracking import rejects
from tracking.models import Rejected
from tracking.rejects import StillRefused

LONGEST_CODE = 40


@require_safe
@workspace_view("contacts")
def rejected(request: WorkspaceRequest) -> HttpResponse:
    """The calls that were set aside, the newest first, of one reason or all."""
    code, before = query_text(request.GET, "code", LONGEST_CODE), whole_number(request.GET.get("before", ""))
    rows, following = rejects.page(request.workspace.id, code, before)
    context = {
        "rows": rows,
        "next": following,
        "before": before,
        "code": code,
        "reasons": rejects.reasons(request.workspace.id),
        "shown": f"{len(rows)} {'call' if len(rows) == 1 else 'calls'}",
    }
    return render(request, "tracking/rejected.html", context)


@require_POST
@workspace_view("contacts")
def repeat(request: WorkspaceRequest, rejected_id: int) -> HttpResponse:
    """Puts one back into the inbox, if it is valid by now."""
    try:
        rejects.repeat(request.workspace, rejected_id, by=request.user)
    except Rejected.DoesNotExist:
        raise Http404("no such call") from None
    except StillRefused as refusal:
        flashes.error(request, f"The call is refused as before: {refusal.message}")
    else:
        flashes.success(request, "The call is on its way again, as of when it was received.")
    return redirect("tracking:rejected", request.workspace.slug)


@require_POST
@workspace_view("contacts")
def drop(request: WorkspaceRequest, rejected_id: int) -> HttpResponse:
    """Deletes one."""
    try:
        rejects.drop(request.workspace, rejected_id, by=request.user)
    except Rejected.DoesNotExist:
        raise Http404("no such call") from None
    flashes.success(request, "The call was dropped.")
    return redirect("tracking:rejected", request.workspace.slug)


@require_POST
@workspace_view("contacts")
def drop_all(request: WorkspaceRequest) -> HttpResponse:
    """Deletes all of one reason."""
    dropped = rejects.drop_all(request.workspace, query_text(request.POST, "code", LONGEST_CODE), by=request.user)
    flashes.success(request, f"{dropped:,} {'call was' if dropped == 1 else 'calls were'} dropped.")
    return redirect("tracking:rejected", request.workspace.slug)
