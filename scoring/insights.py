"""What rules matched in the last 30 days, or match now: from a bounded number of contacts, remembered for some minutes.

No index serves activities by name, for each would cost every drain. So contacts are taken at random: of those heard in the period for activities,
of all for profiles; up to MOST of them the answer is exact.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from contacts import people
from contacts.activities import COUNTS
from leadscore.exact_json import loads
from leadscore.sql import fetch
from scoring import remembering, scratch
from scoring.document import parse, problems
from scoring.engine import Activity, Profile
from scoring.matching import DAYS, Insight, Sample, of_activities, of_profiles
from scoring.model import Model

MOST = 1_500  # contacts looked at for activities, and for profiles
LATEST = 500  # activities looked at of each
SECONDS = 300  # for which an answer is remembered

_BESIDES = ("key", "name", "points", "group")

Rule = Mapping[str, Any]


def of_rules(workspace_id: int, time_zone: str, rules: Sequence[Rule], t: datetime) -> list[Insight | None]:
    """The insight into each rule, from memory as far as it is there; None for a rule that is not valid. Call it inside the workspace's scope."""
    valid = [rule for rule in rules if _is_valid(rule)]
    known = _remembered(workspace_id, time_zone, valid)
    missing = {_key(workspace_id, time_zone, rule): rule for rule in valid if _key(workspace_id, time_zone, rule) not in known}
    if missing:
        fresh = dict(zip(missing, _computed(workspace_id, time_zone, list(missing.values()), t), strict=True))
        remembering.remember({key: asdict(one) for key, one in fresh.items()}, SECONDS)
        known |= fresh
    return [known.get(_key(workspace_id, time_zone, rule)) for rule in rules]


def remembered(workspace_id: int, time_zone: str, rules: Sequence[Rule]) -> dict[str, Insight]:
    """Rule's key → insight, of those that were asked for lately; no query."""
    known = _remembered(workspace_id, time_zone, rules)
    return {rule["key"]: known[key] for rule in rules if (key := _key(workspace_id, time_zone, rule)) in known}


def _remembered(workspace_id: int, time_zone: str, rules: Collection[Rule]) -> dict[str, Insight]:
    found = remembering.recall([_key(workspace_id, time_zone, rule) for rule in rules])
    return {key: Insight.from_json(state) for key, state in found.items()}


def _key(workspace_id: int, time_zone: str, rule: Rule) -> str:
    """What a rule matches does not depend on what it is called, what it gives and in which group."""
    told = json.dumps([time_zone, {key: value for key, value in rule.items() if key not in _BESIDES}], sort_keys=True, default=str)
    return f"insight:{workspace_id}:{blake2b(told.encode(), digest_size=16).hexdigest()}"


def _is_valid(rule: Rule) -> bool:
    return not problems(_document([rule]))


def _document(rules: Sequence[Rule]) -> dict[str, Any]:
    return {"key": "k", "name": "N", "rules": [_bare(rule, place) for place, rule in enumerate(rules)]}


def _bare(rule: Rule, place: int) -> dict[str, Any]:
    """The rule with what does not matter here put right, so that it is understood before it is finished."""
    told = {key: value for key, value in rule.items() if key not in _BESIDES}
    return {**told, "key": f"r{place}", "name": "N", **({} if rule.get("when") == "reset" else {"points": 1})}


def _computed(workspace_id: int, time_zone: str, rules: Sequence[Rule], t: datetime) -> list[Insight]:
    model = parse(_document(rules), time_zone)
    found: dict[int, Insight] = {}
    if model.names:
        found |= of_activities(model, _heard_lately(workspace_id, model, t), t)
    if model.profile_rules or model.silences:
        found |= of_profiles(model, _of_all(workspace_id, model, t), t)
    return [found[rule.position] for rule in model.rules]


def _heard_lately(workspace_id: int, model: Model, t: datetime) -> Sample:
    """Contacts that did something in the period, with all that they did before, for what a limit counts may be older."""
    rows = fetch(
        """WITH seen AS MATERIALIZED (SELECT contact_id FROM contacts_lastseen WHERE workspace_id = %s AND at > %s)
           SELECT contact_id, (SELECT count(*) FROM seen) FROM seen ORDER BY random() LIMIT %s""",
        [workspace_id, t - timedelta(days=DAYS), MOST],
    )
    histories: dict[int, list[Activity]] = {contact: [] for contact, _ in rows}
    is_cut = False
    for contact, is_full, id, name, occurred_at, message_id, properties, context in _latest(workspace_id, histories, model.names, t):
        histories[contact].append(Activity(id, name, occurred_at, message_id, loads(properties), loads(context)))
        is_cut = is_cut or is_full
    return Sample(rows[0][1] if rows else 0, histories=histories, is_cut=is_cut)


def _latest(workspace_id: int, contact_ids: Collection[int], names: Collection[str], t: datetime) -> list[tuple[Any, ...]]:
    """The LATEST activities of each, of these names, in order; beside each, whether there may be more."""
    return fetch(
        f"""SELECT c.id, a.number = %s, a.id, a.name, a.occurred_at, a.message_id, a.properties::text, a.context::text
            FROM unnest(%s::bigint[]) AS c(id), LATERAL (
                SELECT *, count(*) OVER () AS number FROM (
                    SELECT id, name, occurred_at, message_id, properties, context FROM contacts_activity
                    WHERE workspace_id = %s AND contact_id = c.id AND {COUNTS} AND occurred_at <= %s
                    ORDER BY occurred_at DESC, message_id DESC LIMIT %s) latest) a
            WHERE a.name = ANY(%s) ORDER BY c.id, a.occurred_at, a.message_id""",
        [LATEST, list(contact_ids), workspace_id, t, LATEST, list(names)],
    )


def _of_all(workspace_id: int, model: Model, t: datetime) -> Sample:
    rows = fetch(
        """SELECT id, count(*) OVER () FROM contacts_contact WHERE workspace_id = %s AND merged_into_id IS NULL ORDER BY random() LIMIT %s""",
        [workspace_id, MOST],
    )
    known = people.load(workspace_id, [contact for contact, _ in rows])
    profiles = {contact: Profile(person.profile(), person.company_traits) for contact, person in known.items()}
    return Sample(rows[0][1] if rows else 0, profiles=profiles, heard=scratch.heard(workspace_id, [model], profiles, t))
