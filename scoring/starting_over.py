"""Resets: what a later one takes out of running tallies, and gives back where it turns out to be none (docs/how-scores-work.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from scoring import adjustments, ledger
from scoring.engine import Tally, given_back, voided
from scoring.ledger import Place
from scoring.model import Model
from scoring.tallies import Days


class _Between(NamedTuple):
    """What of a tally lies between two resets: awards by rule, those that fade by day, and points of adjustments."""

    alive: Mapping[int, int]
    fading: Mapping[int, Days]
    adjusted: int


def tallies(workspace_id: int, models: Mapping[int, Model], resets: Mapping[Place, tuple[int, Tally, datetime]], t: datetime) -> dict[Place, Tally]:
    """Each tally after its new reset, in two statements.

    Args:
        models: by version.
        resets: the scoring type, the tally before, and when it starts over.
    """
    spans = {place: (type_id, before.reset, reset) for place, (type_id, before, reset) in resets.items()}
    between = _between(workspace_id, models, spans, t)
    return {place: voided(before, reset, *between[place]) for place, (_, before, reset) in resets.items()}


def without_reset(
    workspace_id: int, models: Mapping[int, Model], resets: Mapping[Place, tuple[int, Tally, datetime | None]], t: datetime
) -> dict[Place, Tally]:
    """Each tally without its reset, by the one before, in two statements; before the ledger is changed.

    Args:
        resets: the scoring type, the tally before, and the reset before its own.
    """
    spans = {place: (type_id, reset, before.reset) for place, (type_id, before, reset) in resets.items() if before.reset}
    between = _between(workspace_id, models, spans, t)
    return {place: given_back(before, reset, *between[place]) for place, (_, before, reset) in resets.items() if place in between}


def _between(
    workspace_id: int, models: Mapping[int, Model], spans: Mapping[Place, tuple[int, datetime | None, datetime]], t: datetime
) -> dict[Place, _Between]:
    """What lies in each span: of a scoring type, after the first instant and up to the second."""
    taken = ledger.voided(workspace_id, {place: (since, until) for place, (_, since, until) in spans.items()}, t)
    given = adjustments.voided(
        workspace_id, {(type_id, contact): (since, until) for (_, contact), (type_id, since, until) in spans.items()}
    )
    found = {}
    for (version, contact), (type_id, *_) in spans.items():
        alive: Counter[int] = Counter()
        fading: dict[int, dict[int, int]] = defaultdict(dict)
        for rule, day, count in taken.get((version, contact), ()):
            if rule in models[version].fading:
                fading[rule][day] = count
            else:
                alive[rule] += count
        found[version, contact] = _Between(alive, fading, given.get((type_id, contact), 0))
    return found
