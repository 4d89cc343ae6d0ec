"""The scoring engine: a version, a contact's activities and profile, and an instant in; points, grade and stage out.

Pure (docs/how-scores-work.md), and one door to: awarding (activities → ledger), worth (what an entry is worth), tallies and scores
(ledger and profile → outcome), explaining (the lines that add up to it) and passing (outcome → stages entered and left).

From scratch: `explain(model, ledger_of(model, activities, t), profile, t)`. As activities arrive: `matches`, `place` among the entries of the
same slot or window, `moved` for what time took, `voided` for a reset, `changed`, `outcome`. Both give the same.
"""

from collections.abc import Iterable
from datetime import datetime

from scoring.awarding import (
    Activity,
    Award,
    Change,
    Held,
    award,
    awards,
    has_room,
    heard,
    is_past,
    matches,
    place,
    reset_at,
    resets,
    slot_of,
    window_of,
    without,
)  # fmt: skip
from scoring.explaining import Cut, Explanation, Ledger, Line, explain
from scoring.model import Model
from scoring.passing import gap, passed
from scoring.scores import (
    GroupSum,
    Outcome,
    Profile,
    changed,
    given_back,
    moved,
    next_due,
    next_sweep,
    outcome,
    shifted,
    silence,
    tally,
    values,
    voided,
)  # fmt: skip
from scoring.tallies import Adjustment, Tally
from scoring.worth import rounded

__all__ = [
    "Activity", "Adjustment", "Award", "Change", "Cut", "Explanation", "GroupSum", "Held", "Ledger", "Line", "Outcome", "Profile", "Tally",
    "award", "awards", "changed", "explain", "gap", "given_back", "has_room", "heard", "is_past", "ledger_of", "matches", "moved", "next_due",
    "next_sweep", "outcome", "passed", "place", "reset_at", "resets", "rounded", "shifted", "silence", "slot_of", "tally", "values", "voided",
    "window_of", "without",
]  # fmt: skip


def ledger_of(model: Model, activities: Iterable[Activity], t: datetime, adjustments: Iterable[Adjustment] = ()) -> Ledger:
    """What these activities record at `t`, from scratch."""
    listed = list(activities)
    return Ledger(awards(model, listed, t), heard(model, listed, t), reset_at(model, listed, t), tuple(adjustments))
