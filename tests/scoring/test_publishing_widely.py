"""Publishing on several workers at once: nobody ever reads a mixture, it can be called off, and a summary is one mail a recipient."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts import ranges
from accounts.models import Job, Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from notifications.models import Message
from notifications.rendering import mail_of
from scoring import publishing
from scoring.erasing import erase
from scoring.models import Award, Score, StageChange
from tests.scoring.conftest import Send, accept
from tests.scoring.test_publishing import advance_to, build_one, demo, finish, from_scratch, scores, start, state, with_points
from tracking.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 8.0


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "RANGE", 2)


def closing(deed: Callable[..., Any], *args: Any) -> Any:
    try:
        return deed(*args)
    finally:
        connection.close()


def test_its_parts_are_built_by_several_workers_at_once(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(9)))
    job = start(workspace, with_points(30))
    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(closing, finish, workspace, job) for _ in range(4)]
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


def test_nobody_ever_reads_a_mixture(workspace: Workspace, send: Send, small_ranges: None) -> None:
    """Calls flow, versions are published, superseded and their workers die; each score read is the engine's for the version it names."""
    documents = [with_points(points) for points in (10, 30, 50)]
    finish(workspace, start(workspace, documents[0]))
    send(*(demo(f"0-{user}", f"u{user}") for user in range(8)))
    over = clock.now() + timedelta(seconds=SECONDS)

    def visitor() -> int:
        sent, chance = 0, random.Random(1)
        while clock.now() < over:
            sent += 1
            accept(workspace, [demo(f"v{sent}", f"u{chance.randrange(12)}")], clock.now())
            while drain(workspace.id).more:
                pass
        return sent

    def publisher() -> int:
        started = 0
        while clock.now() < over:
            start(workspace, documents[started % 3])
            started += 1
        return started

    def worker(seed: int) -> int:
        done, chance = 0, random.Random(seed)

        def dying() -> Any:
            if chance.random() < 0.1:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return clock.now()

        while clock.now() < over:
            with workspace_scope(workspace.id):
                jobs = list(Job.objects.filter(workspace=workspace, state__in=("queued", "running")).values_list("id", flat=True))
            for job in jobs:
                try:
                    done += publishing.advance(workspace.id, job, dying)
                except OperationalError:
                    connection.close()
        return done

    def reader() -> int:
        read = 0
        while clock.now() < over:
            read += look(workspace)
        return read

    with ThreadPoolExecutor(6) as pool:
        working = [pool.submit(closing, deed, *args) for deed, *args in [(visitor,), (publisher,), (worker, 1), (worker, 2), (reader,), (reader,)]]
        assert all(one.result(90) > 0 for one in working)
    for job in open_jobs(workspace):
        finish(workspace, job)
    assert scores(workspace) == from_scratch(workspace)


def look(workspace: Workspace) -> int:
    """Reads all scores in one glance, as the list of contacts does, and holds each to its version's rules."""
    with workspace_scope(workspace.id), connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.contact_id, s.points, (v.document -> 'rules' -> 0 ->> 'points')::int, v.id,
                      (SELECT count(*) FROM scoring_award a WHERE a.version_id = v.id AND a.contact_id = s.contact_id),
                      least(2, (SELECT count(*) FROM contacts_activity a WHERE a.contact_id = s.contact_id))
               FROM scoring_score s JOIN scoring_version v ON v.id = s.version_id AND v.state = 'live' WHERE s.workspace_id = %s""",
            [workspace.id],
        )
        rows = cursor.fetchall()
    assert len({version for _, _, _, version, _, _ in rows}) == 1, "scores of two versions in one glance"
    for _, points, worth, _, awards, activities in rows:
        assert points == worth * awards == worth * activities
    return len(rows)


def open_jobs(workspace: Workspace) -> list[Job]:
    with workspace_scope(workspace.id):
        return list(Job.objects.filter(workspace=workspace, state__in=("queued", "running")))
