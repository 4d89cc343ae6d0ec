"""Steps on record: compares outcomes with the stages on record, and writes stage changes and standings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts.people import Person
from leadscore.sql import fetch, records, run
from notifications.due import SILENT, Entered, Step
from scoring import facts, standings
from scoring.engine import Outcome, Tally, passed
from scoring.model import Stage
from scoring.standings import Standing
from scoring.versions import Active


@dataclass(frozen=True, slots=True)
class _Taken:
    """A step that changed a stage."""

    version: Active
    person: Person
    cause: str
    outcome: Outcome
    tally: Tally
    entered: Sequence[Stage]
    left: Sequence[str]


class Recorder:
    """The steps of one transaction. Reads the standings of all contacts at once, and writes everything at once."""

    def __init__(self, workspace_id: int, versions: Sequence[Active], contact_ids: Collection[int], t: datetime) -> None:
        self.workspace_id = workspace_id
        self.t = t
        live = [version.type_id for version in versions if version.is_live]
        self.standings = standings.load_standings(workspace_id, live, contact_ids)
        self.changed: dict[tuple[int, int], Standing] = {}
        self.taken: list[_Taken] = []

    def is_unsettled(self, version: Active, contact_id: int) -> bool:
        """Whether the contact's stage on record was decided by another version, or never."""
        standing = self.standings.get((version.type_id, contact_id))
        return standing is None or standing.version != version.id

    def step(self, version: Active, person: Person, cause: str, outcome: Outcome, tally: Tally) -> None:
        """One step to `outcome`, whose reasons are in `tally`. None while a job is at work on the contact's history, which makes it at its end."""
        if person.is_recomputing:
            return
        place = (version.type_id, person.id)
        standing = self.standings.get(place)
        if standing is None or standing.version != version.id:
            standing = Standing(version.id, standing.stage if standing else None, list(standing.entered) if standing else [])
            self.standings[place] = self.changed[place] = standing
        if standing.stage == outcome.stage and not self._holds_gone(version, standing):
            return
        entered, left = passed(version.model, standing.entered, standing.stage, outcome)
        standing.stage = outcome.stage
        standing.entered = [key for key in standing.entered if key not in left] + [stage.key for stage in entered]
        self.changed[place] = standing
        if entered or left:
            self.taken.append(_Taken(version, person, cause, outcome, tally, entered, left))

    @staticmethod
    def _holds_gone(version: Active, standing: Standing) -> bool:
        keys = {stage.key for stage in version.model.stages}
        return any(key not in keys for key in standing.entered)

    def save(self) -> list[Step]:
        """Writes stage changes and standings; the steps that may have to be told of, with their facts."""
        standings.save_standings(self.workspace_id, [(type_id, contact, one) for (type_id, contact), one in self.changed.items()])
        if not self.taken:
            return []
        rows, entered = self._rows()
        _insert(self.workspace_id, rows)
        loud = [(taken, changes) for taken, changes in zip(self.taken, entered, strict=True) if changes and taken.cause not in SILENT]
        loud = [(taken, changes) for taken, changes in loud if any(change.notify for change in changes)]
        known = facts.of_steps(self.workspace_id, [(taken.version, taken.person, taken.outcome, taken.tally) for taken, _ in loud], self.t)
        return [self._step(taken, changes, known[index]) for index, (taken, changes) in enumerate(loud)]

    def _step(self, taken: _Taken, changes: Sequence[Entered], known: Mapping[str, Any]) -> Step:
        version, person = taken.version, taken.person
        return Step(person.id, person.owner_id, version.type_id, version.model.name, taken.cause, self.t, tuple(changes), known)

    def _rows(self) -> tuple[list[dict[str, Any]], list[list[Entered]]]:
        """The rows to insert, those left first; and for each step what it entered, with the ids of the rows."""
        ids = iter(_new_ids(sum(len(taken.left) + len(taken.entered) for taken in self.taken)))
        rows, entered = [], []
        for taken in self.taken:
            rows += [self._row(next(ids), taken, "left", key) for key in taken.left]
            changes = []
            for stage in taken.entered:
                rows.append(self._row(next(ids), taken, "entered", stage.key))
                changes.append(_entered(rows[-1], stage, len(taken.version.model.stages)))
            entered.append(changes)
        return rows, entered

    def _row(self, id: int, taken: _Taken, direction: str, key: str) -> dict[str, Any]:
        stages = {stage.key: (rank, stage.name) for rank, stage in enumerate(taken.version.model.stages, start=1)}
        rank, name = stages.get(key, (0, key))
        return {
            "id": id, "contact": taken.person.id, "type": taken.version.type_id, "version": taken.version.id, "direction": direction,
            "stage": key, "stage_name": name, "rank": rank, "points": taken.outcome.points, "grade": taken.outcome.grade,
            "cause": taken.cause, "at": self.t,
        }  # fmt: skip


def _entered(row: Mapping[str, Any], stage: Stage, stages: int) -> Entered:
    return Entered(row["id"], stage.key, stage.name, row["rank"], stages, stage.notify, stage.quiet_days)


def _new_ids(count: int) -> list[int]:
    rows = fetch("SELECT nextval(pg_get_serial_sequence('scoring_stagechange', 'id')) FROM generate_series(1, %s)", [count])
    return [row[0] for row in rows]


def _insert(workspace_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    run(
        """INSERT INTO scoring_stagechange (id, workspace_id, contact_id, scoring_type_id, version_id, direction, stage, stage_name, rank,
                                            points, grade, cause, at)
           SELECT r.id, %s, r.contact, r.type, r.version, r.direction, r.stage, r.stage_name, r.rank, r.points, r.grade, r.cause, r.at
           FROM json_to_recordset(%s::json) AS r(id bigint, contact bigint, type bigint, version bigint, direction text, stage text, stage_name text,
                rank smallint, points bigint, grade text, cause text, at timestamptz)""",
        [workspace_id, records(rows)],
    )
