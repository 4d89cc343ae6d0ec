"""Laws 1 and 2 with mail scanners about: however the same calls come in, the same activities are marked and the same scores stand there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, BotMark, Identifier
from scoring import joining, reclassifying
from scoring.explanation import of_contact
from scoring.models import Award, Score, StageChange
from tests.laws.scoring_documents import BASE
from tests.laws.test_database_laws import END, Batches, arrangements, owner, run_through

__all__ = ["owner"]

pytestmark = pytest.mark.django_db
unhurried = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

Call = dict[str, Any]
CLICKED, VIEWED = "Email Link Clicked", "Page Viewed"
AGENTS = ("", "", "", "HeadlessChrome/120", "Mozilla/5.0 (compatible; Googlebot/2.1)")

rules = st.sampled_from(
    [
        {"when": "activity", "activity": CLICKED, "points": 5},
        {"when": "activity", "activity": CLICKED, "points": 4, "frequency": {"limit": 2, "per": "day"}},
        {"when": "activity", "activity": CLICKED, "points": 7, "frequency": {"reach": 3, "within_days": 2}},
        {"when": "activity", "activity": CLICKED, "points": -3, "expiry": {"days": 30}},
        {"when": "activity", "activity": "Email Opened", "points": 2, "expiry": {"half_life_days": 20}},
        {"when": "activity", "activity": VIEWED, "points": 3, "frequency": {"limit": 1, "per": "ever", "each": "properties.url"}},
        {"when": "inactivity", "days": 10, "points": -2, "times": 4},
        {"when": "reset", "activity": CLICKED, "conditions": {"all": [{"field": "properties.link_url", "op": "ends_with", "value": "/d"}]}},
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> Call:
    drawn = draw(st.lists(rules, min_size=1, max_size=5))
    stages = [{"key": "low", "name": "Low", "threshold": 5}, {"key": "high", "name": "High", "threshold": 12}]
    return {"key": "k", "name": "N", "stages": stages, "rules": [{"key": f"r{n}", "name": "R", **rule} for n, rule in enumerate(drawn)]}


@st.composite
def mails(draw: st.DrawFn, people: Sequence[str] = ("u1", "u2")) -> list[Call]:
    """What two people, and what guards their mailboxes, did with two e-mails on two days."""
    return [_call(draw, number, draw(st.sampled_from(people))) for number in range(draw(st.integers(1, 12)))]


def _call(draw: st.DrawFn, number: int, user: str) -> Call:
    name = draw(st.sampled_from(("Email Delivered", "Email Opened", CLICKED, CLICKED, CLICKED, VIEWED)))
    at = BASE + timedelta(days=draw(st.integers(0, 1)), seconds=draw(st.integers(0, 30) | st.sampled_from((200, 640, 1500))))
    url = f"https://x.example/{draw(st.sampled_from('abcd'))}"
    mail = draw(st.sampled_from(("e1", "e1", "e2")))
    properties = {"url": f"{url}?utm_medium=email&utm_campaign={mail}"} if name == VIEWED else {"email_id": mail, "link_url": url}
    return {
        "type": "track", "userId": user, "event": name, "messageId": f"c{number}", "timestamp": at.isoformat(), "properties": properties,
        "context": {"userAgent": draw(st.sampled_from(AGENTS))},
    }  # fmt: skip


def marks(workspace: Workspace) -> dict[str, str]:
    """message_id → why it is taken for a bot's, of those that are; what is on record says the same."""
    with workspace_scope(workspace.id):
        found = dict(Activity.objects.exclude(bot="").values_list("message_id", "bot"))
        by_rule = {f"scanner: {reason}" for reason in BotMark.objects.filter(marked_by="rule").values_list("reason", flat=True)}
        assert by_rule == {bot for bot in found.values() if bot.startswith("scanner: ")}
        return found


def assert_from_scratch(workspace: Workspace) -> None:
    """Every stored score is what the activities that count give from scratch, and no award is a bot's."""
    with workspace_scope(workspace.id):
        for contact_id, *stored in Score.objects.values_list("contact_id", "points", "exact", "grade", "stage"):
            for from_scratch in (False, True):
                (explained,) = of_contact(workspace.id, contact_id, END, from_scratch=from_scratch)
                outcome = explained.explanation.outcome
                assert [outcome.points, outcome.exact, outcome.grade, outcome.stage] == stored
        bots = Activity.objects.exclude(bot="").values("id")
        assert not Award.objects.filter(activity_id__in=bots).exists()


def assert_stages_on_record(workspace: Workspace) -> None:
    """No stage is entered twice without being left, nor left without having been entered."""
    entered: dict[tuple[int, str], int] = defaultdict(int)
    with workspace_scope(workspace.id):
        for contact, direction, stage in StageChange.objects.order_by("id").values_list("contact_id", "direction", "stage"):
            entered[contact, stage] += 1 if direction == "entered" else -1
            assert entered[contact, stage] in (0, 1)


@unhurried
@given(st.data())
def test_any_order_and_batches_give_the_same_marks_and_scores(owner: User, data: st.DataObject) -> None:
    document, calls = data.draw(documents()), data.draw(mails())
    one, once = run_through(owner, document, [(END - timedelta(hours=1), calls)])
    other, again = run_through(owner, document, data.draw(arrangements(calls)))
    assert (marks(other), again) == (marks(one), once)
    for workspace in (one, other):
        assert_from_scratch(workspace)
        assert_stages_on_record(workspace)


@unhurried
@given(st.data())
def test_one_call_at_a_time_gives_what_all_at_once_give(owner: User, data: st.DataObject) -> None:
    document, calls = data.draw(documents()), data.draw(mails(("u1",)))
    singly: Batches = [(END - timedelta(hours=len(calls) - place), [call]) for place, call in enumerate(data.draw(st.permutations(calls)))]
    one, once = run_through(owner, document, [(END - timedelta(hours=1), calls)])
    other, again = run_through(owner, document, singly)
    assert (marks(other), again) == (marks(one), once)


@unhurried
@given(st.data())
def test_what_people_mark_and_merge_and_take_apart_leaves_the_scores_from_scratch(owner: User, data: st.DataObject) -> None:
    calls = data.draw(mails())
    workspace, _ = run_through(owner, data.draw(documents()), data.draw(arrangements(calls)))
    before = marks(workspace)
    with workspace_scope(workspace.id):
        ids = list(Activity.objects.values_list("id", flat=True))
        said = {id: data.draw(st.booleans()) for id in data.draw(st.sets(st.sampled_from(ids), max_size=4))}
        users = dict(Identifier.objects.filter(kind="user_id").values_list("value", "contact_id"))
    for id, is_bot in said.items():
        with workspace_scope(workspace.id):
            contact = Activity.objects.values_list("contact_id", flat=True).get(id=id)
            reclassifying.mark(workspace, contact, id, is_bot=is_bot, by=owner, clock=lambda: END)
        assert_from_scratch(workspace)
    if len(users) == 2:
        with workspace_scope(workspace.id):
            joining.merge(workspace, users["u1"], users["u2"], by=owner, clock=lambda: END)
        assert_from_scratch(workspace)
        with workspace_scope(workspace.id):
            joining.undo(workspace, users["u1"], by=owner, clock=lambda: END)
        assert_from_scratch(workspace)
    for id in said:
        with workspace_scope(workspace.id):
            contact = Activity.objects.values_list("contact_id", flat=True).get(id=id)
            reclassifying.leave_to_rules(workspace, contact, id, by=owner, clock=lambda: END)
        assert_from_scratch(workspace)
    assert marks(workspace) == before
