"""The editor's page: all that it shows, and how an edit is answered, by a fragment or by the page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.access import WorkspaceRequest
from leadscore import clock
from leadscore.htmx import wants_fragment
from leadscore.query_text import whole_number
from leadscore.refusals import NotHere
from scoring import drafts, insights
from scoring.differences import differences
from scoring.document import Problem
from scoring.draft_edits import entries
from scoring.draft_history import steps
from scoring.forms import typed
from scoring.forms.grades import CriterionForm
from scoring.forms.rules import RuleForm
from scoring.forms.stages import recipients
from scoring.model import SCALE
from scoring.models import ScoringType, Version, VersionState
from scoring.publishing import obstacles
from scoring.stage_counts import Counts, contacts_by_stage
from scoring.views.durations import expected
from scoring.views.faults import Faults, summary
from scoring.views.foreseen import Foreseen, first_movers, foreseen_of, wants_preview
from scoring.views.model_page import Document, criteria, ladder, score_bounds, sections
from scoring.views.progress import failed_of, publishing_of

RULES, DRAFT = "scoring/_rules.html", "scoring/_draft.html"
CHANGES_SHOWN = 3
NO_FAULTS = Faults()
NOT_STORED = "The draft was saved elsewhere meanwhile. Your change was not stored."


@dataclass(frozen=True, slots=True)
class Opened:
    """A rule that is open in the editor. `key` is "" and `section` says where for one not stored yet; `stale`: its save was refused."""

    form: RuleForm
    faults: Faults
    key: str = ""
    section: str = ""
    focus: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Grading:
    """The grade, open in the editor. `form` is the criterion that is open, at `place` or, without one, not stored yet."""

    form: CriterionForm | None = None
    faults: Faults = NO_FAULTS
    place: int | None = None
    focus: str = ""
    stale: bool = False


def find(request: WorkspaceRequest, key: str) -> ScoringType:
    """The workspace's scoring type with its live version; 404 for one that is not there, and for one that is archived, which its page says."""
    types = ScoringType.objects.select_related("published__created_by")
    found = get_object_or_404(types, workspace=request.workspace, key=key)
    if found.archived_at:
        raise NotHere("scoring/archived.html", {"type": found, "may": "scoring" in request.rights})
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """A draft beside what is live: what is wrong with it, and what it changes. `zone` is the workspace's, in which a new version counts days."""

    type: ScoringType
    live: Version | None
    zone: str
    problems: list[Problem]
    changes: list[str]
    now: datetime

    @classmethod
    def of(cls, scoring_type: ScoringType, zone: str) -> _Seen:
        live, document = scoring_type.published, scoring_type.draft
        changes = differences(live.document, document) if live else []
        return cls(scoring_type, live, zone, obstacles(scoring_type.workspace_id, document), changes, clock.now())

    @property
    def differs(self) -> bool:
        return self.live is None or bool(self.changes) or self.zone_changed

    @property
    def zone_changed(self) -> bool:
        return self.live is not None and self.live.time_zone != self.zone

    @property
    def before(self) -> Document | None:
        return self.live.document if self.live else None


def context(request: WorkspaceRequest, scoring_type: ScoringType, **more: Any) -> dict[str, Any]:
    """Everything that the page or any fragment of it shows of the draft."""
    seen, document = _Seen.of(scoring_type, request.workspace.time_zone), scoring_type.draft
    faults, changes = Faults(seen.problems), seen.changes
    progress = publishing_of(scoring_type, seen.now)
    known = insights.remembered(request.workspace.id, request.workspace.time_zone, entries(document, "rules"))
    return {
        "document": document, "faults": faults, "told": summary(scoring_type, request.workspace.slug, seen.problems),
        "changes": changes, "first_changes": "; ".join(changes[:CHANGES_SHOWN]), "more_changes": len(changes[CHANGES_SHOWN:]), "now": seen.now,
        "zone_changed": seen.zone_changed, "progress": progress, "failed": failed_of(scoring_type),
        "on_its_way": progress is not None and not differences(progress.version.document, document),
        "sections": sections(document, faults, seen.before, known), "groups": document.get("groups", []), "criteria": criteria(document, faults),
        "score_bounds": score_bounds(document), "minimum": typed.shown(document.get("minimum", 0)),
        "tells_matches": True, "wants_matches": len(known) < len(entries(document, "rules")),
        "scale": SCALE, **steps(scoring_type), **_previewed(request, seen, faults), **more,
    }  # fmt: skip


def previewed(request: WorkspaceRequest, scoring_type: ScoringType) -> dict[str, Any]:
    """What is shown of the draft's preview: its line, the counts on the ladder, who moves."""
    seen = _Seen.of(scoring_type, request.workspace.time_zone)
    return _previewed(request, seen, Faults(seen.problems))


