"""The grade in the editor: where it starts, and the criteria that move it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.htmx import wants_fragment
from leadscore.query_text import whole_number
from scoring import drafts
from scoring.draft_edits import criteria, with_criterion, with_grade, without_criterion, without_grade
from scoring.forms import conditions, grades, typed
from scoring.models import ScoringType
from scoring.publishing import obstacles
from scoring.views import page
from scoring.views.faults import Faults
from scoring.views.page import Grading

GRADING = "scoring/_grading.html"
ALL = [GRADING, "scoring/_grade.html", "scoring/_stages.html", page.DRAFT]
NEW = "new"


@never_cache
@workspace_view("read", post="scoring")
def grade(request: WorkspaceRequest, key: str) -> HttpResponse:
    """GET opens the grade (`?criterion=` a place or `new` opens one; `?closed` closes all); POST does what the pressed button says."""
    scoring_type = page.find(request, key)
    if request.method != "POST":
        return _open(request, scoring_type)
    do = request.POST.get("do", "save")
    if do in _WHOLE:
        return _WHOLE[do](request, scoring_type)
    place = _place(request.POST.get("criterion", ""), scoring_type)
    if do == "delete" and place is not None:
        return _store(request, without_criterion(scoring_type.draft, place), Grading(), "Criterion deleted from the draft.")
    return _written(request, scoring_type, place, do)


def _open(request: WorkspaceRequest, scoring_type: ScoringType) -> HttpResponse:
    asked = request.GET.get("criterion", "")
    if "closed" in request.GET or "scoring" not in request.rights:
        return _show(request, scoring_type, None)
    if asked == NEW:
        return _show(request, scoring_type, _opened(request, scoring_type, grades.BLANK, None, focus="c.0"))
    place = _place(asked, scoring_type)
    if place is None:
        return _show(request, scoring_type, Grading())
    return _show(request, scoring_type, _opened(request, scoring_type, criteria(scoring_type.draft)[place], place, faulty=True))


def _place(text: str, scoring_type: ScoringType) -> int | None:
    """The place of a criterion that is there; None for a new one, and for one that somebody took away: saving it is then refused as stale."""
    place = whole_number(text)
    return place if place is not None and place < len(criteria(scoring_type.draft)) else None


def _opened(
    request: WorkspaceRequest, scoring_type: ScoringType, criterion: Mapping[str, Any], place: int | None, *, faulty: bool = False, **more: Any
) -> Grading:
    """The criterion in its form; with `faulty`, what is wrong with it is shown."""
    draft, at = scoring_type.draft, len(criteria(scoring_type.draft)) if place is None else place
    form = grades.form(request.workspace.id, criterion, at, is_stored=place is not None)
    faults = Faults(obstacles(request.workspace.id, with_criterion(draft, place, criterion))) if faulty else Faults()
    return Grading(form, faults, place, **more)


def _show(request: WorkspaceRequest, scoring_type: ScoringType, grading: Grading | None, status: int = 200) -> HttpResponse:
    if not wants_fragment(request):
        return page.show(request, scoring_type, status=status, grading=grading)
    return page.fragments(request, [GRADING], page.context(request, scoring_type, grading=grading), status)


def _written(request: WorkspaceRequest, scoring_type: ScoringType, place: int | None, do: str) -> HttpResponse:
    """What the form says, stored; or, after a press on one of the builder's buttons, only shown."""
    written = grades.read(request.POST)
    if do.partition(":")[0] in ("condition", "group", "remove"):
        written["conditions"] = conditions.change(conditions.read(request.POST, "profile"), do)
    if do == "save" or (do.startswith("remove") and page.keeps(request) and place is not None):
        return _save(request, scoring_type, place, written)
    written["name"] = request.POST.get("name", "").strip()
    focus = conditions.added(do, written["conditions"])
    return _show(request, scoring_type, _opened(request, scoring_type, written, place, focus=focus, stale="refused" in request.POST))


def _save(request: WorkspaceRequest, scoring_type: ScoringType, place: int | None, written: Mapping[str, Any]) -> HttpResponse:
    """Stored even with something wrong in it, and then left open to say what."""
    try:
        stored = page.save(request, scoring_type, with_criterion(scoring_type.draft, place, written))
    except drafts.Stale:
        return _refused(request, scoring_type.key, written)
    where = len(criteria(stored.draft)) - 1 if place is None else place
    opened = _opened(request, stored, written, where, faulty=True, focus="kept")
    stays = page.keeps(request) or bool(opened.faults.under(f"grade.criteria[{where}]"))
    if stays and not wants_fragment(request):
        return redirect(f"{request.path}?criterion={where}#grading")
    return page.saved(request, stored, ALL, "Criterion saved.", "grade", grading=opened if stays else Grading())


def _refused(request: WorkspaceRequest, key: str, written: Mapping[str, Any]) -> HttpResponse:
    """The criterion as it was typed, on top of the draft as it is now; a new one where the criterion it was is not found there by its name."""
    fresh = page.find(request, key)
    named = [place for place, one in enumerate(criteria(fresh.draft)) if one.get("name") == request.POST.get("was", "")]
    grading = _opened(request, fresh, written, named[0] if len(named) == 1 else None, stale=True)
    if not wants_fragment(request):
        return page.show(request, fresh, status=409, grading=grading)
    return page.fragments(request, ALL, page.context(request, fresh, grading=grading), 422)


def _begin(request: WorkspaceRequest, scoring_type: ScoringType) -> HttpResponse:
    return _store(request, with_grade(scoring_type.draft), Grading(), "Contacts are graded under the draft. Add what moves the grade.")


def _start(request: WorkspaceRequest, scoring_type: ScoringType) -> HttpResponse:
    return _store(request, with_grade(scoring_type.draft, start=typed.text(request.POST.get("start", ""))), Grading(), "Saved.")


def _drop(request: WorkspaceRequest, scoring_type: ScoringType) -> HttpResponse:
    return _store(request, without_grade(scoring_type.draft), None, "The draft has no grade any more.")


_WHOLE = {"begin": _begin, "start": _start, "drop": _drop}


def _store(request: WorkspaceRequest, changed: Mapping[str, Any], grading: Grading | None, said: str) -> HttpResponse:
    return page.edit(request, str(changed["key"]), changed, ALL, said, "grade", grading=grading)
