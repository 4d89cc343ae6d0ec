"""Law 2 where activities turn out to be a bot's, and a job has to look for what moves up, while calls keep coming and people change their minds."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import create_workspace
from contacts.models import Activity
from scoring import reclassifying, refilling, taking_back
from scoring.explanation import of_contact
from scoring.models import Award, Score
from tests.laws.scoring_documents import BASE
from tests.laws.test_database_laws import owner
from tests.scoring.conftest import accept, publish
from tests.scoring.documents import document, rule
from tracking.draining import drain

__all__ = ["owner"]

pytestmark = pytest.mark.django_db
NUMBERS = count()
NAMES = ("Page Viewed", "Form Submitted")
FREQUENCIES = (
    None, {"limit": 1, "per": "ever"}, {"limit": 2, "per": "ever"}, {"limit": 2, "per": "day"}, {"limit": 1, "per": "week", "each": "properties.n"},
    {"reach": 2, "per": "month"}, {"reach": 3, "per": "day"}, {"reach": 2, "within_days": None}, {"reach": 2, "within_days": 1},
    {"reach": 3, "within_days": 3},
)  # fmt: skip
EXPIRIES = (None, None, {"days": 2}, {"half_life_days": 3}, {"linear_days": 5})
ODD = {"field": "properties.n", "op": "in", "value": [1, 3]}
SILENCES = ({"activity": None}, {"activity": "Form Submitted"})

documents = st.tuples(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(FREQUENCIES), st.sampled_from(EXPIRIES)), min_size=1, max_size=4),
    st.lists(st.sampled_from(SILENCES), max_size=2), st.booleans(),
).map(
    lambda drawn: document(
        rules=[
            *(rule(key=f"r{place}", activity=name, points=3 + place, frequency=frequency, expiry=expiry)
              for place, (name, frequency, expiry) in enumerate(drawn[0])),
            *({"key": f"s{place}", "name": "Silent", "when": "inactivity", "days": 1, "points": -1, "times": 4, **silence}
              for place, silence in enumerate(drawn[1])),
            *([{"key": "won", "name": "Won", "when": "reset", "activity": "Form Submitted", "conditions": {"all": [ODD]}}] if drawn[2] else []),
        ]
    )
)  # fmt: skip
deeds = st.lists(
    st.tuples(st.just("send"), st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 130), st.integers(1, 4), st.booleans()), max_size=6))
    | st.tuples(st.just("mark"), st.tuples(st.integers(0, 30), st.booleans()))
    | st.tuples(st.just("work"), st.none()),
    min_size=3, max_size=10,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two activities are near, and two are a range of the job."""
    monkeypatch.setattr(taking_back, "NEAR", 2)
    monkeypatch.setattr(refilling, "RANGE", 2)


def do(workspace: Workspace, by: User, at: datetime, deed: str, what: object) -> None:
    """One deed; the number of an activity counts round those that there are."""
    if deed == "send":
        calls = [
            {"type": "track", "userId": "u", "event": name, "messageId": f"m{next(NUMBERS)}", "properties": {"n": n},
             "timestamp": (BASE + timedelta(hours=hours)).isoformat(), "context": {"passive": passive}}
            for name, hours, n, passive in what
        ]  # type: ignore[attr-defined]  # fmt: skip
        accept(workspace, calls, at)
        drain(workspace.id, lambda: at)
    elif deed == "mark":
        number, is_bot = what  # type: ignore[misc]
        with workspace_scope(workspace.id):
            known = list(Activity.objects.filter(workspace=workspace).order_by("id").values_list("contact_id", "id"))
            if known:
                contact, activity = known[number % len(known)]
                reclassifying.mark(workspace, contact, activity, is_bot=is_bot, by=by, clock=lambda: at)
    else:
        for job_id in open_jobs(workspace)[-1:]:
            refilling.advance(workspace.id, job_id, lambda: at)


def open_jobs(workspace: Workspace) -> list[int]:
    with workspace_scope(workspace.id):
        found = Job.objects.filter(workspace=workspace, kind=taking_back.KIND, state__in=["queued", "running"])
        return list(found.order_by("id").values_list("id", flat=True))


def assert_from_scratch(workspace: Workspace) -> None:
    """What is stored, and what the ledger counts, is what the activities that count give from scratch."""
    with workspace_scope(workspace.id):
        for score in Score.objects.filter(workspace=workspace):
            contact, t = score.contact_id, score.computed_at
            (kept,), (anew,) = (of_contact(workspace.id, contact, t, from_scratch=from_scratch) for from_scratch in (False, True))
            assert kept.explanation.outcome == anew.explanation.outcome
            assert (score.exact, score.stage) == (anew.explanation.outcome.exact, anew.explanation.outcome.stage)
            counted = [award for award in anew.ledger.awards if award.counts]
            rows = Award.objects.filter(workspace=workspace, contact=contact, counts=True)
            assert sorted(rows.values_list("rule", "message_id", "slot")) == sorted((one.rule, one.message_id, one.slot) for one in counted)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(documents, deeds)
def test_what_is_taken_back_and_moves_up_ends_as_from_scratch(owner: User, document: dict[str, object], deeds: list[tuple[str, object]]) -> None:
    workspace = create_workspace(f"Back {next(NUMBERS)}", owner, now=BASE)
    publish(workspace, document)
    at = BASE + timedelta(days=6)
    for place, (deed, what) in enumerate(deeds):
        at = BASE + timedelta(days=6, hours=place)
        do(workspace, owner, at, deed, what)
        if not open_jobs(workspace):
            assert_from_scratch(workspace)
    while found := open_jobs(workspace):
        for job_id in found:
            refilling.advance(workspace.id, job_id, lambda: at)
    assert_from_scratch(workspace)
