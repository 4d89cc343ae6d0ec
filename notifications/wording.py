"""What a message says, as plain words: from the facts at the step to the lines of its templates.

Everything here is plain text of one line each. The templates escape it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from contacts.labels import ANONYMOUS
from leadscore.drawings import stage_class
from leadscore.formats import clock_time, day, number, thousandths

LONGEST = 160
LONGEST_SUBJECT = 200
COUNTS = {1: "activity", 2: "two activities", 3: "three activities", 4: "four activities", 5: "five activities"}
# Why the stage was entered where it was no activity's doing.
REASONS = {
    "profile": "What is known about them has changed.",
    "time": "Time alone has raised the score.",
    "adjustment": "A member has adjusted the points.",
    "merge": "Two profiles turned out to be one person.",
}
# First words of our own labels of activities, which read on within a sentence; an activity's own name is left as it is.
OWN_VERBS = ("Viewed ", "Sent form", "Said who ", "Named their ")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list: a number or a time, and what it belongs to."""

    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    subject: str
    source: str
    name: str
    role: str
    company: str
    points: str
    standing: str
    stage: str
    stage_class: str
    place: str
    news: str
    news_time: str
    phone: str
    email: str
    button: str
    url: str
    why: str
    reasons: tuple[Line, ...]
    rest: Line | None
    total: Line
    activities_title: str
    activities: tuple[Line, ...]
    footer: str

    @property
    def phone_link(self) -> str:
        return "tel:" + re.sub(r"[^+0-9]", "", self.phone)

    @property
    def email_link(self) -> str:
        return "mailto:" + quote(self.email, safe="@")


def word(facts: Mapping[str, Any], *, reason: str, site_url: str, teams: Mapping[str, str]) -> Wording:
    """The words of one message.

    Args:
        facts: as the step recorded them, with `stage` (key, name, rank, stages) and `cause` added by the outbox.
        reason: the recipient as the stage names it, such as `team:sales`.
        teams: names of the workspace's teams by key.
    """
    contact, company, stage = facts["contact"], facts["company"] or {}, facts["stage"]
    at, zone = datetime.fromisoformat(facts["at"]), ZoneInfo(facts["time_zone"])
    name, role = name_of(contact), _listed(line(contact["job_title"]), line(company.get("name")))
    news, news_time = _news(facts, at, zone)
    points = number(facts["points"])
    unit = "point" if abs(facts["points"]) == 1 else "points"
    return Wording(
        subject=_subject(name, contact, company, stage, news if facts["cause"] == "activity" else ""),
        source=f"{line(facts['workspace']['name'])} · {line(facts['scoring_type']['name'])}",
        name=name,
        role=role,
        company=_listed(line(company.get("industry")), _people(company.get("employees")), *_place(company, contact)),
        points=points,
        standing=f"{unit}, grade {facts['grade']}" if facts["grade"] else unit,
        stage=line(stage["name"]),
        stage_class=stage_class(stage["rank"], stage["stages"]),
        place=f"stage {stage['rank']} of {stage['stages']}, since {clock_time(at, zone)}",
        news=news,
        news_time=news_time,
        phone=line(contact["phone"]),
        email=line(contact["email"]),
        button=f"Open {_first_name(contact)}’s profile" if _first_name(contact) else "Open the profile",
        url=site_url + profile_path(facts["workspace"]["slug"], contact["id"]),
        why=f"Why {points} {unit}",
        reasons=tuple(Line(_signed(one["value"]), line(one["text"])) for one in facts["reasons"]),
        rest=_rest(facts["others"]),
        total=Line(points, unit),
        activities_title=f"Last {COUNTS.get(len(facts['activities']), 'activities')}",
        activities=tuple(Line(_moment(one["at"], at, zone), line(one["text"])) for one in facts["activities"]),
        footer=footer_of(reason, line(facts["workspace"]["name"]), teams),
    )


def profile_path(slug: str, contact_id: int) -> str:
    """The address of a contact's profile, which stays the same for ever: it stands in mails."""
    return f"/w/{slug}/contacts/{contact_id}/"


def line(value: object, longest: int = LONGEST) -> str:
    """A value from outside as one line of text: no control characters, nothing that turns the direction of writing, not endless."""
    text = "" if value is None else str(value)
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text if unicodedata.category(char) != "Cf")
    return clip(" ".join(kept.split()), longest)


