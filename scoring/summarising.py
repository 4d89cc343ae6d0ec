"""Telling those who asked for it who entered which stage by a new version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from contacts import people
from contacts.calling import called_by
from leadscore.sql import fetch
from notifications import summaries
from notifications.due import Entered, Step
from notifications.summaries import LISTED, Entrants, Published
from scoring.model import Model, Stage
from scoring.models import Version
from scoring.versions import model as model_of

CAUSE = "summary"  # not `model`, whose steps tell nobody
ANYBODY = 0  # in place of a contact's id


def summarise(workspace_id: int, version: Version, t: datetime) -> int:
    """Queues one message for each recipient whose stages were entered because of the version; how many. Call it in the job's transaction.

    Only those whom the messages name are loaded, however many move.
    """
    model = model_of(workspace_id, version.id, version.created_at)
    return summaries.queue(workspace_id, _published(version, model), _entrants(workspace_id, version, model, t), partial(_told, workspace_id), t)


def _entrants(workspace_id: int, version: Version, model: Model, t: datetime) -> list[Entrants]:
    """Who moved because of the version, by the stages entered and the owner; in the order of whoever comes first in each."""
    rows = fetch(
        """WITH moved AS (
               SELECT contact_id, array_agg(stage ORDER BY rank) AS stages, max(points) AS points FROM scoring_stagechange
               WHERE workspace_id = %s AND scoring_type_id = %s AND version_id = %s AND cause = 'model' AND direction = 'entered'
               GROUP BY contact_id),
           placed AS (
               SELECT m.*, c.owner_id, count(*) OVER alike AS contacts, min(m.contact_id) OVER alike AS earliest,
                      row_number() OVER (PARTITION BY m.stages, c.owner_id ORDER BY m.points DESC, m.contact_id) AS place
               FROM moved m JOIN contacts_contact c ON c.workspace_id = %s AND c.id = m.contact_id AND c.merged_into_id IS NULL
               WINDOW alike AS (PARTITION BY m.stages, c.owner_id))
           SELECT stages, owner_id, contacts, array_agg(points ORDER BY place), array_agg(contact_id ORDER BY place) FROM placed
           WHERE place <= %s GROUP BY stages, owner_id, contacts, earliest ORDER BY earliest""",
        [workspace_id, version.scoring_type_id, version.id, workspace_id, LISTED],
    )
    return [
        Entrants(_step(version, model, stages, owner, t), contacts, list(zip(points, ids, strict=True)))
        for stages, owner, contacts, points, ids in rows
    ]


def _step(version: Version, model: Model, stages: Sequence[str], owner_id: int | None, t: datetime) -> Step:
    """The step of any contact that entered these stages."""
    ranked = {stage.key: (rank, stage) for rank, stage in enumerate(model.stages, start=1)}
    entered = tuple(_entry(*ranked[key], len(model.stages)) for key in stages if key in ranked)
    return Step(ANYBODY, owner_id, version.scoring_type_id, model.name, CAUSE, t, entered, {})


def _told(workspace_id: int, contact_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """How the messages show contacts."""
    known = people.load(workspace_id, contact_ids)
    called = called_by(workspace_id, [person.id for person in known.values() if person.known and not person.name() and not person.email])
    return {
        id: {"id": id, "name": person.name(), "email": person.email, "called_by": called.get(id, ""), "company": person.employer()}
        for id, person in known.items()
    }


def _entry(rank: int, stage: Stage, stages: int) -> Entered:
    return Entered(0, stage.key, stage.name, rank, stages, stage.notify, stage.quiet_days)


def _published(version: Version, model: Model) -> Published:
    workspace = version.workspace
    return Published(
        workspace.name, workspace.slug, workspace.time_zone, version.scoring_type_id, version.scoring_type.key, model.name, version.number,
        version.note,
    )  # fmt: skip
