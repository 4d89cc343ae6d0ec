"""The list of companies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts.people import words
from contacts.views.filters import Address, Chip, Option
from contacts.views.wording import stage_name
from leadscore.formats import counted_to, number
from leadscore.htmx import wants_fragment
from scoring import company_ranking, versions
from scoring.company_ranking import MOST_COUNTED, MOST_MATCHES, Place, Sort, Wanted
from scoring.versions import Active, of_type

SORTS: Mapping[Sort, str] = {"hottest": "Hottest contact, high first", "contacts": "Most contacts first", "name": "Name, A first"}


@dataclass(frozen=True, slots=True)
class Asked(Address):
    """The list's address, read. What is wrong in it filters nothing."""

    versions: Sequence[Active]

    @property
    def version(self) -> Active | None:
        """Of the scoring type asked for, else of the first one."""
        return of_type(self.versions, self.query.get("type"))

    @property
    def sorts(self) -> dict[Sort, str]:
        return {sort: text for sort, text in SORTS.items() if sort != "hottest" or self.version}

    @property
    def sort(self) -> Sort:
        return next((sort for sort in self.sorts if sort == self.query.get("sort")), next(iter(self.sorts)))

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.version.id if self.version else None, tuple(words(self.text)) if self.text else None, self.sort)

    @property
    def types(self) -> Chip:
        options = [Option(one.type_key, one.model.name, one == self.version, self.href(type=one.type_key)) for one in self.versions]
        return Chip("type", "Scoring type", self.version.model.name if self.version else "", options)

    @property
    def sorting(self) -> Chip:
        options = [Option(sort, text, sort == self.sort, self.href(sort=sort)) for sort, text in self.sorts.items()]
        return Chip("sort", "Sort", SORTS[self.sort], options)


@require_GET
@vary_on_headers("HX-Request")
@workspace_view("read")
def listing(request: WorkspaceRequest) -> HttpResponse:
    """Companies by their hottest contact, by how many they have, or by name; for htmx the list alone."""
    asked = Asked(request.GET, versions.live(request.workspace.id))
    after, before = (Place.read(request.GET.get(name, "")) for name in ("after", "before"))
    page = company_ranking.page(request.workspace.id, asked.wanted, after=after, before=before)
    found = company_ranking.count(request.workspace.id, asked.wanted.words)
    total = company_ranking.count(request.workspace.id, None) if asked.text else found
    context = {
        "asked": asked,
        "kept": asked.others("q"),
        "page": page,
        "rows": [(row, stage_name(asked.version, row.rank)) for row in page.rows],
        "found": counted_to(found, MOST_COUNTED),
        "total": counted_to(total, MOST_COUNTED) if asked.text else "",
        "shown": f"{len(page.rows)} of {counted_to(found, MOST_COUNTED)}",
        "too_many": number(MOST_MATCHES) if asked.text and found >= MOST_MATCHES else "",
        "fragment": wants_fragment(request),
    }
    return render(request, "companies/_list.html" if context["fragment"] else "companies/list.html", context)
