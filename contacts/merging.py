"""What a merge moves from one contact to another, below scores and messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from contacts.activities import COUNTS
from contacts.models import MergeCause
from leadscore.sql import fetch, records, run

UNDO_DAYS = 30

# Activities of the two together above which a merge is a job's. A transaction moves and scores so many in about half a second, for which a drain
# and whoever clicks can be kept waiting; ten times as many would hold up a workspace's other calls for seconds.
LONG = 2_000

PAIRS = "json_to_recordset(%s::json) AS m(other bigint, survivor bigint)"


class Moved(NamedTuple):
    """A stored call that was moved; properties and context as JSON texts. `counts`: rules can match it."""

    id: int
    name: str
    occurred_at: datetime
    message_id: str
    properties: str
    context: str
    counts: bool


def pairs(merged: Mapping[int, int]) -> str:
    """Merges as rows for `PAIRS`."""
    return records({"other": other, "survivor": survivor} for other, survivor in merged.items())


def long_ones(workspace_id: int, merged: Mapping[int, int]) -> set[int]:
    """The survivors of long merges: those that have more than LONG activities with all that are merged into them, or whose history, or an other's,
    a job is at work on. One statement, which counts no further than that.
    """
    if not merged:
        return set()
    rows = fetch(
        f"""SELECT m.survivor FROM (SELECT survivor, array_agg(other) AS others FROM {PAIRS} GROUP BY 1) m
            WHERE EXISTS (SELECT 1 FROM contacts_contact c WHERE c.workspace_id = %s AND c.id = ANY(m.others) AND c.recomputing_since IS NOT NULL)
               OR (SELECT count(*) FROM (SELECT 1 FROM contacts_activity a WHERE a.workspace_id = %s AND a.contact_id = ANY(m.others || m.survivor)
                                         LIMIT %s) few) > %s""",
        [pairs(merged), workspace_id, workspace_id, LONG + 1, LONG],
    )
    return {survivor for (survivor,) in rows}


def remember(
    workspace_id: int, merged: Mapping[int, int], undoable: Mapping[int, Any], cause: MergeCause, author_id: int | None, long: Collection[int] = ()
) -> None:
    """Notes what is the other's of each merge that can be undone; before `move`.

    Args:
        undoable: contact merged away → `contacts.profiles.replaced_by`.
        long: survivors (`long_ones`) whose others' activities are noted as a job moves them.
    """
    if not undoable:
        return
    rows = [
        {"other": other, "survivor": merged[other], "replaced": replaced, "long": merged[other] in long} for other, replaced in undoable.items()
    ]
    run(
        """INSERT INTO contacts_merge (workspace_id, other_id, survivor_id, cause, author_id, at, undo_until, activities, identifiers, merged,
                                       stage_changes, messages, adjustments, standings, replaced)
           SELECT w.id, r.other, r.survivor, %s, %s, clock_timestamp(), clock_timestamp() + make_interval(days => %s),
                  ARRAY(SELECT id FROM contacts_activity t WHERE NOT r.long AND t.workspace_id = w.id AND t.contact_id = r.other),
                  ARRAY(SELECT id FROM contacts_identifier t WHERE t.workspace_id = w.id AND t.contact_id = r.other),
                  ARRAY(SELECT id FROM contacts_contact t WHERE t.workspace_id = w.id AND t.merged_into_id = r.other), '{}', '{}', '{}',
                  '[]', r.replaced
           FROM (SELECT %s::bigint AS id) w, json_to_recordset(%s::json) AS r(other bigint, survivor bigint, replaced jsonb, long boolean)""",
        [cause, author_id, UNDO_DAYS, workspace_id, records(rows)],
    )


def move(workspace_id: int, merged: Mapping[int, int], long: Collection[int] = ()) -> None:
    """Identifiers and earlier merges become the survivor's, and its activities unless it is among the `long` ones, which then rests until a job has
    moved them; the other contact's id leads to it from now on.
    """
    if not merged:
        return
    rows = pairs(merged)
    if short := {other: survivor for other, survivor in merged.items() if survivor not in long}:
        run(
            f"UPDATE contacts_activity t SET contact_id = m.survivor FROM {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other",
            [pairs(short), workspace_id],
        )
    if long:
        rest(workspace_id, {*long, *(other for other, survivor in merged.items() if survivor in long)})
    run(
        f"""UPDATE contacts_contact t SET owner_id = o.owner_id FROM {PAIRS}
            JOIN contacts_contact o ON o.id = m.other AND o.owner_id IS NOT NULL
            WHERE t.workspace_id = %s AND o.workspace_id = t.workspace_id AND t.id = m.survivor AND t.owner_id IS NULL""",
        [rows, workspace_id],
    )
    for table, column in (("contacts_identifier", "contact_id"), ("contacts_contact", "merged_into_id")):
        run(f"UPDATE {table} t SET {column} = m.survivor FROM {PAIRS} WHERE t.workspace_id = %s AND t.{column} = m.other", [rows, workspace_id])
    # What was merged into one that goes for good, such as a visitor, can be taken out of its survivor.
    run(
        f"""UPDATE contacts_merge t SET survivor_id = m.survivor FROM {PAIRS}
            WHERE t.workspace_id = %s AND t.survivor_id = m.other
              AND NOT EXISTS (SELECT 1 FROM contacts_merge g WHERE g.workspace_id = t.workspace_id AND g.other_id = m.other)""",
        [rows, workspace_id],
    )
    run(f"DELETE FROM contacts_lastseen t USING {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [rows, workspace_id])
    run(
        f"""UPDATE contacts_contact c SET merged_into_id = m.survivor, merged_at = clock_timestamp(), search = NULL FROM {PAIRS}
            WHERE c.workspace_id = %s AND c.id = m.other""",
        [rows, workspace_id],
    )


def rest(workspace_id: int, contact_ids: Collection[int]) -> None:
    """Says that a job is at work on the history of contacts."""
    run(
        "UPDATE contacts_contact SET recomputing_since = clock_timestamp() WHERE workspace_id = %s AND id = ANY(%s) AND recomputing_since IS NULL",
        [workspace_id, sorted(contact_ids)],
    )


def rest_no_longer(workspace_id: int, contact_id: int) -> None:
    """Says that all jobs on a contact's history are done."""
    run("UPDATE contacts_contact SET recomputing_since = NULL WHERE workspace_id = %s AND id = %s", [workspace_id, contact_id])


