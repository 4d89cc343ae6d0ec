"""Summaries of a published version: one message a recipient, which lists who entered which stage by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts.values import iso
from notifications import recipients, waking
from notifications.due import Draft, Step, drafts, names
from notifications.models import Message
from notifications.outbox import new_message_id

LISTED = 100  # contacts named for each stage; of the others their number


@dataclass(frozen=True, slots=True)
class Published:
    """What a summary is about. `slug` is the workspace's, `version` the number."""

    workspace_name: str
    slug: str
    time_zone: str
    scoring_type_id: int
    scoring_type_key: str
    scoring_type_name: str
    version: int
    note: str


def queue(workspace_id: int, published: Published, steps: Sequence[Step], at: datetime) -> int:
    """Queues the summaries of what the steps entered, within the open transaction of the workspace; the number queued.

    As with other messages, a contact that entered several stages is listed for a recipient under the highest that names them.

    Args:
        steps: one a contact. Their facts are how the list shows it: `id`, `name`, `company`, `points`.
    """
    owners = {step.owner_id for step in steps if step.owner_id is not None}
    named = {name for step in steps for entered in step.entered for recipient in entered.notify for name in names(recipient, step.owner_id)}
    people = recipients.resolve(workspace_id, named, owners)
    found: dict[str, list[Draft]] = {}
    for step in steps:
        for draft in drafts(step, people, {}):
            found.setdefault(draft.recipient, []).append(draft)
    Message.objects.bulk_create(_message(workspace_id, published, listed, at) for listed in found.values())
    if found:
        waking.wake_on_commit(workspace_id)
    return len(found)


def _message(workspace_id: int, published: Published, listed: Sequence[Draft], at: datetime) -> Message:
    first = listed[0]
    return Message(
        workspace_id=workspace_id, contact=None, stage_change_id=None, scoring_type_id=published.scoring_type_id,
        scoring_type_name=published.scoring_type_name, stage="", stage_name=f"Version {published.version}", recipient=first.recipient,
        user_id=first.user_id, reason=first.reason, facts=_facts(published, listed, at), message_id=new_message_id(), created_at=at,
        next_attempt_at=at,
    )  # fmt: skip


def _facts(published: Published, listed: Sequence[Draft], at: datetime) -> dict[str, Any]:
    by_stage: dict[str, list[Draft]] = {}
    for draft in listed:
        by_stage.setdefault(draft.entered.stage, []).append(draft)
    ordered = sorted(by_stage.values(), key=lambda one: -one[0].entered.rank)
    return {
        "workspace": {"name": published.workspace_name, "slug": published.slug},
        "time_zone": published.time_zone,
        "scoring_type": {"key": published.scoring_type_key, "name": published.scoring_type_name},
        "version": published.version,
        "note": published.note,
        "at": iso(at),
        "stages": [_stage(drafted) for drafted in ordered],
    }


def _stage(drafted: Sequence[Draft]) -> dict[str, Any]:
    entered = drafted[0].entered
    listed = sorted((draft.step.facts for draft in drafted), key=lambda one: (-one["points"], one["id"]))
    return {
        "key": entered.stage, "name": entered.stage_name, "rank": entered.rank, "stages": entered.stages, "count": len(drafted),
        "contacts": listed[:LISTED],
    }  # fmt: skip


def forget(workspace_id: int, contact_id: int) -> None:
    """Takes an erased contact out of the summaries that name it; what was rendered is rendered anew, without it."""
    naming = Message.objects.filter(workspace_id=workspace_id, contact=None, facts__stages__contains=[{"contacts": [{"id": contact_id}]}])
    for message in naming.select_for_update():
        message.facts["stages"] = [_without(stage, contact_id) for stage in message.facts["stages"]]
        message.subject = message.text = message.html = ""
        message.save(update_fields=["facts", "subject", "text", "html"])


def _without(stage: Mapping[str, Any], contact_id: int) -> dict[str, Any]:
    return {**stage, "contacts": [one for one in stage["contacts"] if one["id"] != contact_id]}
