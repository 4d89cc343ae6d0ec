"""Awards in the database: what a batch needs of them, and what it changes. Every statement serves the whole batch.

Reads are lateral, and fenced where PostgreSQL would turn them into a join (OFFSET 0): so it looks up each contact's own part of the index, and
cannot take a guess for a reason to read the whole workspace's ledger instead.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from contacts.activities import COUNTS
from leadscore.exact_json import loads, loads_whole
from leadscore.sql import fetch, records, run, running
from scoring.engine import Activity, Award, Held
from scoring.slots import REACHED

Place = tuple[int, int]  # (version, contact)
Slot = tuple[int, int, int, str]  # (version, contact, rule, slot)
Order = tuple[datetime, str]  # (awarded_at, message_id)

MANY = 500  # awards from which on writing them takes so long that it is worth a thread


class Entry(NamedTuple):
    """An award of a contact in a version."""

    version: int
    contact: int
    award: Award


def slots(workspace_id: int, wanted: Mapping[Slot, Order]) -> dict[Slot, Held]:
    """What the given slots hold: how many entries before the order asked for, and those from there on."""
    found: dict[Slot, Held] = {}
    if wanted:
        rows = fetch(
            """SELECT w.version, w.contact, w.rule, w.slot, a.before, a.others::text
               FROM json_to_recordset(%s::json) AS w(version bigint, contact bigint, rule smallint, slot text, at timestamptz, message_id text)
               CROSS JOIN LATERAL (
                   SELECT count(*) FILTER (WHERE is_before) AS before,
                          json_agg(json_build_array(activity_id, awarded_at, message_id, expires_at, counts)) FILTER (WHERE NOT is_before) AS others
                   FROM (SELECT *, (awarded_at, message_id) < (w.at, w.message_id COLLATE "C") AS is_before FROM scoring_award
                         WHERE workspace_id = %s AND version_id = w.version AND contact_id = w.contact AND rule = w.rule AND slot = w.slot) e) a
               WHERE a.before > 0 OR a.others IS NOT NULL""",
            [_asked(wanted), workspace_id],
        )
        for version, contact, rule, slot, before, others in rows:
            entries = [_award(rule, slot, _instants(entry)) for entry in loads_whole(others)] if others else []
            found[version, contact, rule, slot] = Held(before, entries)
    return found


def _asked(wanted: Mapping[Slot, Order]) -> str:
    return records(
        {"version": v, "contact": c, "rule": r, "slot": s, "at": at, "message_id": message} for (v, c, r, s), (at, message) in wanted.items()
    )


def _instants(entry: list[Any]) -> list[Any]:
    activity, awarded_at, message_id, expires_at, counts = entry
    return [activity, datetime.fromisoformat(awarded_at), message_id, expires_at and datetime.fromisoformat(expires_at), counts]


def windows(workspace_id: int, wanted: Mapping[Slot, tuple[datetime, datetime]]) -> dict[Slot, Held]:
    """Of rules that reach a number within days: the matches between two instants, and the award where there is one; in order."""
    found: dict[Slot, list[Award]] = defaultdict(list)
    if wanted:
        rows = fetch(
            """SELECT w.version, w.contact, w.rule, a.*
               FROM json_to_recordset(%s::json) AS w(version bigint, contact bigint, rule smallint, since timestamptz, until timestamptz)
               CROSS JOIN LATERAL (
                   (SELECT slot, activity_id, awarded_at, message_id, expires_at, counts FROM scoring_award
                    WHERE workspace_id = %s AND version_id = w.version AND contact_id = w.contact AND rule = w.rule AND slot = %s OFFSET 0)
                   UNION ALL
                   (SELECT slot, activity_id, awarded_at, message_id, expires_at, counts FROM scoring_award
                    WHERE workspace_id = %s AND version_id = w.version AND contact_id = w.contact AND rule = w.rule AND slot = ''
                      AND awarded_at BETWEEN w.since AND w.until OFFSET 0)) a
               ORDER BY a.awarded_at, a.message_id""",
            [_spans(wanted), workspace_id, REACHED, workspace_id],
        )
        for version, contact, rule, slot, *rest in rows:
            found[version, contact, rule, ""].append(_award(rule, slot, rest))
    return {slot: Held(0, entries) for slot, entries in found.items()}


def _spans(wanted: Mapping[Slot, tuple[datetime, datetime]]) -> str:
    return records({"version": v, "contact": c, "rule": r, "since": since, "until": until} for (v, c, r, _), (since, until) in wanted.items())


def of_contact(workspace_id: int, contact_id: int, version_ids: Collection[int]) -> dict[int, list[Award]]:
    """All awards of a contact, by version, in order."""
    found: dict[int, list[Award]] = defaultdict(list)
    rows = fetch(
        """SELECT version_id, rule, slot, activity_id, awarded_at, message_id, expires_at, counts FROM scoring_award
           WHERE workspace_id = %s AND version_id = ANY(%s) AND contact_id = %s ORDER BY awarded_at, message_id""",
        [workspace_id, list(version_ids), contact_id],
    )
    for version, rule, slot, *rest in rows:
        found[version].append(_award(rule, slot, rest))
    return found


def of_rules(workspace_id: int, version_id: int, contact_ids: Collection[int], rules: Collection[int]) -> dict[int, list[Award]]:
    """The entries of some rules of a version, by contact."""
    found: dict[int, list[Award]] = defaultdict(list)
    rows = fetch(
        """SELECT contact_id, rule, slot, activity_id, awarded_at, message_id, expires_at, counts FROM scoring_award
           WHERE workspace_id = %s AND version_id = %s AND contact_id = ANY(%s) AND rule = ANY(%s)""",
        [workspace_id, version_id, list(contact_ids), list(rules)],
    )
    for contact, rule, slot, *rest in rows:
        found[contact].append(_award(rule, slot, rest))
    return found


def copy(workspace_id: int, source: int, target: int, contact_ids: Collection[int], rules: Iterable[tuple[int, int, int | None]]) -> None:
    """Makes entries of one version's rules those of another's.

    Args:
        rules: (position in the source, position in the target, days after which what counts expires there; None for never or by fading).
    """
    run(
        """INSERT INTO scoring_award (workspace_id, version_id, contact_id, rule, slot, awarded_at, message_id, activity_id, expires_at, counts)
           SELECT a.workspace_id, %s, a.contact_id, r.target, a.slot, a.awarded_at, a.message_id, a.activity_id,
                  CASE WHEN a.counts THEN a.awarded_at + r.days * interval '24 hours' END, a.counts
           FROM scoring_award a JOIN json_to_recordset(%s::json) AS r(source smallint, target smallint, days int) ON r.source = a.rule
           WHERE a.workspace_id = %s AND a.version_id = %s AND a.contact_id = ANY(%s)""",
        [target, records({"source": old, "target": new, "days": days} for old, new, days in rules), workspace_id, source, list(contact_ids)],
    )


def _award(rule: int, slot: str, rest: list[Any]) -> Award:
    activity, awarded_at, message_id, expires_at, counts = rest
    return Award(rule, activity, awarded_at, message_id, slot, expires_at, counts)


def expired(workspace_id: int, since: Mapping[Place, tuple[datetime, datetime | None]], t: datetime) -> dict[Place, dict[int, int]]:
    """How many awards of each rule expired up to `t` and after the first instant of `since` (when the score was computed); those up to the
    second, a reset, were worth nothing before.
    """
    found: dict[Place, dict[int, int]] = defaultdict(dict)
    rows = fetch(
        """SELECT w.version, w.contact, e.rule, e.times
           FROM json_to_recordset(%s::json) AS w(version bigint, contact bigint, since timestamptz, reset timestamptz)
           CROSS JOIN LATERAL (SELECT rule, count(*) AS times FROM scoring_award
                WHERE workspace_id = %s AND version_id = w.version AND contact_id = w.contact AND expires_at > w.since AND expires_at <= %s
                  AND (w.reset IS NULL OR awarded_at > w.reset) GROUP BY rule) e""",
        [
            records({"version": version, "contact": contact, "since": at, "reset": reset} for (version, contact), (at, reset) in since.items()),
            workspace_id, t,
        ],
    )  # fmt: skip
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


def voided(workspace_id: int, resets: Mapping[Place, tuple[datetime | None, datetime]], t: datetime) -> dict[Place, list[tuple[int, int, int]]]:
    """What living awards a reset takes the worth of: (rule, UTC day, how many) of those after the earlier reset and up to the new one."""
    found: dict[Place, list[tuple[int, int, int]]] = defaultdict(list)
    rows = fetch(
        """SELECT w.version, w.contact, v.*
           FROM json_to_recordset(%s::json) AS w(version bigint, contact bigint, since timestamptz, until timestamptz)
           CROSS JOIN LATERAL (SELECT rule, (awarded_at AT TIME ZONE 'UTC')::date, count(*) FROM scoring_award
                WHERE workspace_id = %s AND version_id = w.version AND contact_id = w.contact AND counts AND awarded_at <= w.until
                  AND (w.since IS NULL OR awarded_at > w.since) AND (expires_at IS NULL OR expires_at > %s) GROUP BY 1, 2) v""",
        [records({"version": v, "contact": c, "since": since, "until": until} for (v, c), (since, until) in resets.items()), workspace_id, t],
    )
    for version, contact, rule, day, count in rows:
        found[version, contact].append((rule, day.toordinal(), count))
    return found


def add(workspace_id: int, entries: Iterable[Entry]) -> None:
    """Writes awards."""
    with adding(workspace_id, entries):
        pass


@contextmanager
def adding(workspace_id: int, entries: Iterable[Entry]) -> Iterator[None]:
    """Writes awards; many of them while the block computes, which must not use the database."""
    rows = [_row(entry) for entry in entries]
    statement = """INSERT INTO scoring_award (workspace_id, version_id, contact_id, rule, slot, awarded_at, message_id, activity_id, expires_at,
                                              counts)
                   SELECT %s, r.version, r.contact, r.rule, r.slot, r.awarded_at, r.message_id, r.activity, r.expires_at,
                          coalesce(r.counts, true)
                   FROM json_to_recordset(%s::json) AS r(version bigint, contact bigint, rule smallint, slot text, awarded_at timestamptz,
                                                         message_id text, activity bigint, expires_at timestamptz, counts boolean)"""
    if len(rows) < MANY:
        if rows:
            run(statement, [workspace_id, records(rows)])
        yield
    else:
        with running(statement, [workspace_id, records(rows)]):
            yield


def drop(workspace_id: int, entries: Iterable[Entry]) -> None:
    """Takes awards back, such as those that an earlier match has pushed out of a full limit. Each is found by its key, however long the ledger."""
    rows = [_row(entry) for entry in entries]
    if rows:
        fetch("SELECT drop_awards(%s, %s::json)", [workspace_id, records(rows)])


def drop_all(workspace_id: int, contact_ids: Collection[int], version_ids: Collection[int]) -> None:
    """Takes back every award of the contacts in the versions, before they are computed from scratch."""
    run(
        "DELETE FROM scoring_award WHERE workspace_id = %s AND version_id = ANY(%s) AND contact_id = ANY(%s)",
        [workspace_id, list(version_ids), list(contact_ids)],
    )


def _row(entry: Entry) -> dict[str, Any]:
    version, contact, award = entry
    uncounted = {} if award.counts else {"counts": False}
    return {
        **uncounted, "version": version, "contact": contact, "rule": award.rule, "slot": award.slot, "awarded_at": award.awarded_at,
        "message_id": award.message_id, "activity": award.activity, "expires_at": award.expires_at,
    }  # fmt: skip


def histories(workspace_id: int, contact_ids: Collection[int], names: Collection[str], t: datetime) -> dict[int, list[Activity]]:
    """The activities of the contacts that rules of these names can match at `t`, in order; neither bots' nor erased ones."""
    found: dict[int, list[Activity]] = {contact: [] for contact in contact_ids}
    if not names:
        return found
    rows = fetch(
        f"""SELECT contact_id, id, name, occurred_at, message_id, properties::text, context::text FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = ANY(%s) AND name = ANY(%s) AND occurred_at <= %s AND {COUNTS}
           ORDER BY contact_id, occurred_at, message_id""",
        [workspace_id, list(contact_ids), list(names), t],
    )
    for contact, id, name, occurred_at, message_id, properties, context in rows:
        found[contact].append(Activity(id, name, occurred_at, message_id, loads(properties), loads(context)))
    return found