def is_long(workspace_id: int, contact_id: int) -> bool:
    """Whether a contact has more than LONG activities."""
    return bool(
        fetch("SELECT 1 FROM contacts_activity WHERE workspace_id = %s AND contact_id = %s OFFSET %s LIMIT 1", [workspace_id, contact_id, LONG])
    )


def move_some(workspace_id: int, other: int, into: int, most: int) -> list[Moved]:
    """The earliest activities that are still the other's become the survivor's, and are noted where the merge can be undone; what they are.

    Bots' are moved as well.
    """
    rows = fetch(
        f"""UPDATE contacts_activity SET contact_id = %s WHERE workspace_id = %s AND id IN (
               SELECT id FROM contacts_activity WHERE workspace_id = %s AND contact_id = %s ORDER BY occurred_at, message_id LIMIT %s)
           RETURNING id, name, occurred_at, message_id, properties::text, context::text, {COUNTS}""",
        [into, workspace_id, workspace_id, other, most],
    )
    if rows:
        run(
            """INSERT INTO contacts_mergepart (workspace_id, merge_id, activities)
               SELECT workspace_id, id, %s FROM contacts_merge WHERE workspace_id = %s AND other_id = %s""",
            [[row[0] for row in rows], workspace_id, other],
        )
    return [Moved(*row) for row in rows]
