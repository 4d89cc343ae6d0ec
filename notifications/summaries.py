"""Summaries of a published version: one message a recipient, which lists who entered which stage by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts.values import iso
from notifications import waking
from notifications.due import Draft, Step, drafts
from notifications.models import Message
from notifications.outbox import new_message_id, people_of

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


@dataclass(frozen=True, slots=True)
class Entrants:
    """The `count` contacts that entered the same stages and have the same owner, as the step of any of them, and the LISTED of them with the most
    points, as (points, contact's id).
    """

    step: Step
    count: int
    first: Sequence[tuple[int, int]]


Drafted = list[tuple[Draft, Entrants]]
Facts = Mapping[int, Mapping[str, Any]]


def queue(workspace_id: int, published: Published, entrants: Sequence[Entrants], told: Callable[[Collection[int]], Facts], at: datetime) -> int:
    """Queues the summaries of who entered which stage, within the open transaction of the workspace; the number queued.

    As with other messages, a contact that entered several stages is listed for a recipient under the highest that names them.

    Args:
        told: how the list shows contacts, by their ids: `id`, `name`, `email`, `called_by`, `company`.
    """
    found: dict[str, Drafted] = defaultdict(list)
    people = people_of(workspace_id, [one.step for one in entrants])
    for one in entrants:
        for draft in drafts(one.step, people, {}):
            found[draft.recipient].append((draft, one))
    facts = told({id for drafted in found.values() for stage in _by_stage(drafted) for _, id in _first(stage)})
    Message.objects.bulk_create(_message(workspace_id, published, drafted, facts, at) for drafted in found.values())
    if found:
        waking.wake_on_commit(workspace_id)
    return len(found)


def _by_stage(drafted: Drafted) -> list[Drafted]:
    """What a recipient is told, the highest stage first."""
    by_rank: dict[int, Drafted] = defaultdict(list)
    for draft, entrants in drafted:
        by_rank[draft.entered.rank].append((draft, entrants))
    return [by_rank[rank] for rank in sorted(by_rank, reverse=True)]


def _first(stage: Drafted) -> list[tuple[int, int]]:
    """Those of one stage that are named, as (points, contact's id)."""
    return sorted((one for _, entrants in stage for one in entrants.first), key=lambda one: (-one[0], one[1]))[:LISTED]


def _message(workspace_id: int, published: Published, drafted: Drafted, facts: Facts, at: datetime) -> Message:
    first, _ = drafted[0]
    return Message(
        workspace_id=workspace_id, contact=None, stage_change_id=None, scoring_type_id=published.scoring_type_id,
        scoring_type_name=published.scoring_type_name, stage="", stage_name=f"Version {published.version}", recipient=first.recipient,
        user_id=first.user_id, reason=first.reason, facts=_facts(published, drafted, facts, at), message_id=new_message_id(), created_at=at,
        next_attempt_at=at,
    )  # fmt: skip


def _facts(published: Published, drafted: Drafted, facts: Facts, at: datetime) -> dict[str, Any]:
    return {
        "workspace": {"name": published.workspace_name, "slug": published.slug},
        "time_zone": published.time_zone,
        "scoring_type": {"key": published.scoring_type_key, "name": published.scoring_type_name},
        "version": published.version,
        "note": published.note,
        "at": iso(at),
        "stages": [_stage(stage, facts) for stage in _by_stage(drafted)],
    }


def _stage(stage: Drafted, facts: Facts) -> dict[str, Any]:
    entered = stage[0][0].entered
    return {
        "key": entered.stage, "name": entered.stage_name, "rank": entered.rank, "stages": entered.stages,
        "count": sum(entrants.count for _, entrants in stage),
        "contacts": [{**facts[id], "points": points} for points, id in _first(stage) if id in facts],  # one may have been erased just now
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
