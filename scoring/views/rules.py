"""Opening, writing, copying and deleting rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.htmx import wants_fragment
from scoring import drafts
from scoring.draft_edits import entries, find, moved, section_of, with_copy, with_rule, without_rule
from scoring.forms import conditions, rules
from scoring.models import ScoringType
from scoring.publishing import obstacles
from scoring.views import page
from scoring.views.faults import Faults
from scoring.views.page import Opened

ROW, NEW = "scoring/_rule.html", "scoring/_new_rule.html"


@never_cache
@workspace_view("scoring")
def new(request: WorkspaceRequest, key: str) -> HttpResponse:
    """GET the form of a new rule (`when`, `group`; `closed` takes it away); POST does what the pressed button says."""
    scoring_type = page.find(request, key)
    asked = request.POST if request.method == "POST" else request.GET
    rule = rules.blank(asked.get("when", ""), asked.get("group"))
    if "closed" in asked:
        return _show_place(request, scoring_type, section_of(scoring_type.draft, rule))
    if request.method == "POST":
        return _written(request, scoring_type, rule)
    return _show(request, scoring_type, _opened(request, scoring_type, rule, focus="c.0" if rule["when"] == "profile" else ""))


@never_cache
@workspace_view("read", post="scoring")
def rule(request: WorkspaceRequest, key: str, rule: str) -> HttpResponse:
    """GET opens a rule (`?closed` shows its line again); POST does what the pressed button says."""
    scoring_type = page.find(request, key)
    found = find(entries(scoring_type.draft, "rules"), rule)
    if found is None:
        raise Http404("no such rule")
    if request.method != "POST":
        return _open(request, scoring_type, found[1])
    if request.POST.get("do") in _REARRANGED:
        return _rearrange(request, scoring_type, rule, request.POST["do"])
    return _written(request, scoring_type, found[1])


def _open(request: WorkspaceRequest, scoring_type: ScoringType, rule: Mapping[str, Any]) -> HttpResponse:
    if "closed" in request.GET or "scoring" not in request.rights:
        return _line(request, scoring_type, rule["key"]) if wants_fragment(request) else page.show(request, scoring_type)
    return _show(request, scoring_type, _opened(request, scoring_type, rule, faulty=True))


def _opened(
    request: WorkspaceRequest, scoring_type: ScoringType, rule: Mapping[str, Any], *, faulty: bool = False, **more: Any
) -> Opened:
    """The rule in its form; with `faulty`, what is wrong with it is shown."""
    draft = scoring_type.draft
    listed = entries(draft, "rules")
    found = find(listed, rule["key"])
    form = rules.form(request.workspace.id, rule, found[0] if found else len(listed), entries(draft, "groups"))
    faults = Faults(obstacles(request.workspace.id, with_rule(draft, rule))) if faulty else Faults()
    section = section_of(draft, rule) if found else request.POST.get("section", section_of(draft, rule))
    return Opened(form, faults, rule["key"] if found else "", section, **more)


def _show(request: WorkspaceRequest, scoring_type: ScoringType, opened: Opened, status: int = 200) -> HttpResponse:
    """The open rule in its place: alone, or on the page."""
    if not wants_fragment(request):
        return page.show(request, scoring_type, status=status, opened=opened)
    if not opened.key:
        return _show_place(request, scoring_type, opened.section, status, opened=opened)
    return _line(request, scoring_type, opened.key, status, opened=opened)


def _show_place(request: WorkspaceRequest, scoring_type: ScoringType, section: str, status: int = 200, **more: Any) -> HttpResponse:
    """The place of a new rule in a section, with its form if one is open."""
    if not wants_fragment(request):
        return page.show(request, scoring_type)
    return page.fragments(request, [NEW], {"type": scoring_type, "may": True, "section_key": section, **more}, status)


def _line(request: WorkspaceRequest, scoring_type: ScoringType, key: str, status: int = 200, **more: Any) -> HttpResponse:
    shown = page.context(request, scoring_type, **more)
    return page.fragments(request, [ROW], {**shown, **_row_of(shown, key), "focus_row": key}, status)


def _row_of(shown: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The rule's line, and whether it is the first or the last of its section."""
    rows = next(section.rows for section in shown["sections"] if any(row.key == key for row in section.rows))
    row = next(row for row in rows if row.key == key)
    return {"row": row, "first": row is rows[0], "last": row is rows[-1]}