def is_publishable(request: WorkspaceRequest, scoring_type: ScoringType) -> bool:
    """Whether publishing the draft would make another version than is live, and none is on its way."""
    live, zone = scoring_type.published, request.workspace.time_zone
    differs = live is None or live.time_zone != zone or bool(differences(live.document, scoring_type.draft))
    return differs and publishing_of(scoring_type, clock.now()) is None


def _previewed(request: WorkspaceRequest, seen: _Seen, faults: Faults) -> dict[str, Any]:
    foreseen = foreseen_of(seen.type, seen.now, differs=seen.differs)
    return {
        "type": seen.type, "live": seen.live, "may": "scoring" in request.rights,
        "foreseen": foreseen, "movers": first_movers(foreseen), "wants_preview": wants_preview(foreseen, bool(seen.problems), seen.differs),
        "expected": expected(seen.live), **standing(request, seen.type.draft, faults, seen.live, seen.before, foreseen),
    }  # fmt: skip


def standing(
    request: WorkspaceRequest,
    document: Document,
    faults: Faults,
    version: Version | None,
    before: Document | None,
    seen: Foreseen | None = None,
) -> dict[str, Any]:
    """The ladder, with how many contacts are on each rung by `version` where that is live, and by the draft as it was last previewed.

    Args:
        before: the document whose thresholds are told where they were others.
    """
    counts = contacts_by_stage(version.workspace_id, [version])[version.id] if version and version.state == VersionState.LIVE else None
    by_draft: Counts = seen.by_stage(counts) if seen else {}
    rungs = ladder(document, faults, before, counts, recipients(request.workspace.id), by_draft)
    below, then = counts[None] if counts else None, by_draft.get(None)
    most = max([below or 0, then or 0, *(rung.now or 0 for rung in rungs), *(rung.then or 0 for rung in rungs)])
    change = None if below is None or then is None else then - below
    return {"rungs": rungs, "below": below, "below_then": then, "below_change": change, "most": most}


def show(request: WorkspaceRequest, scoring_type: ScoringType, status: int = 200, **more: Any) -> HttpResponse:
    """The whole page."""
    return render(request, "scoring/edit.html", context(request, scoring_type, **more), status=status)


def fragments(request: WorkspaceRequest, templates: Sequence[str], shown: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """The first template for the place that was asked about, the others for theirs (out of band)."""
    texts = [render_to_string(template, {**shown, "oob": place > 0}, request) for place, template in enumerate(templates)]
    return HttpResponse("".join(texts), status=status)


def save(request: WorkspaceRequest, scoring_type: ScoringType, document: Mapping[str, Any]) -> ScoringType:
    """Stores the draft on top of the revision that the form was made from.

    Raises:
        Stale.
    """
    saved = drafts.save(request.workspace, scoring_type.key, document, by=request.user, revision=revision_of(request))
    saved.published = scoring_type.published
    return saved


def revision_of(request: WorkspaceRequest) -> int:
    """The revision that a form was made from; 0, which none has, where it does not say."""
    return whole_number(request.POST.get("revision", "")) or 0


def saved(request: WorkspaceRequest, scoring_type: ScoringType, templates: Sequence[str], said: str, anchor: str, **more: Any) -> HttpResponse:
    """The answer to an edit that is stored: its fragments with a toast, or the page again with a flash."""
    if not wants_fragment(request):
        messages.success(request, said)
        return redirect(reverse("scoring:edit", args=[request.workspace.slug, scoring_type.key]) + f"#{anchor}")
    answer = fragments(request, templates, context(request, scoring_type, **more))
    return announce(answer, request, scoring_type, "" if keeps(request) else said)


def keeps(request: WorkspaceRequest) -> bool:
    """Whether a form was saved as one goes: it stays open, and the bar alone says so."""
    return "keep" in request.POST


def announce(response: HttpResponse, request: WorkspaceRequest, scoring_type: ScoringType, said: str) -> HttpResponse:
    """Tells the browser what happened, and that forms made from the same revision (`was`) say what the draft says by now.

    A form made from an older one may lack what somebody else changed: it keeps its revision, so that saving it is refused.
    """
    toast = {"toast": said} if said else {}
    response["HX-Trigger"] = json.dumps({**toast, "revision": {"was": revision_of(request), "value": scoring_type.draft_revision}})
    return response


def edit(
    request: WorkspaceRequest, key: str, changed: Mapping[str, Any], templates: Sequence[str], said: str, anchor: str, **more: Any
) -> HttpResponse:
    """Stores the changed document and answers; an edit on top of somebody else's is refused and the draft shown as it is now."""
    scoring_type = find(request, key)
    try:
        return saved(request, save(request, scoring_type, changed), templates, said, anchor, **more)
    except drafts.Stale:
        fresh = find(request, key)
        if wants_fragment(request):
            answer = fragments(request, templates, context(request, fresh, stale=True, **more), status=422)
            answer["HX-Trigger"] = json.dumps({"toast": NOT_STORED})
            return answer
        return show(request, fresh, status=409, stale=True)
