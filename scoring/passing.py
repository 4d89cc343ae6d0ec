"""Which stages a step enters and leaves, and what is missing to the next one (docs/how-scores-work.md). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.model import Model, Stage
from scoring.scores import Outcome


def passed(model: Model, entered: Sequence[str], before: str | None, after: Outcome) -> tuple[list[Stage], list[str]]:
    """The stages entered now, from the lowest, and the keys of those left now, in the order of recording.

    `entered` are the keys on record as entered and not left, `before` the recorded stage. Stages that the model no longer
    has are left first, then those above the stage reached, from the highest. Stages barred for the grade are passed
    without being entered.
    """
    ranks = {stage.key: rank for rank, stage in enumerate(model.stages, start=1)}
    gone = [key for key in entered if key not in ranks]
    above = sorted((key for key in entered if ranks.get(key, 0) > after.rank), key=lambda key: -ranks[key])
    start = _start(ranks, entered, before)
    entered_now = [stage for stage in model.stages[start : after.rank] if stage.key not in entered and stage.effective(after.grade) is not None]
    return entered_now, gone + above


def _start(ranks: dict[str, int], entered: Sequence[str], before: str | None) -> int:
    """The rank a step starts from; where the recorded stage is gone, that of the highest one entered that is left."""
    if before in ranks:
        return ranks[before]
    return max((ranks.get(key, 0) for key in entered), default=0)


def gap(model: Model, outcome: Outcome) -> tuple[Stage, int] | None:
    """The next stage open to the grade and the points missing to it; None at the top."""
    for stage in model.stages[outcome.rank :]:
        threshold = stage.effective(outcome.grade)
        if threshold is not None:
            return stage, threshold - outcome.points
    return None
