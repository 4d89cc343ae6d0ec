"""What a merge moves of scores and messages. The survivor is rescored from scratch by the caller."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from contacts import merging as contact_merging
from contacts.merging import PAIRS, pairs
from contacts.models import MergeCause
from leadscore.sql import run


def remember(workspace_id: int, others: Collection[int]) -> None:
    """Notes the stage changes, messages, adjustments and stages on record of those whose merge can be undone; before `move`."""
    if not others:
        return
    run(
        """UPDATE contacts_merge g SET
               stage_changes = ARRAY(SELECT id FROM scoring_stagechange t WHERE t.workspace_id = g.workspace_id AND t.contact_id = g.other_id),
               messages = ARRAY(SELECT id FROM notifications_message t WHERE t.workspace_id = g.workspace_id AND t.contact_id = g.other_id),
               adjustments = ARRAY(SELECT id FROM scoring_adjustment t WHERE t.workspace_id = g.workspace_id AND t.contact_id = g.other_id),
               standings = coalesce((SELECT jsonb_agg(jsonb_build_object('type', t.scoring_type_id, 'version', t.version_id, 'stage', t.stage,
                                                                         'entered', t.entered))
                                     FROM scoring_standing t WHERE t.workspace_id = g.workspace_id AND t.contact_id = g.other_id), '[]')
           WHERE g.workspace_id = %s AND g.other_id = ANY(%s)""",
        [workspace_id, sorted(others)],
    )


def move(workspace_id: int, merged: Mapping[int, int]) -> None:
    """Stage changes, messages and adjustments become the survivor's; the other contact's awards, scores and standings go."""
    if not merged:
        return
    rows = pairs(merged)
    for table in ("scoring_stagechange", "notifications_message", "scoring_adjustment"):
        run(f"UPDATE {table} t SET contact_id = m.survivor FROM {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [rows, workspace_id])
    for table in ("scoring_award", "scoring_score", "scoring_standing"):
        run(f"DELETE FROM {table} t USING {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [rows, workspace_id])


def carry_over(
    workspace_id: int, merged: Mapping[int, int], undoable: Mapping[int, Mapping[str, Any]], cause: MergeCause, author_id: int | None = None
) -> None:
    """Makes all that is the others' the survivors', and notes what undoing those that are `undoable` needs. The survivors are saved already."""
    contact_merging.remember(workspace_id, merged, undoable, cause, author_id)
    remember(workspace_id, undoable)
    contact_merging.move(workspace_id, merged)
    move(workspace_id, merged)


def give_back(workspace_id: int, other: int, survivor: int) -> None:
    """Stage changes, messages and adjustments that were the other's at the merge are its own again, and so are its stages on record."""
    for table, column in (("scoring_stagechange", "stage_changes"), ("notifications_message", "messages"), ("scoring_adjustment", "adjustments")):
        run(
            f"""UPDATE {table} t SET contact_id = g.other_id FROM contacts_merge g
                WHERE g.workspace_id = %s AND g.other_id = %s AND t.workspace_id = g.workspace_id AND t.contact_id = %s AND t.id = ANY(g.{column})""",
            [workspace_id, other, survivor],
        )
    run(
        """INSERT INTO scoring_standing (workspace_id, scoring_type_id, contact_id, version_id, stage, entered)
           SELECT g.workspace_id, r.type, g.other_id, r.version, r.stage, r.entered
           FROM contacts_merge g, jsonb_to_recordset(g.standings) AS r(type bigint, version bigint, stage text, entered jsonb)
           WHERE g.workspace_id = %s AND g.other_id = %s""",
        [workspace_id, other],
    )
