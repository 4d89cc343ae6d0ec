"""Marks of bots and jobs: a long merge whose activities are marked before it and meanwhile, and what moves up by a job."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact
from scoring import erasing, joining, reclassifying, refilling, taking_back
from scoring.models import Award, StageChange
from tests.contacts.test_identity import did, of, said
from tests.scoring.conftest import Send, publish, score_of
from tests.scoring.documents import document, rule, stage
from tests.scoring.test_carrying import assert_true, open_jobs, resting, short
from tests.scoring.test_joining import merge

__all__ = ["short"]

pytestmark = pytest.mark.django_db
CLICKED, DAY = "Email Link Clicked", timedelta(days=1)
DOCUMENT = document(
    rules=[
        rule(key="click", activity=CLICKED, points=7),
        rule(key="clicks", activity=CLICKED, points=30, frequency={"reach": 2, "within_days": 1}),
        rule(key="seen", activity="Seen", points=10, frequency={"limit": 2, "per": "ever"}, expiry={"days": 60}),
        {"key": "silent", "name": "Silent", "when": "inactivity", "days": 1, "points": -1, "times": 3},
    ],
    stages=[stage(key="warm", name="Warm", threshold=15), stage(key="hot", name="Hot", threshold=40)],
)


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_back, "NEAR", 2)
    monkeypatch.setattr(refilling, "RANGE", 2)


def click(message: str, user: str, link: str, at: datetime) -> dict[str, Any]:
    return {**did(message, user=user, event=CLICKED, at=at), "properties": {"email_id": "e", "link_url": f"https://x.example/{link}"}}


def mark(workspace: Workspace, by: User, message: str, *, is_bot: bool = True) -> None:
    with workspace_scope(workspace.id):
        contact, activity = Activity.objects.values_list("contact_id", "id").get(workspace=workspace, message_id=message)
        assert contact is not None
        reclassifying.mark(workspace, contact, activity, is_bot=is_bot, by=by)


def bots(workspace: Workspace) -> set[str]:
    with workspace_scope(workspace.id):
        return set(Activity.objects.exclude(bot="").values_list("message_id", flat=True))


def refill(workspace: Workspace) -> int:
    """Does all ranges of all jobs that look for what moves up; how many jobs there were."""
    with workspace_scope(workspace.id):
        ids = list(Job.objects.filter(kind=taking_back.KIND, state__in=["queued", "running"]).order_by("id").values_list("id", flat=True))
    for id in ids:
        while refilling.advance(workspace.id, id):
            pass
    return len(ids)


@pytest.mark.parametrize("ranges", [0, 1, 2, 3, 4, 5])
def test_marks_before_a_long_merge_and_while_its_job_is_at_work_end_as_from_scratch(
    workspace: Workspace, send: Send, alice: User, now: datetime, short: None, ranges: int
) -> None:
    """The other's three links are a scanner's from the third on, which comes after so many ranges; the two of each were not, apart."""
    publish(workspace, DOCUMENT)
    at = now - 2 * DAY
    send(said("a0", user="ada"), click("a1", "ada", "p", at + DAY), did("a2", user="ada", at=at))
    send(*(did(f"b{number}", user="bea", at=at - number * DAY) for number in range(6)))
    send(click("b6", "bea", "a", at), click("b7", "bea", "b", at + timedelta(seconds=1)), click("b8", "bea", "q", at + DAY))
    send(click("b9", "bea", "r", at + DAY + timedelta(seconds=2)))
    mark(workspace, alice, "b1")
    merge(workspace, of(workspace, "bea").id, of(workspace, "ada").id)
    (job,) = open_jobs(workspace)
    for _ in range(ranges):
        joining.advance(workspace.id, job)
    send(click("late", "bea", "c", at + timedelta(seconds=2)))
    mark(workspace, alice, "a2")
    refill(workspace)
    while joining.advance(workspace.id, job):
        pass
    refill(workspace)
    assert_true(workspace)
    assert (bots(workspace), resting(workspace)) == ({"b1", "a2", "b6", "b7", "late", "a1", "b8", "b9"}, [])
    with workspace_scope(workspace.id):
        assert sorted(Award.objects.filter(counts=True).values_list("message_id", flat=True)) == ["b4", "b5"]
        assert score_of(workspace, of(workspace, "ada").id).points == 18


@pytest.fixture
def freed(workspace: Workspace, send: Send, alice: User, now: datetime) -> int:
    """A contact whose first view is a bot's: a later one is to take its place, further on than what is near."""
    publish(workspace, DOCUMENT)
    send(did("s1", user="u", at=now - 9 * DAY), did("s2", user="u", at=now - 8 * DAY))
    send(*(did(f"o{number}", user="u", event="Other", at=now - 7 * DAY + number * DAY / 9) for number in range(5)), did("s3", user="u"))
    mark(workspace, alice, "s1")
    return of(workspace, "u").id


def counted(workspace: Workspace) -> list[str]:
    with workspace_scope(workspace.id):
        return list(Award.objects.order_by("message_id").values_list("message_id", flat=True))


def test_what_moves_up_is_found_by_one_job_and_nobody_is_told(workspace: Workspace, send: Send, alice: User, freed: int) -> None:
    assert counted(workspace) == ["s2"]
    send(did("s4", user="u"))
    mark(workspace, alice, "s2")
    with workspace_scope(workspace.id):
        jobs = list(Job.objects.filter(kind=taking_back.KIND).order_by("id").values_list("id", flat=True))
        before = StageChange.objects.count()
    assert len(jobs) == 2
    assert refilling.advance(workspace.id, jobs[1]) is False  # the other is further back, and comes past
    assert (counted(workspace), refill(workspace), counted(workspace)) == (["s4"], 1, ["s3", "s4"])
    with workspace_scope(workspace.id):
        assert [(change.stage, change.cause) for change in StageChange.objects.order_by("id")[before:]] == [("warm", "reclassification")]
    assert_true(workspace)


def test_a_call_that_comes_before_the_job_makes_room_for_what_moves_up(workspace: Workspace, send: Send, freed: int) -> None:
    send(did("s4", user="u"), did("s5", user="u"))
    assert counted(workspace) == ["s2", "s4"]
    refill(workspace)
    assert counted(workspace) == ["s2", "s3"]
    assert_true(workspace)


def test_a_contact_that_is_merged_or_erased_meanwhile_needs_no_job(workspace: Workspace, send: Send, alice: User, freed: int) -> None:
    send(said("k", user="kim"))
    merge(workspace, freed, of(workspace, "kim").id)
    assert counted(workspace) == ["s2", "s3"]
    assert refill(workspace) == 1
    assert_true(workspace)
    mark(workspace, alice, "s1", is_bot=False)
    mark(workspace, alice, "s1")
    with workspace_scope(workspace.id):
        erasing.erase(workspace, of(workspace, "kim").id, by=None)
    assert refill(workspace) == 1
    with workspace_scope(workspace.id):
        assert not Contact.objects.exists()
        assert set(Job.objects.filter(kind=taking_back.KIND).values_list("state", flat=True)) == {"done"}