def clip(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def name_of(contact: Mapping[str, Any]) -> str:
    """How a message calls the contact. Those queued by an earlier release do not say what a nameless one is called by."""
    return line(contact["name"]) or line(contact["email"]) or line(contact.get("called_by")) or ANONYMOUS


def _first_name(contact: Mapping[str, Any]) -> str:
    return line(contact["name"]).partition(" ")[0]


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _place(company: Mapping[str, Any], contact: Mapping[str, Any]) -> tuple[str, str]:
    """City and country of the company, or else of the contact."""
    where = company if company.get("city") or company.get("country") else contact
    return line(where.get("city")), line(where.get("country"))


def _people(employees: object) -> str:
    text = line(employees)
    if not text.isdecimal():
        return f"{text} people" if text else ""
    return "1 person" if int(text) == 1 else f"{number(int(text))} people"


def _subject(name: str, contact: Mapping[str, Any], company: Mapping[str, Any], stage: Mapping[str, Any], news: str) -> str:
    role, employer = line(contact["job_title"], 60), line(company.get("name"), 60)
    who = f"{clip(name, 60)}{', ' * bool(role)}{role}{' of ' * bool(employer)}{employer}"
    what = _listed(line(stage["name"], 60), _within_sentence(news))
    return clip(f"{who}: {what}", LONGEST_SUBJECT)


def _within_sentence(text: str) -> str:
    return text[:1].lower() + text[1:] if text.startswith(OWN_VERBS) else text


def _news(facts: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """What brought the stage about, and when that was (empty where it goes without saying)."""
    if facts["cause"] != "activity" or not facts["activities"]:
        return REASONS.get(facts["cause"], ""), ""
    newest = facts["activities"][0]
    moment = _moment(newest["at"], at, zone)
    return line(newest["text"]), f"at {moment.removeprefix('today ')}" if moment.startswith("today ") else f"on {moment}"


def _moment(iso: str, at: datetime, zone: ZoneInfo) -> str:
    """`today 09:41`, `Mon 15:12` within the six days before, then `12 Nov`."""
    instant = datetime.fromisoformat(iso)
    there, here = instant.astimezone(zone), at.astimezone(zone)
    if there.date() == here.date():
        return f"today {clock_time(instant, zone)}"
    if timedelta(0) < here.date() - there.date() <= timedelta(days=6):
        return f"{there:%a} {clock_time(instant, zone)}"
    return day(instant, at, zone)


def _signed(value: int) -> str:
    return number(thousandths(value), signed=True)


def _rest(others: Mapping[str, int]) -> Line | None:
    """What the greatest reasons leave of the points: smaller ones, what limits cut, or rounding. None where that is nothing at all."""
    count, value = others["count"], others["value"]
    reasons = [f"{number(count)} more {'reason' if count == 1 else 'reasons'}"] if count else []
    limits = ["a limit"] if others["limited"] else []
    return Line(_signed(value), f"from {' and '.join(reasons + limits) or 'rounding'}") if count or value else None


def footer_of(reason: str, workspace: str, teams: Mapping[str, str]) -> str:
    """Why the reader gets this, from the recipient as the stage names it."""
    if reason.startswith("email:"):
        return f"You get this because {workspace} named this address and it was confirmed."
    kind, _, rest = reason.rpartition("team:") if "team:" in reason else (reason, "", "")
    if rest and not kind:
        return f"You get this as a member of the team {line(teams.get(rest, rest))} of {workspace}."
    if rest:
        return f"You get this as the contact’s owner or a member of the team {line(teams.get(rest, rest))} of {workspace}."
    return f"You get this as {'the contact’s owner' if reason == 'owner' else 'a recipient that the stage names'} in {workspace}."


def named_as(reason: str, teams: Mapping[str, str]) -> str:
    """The recipient that a stage names, for people: `team Sales`, `the contact’s owner`; "" for a person or an address named alone."""
    kind, _, key = reason.rpartition("team:") if "team:" in reason and not reason.startswith("email:") else (reason, "", "")
    team = f"team {teams.get(key, key)}" if key else ""
    if kind.startswith("owner"):
        return f"the contact’s owner, or {team}" if team else "the contact’s owner"
    return team
