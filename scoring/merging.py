"""What a merge moves of scores and messages. The survivor is rescored from scratch by the caller."""
from __future__ import annotations

from collections.abc import Mapping

from contacts.merging import PAIRS, pairs
from leadscore.sql import run


def move(workspace_id: int, merged: Mapping[int, int]) -> None:
    """Stage changes, messages and adjustments become the survivor's; the other contact's awards, scores and standings go."""
    if not merged:
        return
    rows = pairs(merged)
    for table in ("scoring_stagechange", "notifications_message", "scoring_adjustment"):
        run(f"UPDATE {table} t SET contact_id = m.survivor FROM {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [rows, workspace_id])
    for table in ("scoring_award", "scoring_score", "scoring_standing"):
        run(f"DELETE FROM {table} t USING {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [rows, workspace_id])
