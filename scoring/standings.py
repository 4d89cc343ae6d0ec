"""Scores and standings in the database, read and written for a whole batch at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from leadscore.exact_json import loads_whole
from leadscore.sql import fetch, records, run
from scoring.engine import Outcome, Tally
from scoring.ledger import Place


class Stored(NamedTuple):
    """A score row: the tally that it is kept up to date from, as of `computed_at`."""

    tally: Tally
    computed_at: datetime
    next_due_at: datetime | None


@dataclass(slots=True)
class Standing:
    """The stage on record of a contact in a type, by which version, and the stages entered and not left since."""

    version: int
    stage: str | None = None
    entered: list[str] = field(default_factory=list)


def load(workspace_id: int, version_ids: Collection[int], contact_ids: Collection[int]) -> dict[Place, Stored]:
    """The score rows that there are."""
    rows = fetch(
        """SELECT version_id, contact_id, tally, computed_at, next_due_at FROM scoring_score
           WHERE workspace_id = %s AND version_id = ANY(%s) AND contact_id = ANY(%s)""",
        [workspace_id, list(version_ids), list(contact_ids)],
    )
    return {
        (version, contact): Stored(Tally.from_json(loads_whole(tally)), computed_at, next_due_at)
        for version, contact, tally, computed_at, next_due_at in rows
    }


def load_standings(workspace_id: int, type_ids: Collection[int], contact_ids: Collection[int]) -> dict[Place, Standing]:
    """(type, contact) → standing, for those on record."""
    rows = fetch(
        """SELECT scoring_type_id, contact_id, version_id, stage, entered::text FROM scoring_standing
           WHERE workspace_id = %s AND scoring_type_id = ANY(%s) AND contact_id = ANY(%s)""",
        [workspace_id, list(type_ids), list(contact_ids)],
    )
    return {(type_id, contact): Standing(version, stage, loads_whole(entered)) for type_id, contact, version, stage, entered in rows}


class Computed(NamedTuple):
    """What is to be written of one score."""

    version: int
    contact: int
    outcome: Outcome
    tally: Tally
    t: datetime
    next_due_at: datetime | None


def save(workspace_id: int, computed: Iterable[Computed]) -> None:
    """Writes scores, new ones and those that there are."""
    rows = [_row(one) for one in computed]
    if rows:
        run(
            """INSERT INTO scoring_score (workspace_id, version_id, contact_id, points, exact, grade, stage, rank, tally, computed_at, next_due_at)
               SELECT %s, r.version, r.contact, r.points, r.exact, r.grade, r.stage, r.rank, r.tally::text, r.computed_at, r.next_due_at
               FROM json_to_recordset(%s::json) AS r(version bigint, contact bigint, points bigint, exact bigint, grade text, stage text,
                                                     rank smallint, tally json, computed_at timestamptz, next_due_at timestamptz)
               ON CONFLICT (workspace_id, version_id, contact_id) DO UPDATE SET points = excluded.points, exact = excluded.exact,
                   grade = excluded.grade, stage = excluded.stage, rank = excluded.rank, tally = excluded.tally,
                   computed_at = excluded.computed_at, next_due_at = excluded.next_due_at""",
            [workspace_id, records(rows)],
        )


def _row(one: Computed) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "version": one.version, "contact": one.contact, "points": outcome.points, "exact": outcome.exact, "grade": outcome.grade,
        "stage": outcome.stage, "rank": outcome.rank, "tally": one.tally.to_json(), "computed_at": one.t,
        "next_due_at": one.next_due_at,
    }  # fmt: skip


def save_standings(workspace_id: int, standings: Iterable[tuple[int, int, Standing]]) -> None:
    """Writes (type, contact, standing) rows."""
    rows = [
        {"type": type_id, "contact": contact, "version": standing.version, "stage": standing.stage, "entered": standing.entered}
        for type_id, contact, standing in standings
    ]
    if rows:
        run(
            """INSERT INTO scoring_standing (workspace_id, scoring_type_id, contact_id, version_id, stage, entered)
               SELECT %s, r.type, r.contact, r.version, r.stage, r.entered
               FROM json_to_recordset(%s::json) AS r(type bigint, contact bigint, version bigint, stage text, entered jsonb)
               ON CONFLICT (workspace_id, scoring_type_id, contact_id) DO UPDATE SET version_id = excluded.version_id,
                   stage = excluded.stage, entered = excluded.entered""",
            [workspace_id, records(rows)],
        )
