"""Resets: what a later one takes out of running tallies (scoring semantics §4.4)."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from scoring import adjustments, ledger
from scoring.engine import Tally, voided
from scoring.ledger import Place
from scoring.model import Model


def tallies(
    workspace_id: int, models: Mapping[int, Model], resets: Mapping[Place, tuple[int, Tally, datetime]], t: datetime
) -> dict[Place, Tally]:
    """Each tally after its new reset, in two statements.

    Args:
        models: by version.
        resets: the scoring type, the tally before, and when it starts over.
    """
    spans = {place: (before.reset, reset) for place, (_, before, reset) in resets.items()}
    taken = ledger.voided(workspace_id, spans, t)
    given = adjustments.voided(workspace_id, {(type_id, contact): spans[version, contact] for (version, contact), (type_id, *_) in resets.items()})
    found = {}
    for (version, contact), (type_id, before, reset) in resets.items():
        alive: Counter[int] = Counter()
        fading: dict[int, dict[int, int]] = defaultdict(dict)
        for rule, day, count in taken.get((version, contact), ()):
            if rule in models[version].fading:
                fading[rule][day] = count
            else:
                alive[rule] += count
        found[version, contact] = voided(before, reset, alive, fading, given.get((type_id, contact), 0))
    return found
