"""A company: who they are, its people and their points, and what they did lately."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts import belonging
from contacts.models import Company, DomainChange
from contacts.views.traits import other_traits, texts
from contacts.views.wording import stage_name, timeline_days
from leadscore import clock
from leadscore.formats import MINUS
from leadscore.htmx import wants_fragment
from scoring import company_summary, ranking, versions
from scoring.company_summary import Summary
from scoring.ranking import Place, Wanted
from scoring.versions import Active

PAGE = 25


@require_GET
@vary_on_headers("HX-Request")
@workspace_view("read")
def shown(request: WorkspaceRequest, company_id: int) -> HttpResponse:
    """The page of a company; for htmx a page of its contacts alone."""
    known = Company.objects.defer("search", "trait_orders")
    company = get_object_or_404(known, workspace=request.workspace, id=company_id)
    live = versions.live(request.workspace.id)
    version = versions.of_type(live, request.GET.get("type"))
    summary = company_summary.of_company(request.workspace.id, company.id, version.id if version else None)
    context = {
        "company": company,
        "version": version,
        "types": live,
        "stages": len(version.model.stages) if version else 0,
        "summary": summary,
        **_people(request, company.id, version, summary),
    }
    if wants_fragment(request):
        return render(request, "companies/_people.html", context)
    t = clock.now()
    context |= {
        "rungs": _rungs(version, summary),
        "said": texts(company.traits, "industry", "city", "country"),
        "traits": other_traits(company.traits, "company"),
        "days": timeline_days(company_summary.lately(request.workspace.id, company.id, version), t, request.workspace),
        "now": t,
        **_domain(company),
    }
    return render(request, "companies/company.html", context)


def _people(request: WorkspaceRequest, company_id: int, version: Active | None, summary: Summary) -> dict[str, Any]:
    """A page of the contacts, hottest first; without points, the last made first."""
    wanted = Wanted(version.id if version else None, company_id=company_id, sort="points" if version else "new")
    after, before = (Place.read(request.GET.get(name, "")) for name in ("after", "before"))
    page = ranking.page(request.workspace.id, wanted, after=after, before=before, size=PAGE)
    by_domain = company_summary.by_domain(request.workspace.id, [row.id for row in page.rows])
    return {
        "page": page,
        "rows": [(row, stage_name(version, row.rank), (row.grade or "").replace("-", MINUS), row.id in by_domain) for row in page.rows],
        "shown": f"{len(page.rows)} of {summary.people:,}",
    }


def _rungs(version: Active | None, summary: Summary) -> list[tuple[int, str, int]]:
    """Rank, name and people of each stage, the highest first, and of none where somebody is in none."""
    if version is None:
        return []
    ranked = [(rank, stage.name, summary.ranks.get(rank, 0)) for rank, stage in enumerate(version.model.stages, start=1)]
    nowhere = [(0, "No stage yet", summary.ranks[0])] if summary.ranks.get(0) else []
    return [*reversed(ranked), *nowhere]


def _domain(company: Company) -> dict[str, Any]:
    """Whether its domain finds it people: not where an earlier company has it. `looking`: the queue has not come to it yet."""
    if not company.domain:
        return {"earlier": None, "looking": False}
    first = belonging.earliest(company.workspace_id, [company.domain])[company.domain]
    earlier = Company.objects.filter(workspace=company.workspace_id, id=first).first() if first != company.id else None
    return {"earlier": earlier, "looking": DomainChange.objects.filter(workspace=company.workspace_id, domain=company.domain).exists()}
