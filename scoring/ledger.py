"""Awards in the database: what a batch needs of them, and what it changes. Every statement serves the whole batch."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from leadscore.exact_json import loads
from leadscore.sql import fetch, records, run
from scoring.engine import Activity, Award

Place = tuple[int, int]  # (version, contact)
Slot = tuple[int, int, int, str]  # (version, contact, rule, slot)


class Entry(NamedTuple):
    """An award of a contact in a version."""

    version: int
    contact: int
    award: Award


def slots(workspace_id: int, wanted: Collection[Slot]) -> dict[Slot, list[Award]]:
    """The awards of the given slots, in order."""
    found: dict[Slot, list[Award]] = defaultdict(list)
    if wanted:
        rows = fetch(
            """SELECT a.version_id, a.contact_id, a.rule, a.slot, a.activity_id, a.awarded_at, a.message_id, a.expires_at
               FROM json_to_recordset(%s::json) AS w(version bigint, contact bigint, rule smallint, slot text)
               JOIN scoring_award a ON a.workspace_id = %s AND a.version_id = w.version AND a.contact_id = w.contact
                    AND a.rule = w.rule AND a.slot = w.slot
               ORDER BY a.awarded_at, a.message_id""",
            [records({"version": v, "contact": c, "rule": r, "slot": s} for v, c, r, s in wanted), workspace_id],
        )
        for version, contact, rule, slot, *rest in rows:
            found[version, contact, rule, slot].append(_award(rule, slot, rest))
    return found


def of_contact(workspace_id: int, contact_id: int, version_ids: Collection[int]) -> dict[int, list[Award]]:
    """All awards of a contact, by version, in order."""
    found: dict[int, list[Award]] = defaultdict(list)
    rows = fetch(
        """SELECT version_id, rule, slot, activity_id, awarded_at, message_id, expires_at FROM scoring_award
           WHERE workspace_id = %s AND version_id = ANY(%s) AND contact_id = %s ORDER BY awarded_at, message_id""",
        [workspace_id, list(version_ids), contact_id],
    )
    for version, rule, slot, *rest in rows:
        found[version].append(_award(rule, slot, rest))
    return found


def _award(rule: int, slot: str, rest: list[Any]) -> Award:
    activity, awarded_at, message_id, expires_at = rest
    return Award(rule=rule, activity=activity, awarded_at=awarded_at, message_id=message_id, slot=slot, expires_at=expires_at)


def expired(workspace_id: int, since: Mapping[Place, datetime], t: datetime) -> dict[Place, dict[int, int]]:
    """How many awards of each rule expired after `since` (when the score was computed) and up to `t`."""
    found: dict[Place, dict[int, int]] = defaultdict(dict)
    rows = fetch(
        """SELECT a.version_id, a.contact_id, a.rule, count(*)
           FROM json_to_recordset(%s::json) AS w(version bigint, contact bigint, since timestamptz)
           JOIN scoring_award a ON a.workspace_id = %s AND a.version_id = w.version AND a.contact_id = w.contact
                AND a.expires_at > w.since AND a.expires_at <= %s
           GROUP BY 1, 2, 3""",
        [_places(since), workspace_id, t],
    )
    for version, contact, rule, count in rows:
        found[version, contact][rule] = count
    return found


def next_expiries(workspace_id: int, places: Collection[Place], t: datetime) -> dict[Place, datetime]:
    """The first expiry after `t` of each contact and version that has one."""
    rows = fetch(
        """SELECT w.version, w.contact, e.expires_at
           FROM json_to_recordset(%s::json) AS w(version bigint, contact bigint)
           CROSS JOIN LATERAL (SELECT a.expires_at FROM scoring_award a
                 WHERE a.workspace_id = %s AND a.version_id = w.version AND a.contact_id = w.contact AND a.expires_at > %s
                 ORDER BY a.expires_at LIMIT 1) e""",
        [records({"version": version, "contact": contact} for version, contact in places), workspace_id, t],
    )
    return {(version, contact): expires_at for version, contact, expires_at in rows}


def _places(since: Mapping[Place, datetime]) -> str:
    return records({"version": version, "contact": contact, "since": at} for (version, contact), at in since.items())


def add(workspace_id: int, entries: Iterable[Entry]) -> None:
    """Writes awards."""
    rows = [_row(entry) for entry in entries]
    if rows:
        run(
            """INSERT INTO scoring_award (workspace_id, version_id, contact_id, rule, slot, awarded_at, message_id, activity_id, expires_at)
               SELECT %s, r.version, r.contact, r.rule, r.slot, r.awarded_at, r.message_id, r.activity, r.expires_at
               FROM json_to_recordset(%s::json) AS r(version bigint, contact bigint, rule smallint, slot text, awarded_at timestamptz,
                                                     message_id text, activity bigint, expires_at timestamptz)""",
            [workspace_id, records(rows)],
        )


def drop(workspace_id: int, entries: Iterable[Entry]) -> None:
    """Takes awards back, such as those that an earlier match has pushed out of a full limit."""
    rows = [_row(entry) for entry in entries]
    if rows:
        run(
            """DELETE FROM scoring_award a USING json_to_recordset(%s::json) AS r(version bigint, contact bigint, rule smallint, slot text,
                                                                                 awarded_at timestamptz, message_id text)
               WHERE a.workspace_id = %s AND a.version_id = r.version AND a.contact_id = r.contact AND a.rule = r.rule AND a.slot = r.slot
                 AND a.awarded_at = r.awarded_at AND a.message_id = r.message_id""",
            [records(rows), workspace_id],
        )


def drop_all(workspace_id: int, contact_ids: Collection[int], version_ids: Collection[int]) -> None:
    """Takes back every award of the contacts in the versions, before they are computed from scratch."""
    run(
        "DELETE FROM scoring_award WHERE workspace_id = %s AND version_id = ANY(%s) AND contact_id = ANY(%s)",
        [workspace_id, list(version_ids), list(contact_ids)],
    )


def _row(entry: Entry) -> dict[str, Any]:
    version, contact, award = entry
    return {
        "version": version, "contact": contact, "rule": award.rule, "slot": award.slot, "awarded_at": award.awarded_at,
        "message_id": award.message_id, "activity": award.activity, "expires_at": award.expires_at,
    }  # fmt: skip


def histories(workspace_id: int, contact_ids: Collection[int], names: Collection[str], t: datetime) -> dict[int, list[Activity]]:
    """The activities of the contacts that rules of these names can match at `t`, in order; neither bots' nor erased ones."""
    found: dict[int, list[Activity]] = {contact: [] for contact in contact_ids}
    rows = fetch(
        """SELECT contact_id, id, name, occurred_at, message_id, properties::text, context::text FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = ANY(%s) AND kind IN ('track', 'page', 'screen') AND name = ANY(%s)
             AND occurred_at <= %s AND bot = '' AND NOT erased
           ORDER BY contact_id, occurred_at, message_id""",
        [workspace_id, list(contact_ids), list(names), t],
    )
    for contact, id, name, occurred_at, message_id, properties, context in rows:
        found[contact].append(Activity(id, name, occurred_at, message_id, loads(properties), loads(context)))
    return found
