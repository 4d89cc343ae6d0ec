"""What a merge moves from one contact to another, below scores and messages."""
from __future__ import annotations

from collections.abc import Mapping

from leadscore.sql import records, run

PAIRS = "json_to_recordset(%s::json) AS m(other bigint, survivor bigint)"


def pairs(merged: Mapping[int, int]) -> str:
    """Merges as rows for `PAIRS`."""
    return records({"other": other, "survivor": survivor} for other, survivor in merged.items())


def move(workspace_id: int, merged: Mapping[int, int]) -> None:
    """Activities, identifiers and earlier merges become the survivor's; the other contact's id leads to it from now on."""
    if not merged:
        return
    rows = pairs(merged)
    for table, column in (("contacts_activity", "contact_id"), ("contacts_identifier", "contact_id"), ("contacts_contact", "merged_into_id")):
        run(f"UPDATE {table} t SET {column} = m.survivor FROM {PAIRS} WHERE t.workspace_id = %s AND t.{column} = m.other", [rows, workspace_id])
    run(f"DELETE FROM contacts_lastseen t USING {PAIRS} WHERE t.workspace_id = %s AND t.contact_id = m.other", [rows, workspace_id])
    run(
        f"""UPDATE contacts_contact c SET merged_into_id = m.survivor, merged_at = clock_timestamp(), search = NULL FROM {PAIRS}
            WHERE c.workspace_id = %s AND c.id = m.other""",
        [rows, workspace_id],
    )
