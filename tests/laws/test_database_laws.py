"""Laws 1, 2 and 3 on PostgreSQL: however the same calls come in, the same scores, grades and stages stand there, and they add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import create_workspace
from contacts.models import Identifier
from scoring import document, engine
from scoring.due import bring_up_to_date
from scoring.engine import Activity, Outcome, Profile
from scoring.explanation import of_contact
from scoring.models import Score, StageChange
from tests.laws.scoring_documents import (
    BASE,
    NAMES,
    ZONES,
    crowded_documents,
    crowded_histories,
    documents,
    histories,
    profiles,
    turning_documents,
    turning_histories,
)
from tests.scoring.conftest import accept, publish
from tracking.draining import drain

pytestmark = pytest.mark.django_db

END = BASE + timedelta(days=60, hours=2)  # points that fade at midnight have been swept an hour later
NUMBERS = count()
PERIODS = st.sampled_from(("day", "week", "month"))
unhurried = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

Call = dict[str, Any]
Batches = Sequence[tuple[datetime, list[Call]]]  # when each is received, and its calls


@dataclass(frozen=True)
class Standing:
    """What a contact's score is."""

    points: int
    exact: int
    grade: str | None
    stage: str | None


@st.composite
def full_limits(draw: st.DrawFn) -> Call:
    """Documents whose limits are soon full, so that what comes late pushes out what came before."""
    frequencies = st.fixed_dictionaries({"limit": st.integers(1, 2), "per": st.sampled_from(("ever", "month", "week"))})
    drawn = draw(st.lists(st.tuples(st.integers(1, 9), frequencies, st.none() | st.integers(20, 60)), min_size=1, max_size=3))
    rules = [
        {"key": f"r{number}", "name": "R", "when": "activity", "activity": NAMES[number % 2], "points": points, "frequency": frequency,
         "expiry": days and {"days": days}}
        for number, (points, frequency, days) in enumerate(drawn)
    ]  # fmt: skip
    stages = [{"key": "low", "name": "Low", "threshold": 5}, {"key": "high", "name": "High", "threshold": 15}]
    return {"key": "k", "name": "N", "rules": rules, "stages": stages}


@st.composite
def busy_days(draw: st.DrawFn) -> list[Activity]:
    """Many activities of two names within four weeks."""
    hours = draw(st.lists(st.integers(0, 28 * 24), min_size=6, max_size=14))
    return [Activity(number, NAMES[number % 2], BASE + timedelta(hours=hour), f"b{number}", {}, {}) for number, hour in enumerate(hours)]


@st.composite
def limits_of_periods(draw: st.DrawFn) -> Call:
    """Documents whose rules count apart by day, week or month."""
    kinds = st.fixed_dictionaries({"limit": st.integers(1, 2), "per": PERIODS}) | st.fixed_dictionaries({"reach": st.integers(2, 3), "per": PERIODS})
    rules = [
        {"key": f"r{number}", "name": "R", "when": "activity", "activity": NAMES[0], "points": 100**number, "frequency": frequency}
        for number, frequency in enumerate(draw(st.lists(kinds, min_size=1, max_size=2)))
    ]
    return {"key": "k", "name": "N", "rules": rules}


@st.composite
def around_changes_of_clocks(draw: st.DrawFn) -> list[Activity]:
    """Activities in the nights in which the clocks of Europe and of America go back; the second begins a month."""
    nights = st.sampled_from((datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)))
    drawn = draw(st.lists(st.tuples(nights, st.integers(-80, 80)), min_size=6, max_size=14))
    return [Activity(number, NAMES[0], night + timedelta(minutes=20 * step), f"c{number}", {}, {}) for number, (night, step) in enumerate(drawn)]


models = turning_documents() | turning_documents() | full_limits() | crowded_documents() | documents()
pasts = turning_histories() | turning_histories() | busy_days() | crowded_histories() | histories()


@st.composite
def calls(draw: st.DrawFn, activities: st.SearchStrategy[list[Activity]]) -> list[Call]:
    """Calls of three people: what they did, and what they said of themselves. All of them before END."""
    people = st.sampled_from(draw(st.sampled_from((("u1",), ("u1",), ("u1", "u2", "u3")))))
    drawn = [_activity(one, draw(people)) for one in draw(activities)]
    said = draw(st.lists(profiles, max_size=4))
    return drawn + [_identify(number, draw(people), profile.contact, draw(st.integers(0, 20))) for number, profile in enumerate(said)]


def _activity(one: Activity, user: str) -> Call:
    return {
        "type": "track", "userId": user, "event": one.name, "messageId": one.message_id, "timestamp": one.occurred_at.isoformat(),
        "properties": dict(one.properties), "context": dict(one.context),
    }  # fmt: skip


def _identify(number: int, user: str, traits: Any, day: int) -> Call:
    """`email` is left out: as an identifier it would make identities depend on the order."""
    said = {name: value for name, value in traits.items() if name != "email"}
    at = BASE + timedelta(days=day)
    return {"type": "identify", "userId": user, "messageId": f"i{number}", "timestamp": at.isoformat(), "traits": said}


@st.composite
def arrangements(draw: st.DrawFn, of: Sequence[Call]) -> Batches:
    """The calls in another order, some of them twice, cut into batches received one after the other."""
    doubled = list(of) + draw(st.lists(st.sampled_from(of), max_size=5)) if of else []
    shuffled = draw(st.permutations(doubled))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=5)))
    edges = [0, *cuts, len(shuffled)]
    return [(END - timedelta(hours=len(edges) - place), list(shuffled[a:b])) for place, (a, b) in enumerate(pairwise(edges))]


