"""How far a contact has come on the ladder of stages, and when it falls back if nothing happens."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leadscore.sql import fetch
from scoring.engine import Profile, Tally, outcome
from scoring.explanation import Explained
from scoring.model import Stage

MOST_INSTANTS = 200

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
    """The next step down if nothing happens; None where there is none, or where dates in the profile decide as well."""
    model, lines = explained.version.model, [line for line in explained.explanation.lines if line.value and line.kind == "activity"]
    if model.relative:
        return None
    places = {rule.key: rule.position for rule in model.rules}
    for end in sorted({line.expires_at for line in lines if line.expires_at})[:MOST_INSTANTS]:
        alive = Counter(places[line.rule] for line in lines if line.expires_at is None or line.expires_at > end)
        then = outcome(model, Tally(alive), profile, end)
        if then.rank < explained.explanation.outcome.rank:
            return Fall(end, model.stages[then.rank - 1] if then.rank else None)
    return None
