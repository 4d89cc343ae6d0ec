"""The event stream: calls as they arrive."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.htmx import wants_fragment
from tracking import arrivals
from tracking.forms import StreamForm
from tracking.stream import SHOWN, look


@require_safe
@vary_on_headers("HX-Request")
@workspace_view("read")
def stream(request: WorkspaceRequest) -> HttpResponse:
    """The newest calls; for htmx the list alone, and nothing (204) where it has seen all that there is."""
    state = arrivals.state(request.workspace.id)  # before the calls: what comes meanwhile is shown by the next request
    if wants_fragment(request) and request.GET.get("seen") == state:
        return HttpResponse(status=204)
    form = StreamForm(request.GET)
    wanted = form.wanted()
    found = look(request.workspace.id, wanted)
    context = {
        "form": form,
        "wanted": wanted,
        "stream": found,
        "events": sorted({*found.events, *filter(None, [wanted.event])}),
        "state": state,
        "paused": request.GET.get("paused") == "1",
        "more": found.fitting - len(found.entries),
        "most": SHOWN,
    }
    return render(request, "tracking/_stream.html" if wants_fragment(request) else "tracking/stream.html", context)
