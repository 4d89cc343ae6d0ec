"""What a merge moves from one contact to another, below scores and messages."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.models import MergeCause
from leadscore.sql import records, run

UNDO_DAYS = 30

PAIRS = "json_to_recordset(%s::json) AS m(other bigint, survivor bigint)"


def pairs(merged: Mapping[int, int]) -> str:
    """Merges as rows for `PAIRS`."""
    return records({"other": other, "survivor": survivor} for other, survivor in merged.items())


def remember(workspace_id: int, merged: Mapping[int, int], undoable: Mapping[int, Any], cause: MergeCause, author_id: int | None) -> None:
    """Notes what is the other's of each merge that can be undone; before `move`.

    Args:
        undoable: contact merged away → `contacts.profiles.replaced_by`.
    """
    if not undoable:
        return
    rows = [{"other": other, "survivor": merged[other], "replaced": replaced} for other, replaced in undoable.items()]
    run(
        """INSERT INTO contacts_merge (workspace_id, other_id, survivor_id, cause, author_id, at, undo_until, activities, identifiers, merged,
                                       stage_changes, messages, adjustments, standings, replaced)
           SELECT w.id, r.other, r.survivor, %s, %s, clock_timestamp(), clock_timestamp() + make_interval(days => %s),
                  ARRAY(SELECT id FROM contacts_activity t WHERE t.workspace_id = w.id AND t.contact_id = r.other),
                  ARRAY(SELECT id FROM contacts_identifier t WHERE t.workspace_id = w.id AND t.contact_id = r.other),
                  ARRAY(SELECT id FROM contacts_contact t WHERE t.workspace_id = w.id AND t.merged_into_id = r.other), '{}', '{}', '{}',
                  '[]', r.replaced
           FROM (SELECT %s::bigint AS id) w, json_to_recordset(%s::json) AS r(other bigint, survivor bigint, replaced jsonb)""",
        [cause, author_id, UNDO_DAYS, workspace_id, records(rows)],
    )


def move(workspace_id: int, merged: Mapping[int, int]) -> None:
    """Activities, identifiers and earlier merges become the survivor's; the other contact's id leads to it from now on."""
    if not merged:
        return
    rows = pairs(merged)
    run(
        f"""UPDATE contacts_contact t SET owner_id = o.owner_id FROM {PAIRS}
            JOIN contacts_contact o ON o.id = m.other AND o.owner_id IS NOT NULL
            WHERE t.workspace_id = %s AND o.workspace_id = t.workspace_id AND t.id = m.survivor AND t.owner_id IS NULL""",
        [rows, workspace_id],
    )
    for table, column in (("contacts_activity", "contact_id"), ("contacts_identifier", "contact_id"), ("contacts_contact", "merged_into_id")):
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
