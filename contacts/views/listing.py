"""The list of contacts."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from accounts.models import Membership, Workspace
from contacts.views.filters import Asked, company_of
from contacts.views.wording import stage_name
from leadscore.formats import MINUS, counted_to, number
from leadscore.htmx import wants_fragment
from scoring import ranking, versions
from scoring.ranking import MOST_COUNTED, MOST_MATCHES, Place, Wanted


@require_GET
@vary_on_headers("HX-Request")
@workspace_view("read")
def listing(request: WorkspaceRequest) -> HttpResponse:
    """Contacts by points, or by what they did last; for htmx the list and its filters alone."""
    asked = Asked(request.GET, versions.live(request.workspace.id), members_of(request.workspace), company_of(request.workspace, request.GET))
    wanted = asked.wanted(request.user.id)
    page = ranking.page(
        request.workspace.id, wanted, after=Place.read(request.GET.get("after", "")), before=Place.read(request.GET.get("before", ""))
    )
    found = ranking.count(request.workspace.id, wanted)
    context = {
        "asked": asked,
        "wanted": wanted,
        "chips": asked.chips(request.user.id),
        "kept": asked.others("q"),
        "shown": f"{len(page.rows)} of {counted_to(found, MOST_COUNTED)}",
        "page": page,
        "rows": [(row, stage_name(asked.version, row.rank), (row.grade or "").replace("-", MINUS)) for row in page.rows],
        "found": counted_to(found, MOST_COUNTED),
        "total": counted_to(ranking.count(request.workspace.id, Wanted()), MOST_COUNTED) if wanted.filtered else "",
        "too_many": number(MOST_MATCHES) if found >= MOST_MATCHES and ranking.overflows(request.workspace.id, wanted) else "",
        "fragment": wants_fragment(request),
    }
    return render(request, "contacts/_list.html" if context["fragment"] else "contacts/list.html", context)


def members_of(workspace: Workspace) -> dict[int, str]:
    """Whom a contact may belong to, by name."""
    members = Membership.objects.filter(workspace=workspace).select_related("user").order_by("user__name", "user__email")
    return {membership.user_id: str(membership.user) for membership in members}
