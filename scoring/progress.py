"""How far a contact has come on the ladder of stages, and when it falls back if nothing happens."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leadscore.sql import fetch
from scoring.engine import Profile, moved, next_due, outcome
from scoring.explanation import Explained
from scoring.model import Stage

MOST_INSTANTS = 400  # a year of points that fade from day to day

Entered = Mapping[tuple[int, str], datetime]
"""(scoring type, stage's key) → when it was last entered."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage on the ladder. `threshold` is that of the contact's grade; None where the grade is barred from it."""

    name: str
    rank: int
    threshold: int | None
    here: bool
    past: bool
    entered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Fall:
    """A step down that time alone will bring. `stage` is None where none is left."""

    at: datetime
    stage: Stage | None


def entered(workspace_id: int, contact_id: int) -> Entered:
    """When the contact last entered each stage, by all scoring types."""
    rows = fetch(
        """SELECT scoring_type_id, stage, max(at) FROM scoring_stagechange
           WHERE workspace_id = %s AND contact_id = %s AND direction = 'entered' GROUP BY 1, 2""",
        [workspace_id, contact_id],
    )
    return {(type_id, stage): at for type_id, stage, at in rows}


def ladder(explained: Explained, entered: Entered) -> list[Rung]:
    """The stages, highest first."""
    outcome, type_id = explained.explanation.outcome, explained.version.type_id
    rungs = [
        Rung(
            stage.name, rank, stage.effective(outcome.grade), here=rank == outcome.rank, past=rank < outcome.rank,
            entered_at=entered.get((type_id, stage.key)) if rank <= outcome.rank else None,
        )
        for rank, stage in enumerate(explained.version.model.stages, start=1)
    ]  # fmt: skip
    return rungs[::-1]


def fall(explained: Explained, profile: Profile, t: datetime) -> Fall | None:
    """The next step down if nothing happens, as far ahead as MOST_INSTANTS changes; None where there is none."""
    model, counted, at = explained.version.model, explained.explanation.tally, t
    ends = sorted(
        (award.expires_at, award.rule) for award in explained.ledger.awards
        if award.expires_at and award.alive(t) and (counted.reset is None or award.awarded_at > counted.reset)
    )  # fmt: skip
    for _ in range(MOST_INSTANTS):
        due = next_due(model, counted, profile, ends[0][0] if ends else None, at)
        if due is None:
            return None
        expired = Counter(rule for end, rule in ends if end <= due)
        ends = ends[expired.total() :]
        at, counted = due, moved(model, counted, expired, due)
        then = outcome(model, counted, profile, at)
        if then.rank < explained.explanation.outcome.rank:
            return Fall(at, model.stages[then.rank - 1] if then.rank else None)
    return None
