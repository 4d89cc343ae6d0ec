"""Reasons and days of a profile, ready for its templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Workspace
from contacts.labels import phrase
from contacts.models import Contact
from contacts.views.traits import first_name
from leadscore.exact_json import loads
from leadscore.formats import MINUS, number, thousandths
from scoring import explanation, timeline
from scoring.company_summary import News
from scoring.engine import Profile
from scoring.explanation import Explained
from scoring.reasons import Known, Reasons, Section, reasons
from scoring.timeline import Done, Turn
from scoring.versions import Active


def stage_name(version: Active | None, rank: int) -> str:
    """The stage of this rank; "" for none."""
    return version.model.stages[rank - 1].name if version and rank else ""


def reasons_of(workspace_id: int, contact: Contact, chosen: Explained, document: Mapping[str, Any], profile: Profile, t: datetime) -> Reasons:
    """Why the contact has these points."""
    known = Known(
        document,
        profile,
        first_name(contact),
        details=_details(workspace_id, chosen),
        matched=timeline.matched(workspace_id, contact.id, chosen.version.model, t),
    )
    return reasons(chosen.version.model, chosen.explanation, known)


def _details(workspace_id: int, chosen: Explained) -> dict[int, str]:
    """What each activity that was awarded alone by its rule was about."""
    by_rule: dict[str, set[int]] = {}
    for line in chosen.explanation.lines:
        if line.activity is not None and line.value:
            by_rule.setdefault(line.rule, set()).add(line.activity)
    alone = {activity for activities in by_rule.values() if len(activities) == 1 for activity in activities}
    return {id: phrase(name, loads(properties))[1] for id, (name, properties) in explanation.labels(workspace_id, alone).items()}


def sum_words(found: Reasons) -> str:
    """How the sections add up: ` = 52 for what Ingrid did + 30 for who Ingrid is + 5 by hand`; "" where there is only one number."""
    parts = [(section.sum, _what_for(section)) for section in found.sections]
    parts += [(limit.value, "by the limit") for limit in found.limits]
    if len(parts) < 2:
        return ""
    words = [f" {MINUS if value < 0 else '+'} {number(abs(thousandths(value)))} {what}" for value, what in parts]
    return " =" + (words[0].removeprefix(" +") if parts[0][0] >= 0 else words[0].replace(f"{MINUS} ", MINUS)) + "".join(words[1:])


def _what_for(section: Section) -> str:
    if section.reasons[0].kind == "adjustment":
        return "by hand"
    return f"for {section.title[0].lower()}{section.title[1:]}"


def timeline_days(entries: Iterable[Done | Turn | News], t: datetime, workspace: Workspace, before: str = "") -> list[dict[str, Any]]:
    """The entries in runs of a heading each; the first run has none if it goes on under `before`."""
    days: list[dict[str, Any]] = []
    zone = ZoneInfo(workspace.time_zone)
    for entry in entries:
        title = heading(entry.at, t, workspace)
        if not days or days[-1]["title"] != title:
            days.append({"title": title, "continues": not days and title == before, "recent": _age(entry.at, t, zone) < 2, "entries": []})
        days[-1]["entries"].append((entry, isinstance(entry, Turn)))
    return days


def heading(at: datetime, t: datetime, workspace: Workspace) -> str:
    """`Today, 17 November`, `Yesterday`, else the month."""
    zone = ZoneInfo(workspace.time_zone)
    there, here, age = at.astimezone(zone), t.astimezone(zone), _age(at, t, zone)
    if age <= 0:
        return f"Today, {there.day} {there:%B}"
    if age == 1:
        return "Yesterday"
    return f"{there:%B}" if there.year == here.year else f"{there:%B %Y}"


def _age(at: datetime, t: datetime, zone: ZoneInfo) -> int:
    """Whole days between two dates of the workspace's calendar."""
    return (t.astimezone(zone).date() - at.astimezone(zone).date()).days
