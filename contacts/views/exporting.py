"""Lists as CSV files, sent while they are read: each page in a transaction of its own, as pooled connections need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.access import WorkspaceRequest, workspace_view
from accounts.scope import workspace_scope
from contacts import imports
from contacts.exporting import (
    ACTIVITY_HEAD,
    BYTE_ORDER_MARK,
    ERRORS,
    HEAD,
    PAGE,
    activity_cells,
    activity_page,
    contact_cells,
    identity,
    lines,
    property_names,
    trait_names,
)
from contacts.models import Contact, Identifier, Import
from contacts.views.filters import Asked, company_of
from contacts.views.finding import contact_of
from contacts.views.listing import members_of
from scoring import ranking, versions
from scoring.models import Score
from scoring.ranking import Place, Wanted
from scoring.versions import Active

Lines = Iterator[Sequence[str]]


def csv_answer(workspace_id: int, file_name: str, pages: Callable[[], Iterator[Lines]]) -> StreamingHttpResponse:
    """A file made of pages of rows. Each page is taken within a scope of its own, after the view's has closed."""
    answer = StreamingHttpResponse(_sent(workspace_id, pages), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _sent(workspace_id: int, pages: Callable[[], Iterator[Lines]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    source = pages()
    while True:
        with workspace_scope(workspace_id):
            page = next(source, None)
            text = None if page is None else lines(page)
        if text is None:
            return
        yield text


@require_GET
@workspace_view("contacts")
def contacts(request: WorkspaceRequest) -> StreamingHttpResponse:
    """The contacts of the list as it is filtered, all pages of it."""
    live = versions.live(request.workspace.id)
    asked = Asked(request.GET, live, members_of(request.workspace), company_of(request.workspace, request.GET))
    wanted = asked.wanted(request.user.id)
    return csv_answer(
        request.workspace.id, f"contacts-{request.workspace.slug}.csv", lambda: _contacts(request.workspace.id, replace(wanted, sort="id"), live)
    )


def _contacts(workspace_id: int, wanted: Wanted, live: Sequence[Active]) -> Iterator[Lines]:
    names = trait_names(workspace_id)
    scored = [f"score.{version.type_key}.{part}" for version in live for part in ("points", "stage", "grade")]
    yield iter([[*HEAD, *(f"traits.{name}" for name in names), *scored]])
    place: Place | None = None
    while True:
        found = ranking.page_of_ids(workspace_id, wanted, after=place, size=PAGE)
        by_id = {contact.id: contact for contact in _page_of(workspace_id, live).filter(id__in=found.ids)}
        yield ([*contact_cells(by_id[id], names), *_score_cells(by_id[id], live)] for id in found.ids if id in by_id)
        place = found.next
        if place is None:
            return


def _page_of(workspace_id: int, live: Sequence[Active]) -> QuerySet[Contact]:
    """Contacts with what a line needs, and nothing that is large beside it."""
    scores = Score.objects.filter(workspace=workspace_id, version__in=[version.id for version in live])
    return (
        Contact.objects.filter(workspace=workspace_id)
        .select_related("company", "owner", "last_seen")
        .defer("search", "trait_orders", "company_order", "company__trait_orders")
        .prefetch_related(
            Prefetch("identifiers", Identifier.objects.filter(workspace=workspace_id).order_by("id")),
            Prefetch("scores", scores.only("version_id", "contact_id", "points", "stage", "grade"), to_attr="live_scores"),
        )
    )


def _score_cells(contact: Contact, live: Sequence[Active]) -> list[str]:
    """Points, stage and grade as last recorded, for each scoring type."""
    scores = {score.version_id: score for score in contact.live_scores}  # type: ignore[attr-defined]
    found = [scores.get(version.id) for version in live]
    return list(chain.from_iterable([str(one.points), one.stage or "", one.grade or ""] if one else ["", "", ""] for one in found))


@require_GET
@workspace_view("contacts")
def activities(request: WorkspaceRequest, contact_id: int) -> StreamingHttpResponse:
    """All activities of a contact, newest first."""
    contact = contact_of(request, contact_id)
    survivor_id = contact.merged_into_id or contact.id
    return csv_answer(request.workspace.id, f"activities-{survivor_id}.csv", lambda: _activities(request.workspace.id, survivor_id))


def _activities(workspace_id: int, contact_id: int) -> Iterator[Lines]:
    who = identity(Contact.objects.get(workspace=workspace_id, id=contact_id))
    names = property_names(workspace_id, contact_id)
    yield iter([[*ACTIVITY_HEAD, *(f"properties.{name}" for name in names)]])
    before = None
    while page := activity_page(workspace_id, contact_id, before):
        yield (activity_cells(row, who, names) for row in page)
        before = page[-1][0], page[-1][1]


def fault_lines(made: Import) -> Iterator[Lines]:
    """The faulty rows of an import as they stood in the file, each with what is wrong."""
    yield iter([[*made.headers, *ERRORS]])
    found = imports.faults(made)
    while page := list(islice(found, PAGE)):
        yield ([*_as_wide(cells, len(made.headers)), str(row), result, reason] for row, cells, result, reason in page)


def _as_wide(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))][:width]
