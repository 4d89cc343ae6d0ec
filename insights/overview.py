"""How a workspace stands: contacts by stage and how they moved, who came up last, and what setting up still lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Workspace
from contacts.calling import call
from contacts.models import Contact
from leadscore.sql import fetch
from notifications.models import Message
from scoring.model import Stage
from scoring.models import StageChange
from scoring.stage_counts import contacts_by_rank
from scoring.versions import Active

PERIOD = timedelta(days=7)
NEWEST = 8
MESSAGES = 5


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage now, and how often contacts entered and left it in the period. Rank 0 is no stage, which nobody enters.

    `by_version`: entered less left because a new version was published, which `entered` and `left` leave out.
    """

    rank: int
    name: str
    now: int
    entered: int = 0
    left: int = 0
    by_version: int = 0

    @property
    def net(self) -> int:
        return self.entered - self.left + self.by_version


def ladder(workspace_id: int, version: Active, since: datetime) -> list[Rung]:
    """The stages of a type's live version, highest first, and last those without a stage."""
    now = contacts_by_rank(workspace_id, [version.id])[version.id]
    moved = _moved(workspace_id, version.type_id, since)
    stages: Sequence[tuple[int, Stage]] = list(enumerate(version.model.stages, start=1))
    rungs = [Rung(rank, stage.name, now.get(rank, 0), *moved.get(stage.key, ())) for rank, stage in stages]
    return [*reversed(rungs), Rung(0, "No stage yet", now.get(0, 0))]


def _moved(workspace_id: int, type_id: int, since: datetime) -> dict[str, tuple[int, int, int]]:
    """By stage: entered, left, and by a new version."""
    rows = fetch(
        """SELECT stage, count(*) FILTER (WHERE direction = 'entered' AND cause <> 'model'),
                  count(*) FILTER (WHERE direction = 'left' AND cause <> 'model'),
                  COALESCE(sum(CASE direction WHEN 'entered' THEN 1 ELSE -1 END) FILTER (WHERE cause = 'model'), 0)
           FROM scoring_stagechange WHERE workspace_id = %s AND scoring_type_id = %s AND at > %s GROUP BY 1""",
        [workspace_id, type_id, since],
    )
    return {stage: (entered, left, by_version) for stage, entered, left, by_version in rows}


def newest(workspace: Workspace, version: Active) -> list[dict[str, Any]]:
    """Who came up into the two highest stages last, newest first, each contact once with the highest stage entered then."""
    top = [stage.key for stage in version.model.stages[-2:]]
    changes = (
        StageChange.objects.filter(workspace=workspace, scoring_type=version.type_id, direction="entered", stage__in=top)
        .exclude(cause="model")
        .select_related("contact__company", "contact__owner", "contact__last_seen")
        .order_by("-at", "-rank", "-id")[: NEWEST * 4]
    )
    latest: dict[int, StageChange] = {}
    for change in changes:
        latest.setdefault(change.contact_id, change)
    shown = list(latest.values())[:NEWEST]
    call(workspace.id, [change.contact for change in shown])
    return [{"change": change, "contact": change.contact, "count": len(version.model.stages)} for change in shown]


def messages(workspace: Workspace) -> list[Message]:
    """The last messages, newest first."""
    sent = Message.objects.filter(workspace=workspace).select_related("contact").defer("text", "html")
    found = list(sent.order_by("-created_at", "-id")[:MESSAGES])
    call(workspace.id, [message.contact for message in found if message.contact])
    return found


@dataclass(frozen=True, slots=True)
class Setup:
    """The steps from nothing to the first message, and which of them are done."""

    has_calls: bool
    has_version: bool
    has_team: bool

    @property
    def is_done(self) -> bool:
        return self.has_calls and self.has_version and self.has_team


def setup(workspace: Workspace, live: Sequence[Active]) -> Setup:
    """Steps are done when what they lead to is there, however it came there."""
    return Setup(
        has_calls=Contact.objects.filter(workspace=workspace).exists(),
        has_version=bool(live),
        has_team=workspace.memberships.count() > 1,
    )
