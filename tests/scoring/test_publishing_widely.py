"""Publishing on several workers at once: it can be called off, and a summary is one mail a recipient."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from accounts import ranges
from accounts.models import Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from notifications.models import Message
from notifications.rendering import mail_of
from scoring import publishing
from scoring.erasing import erase
from scoring.models import Award, Score, StageChange
from tests.racing import in_a_thread
from tests.scoring.conftest import Send
from tests.scoring.test_publishing import advance_to, build_one, demo, finish, from_scratch, scores, start, state, with_points

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "RANGE", 2)


def test_its_parts_are_built_by_several_workers_at_once(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(9)))
    job = start(workspace, with_points(30))
    with ThreadPoolExecutor(4) as pool:
        rounds = [in_a_thread(pool, finish, workspace, job) for _ in range(4)]
        assert [one.result(60) for one in rounds] == [None] * 4
    finish(workspace, job)
    assert state(workspace, job) == ("done", "live")
    assert scores(workspace) == from_scratch(workspace)
    assert len(scores(workspace)) == 9


def test_progress_counts_what_all_workers_have_done(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(5)))
    job = start(workspace, with_points(30))
    build_one(workspace, job)
    with workspace_scope(workspace.id):
        assert (ranges.count(workspace.id, job.id).done, ranges.count(workspace.id, job.id).open) == (2, 2)
    finish(workspace, job)
    with workspace_scope(workspace.id):
        job.refresh_from_db()
        assert (job.done, job.total, ranges.results(workspace.id, job.id)) == (10, 10, [])


def test_it_can_be_called_off_until_it_is_live(workspace: Workspace, send: Send, small_ranges: None, alice: User) -> None:
    publishing_done = start(workspace, with_points(10))
    finish(workspace, publishing_done)
    send(*(demo(f"1{user}", f"u{user}") for user in range(5)))
    job = start(workspace, with_points(50))
    build_one(workspace, job)
    with workspace_scope(workspace.id):
        assert publishing.cancel(workspace, "new-leads", by=alice) is True
        assert publishing.cancel(workspace, "new-leads", by=alice) is False
    finish(workspace, job)
    assert state(workspace, job) == ("failed", "cancelled")
    with workspace_scope(workspace.id):
        assert job.error == "Publishing was cancelled."
        assert set(Score.objects.filter(workspace=workspace).values_list("version__number", flat=True)) == {1}
        assert set(Award.objects.filter(workspace=workspace).values_list("version__number", flat=True)) == {1}
    send(demo("2", "u1"))
    assert [points for points, _ in scores(workspace).values()] == [10, 20, 10, 10, 10]


def test_what_is_live_cannot_be_called_off(workspace: Workspace, send: Send) -> None:
    send(demo("1", "u1"))
    job = start(workspace, with_points(50))
    advance_to(workspace, job, "settle")
    with workspace_scope(workspace.id):
        assert publishing.cancel(workspace, "new-leads", by=None) is False
    finish(workspace, job)
    assert state(workspace, job) == ("done", "live")


def summarised(workspace: Workspace, document: dict[str, Any]) -> list[Message]:
    with workspace_scope(workspace.id):
        workspace.scoring_types.update_or_create(key=document["key"], defaults={"name": document["name"], "draft": document})
        job = publishing.publish(workspace, document["key"], by=None, notify="summary", note="More for demos")
    finish(workspace, job)
    with workspace_scope(workspace.id):
        return list(Message.objects.filter(workspace=workspace).order_by("recipient"))


STAGES = [
    {"key": "warm", "name": "Warm", "threshold": 10, "notify": ["team:sales", "user:alice@example.com"]},
    {"key": "hot", "name": "Hot", "threshold": 40, "notify": ["team:sales"]},
]


@pytest.fixture
def sales(workspace: Workspace, alice: User, bob: User) -> None:
    with workspace_scope(workspace.id):
        team = Team.objects.get(workspace=workspace, key="sales")
        TeamMember.objects.filter(team=team).delete()
        TeamMember.objects.create(workspace=workspace, team=team, user=bob)


@pytest.mark.usefixtures("sales")
def test_a_summary_is_one_mail_a_recipient_with_who_entered_which_stage(workspace: Workspace, send: Send) -> None:
    for user in range(3):
        send({"type": "identify", "userId": f"u{user}", "messageId": f"i{user}", "traits": {"firstName": f"Lead{user}", "company": "Firm"}})
        send(*(demo(f"{user}-{number}", f"u{user}") for number in range(1 + user // 2)))
    messages = summarised(workspace, with_points(30, stages=STAGES))
    assert [(one.recipient, one.reason, one.contact_id, one.is_summary) for one in messages] == [
        ("alice@example.com", "user:alice@example.com", None, True),
        ("bob@example.com", "team:sales", None, True),
    ]
    alices, bobs = ({stage["key"]: [one["name"] for one in stage["contacts"]] for stage in one.facts["stages"]} for one in messages)
    assert alices == {"warm": ["Lead2", "Lead0", "Lead1"]}
    assert bobs == {"hot": ["Lead2"], "warm": ["Lead0", "Lead1"]}
    mail = mail_of(messages[1], {"sales": "Sales"})
    assert mail.subject == "New leads, version 1: 3 contacts entered a stage"
    assert ("HOT (1)" in mail.text, "WARM (2)" in mail.text, "Lead2, Firm" in mail.text, "More for demos" in mail.text) == (True,) * 4
    assert "You get this as a member of the team Sales of Acme." in mail.text
    assert "/scoring/new-leads/versions/1/" in mail.html


@pytest.mark.usefixtures("sales")
def test_publishing_silently_tells_nobody_however_many_move(workspace: Workspace, send: Send) -> None:
    send(*(demo(f"d{user}", f"u{user}") for user in range(1_000)))
    finish(workspace, start(workspace, with_points(30, stages=STAGES)))
    with workspace_scope(workspace.id):
        assert StageChange.objects.filter(workspace=workspace, cause="model").count() == 1_000
        assert Message.objects.filter(workspace=workspace).count() == 0
    messages = summarised(workspace, with_points(50, stages=STAGES))
    assert [(one.recipient, one.facts["stages"][0]["count"], len(one.facts["stages"][0]["contacts"])) for one in messages] == [
        ("bob@example.com", 1_000, 100)
    ]
    assert "and 900 more" in mail_of(messages[0], {}).text


@pytest.mark.usefixtures("sales")
def test_an_erased_contact_leaves_the_summaries(workspace: Workspace, send: Send, alice: User) -> None:
    traits = {"firstName": "Secret", "lastName": "Person"}
    send({"type": "identify", "userId": "u", "messageId": "i", "traits": traits}, demo("1", "u"), demo("2", "v"))
    summarised(workspace, with_points(50, stages=STAGES))
    with workspace_scope(workspace.id):
        message = Message.objects.get(workspace=workspace, recipient="bob@example.com")
        mail = mail_of(message, {})
        Message.objects.filter(id=message.id).update(subject=mail.subject, text=mail.text, html=mail.html)
        erase(workspace, Contact.objects.get(workspace=workspace, name="Secret Person").id, by=alice)
        message.refresh_from_db()
        again = mail_of(message, {})
        assert ("Secret" in mail.text, "Secret" in str(message.facts), "Secret" in again.text + again.html) == (True, False, False)
