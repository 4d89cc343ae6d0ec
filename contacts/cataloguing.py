"""Keeping the catalogue of events, properties and traits: read from what was stored, behind the drains.

Activities are read in the order of their ids. An id is given before its transaction ends, so a range is read only when every transaction that
could still fill it has ended. Each workspace's counts and how far they have come change in one transaction, so a range that is read twice
counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.scope import workspace_scope
from contacts.models import Source
from contacts.seen_names import MOST, MOST_OF_AN_EVENT, Key, Said, Seen, examples, tally
from leadscore.exact_json import loads
from leadscore.sql import fetch, records, run

RANGE = 5_000  # ids read at a time
RANGES = 20  # of one run of the task
MOST_BYTES = 16_000  # of properties or context; larger ones are passed over
SAMPLED, LATEST = 100, 5  # contacts seen last, and activities of each, that examples are taken from


def read_on() -> None:
    """Counts what is new, as far as one run goes."""
    for _ in range(RANGES):
        if not _read_a_range():
            return


def _read_a_range() -> bool:
    """Whether there may be more to do at once."""
    bounds = _next_range()
    if bounds is None:
        return False
    after, upto = bounds
    for (workspace_id,) in fetch("SELECT workspaces_with_activities(%s, %s)", [after, upto]):
        read(workspace_id, after, upto)
    run("UPDATE contacts_catalogueprogress SET upto = greatest(upto, %s)", [upto])
    return True


def _next_range() -> tuple[int, int] | None:
    """(after, up to) of ids that are all there; None where there are none, or a transaction that may fill some still runs."""
    with transaction.atomic():
        run("INSERT INTO contacts_catalogueprogress (id, upto, ahead, ahead_of) VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING")
        ((upto, ahead, ahead_of),) = fetch("SELECT upto, ahead, ahead_of FROM contacts_catalogueprogress FOR UPDATE")
        ((newest, behind, beyond),) = fetch("SELECT newest, behind, beyond FROM newest_activity()")
        if upto >= ahead or ahead_of > beyond:  # what lies ahead is not known yet, or was of another server, from which this was restored
            run("UPDATE contacts_catalogueprogress SET ahead = %s, ahead_of = %s", [newest, beyond])
            return None
    return (upto, min(ahead, upto + RANGE)) if behind >= ahead_of else None


def read(workspace_id: int, after: int, upto: int) -> None:
    """Counts a workspace's activities of a range of ids, less those counted before."""
    with workspace_scope(workspace_id):
        start = max(after, _hold(workspace_id))
        if start >= upto:
            return
        _count(workspace_id, tally(_said(_STORED, {"workspace": workspace_id, "after": start, "upto": upto, "bytes": MOST_BYTES})))
        _bound(workspace_id)
        _show(workspace_id, examples(_sample(workspace_id)))
        run("UPDATE contacts_catalogue SET upto = %s WHERE workspace_id = %s", [upto, workspace_id])


def _hold(workspace_id: int) -> int:
    """Locks the workspace's catalogue; how far it has come."""
    run("INSERT INTO contacts_catalogue (workspace_id, upto) VALUES (%s, 0) ON CONFLICT DO NOTHING", [workspace_id])
    ((upto,),) = fetch("SELECT upto FROM contacts_catalogue WHERE workspace_id = %s FOR UPDATE", [workspace_id])
    return int(upto)


_COLUMNS = "contact_id, kind, name, received_at, source, properties::text, context::text"
_FIT = "NOT erased AND length(properties::text) < %(bytes)s AND length(context::text) < %(bytes)s"  # as read, not as compressed
_STORED = f"SELECT {_COLUMNS} FROM contacts_activity WHERE workspace_id = %(workspace)s AND id > %(after)s AND id <= %(upto)s AND {_FIT}"
_LATEST = f"""
SELECT a.* FROM (SELECT contact_id AS id FROM contacts_lastseen WHERE workspace_id = %(workspace)s ORDER BY at DESC, contact_id DESC
                 LIMIT %(sampled)s) seen,
    LATERAL (SELECT {_COLUMNS} FROM contacts_activity WHERE workspace_id = %(workspace)s AND contact_id = seen.id AND {_FIT}
             ORDER BY occurred_at DESC, message_id DESC LIMIT %(latest)s) a
"""


