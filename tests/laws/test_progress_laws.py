"""The day on which a contact falls back is the one that a walk through every instant at which time changes the score comes to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import document, engine
from scoring.engine import Activity, Adjustment, Ledger, Profile
from scoring.explanation import Explained
from scoring.model import Model
from scoring.progress import Fall, fall
from scoring.versions import Active
from tests.laws.scoring_documents import (
    BASE,
    documents,
    fading_documents,
    histories,
    profiles,
    turning_documents,
    turning_histories,
)


def explained(model: Model, ledger: Ledger, profile: Profile, t: datetime) -> Explained:
    return Explained(Active(1, 1, model.key, 1, True, model), ledger, engine.explain(model, ledger, profile, t), None, None)


def walked(model: Model, ledger: Ledger, profile: Profile, t: datetime) -> Fall | None:
    """From one change to the next, each scored from scratch."""
    at, start = t, engine.explain(model, ledger, profile, t)
    while True:
        expiry = min((award.expires_at for award in ledger.awards if award.expires_at and award.expires_at > at), default=None)
        due = engine.next_due(model, engine.explain(model, ledger, profile, at).tally, profile, expiry, at)
        if due is None:
            return None
        then = engine.explain(model, ledger, profile, at := due).outcome
        if then.rank < start.outcome.rank:
            return Fall(at, model.stages[then.rank - 1] if then.rank else None)


@settings(deadline=None, max_examples=60)
@given(fading_documents() | turning_documents() | documents(), turning_histories() | histories(), profiles, st.integers(0, 30), st.integers(1, 60))
def test_the_next_fall_is_that_of_a_walk(whole: dict[str, Any], history: list[Activity], profile: Profile, days: int, by_hand: int) -> None:
    model, t = document.parse(whole, "UTC"), BASE + timedelta(days=days, hours=7)
    ledger = engine.ledger_of(model, history, t, [Adjustment(1, by_hand, BASE)])
    assert fall(explained(model, ledger, profile, t), profile, t) == walked(model, ledger, profile, t)
