"""Who was told about a contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Team, Workspace
from notifications.models import Message, MessageState

SHOWN = 5
MOST = 200
NOT_TOLD = (MessageState.REFUSED, MessageState.GAVE_UP)


@dataclass(frozen=True, slots=True)
class Told:
    """A message as a line: whom it went to, and by which name of the stage's recipients."""

    message: Message
    recipient: str
    team: str


def told_lately(workspace: Workspace, contact_id: int) -> list[Told]:
    """The latest messages about the contact, newest first."""
    names = _teams(workspace)
    messages = Message.objects.filter(workspace=workspace, contact=contact_id).select_related("user").defer("text", "html", "facts")
    return [
        Told(message, str(message.user) if message.user else message.recipient, names.get(_team(message.reason), ""))
        for message in messages.order_by("-created_at", "-id")[:SHOWN]
    ]


def told_by_change(workspace: Workspace, contact_id: int) -> Mapping[int, tuple[str, ...]]:
    """Stage change → teams and people that were told of it, each once. What no mail server took is left out."""
    names, told = _teams(workspace), defaultdict[int | None, dict[str, None]](dict)
    messages = Message.objects.filter(workspace=workspace, contact=contact_id).exclude(state__in=NOT_TOLD).order_by("-id")
    for change, reason, recipient in messages.values_list("stage_change_id", "reason", "recipient")[:MOST]:
        told[change].setdefault(names.get(_team(reason), recipient))
    return {change: tuple(recipients) for change, recipients in told.items() if change is not None}


def _team(reason: str) -> str:
    """The key of the team that a recipient names alone."""
    return reason.removeprefix("team:") if reason.startswith("team:") else ""


def _teams(workspace: Workspace) -> dict[str, str]:
    return dict(Team.objects.filter(workspace=workspace).values_list("key", "name"))
