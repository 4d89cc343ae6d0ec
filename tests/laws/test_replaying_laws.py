"""A replay takes the steps that scores from scratch take, instant by instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scoring import document, engine
from scoring.engine import Activity, Adjustment, Outcome, Profile
from scoring.model import Model
from scoring.replaying import Entry, Past, replay
from tests.laws.scoring_documents import BASE, crowded_documents, documents, histories, profiles, turning_documents, turning_histories
from tests.laws.test_engine_laws import ZONES, unhurried

adjusted = st.lists(st.tuples(st.integers(0, 60), st.integers(-9, 9).filter(bool)), max_size=3)


def past_of(model: Model, history: list[Activity], adjustments: list[Adjustment], t: datetime) -> Past:
    asked = {rule.activity for rule in model.silences}
    known = [one for one in history if one.occurred_at <= t]
    heard: dict[str, list[datetime]] = {}
    for one in known:
        for name in engine.heard(model, [one], t) if asked else ():
            heard.setdefault(name, []).append(one.occurred_at)
    return Past(engine.awards(model, known, t), [one.occurred_at for one in known if engine.resets(model, one)], heard, adjustments)


class FromScratch:
    """The same steps, each outcome from all that was known at its instant."""

    def __init__(self, model: Model, history: list[Activity], adjustments: list[Adjustment], profile: Profile, since: datetime) -> None:
        self.model, self.history, self.adjustments, self.profile = model, history, adjustments, profile
        reached = self.outcome(since, since)
        self.stage = reached.stage
        self.entered = [stage.key for stage in model.stages[: reached.rank] if stage.effective(reached.grade) is not None]
        self.entries: list[tuple[datetime, str, list[str]]] = []

    def outcome(self, known_until: datetime, t: datetime, *, with_last: bool = True) -> Outcome:
        known = [one for one in self.history if one.occurred_at < known_until or (with_last and one.occurred_at == known_until)]
        given = [one for one in self.adjustments if one.awarded_at < known_until or (with_last and one.awarded_at == known_until)]
        return engine.explain(self.model, engine.ledger_of(self.model, known, t, given), self.profile, t).outcome

    def step(self, at: datetime, cause: str, after: Outcome) -> None:
        entered, left = engine.passed(self.model, self.entered, self.stage, after) if after.stage != self.stage else ([], [])
        self.stage = after.stage
        self.entered = [key for key in self.entered if key not in left] + [stage.key for stage in entered]
        if entered:
            self.entries.append((at, cause, [stage.key for stage in entered]))

    def run(self, since: datetime, t: datetime) -> list[tuple[datetime, str, list[str]]]:
        instants = {one.occurred_at for one in self.history} | {one.awarded_at for one in self.adjustments}
        midnights = {BASE + timedelta(days=day) for day in range(120)}
        ends = {award.expires_at for award in engine.awards(self.model, self.history, t) if award.expires_at}
        silent = {at + timedelta(days=days) for at in (*instants, BASE) for days in range(1, 41)}
        changing = {at for at in (*instants, *midnights, *ends, *silent, *self.flips(since, t)) if since < at <= t}
        for at in sorted(changing):
            self.step(at, "time", self.outcome(at, at, with_last=False))
            if any(one.occurred_at == at for one in self.history):
                self.step(at, "activity", self.outcome(at, at))
            elif at in instants:
                self.step(at, "adjustment", self.outcome(at, at))
        return self.entries

    def flips(self, since: datetime, t: datetime) -> set[datetime]:
        found: set[datetime] = set()
        for leaf in self.model.relative:
            at: datetime | None = since
            while at is not None and at <= t:
                found.add(at)
                at = leaf.next_flip(self.profile.facts, at)
        return found


def said(entries: list[Entry]) -> list[tuple[datetime, str, list[str]]]:
    return [(entry.at, entry.cause, [stage.key for stage in entry.stages]) for entry in entries]


@unhurried
@given(
    turning_documents() | crowded_documents() | documents(),
    ZONES,
    turning_histories() | histories(),
    profiles,
    adjusted,
    st.integers(0, 20),
    st.integers(21, 60),
)
def test_a_replay_is_what_scores_from_scratch_say(
    whole: dict[str, Any], zone: str, history: list[Activity], profile: Profile, given: list[tuple[int, int]], start: int, end: int
) -> None:
    model, since, t = document.parse(whole, zone), BASE + timedelta(days=start, minutes=1), BASE + timedelta(days=end)
    # At instants of their own: with an activity that the model does not look at, either is a cause, and a replay is not told of that one.
    adjustments = [Adjustment(number, points, BASE + timedelta(days=day, hours=3, microseconds=7)) for number, (day, points) in enumerate(given)]
    entries, reached = replay(model, past_of(model, history, adjustments, t), profile, since, t)
    oracle = FromScratch(model, history, adjustments, profile, since)
    assert reached == oracle.outcome(t, t)
    assert said(entries) == oracle.run(since, t)
