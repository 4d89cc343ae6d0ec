"""A company's people together: how many, what points they have, and what they did and became lately."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.activities import COUNTS
from contacts.calling import call
from contacts.labels import LONGEST, phrase
from contacts.models import Contact
from leadscore.exact_json import loads
from leadscore.sql import fetch
from scoring.models import Cause, Direction, StageChange
from scoring.timeline import CAUSES, icon_of
from scoring.versions import Active

SHOWN = 15


@dataclass(frozen=True, slots=True)
class Summary:
    """Of all contacts: `by_domain` are those that no group call put there; `ranks` counts them by stage, 0 for none.

    `points` and `best` are None where no version is published.
    """

    people: int = 0
    by_domain: int = 0
    points: int | None = None
    best: int | None = None
    ranks: Mapping[int, int] = field(default_factory=dict)


def of_company(workspace_id: int, company_id: int, version_id: int | None) -> Summary:
    """Reads all of the company's contacts once."""
    rows = fetch(
        """SELECT coalesce(s.rank, 0), count(*), count(*) FILTER (WHERE c.company_order IS NULL), sum(s.points), max(s.points)
           FROM contacts_contact c
           LEFT JOIN scoring_score s ON s.workspace_id = c.workspace_id AND s.version_id = %s AND s.contact_id = c.id
           WHERE c.workspace_id = %s AND c.company_id = %s AND c.merged_into_id IS NULL GROUP BY 1""",
        [version_id, workspace_id, company_id],
    )
    scored = [row for row in rows if row[4] is not None]
    return Summary(
        people=sum(row[1] for row in rows),
        by_domain=sum(row[2] for row in rows),
        points=sum(int(row[3]) for row in scored) if scored else None,
        best=max((row[4] for row in scored), default=None),
        ranks={rank: people for rank, people, *_ in rows},
    )


def by_domain(workspace_id: int, contact_ids: Collection[int]) -> set[int]:
    """Of these contacts of a company, those that belong to it by their address's domain."""
    rows = fetch(
        "SELECT id FROM contacts_contact WHERE workspace_id = %s AND id = ANY(%s) AND company_order IS NULL", [workspace_id, list(contact_ids)]
    )
    return {id for (id,) in rows}


@dataclass(frozen=True, slots=True)
class News:
    """What one of the people did, or a stage that one entered or left, as it goes on after the name; `rank` is 0 for what was done."""

    at: datetime
    contact: Contact
    icon: str
    verb: str
    noun: str
    rank: int = 0
    points: int | None = None
    cause: str = ""


def lately(workspace_id: int, company_id: int, version: Active | None) -> list[News]:
    """The latest of both kinds together, newest first; stages of the version's scoring type."""
    seen = _seen_last(workspace_id, company_id)
    done = _activities(workspace_id, seen)
    turns = _changes(workspace_id, company_id, version.type_id) if version else []
    found = Contact.objects.filter(workspace=workspace_id, id__in={row[0] for row in done} | {turn.contact_id for turn in turns})
    people = {one.id: one for one in found.only("workspace", "name", "email", "has_user_id", "has_email")}
    call(workspace_id, people.values())
    news = [News(at, people[contact], icon_of(kind, name), *_words(name, properties)) for contact, at, kind, name, properties in done]
    news += [_turn(turn, people[turn.contact_id]) for turn in turns]
    return sorted(news, key=lambda one: (one.at, one.rank), reverse=True)[:SHOWN]


def _seen_last(workspace_id: int, company_id: int) -> list[int]:
    """Whose latest activity is among the latest: nobody else's can be."""
    rows = fetch(
        """SELECT c.id FROM contacts_contact c JOIN contacts_lastseen l ON l.workspace_id = c.workspace_id AND l.contact_id = c.id
           WHERE c.workspace_id = %s AND c.company_id = %s AND c.merged_into_id IS NULL ORDER BY l.at DESC, c.id LIMIT %s""",
        [workspace_id, company_id, SHOWN],
    )
    return [id for (id,) in rows]


def _activities(workspace_id: int, contact_ids: list[int]) -> list[tuple[int, datetime, str, str, dict[str, Any]]]:
    rows = fetch(
        f"""SELECT c.id, a.occurred_at, a.kind, a.name, a.properties::text FROM unnest(%(ids)s::bigint[]) AS c(id)
           CROSS JOIN LATERAL (SELECT occurred_at, message_id, kind, name, properties FROM contacts_activity
                 WHERE workspace_id = %(workspace)s AND contact_id = c.id AND {COUNTS}
                 ORDER BY occurred_at DESC, message_id DESC LIMIT %(most)s) a
           ORDER BY a.occurred_at DESC, a.message_id DESC LIMIT %(most)s""",
        {"ids": contact_ids, "workspace": workspace_id, "most": SHOWN},
    )
    return [(contact, at, kind, name, loads(properties)) for contact, at, kind, name, properties in rows]


def _changes(workspace_id: int, company_id: int, type_id: int) -> list[StageChange]:
    people = Contact.objects.filter(workspace=workspace_id, company=company_id, merged_into=None).values("id")
    return list(StageChange.objects.filter(workspace=workspace_id, scoring_type=type_id, contact__in=people).order_by("-at", "-id")[:SHOWN])


def _turn(change: StageChange, contact: Contact) -> News:
    icon, verb = ("stairs-up", "became") if change.direction == Direction.ENTERED else ("stairs-down", "is no longer")
    return News(change.at, contact, icon, verb, change.stage_name, change.rank, change.points, CAUSES.get(Cause(change.cause), ""))


def _words(name: str, properties: Mapping[str, Any]) -> tuple[str, str]:
    verb, noun = phrase(name, properties)
    return (verb[:LONGEST] if verb == name else verb.lower()), noun[:LONGEST]  # an activity's own name stays as it is
