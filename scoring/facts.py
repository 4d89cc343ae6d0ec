"""What a message says of a contact, as things are at the step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from contacts.activities import COUNTS
from contacts.calling import called_by
from contacts.labels import label
from contacts.people import Person
from contacts.values import iso, text_of
from leadscore.exact_json import loads
from leadscore.sql import fetch
from scoring.engine import Outcome, Profile, Tally, values
from scoring.versions import Active
from scoring.worth import THOUSANDTHS

REASONS = 5
ACTIVITIES = 5


def of_steps(workspace_id: int, steps: Sequence[tuple[Active, Person, Outcome, Tally]], t: datetime) -> list[dict[str, Any]]:
    """The facts of each step, in order: JSON that says who, what points, the greatest reasons and the last activities."""
    if not steps:
        return []
    workspace = _workspace(workspace_id)
    activities = last_activities(workspace_id, {person.id for _, person, _, _ in steps})
    called = called_by(workspace_id, {person.id for _, person, _, _ in steps if person.known and not person.name() and not person.email})
    return [
        {**workspace, **_of(version, person, called.get(person.id, ""), outcome, tally, t), "activities": activities.get(person.id, []), "at": iso(t)}
        for version, person, outcome, tally in steps
    ]


def _workspace(workspace_id: int) -> dict[str, Any]:
    ((name, slug, time_zone),) = fetch("SELECT name, slug, time_zone FROM accounts_workspace WHERE id = %s", [workspace_id])
    return {"workspace": {"name": name, "slug": slug}, "time_zone": time_zone}


def _of(version: Active, person: Person, called: str, outcome: Outcome, tally: Tally, t: datetime) -> dict[str, Any]:
    return {
        "contact": _contact(person, called),
        "company": _company(person),
        "scoring_type": {"key": version.type_key, "name": version.model.name},
        "points": outcome.points,
        "grade": outcome.grade,
        **_reasons(version, person, outcome, tally, t),
    }


def _contact(person: Person, called: str) -> dict[str, Any]:
    said = _texts(person.traits, "phone", "job_title", "city", "country")
    return {"id": person.id, "name": person.name(), "email": person.email, "called_by": called, **said}


def _company(person: Person) -> dict[str, str] | None:
    if not person.employer() and not person.company_traits:
        return None
    return {**_texts(person.company_traits, "name", "industry", "employees", "city", "country"), "name": _text(person.employer())}


def _texts(traits: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: _text(traits.get(name)) for name in names}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()[:200]
    return (text_of(value) or "")[:200]


def _reasons(version: Active, person: Person, outcome: Outcome, tally: Tally, t: datetime) -> dict[str, Any]:
    """The rules with the greatest value, and what the rest and the bounds make of it: all of it adds up to the points."""
    given = values(version.model, tally, Profile(person.profile(), person.company_traits), t)
    ranked = sorted(given.items(), key=lambda item: (-item[1], item[0]))
    shown = [{"value": value, "text": _reason(version, rule, tally)} for rule, value in ranked[:REASONS]]
    others = [value for _, value in ranked[REASONS:]] + ([tally.adjusted * THOUSANDTHS] if tally.adjusted else [])
    rest = outcome.points * THOUSANDTHS - sum(value for _, value in ranked[:REASONS])
    # Rounding moves a sum by half a point at most; what is more than that is a limit's doing.
    limited = abs(rest - sum(others)) > THOUSANDTHS // 2
    return {"reasons": shown, "others": {"value": rest, "count": len(others), "limited": limited}}


def _reason(version: Active, rule: int, tally: Tally) -> str:
    times = tally.alive.get(rule) or sum(tally.fading.get(rule, {}).values())
    return version.model.rules[rule].name + (f", {times} times" if times > 1 else "")


def last_activities(workspace_id: int, contact_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """The newest activities of each contact, newest first."""
    rows = fetch(
        f"""SELECT c.id, a.kind, a.name, a.occurred_at, a.properties::text FROM unnest(%s::bigint[]) AS c(id)
           CROSS JOIN LATERAL (SELECT kind, name, occurred_at, properties, message_id FROM contacts_activity
                 WHERE workspace_id = %s AND contact_id = c.id AND {COUNTS}
                 ORDER BY occurred_at DESC, message_id DESC LIMIT %s) a
           ORDER BY c.id, a.occurred_at DESC, a.message_id DESC""",
        [sorted(contact_ids), workspace_id, ACTIVITIES],
    )
    found: dict[int, list[dict[str, str]]] = {}
    for contact, kind, name, occurred_at, properties in rows:
        found.setdefault(contact, []).append({"at": iso(occurred_at), "text": label(name, loads(properties), kind)})
    return found