def _sample(workspace_id: int) -> list[Said]:
    return _said(_LATEST, {"workspace": workspace_id, "sampled": SAMPLED, "latest": LATEST, "bytes": MOST_BYTES})


def _said(statement: str, params: Mapping[str, Any]) -> list[Said]:
    return [
        Said(contact_id, kind, name, received_at, source == Source.SERVER, loads(properties), loads(context))
        for contact_id, kind, name, received_at, source, properties, context in fetch(statement, params)
    ]


def _count(workspace_id: int, counted: Mapping[Key, Seen]) -> None:
    rows = [
        {
            "side": side, "event": event, "path": path, "seen": seen.count, "by_server": seen.by_server, "first": seen.first, "last": seen.last,
            "kinds": sorted(seen.kinds),
        }
        for (side, event, path), seen in sorted(counted.items())
    ]  # fmt: skip
    run(
        """INSERT INTO contacts_catalogueentry AS e (workspace_id, side, event, path, seen, by_server, first_seen, last_seen, kinds, examples)
           SELECT %s, r.side, r.event, r.path, r.seen, r.by_server, r.first, r.last, r.kinds, '[]'
           FROM json_to_recordset(%s::json) AS r(side text, event text, path text, seen bigint, by_server boolean, first timestamptz,
                                                 last timestamptz, kinds text[])
           ON CONFLICT (workspace_id, side, event, path) DO UPDATE SET
               seen = e.seen + excluded.seen, by_server = e.by_server OR excluded.by_server,
               first_seen = least(e.first_seen, excluded.first_seen), last_seen = greatest(e.last_seen, excluded.last_seen),
               kinds = ARRAY(SELECT DISTINCT kind FROM unnest(e.kinds || excluded.kinds) AS kind ORDER BY kind)""",
        [workspace_id, records(rows)],
    )


# Names that only browsers sent, then those seen least, then those seen longest ago give way: a flood of made-up names drives out itself.
_BOUND = """
DELETE FROM contacts_catalogueentry WHERE workspace_id = %(workspace)s AND id IN (
    SELECT id FROM (
        SELECT id, side, row_number() OVER (PARTITION BY side ORDER BY by_server DESC, seen DESC, last_seen DESC, id) AS place,
               row_number() OVER (PARTITION BY side, event ORDER BY by_server DESC, seen DESC, last_seen DESC, id) AS place_in_event
        FROM contacts_catalogueentry WHERE workspace_id = %(workspace)s) ranked
    JOIN unnest(%(sides)s::text[], %(most)s::int[]) AS bound (name, most) ON bound.name = ranked.side
    WHERE place > bound.most OR (side = 'property' AND place_in_event > %(of_an_event)s))
"""
_ORPHANS = """
DELETE FROM contacts_catalogueentry p WHERE p.workspace_id = %(workspace)s AND p.side = 'property' AND NOT EXISTS (
    SELECT FROM contacts_catalogueentry e WHERE e.workspace_id = %(workspace)s AND e.side = 'event' AND e.event = p.event AND e.path = '')
"""


def _bound(workspace_id: int) -> None:
    params = {"workspace": workspace_id, "sides": list(MOST), "most": list(MOST.values()), "of_an_event": MOST_OF_AN_EVENT}
    run(_BOUND, params)
    run(_ORPHANS, params)


def _show(workspace_id: int, found: Mapping[Key, Sequence[Any]]) -> None:
    """Replaces the examples of what the sample has any of."""
    rows = ({"side": side, "event": event, "path": path, "examples": values} for (side, event, path), values in found.items())
    run(
        """UPDATE contacts_catalogueentry e SET examples = r.examples
           FROM json_to_recordset(%s::json) AS r(side text, event text, path text, examples jsonb)
           WHERE e.workspace_id = %s AND e.side = r.side AND e.event = r.event AND e.path = r.path AND e.examples IS DISTINCT FROM r.examples""",
        [records(rows), workspace_id],
    )


def forget_examples(workspace_id: int) -> None:
    """Drops all examples when somebody is erased: the next run takes them from those who are left. Waits for a run that has begun."""
    _hold(workspace_id)
    run("UPDATE contacts_catalogueentry SET examples = '[]' WHERE workspace_id = %s AND examples <> '[]'", [workspace_id])
