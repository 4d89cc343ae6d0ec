"""Queues messages in the transaction of the steps they tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import uuid4

from django.conf import settings

from leadscore import sql
from notifications import recipients, waking
from notifications.due import SILENT, Draft, Step, drafts, names
from notifications.recipients import People

# A message about a contact that was merged into another counts as sent about the survivor, whichever of the two its row names now.
LATEST = """
WITH RECURSIVE asked AS (
    SELECT * FROM json_to_recordset(%(asked)s::json) AS a(contact bigint, type bigint, stage text, recipient text)
), same (contact, id) AS (
    SELECT DISTINCT contact, contact FROM asked
    UNION
    SELECT same.contact, c.id FROM same JOIN contacts_contact c ON c.workspace_id = %(workspace)s AND c.merged_into_id = same.id
)
SELECT a.contact, a.type, a.stage, a.recipient, max(m.created_at)
FROM asked a
JOIN same ON same.contact = a.contact
JOIN notifications_message m ON m.workspace_id = %(workspace)s AND m.contact_id = same.id AND m.scoring_type_id = a.type
    AND m.stage = a.stage AND m.recipient = a.recipient
WHERE m.state NOT IN ('refused', 'gave_up')
GROUP BY a.contact, a.type, a.stage, a.recipient
"""

INSERT = """
INSERT INTO notifications_message (workspace_id, contact_id, stage_change_id, scoring_type_id, scoring_type_name, stage, stage_name,
    recipient, user_id, reason, facts, subject, text, html, message_id, state, attempts, created_at, next_attempt_at, error)
SELECT %(workspace)s, r.contact, r.change, r.type, r.type_name, r.stage, r.stage_name,
    r.recipient, r.user_id, r.reason, r.facts, '', '', '', r.message_id, 'queued', 0, r.at, r.at, ''
FROM json_to_recordset(%(rows)s::json) AS r(contact bigint, change bigint, type bigint, type_name text, stage text, stage_name text,
    recipient text, user_id bigint, reason text, facts jsonb, message_id text, at timestamptz)
ON CONFLICT (workspace_id, stage_change_id, recipient) DO NOTHING
"""


def queue(workspace_id: int, steps: Sequence[Step]) -> int:
    """Queues what the steps give cause to tell, within the open transaction of the workspace; the number queued.

    At most four statements, whatever the number of steps. A worker is woken when the transaction commits.
    """
    loud = [step for step in steps if step.cause not in SILENT and any(entered.notify for entered in step.entered)]
    if not loud:
        return 0
    found = _drafts(workspace_id, loud)
    if not found:
        return 0
    queued = sql.run(INSERT, {"workspace": workspace_id, "rows": sql.records(map(_row, found))})
    waking.wake_on_commit(workspace_id)
    return queued


def _drafts(workspace_id: int, steps: Sequence[Step]) -> list[Draft]:
    """Steps one after the other: what an earlier one tells, a later one of the same contact need not tell again."""
    people = people_of(workspace_id, steps)
    told = _told(workspace_id, [draft for step in steps for draft in drafts(step, people, {})])
    found = []
    for step in sorted(steps, key=lambda one: one.at):
        new = drafts(step, people, told)
        told |= {_subject(draft): step.at for draft in new}
        found += new
    return found


def people_of(workspace_id: int, steps: Sequence[Step]) -> People:
    """All whom the stages of the steps name."""
    named = {name for step in steps for entered in step.entered for recipient in entered.notify for name in names(recipient, step.owner_id)}
    return recipients.resolve(workspace_id, named, {step.owner_id for step in steps if step.owner_id is not None})


def _subject(draft: Draft) -> tuple[int, int, str, str]:
    return draft.step.contact_id, draft.step.scoring_type_id, draft.entered.stage, draft.recipient


def _told(workspace_id: int, candidates: Sequence[Draft]) -> dict[tuple[int, int, str, str], datetime]:
    """When each candidate's recipient was last told of the same; a message that never arrived told nobody."""
    if not candidates:
        return {}
    keys = ("contact", "type", "stage", "recipient")
    asked = sql.records(dict(zip(keys, subject, strict=True)) for subject in sorted({_subject(draft) for draft in candidates}))
    rows = sql.fetch(LATEST, {"workspace": workspace_id, "asked": asked})
    return {(contact, scoring_type, stage, recipient): at for contact, scoring_type, stage, recipient, at in rows}


def _row(draft: Draft) -> Mapping[str, Any]:
    step, entered = draft.step, draft.entered
    stage = {"key": entered.stage, "name": entered.stage_name, "rank": entered.rank, "stages": entered.stages}
    return {
        "contact": step.contact_id,
        "change": entered.change_id,
        "type": step.scoring_type_id,
        "type_name": step.scoring_type_name,
        "stage": entered.stage,
        "stage_name": entered.stage_name,
        "recipient": draft.recipient,
        "user_id": draft.user_id,
        "reason": draft.reason,
        "facts": {**step.facts, "stage": stage, "cause": step.cause},
        "message_id": new_message_id(),
        "at": step.at,
    }


def new_message_id() -> str:
    """A Message-ID header of the sender's domain."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid4()}@{domain}>"