@st.composite
def arriving(draw: st.DrawFn, of: Sequence[Call]) -> Batches:
    """The calls as they happen, some of them days late; several may come together."""
    late = [(datetime.fromisoformat(call["timestamp"]) + timedelta(hours=draw(st.sampled_from((0, 0, 0, 30, 200)))), call) for call in of]
    step = draw(st.sampled_from((1, 13, 47)))
    batches: dict[int, list[Call]] = {}
    for at, call in late:
        batches.setdefault(-((BASE - at) // timedelta(hours=step)), []).append(call)
    return [(BASE + timedelta(hours=step * (place + 1)), batch) for place, batch in sorted(batches.items())]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("laws@example.com")


def run_through(
    owner: User, document: Call, batches: Batches, *, zone: str = "UTC", sweeping: bool = False
) -> tuple[Workspace, dict[str, Standing]]:
    """A new workspace that got the calls like this; how its people stand at END. `sweeping`: what is due is looked after in between."""
    workspace = create_workspace(f"Laws {next(NUMBERS)}", owner, time_zone=zone, now=BASE)
    publish(workspace, document)
    for at, batch in batches:
        if batch:
            if sweeping:
                bring_up_to_date(workspace.id, lambda at=at: at - timedelta(hours=1))
            accept(workspace, batch, at)
            drain(workspace.id, lambda at=at: at)
    while bring_up_to_date(workspace.id, lambda: END):
        pass
    with workspace_scope(workspace.id):
        rows = Score.objects.filter(workspace=workspace).values_list("contact_id", "points", "exact", "grade", "stage")
        users = dict(Identifier.objects.filter(workspace=workspace, kind="user_id").values_list("contact_id", "value"))
        return workspace, {users[contact]: Standing(*rest) for contact, *rest in rows}


@unhurried
@given(st.data(), ZONES)
def test_order_batches_and_repetition_of_calls_change_nothing(owner: User, data: st.DataObject, zone: str) -> None:
    whole = data.draw(models)
    given_calls = data.draw(calls(pasts))
    _, once = run_through(owner, whole, [(END - timedelta(hours=1), given_calls)], zone=zone)
    _, again = run_through(owner, whole, data.draw(arrangements(given_calls)), zone=zone)
    assert again == once


@unhurried
@given(st.data(), ZONES)
def test_the_score_kept_up_to_date_is_the_score_from_scratch_and_adds_up(owner: User, data: st.DataObject, zone: str) -> None:
    whole = data.draw(models)
    workspace, standings = run_through(owner, whole, data.draw(arrangements(data.draw(calls(pasts)))), zone=zone)
    with workspace_scope(workspace.id):
        users = Identifier.objects.filter(workspace=workspace, kind="user_id").values_list("value", "contact_id")
        for user, contact_id in users:
            for from_scratch in (False, True):
                (explained,) = of_contact(workspace.id, contact_id, END, from_scratch=from_scratch)
                assert standing(explained.explanation.outcome) == standings[user]
                parts = [*explained.explanation.lines, *explained.explanation.cuts]
                assert sum(part.value for part in parts) == explained.explanation.outcome.exact


def standing(outcome: Outcome) -> Standing:
    return Standing(outcome.points, outcome.exact, outcome.grade, outcome.stage)


@settings(unhurried, max_examples=20)
@given(limits_of_periods(), st.data(), ZONES)
def test_days_weeks_and_months_are_those_of_the_versions_clocks(owner: User, whole: Call, data: st.DataObject, zone: str) -> None:
    done = data.draw(around_changes_of_clocks())
    _, standings = run_through(owner, whole, data.draw(arrangements([_activity(one, "u1") for one in done])), zone=zone)
    model = document.parse(whole, zone)
    assert standings == {"u1": standing(engine.explain(model, engine.ledger_of(model, done, END), Profile({}, {}), END).outcome)}


@unhurried
@given(st.data(), st.booleans(), ZONES)
def test_what_comes_in_as_time_passes_is_what_comes_all_at_the_end(owner: User, data: st.DataObject, sweeping: bool, zone: str) -> None:
    whole = data.draw(models)
    given_calls = data.draw(calls(pasts))
    _, once = run_through(owner, whole, [(END - timedelta(hours=1), given_calls)], zone=zone)
    _, again = run_through(owner, whole, data.draw(arriving(given_calls)), zone=zone, sweeping=sweeping)
    assert again == once


@unhurried
@given(st.data())
def test_the_stages_on_record_are_those_that_the_scores_say(owner: User, data: st.DataObject) -> None:
    whole = data.draw(full_limits() | crowded_documents())
    workspace, standings = run_through(owner, whole, data.draw(arrangements(data.draw(calls(busy_days() | crowded_histories())))))
    with workspace_scope(workspace.id):
        users = dict(Identifier.objects.filter(workspace=workspace, kind="user_id").values_list("contact_id", "value"))
        entered: dict[str, list[str]] = {user: [] for user in users.values()}
        changes = StageChange.objects.filter(workspace=workspace).order_by("id").values_list("contact_id", "direction", "stage")
        for contact, direction, stage in changes:
            entered[users[contact]].append(stage) if direction == "entered" else entered[users[contact]].remove(stage)
        assert {user: (stages or [None])[-1] for user, stages in entered.items()} == {user: one.stage for user, one in standings.items()}