def _written(request: WorkspaceRequest, scoring_type: ScoringType, before: Mapping[str, Any]) -> HttpResponse:
    """What the form says, stored; or, after a press on one of the builder's buttons, only shown."""
    written, do = rules.read(request.POST, before), request.POST.get("do", "save")
    if do.partition(":")[0] in ("condition", "group", "remove"):
        written["conditions"] = conditions.change(conditions.read(request.POST, rules.side_of(before)), do)
    if do == "save" or (do.startswith("remove") and page.keeps(request) and before["key"]):
        return _store(request, scoring_type, rules.with_key(written, entries(scoring_type.draft, "rules")), before)
    written["name"] = request.POST.get("name", "").strip()
    opened = _opened(request, scoring_type, written, focus=conditions.added(do, written.get("conditions")), stale="refused" in request.POST)
    return _show(request, scoring_type, opened)


def _store(request: WorkspaceRequest, scoring_type: ScoringType, written: Mapping[str, Any], before: Mapping[str, Any]) -> HttpResponse:
    """Stored even with something wrong in it, and then left open to say what; or saved as one goes, and left open for more."""
    try:
        stored = page.save(request, scoring_type, with_rule(scoring_type.draft, written))
    except drafts.Stale:
        return _refused(request, page.find(request, scoring_type.key), {**written, "key": before["key"]})
    opened = _opened(request, stored, written, faulty=True, focus="kept" if page.keeps(request) else "")
    if page.keeps(request) and wants_fragment(request):
        return _kept(request, stored, opened, moves=section_of(stored.draft, before) != opened.section)
    if opened.faults.under(opened.form.at):
        return _stored(request, stored, "Saved. Something in the rule has to be mended before it can be published.", opened.key, opened=opened)
    return _stored(request, stored, "Rule saved.", opened.key, focus_row=written["key"])


def _kept(request: WorkspaceRequest, scoring_type: ScoringType, opened: Opened, *, moves: bool) -> HttpResponse:
    """The rule as it is stored, still open; where it went to another section, all rules."""
    if moves:
        return _stored(request, scoring_type, "", opened.key, opened=opened)
    shown = page.context(request, scoring_type, opened=opened)
    return page.announce(page.fragments(request, [ROW, page.DRAFT], {**shown, **_row_of(shown, opened.key)}), request, scoring_type, "")


def _stored(request: WorkspaceRequest, scoring_type: ScoringType, said: str, key: str, **shown: Any) -> HttpResponse:
    if not wants_fragment(request) and "opened" in shown:
        return redirect("scoring:rule", request.workspace.slug, scoring_type.key, key)
    response = page.saved(request, scoring_type, [page.RULES, page.DRAFT], said, f"rule-{key}", **shown)
    response["HX-Retarget"] = "#rules"
    return response


def _refused(request: WorkspaceRequest, scoring_type: ScoringType, written: Mapping[str, Any]) -> HttpResponse:
    """The form as it was typed, on top of the draft as it is now, to be saved over it by a button and no more as one goes."""
    opened = _opened(request, scoring_type, written, stale=True)
    if not wants_fragment(request):
        return page.show(request, scoring_type, status=409, opened=opened)
    shown = page.context(request, scoring_type, opened=opened)
    place = {"section_key": opened.section} if not opened.key else _row_of(shown, opened.key)
    return page.fragments(request, [ROW if opened.key else NEW, page.DRAFT], {**shown, **place}, 422)


def _rearrange(request: WorkspaceRequest, scoring_type: ScoringType, key: str, do: str) -> HttpResponse:
    said, edit = _REARRANGED[do]
    changed, focus = edit(scoring_type.draft, key)
    response = page.edit(request, scoring_type.key, changed, [page.RULES, page.DRAFT], said, f"rule-{focus}" if focus else "rules", focus_row=focus)
    response["HX-Retarget"] = "#rules"
    return response


# What is said after a press, and the edit: the changed document, and the key of the rule to look at
_REARRANGED: Mapping[str, tuple[str, Callable[[Mapping[str, Any], str], tuple[dict[str, Any], str]]]] = {
    "delete": ("Rule deleted from the draft.", lambda draft, key: (without_rule(draft, key), "")),
    "duplicate": ("Rule duplicated.", with_copy),
    "up": ("Rule moved up.", lambda draft, key: (moved(draft, key, -1), key)),
    "down": ("Rule moved down.", lambda draft, key: (moved(draft, key, 1), key)),
}
