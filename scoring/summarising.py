"""Telling those who asked for it who entered which stage by a new version."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from contacts import people
from contacts.calling import called_by
from contacts.people import Person
from leadscore.sql import fetch
from notifications import summaries
from notifications.due import Entered, Step
from notifications.summaries import Published
from scoring.model import Model, Stage
from scoring.models import Version
from scoring.versions import model as model_of

CAUSE = "summary"  # not `model`, whose steps tell nobody


def summarise(workspace_id: int, version: Version, t: datetime) -> int:
    """Queues one message for each recipient whose stages were entered because of the version; how many. Call it in the job's transaction."""
    model = model_of(workspace_id, version.id, version.created_at)
    entered = _entered(workspace_id, version)
    known = people.load(workspace_id, list(entered))
    called = called_by(workspace_id, [person.id for person in known.values() if person.known and not person.name() and not person.email])
    steps = [_step(version, model, person, entered[contact], called, t) for contact, person in known.items()]
    return summaries.queue(workspace_id, _published(version, model), steps, t)


def _entered(workspace_id: int, version: Version) -> dict[int, tuple[list[str], int]]:
    """Contact → the stages it entered because of the version, lowest first, and its points then."""
    rows = fetch(
        """SELECT contact_id, array_agg(stage ORDER BY rank), max(points) FROM scoring_stagechange
           WHERE workspace_id = %s AND scoring_type_id = %s AND version_id = %s AND cause = 'model' AND direction = 'entered' GROUP BY contact_id""",
        [workspace_id, version.scoring_type_id, version.id],
    )
    return {contact: (stages, points) for contact, stages, points in rows}


def _step(version: Version, model: Model, person: Person, entered: tuple[list[str], int], called: Mapping[int, str], t: datetime) -> Step:
    stages, points = entered
    ranked = {stage.key: (rank, stage) for rank, stage in enumerate(model.stages, start=1)}
    facts = {"id": person.id, "name": person.name(), "email": person.email, "called_by": called.get(person.id, ""), "points": points,
             "company": person.employer()}  # fmt: skip
    listed = tuple(_entry(*ranked[key], len(model.stages)) for key in stages if key in ranked)
    return Step(person.id, person.owner_id, version.scoring_type_id, model.name, CAUSE, t, listed, facts)


def _entry(rank: int, stage: Stage, stages: int) -> Entered:
    return Entered(0, stage.key, stage.name, rank, stages, stage.notify, stage.quiet_days)


def _published(version: Version, model: Model) -> Published:
    workspace = version.workspace
    return Published(
        workspace.name, workspace.slug, workspace.time_zone, version.scoring_type_id, version.scoring_type.key, model.name, version.number,
        version.note,
    )  # fmt: skip
