"""What a merge moves of scores and messages. The survivor is rescored from scratch by the caller."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from contacts import merging as contact_merging
from contacts.merging import PAIRS, pairs
from contacts.models import MergeCause
from leadscore.sql import run
from scoring import carrying


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


def move(workspace_id: int, merged: Mapping[int, int], long: Collection[int] = ()) -> None:
    """Stage changes, messages and adjustments become the survivor's; the other contact's awards, scores and standings go.

    Awards and adjustments of others of the `long` ones stay for the job, which counts the adjustments as it moves them.
    """
    if not merged:
        return
    rows, short = pairs(merged), pairs({other: survivor for other, survivor in merged.items() if survivor not in long})
    for table, which in (("scoring_stagechange", rows), ("notifications_message", rows), ("scoring_adjustment", short)):
        run(f"UPDATE {table} t SET contact_id = m.survivor FROM {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [which, workspace_id])
    for table, which in (("scoring_award", short), ("scoring_score", rows), ("scoring_standing", rows)):
        run(f"DELETE FROM {table} t USING {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [which, workspace_id])


def carry_over(
    workspace_id: int, merged: Mapping[int, int], undoable: Mapping[int, Mapping[str, Any]], cause: MergeCause, author_id: int | None = None,
    *, step_cause: str | None = None,
) -> Collection[int]:
    """Makes all that is the others' the survivors', and notes what undoing those that are `undoable` needs. The survivors are saved already.

    Args:
        step_cause: of the stage changes that the job of a long merge makes at its end; None for `merge`.

    Returns:
        The survivors of long merges: a job will move their others' histories, and they rest until that is done.
    """
    long = contact_merging.long_ones(workspace_id, merged)
    contact_merging.remember(workspace_id, merged, undoable, cause, author_id, long)
    remember(workspace_id, undoable)
    contact_merging.move(workspace_id, merged, long)
    move(workspace_id, merged, long)
    if long:
        carried = {other: survivor for other, survivor in merged.items() if survivor in long}
        carrying.begin(workspace_id, carrying.MERGE, carried, author_id, step_cause)
    return long


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
