"""A contact's profile: who, why now, how many points and why, and what happened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts import activities, caught, people
from contacts.models import Contact
from contacts.views.finding import contact_of
from contacts.views.telling import told_by_change, told_lately
from contacts.views.traits import first_name, other_traits, texts
from contacts.views.wording import heading, reasons_of, stage_name, sum_words, timeline_days
from leadscore import clock
from leadscore.formats import MINUS
from leadscore.htmx import wants_fragment
from leadscore.query_text import whole_number
from scoring import carrying, colleagues, explanation, facts, joining, progress, timeline
from scoring.closing import Way, ways
from scoring.engine import Profile
from scoring.explaining import Line
from scoring.explanation import Explained
from scoring.models import Version
from scoring.timeline import Scored, Timeline
from scoring.worth import THOUSANDTHS

WEEK = timedelta(days=7)
MOST_COUNTED = 1_000


@require_GET
@vary_on_headers("HX-Request")
@workspace_view("read")
def profile(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """The page of a contact; for htmx a further page of its timeline alone. One that was merged leads to the survivor."""
    contact = contact_of(request, contact_id)
    if contact.merged_into_id:
        return redirect("contacts:profile", request.workspace.slug, contact.merged_into_id)
    t = clock.now()
    scores = explanation.of_contact(request.workspace.id, contact.id, t)
    chosen = next((one for one in scores if one.version.type_key == request.GET.get("type")), scores[0] if scores else None)
    document = Version.objects.values_list("document", flat=True).get(workspace=request.workspace, id=chosen.version.id) if chosen else {}
    history = _timeline(request, contact, scores, chosen, document, t)
    if history["is_fragment"]:
        return render(request, "contacts/_timeline.html", {"contact": contact, **history})
    context = {
        **_person(request, contact, chosen, t),
        **_scores(request, contact, scores, chosen, document, t),
        **history,
        **_bots(request, contact),
        "now": t,
    }
    return render(request, "contacts/profile.html", context)


def _bots(request: WorkspaceRequest, contact: Contact) -> dict[str, Any]:
    """How much is taken for a bot's, and whether messages may have gone out because of it, which the page asks for when it is there."""
    found = caught.of_contact(request.workspace.id, contact.id)
    return {"bots": len(found), "had_counted": any(found.values())}


def _person(request: WorkspaceRequest, contact: Contact, chosen: Explained | None, t: datetime) -> dict[str, Any]:
    """Who it is, and what they did lately: first what gave points, if anything did."""
    last = facts.last_activities(request.workspace.id, [contact.id]).get(contact.id, [])
    lately = [{**one, "at": datetime.fromisoformat(one["at"])} for one in last]
    scored = {line.awarded_at for line in chosen.explanation.lines if line.value > 0} if chosen else set()
    first = next((one for one in lately if one["at"] in scored), lately[0] if lately else None)
    told = told_lately(request.workspace, contact.id)
    person = texts(contact.traits, "job_title", "phone", "city", "country")
    return {
        "contact": contact,
        "who": first_name(contact),
        "person": person,
        "phone_link": re.sub(r"[^+0-9]", "", person["phone"]),
        "traits": other_traits(contact.traits),
        "company_traits": other_traits(contact.company.traits if contact.company else {}, "company"),
        "identifiers": contact.identifiers.order_by("kind", "id")[:20],
        "by_hand": _by_hand(chosen, first),
        "latest": first,
        "earlier": _distinct(lately, first)[:2],
        "merges": joining.undoable(request.workspace.id, contact.id, t).order_by("-id"),
        "this_week": activities.count(request.workspace.id, contact.id, most=MOST_COUNTED, since=t - WEEK),
        "told": told,
        "told_names": list(dict.fromkeys(one.team or one.recipient for one in told)),
        "recomputing": carrying.progress_of(request.workspace.id, contact.id) if contact.recomputing_since else None,
        "can_claim": contact.owner_id is None and "claim" in request.rights,
    }


def _by_hand(chosen: Explained | None, latest: Mapping[str, Any] | None) -> Line | None:
    """The points by hand that came after the latest activity shown, if any were given."""
    lines = chosen.explanation.lines if chosen else ()
    given = [(line.awarded_at, line) for line in lines if line.kind == "adjustment" and line.value > 0 and line.awarded_at]
    at, last = max(given, key=itemgetter(0), default=(None, None))
    return last if at and (latest is None or at > latest["at"]) else None


def _distinct(shown: Sequence[Mapping[str, Any]], first: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Each text once, and not that of the first."""
    by_text = {one["text"]: one for one in reversed(shown) if first and one["text"] != first["text"]}
    return sorted(by_text.values(), key=lambda one: one["at"], reverse=True)


def _scores(
    request: WorkspaceRequest, contact: Contact, scores: Sequence[Explained], chosen: Explained | None, document: Mapping[str, Any], t: datetime
) -> dict[str, Any]:
    """Points, ladders and reasons; colleagues by the same points."""
    workspace = request.workspace.id
    version = chosen.version if chosen else None
    company = contact.company_id
    others = colleagues.of_contact(workspace, company, contact.id, version.id if version else None) if company else None
    shown: dict[str, Any] = {
        "scores": scores,
        "chosen": chosen,
        "others": [one for one in scores if one is not chosen],
        "colleagues": others,
        "known_colleagues": [(row, stage_name(version, row.rank)) for row in others.rows] if others else [],
    }
    if chosen:
        person = people.load(workspace, [contact.id])[contact.id]
        known = Profile(person.profile(), person.company_traits)
        shown["ladder"] = progress.ladder(chosen, progress.entered(workspace, contact.id))
        shown["fall"] = progress.fall(chosen, known, t)
        shown["ways"] = _ways(chosen, document, known, t)
        shown["reasons"] = found = reasons_of(workspace, contact, chosen, document, known, t)
        shown["sum_words"] = sum_words(found)
        shown["exact"] = found.exact % THOUSANDTHS
        shown["grade"] = (chosen.explanation.outcome.grade or "").replace("-", MINUS)
    return shown


def _ways(chosen: Explained, document: Mapping[str, Any], known: Profile, t: datetime) -> list[Way]:
    """What could close the gap to the next stage; nothing at the top."""
    if chosen.points_missing is None:
        return []
    return ways(chosen.version.model, document.get("rules", []), chosen.ledger, chosen.explanation, known, chosen.points_missing, t)


def _timeline(
    request: WorkspaceRequest, contact: Contact, scores: Sequence[Explained], chosen: Explained | None, document: Mapping[str, Any], t: datetime
) -> dict[str, Any]:
    before = whole_number(request.GET.get("older", ""))
    scored = Scored.of(chosen.version.model, document, chosen.explanation.lines) if chosen else None
    stages = {one.version.type_id: ("" if len(scores) == 1 else one.version.model.name, len(one.version.model.stages)) for one in scores}
    told, bots = told_by_change(request.workspace, contact.id), request.GET.get("show") == "bots"
    found: Timeline = timeline.page(request.workspace.id, contact.id, scored, stages, told, before=before, bots=bots)
    is_fragment = bool(before) and wants_fragment(request)
    start = timeline.place_of(request.workspace.id, contact.id, before) if before and is_fragment else None
    return {
        "bots_only": bots,
        "timeline": found,
        "days": timeline_days(found.entries, t, request.workspace, heading(start[0], t, request.workspace) if start else ""),
        "is_older": before is not None,
        "is_fragment": is_fragment,
        "type_key": chosen.version.type_key if chosen else "",
    }
