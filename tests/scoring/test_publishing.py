"""Publishing while calls keep coming: no contact missed, no score wrong, no stage taken for an activity's, nobody told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Job, JobRange, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from notifications.models import Message
from scoring import archiving, joining, publishing
from scoring.due import bring_up_to_date
from scoring.explanation import of_contact
from scoring.models import Award, Score, ScoringType, StageChange, Standing, Version
from tests.racing import in_a_thread
from tests.scoring.conftest import DOCUMENT, Send, accept, publish
from tracking.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

Scores = dict[int, tuple[int, str | None]]


def with_points(points: int, **more: Any) -> dict[str, Any]:
    """A demo gives these points, and is hot from 40."""
    twice = {"limit": 2, "per": "ever"}
    demo = {"key": "demo", "name": "Demo", "when": "activity", "activity": "Demo Requested", "points": points, "frequency": twice}
    return {**DOCUMENT, "rules": [demo], "stages": [{"key": "hot", "name": "Hot", "threshold": 40, "notify": ["user:alice@example.com"]}], **more}


def demo(message: str, user: str, **more: Any) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": "Demo Requested", "messageId": message, **more}


def start(workspace: Workspace, document: dict[str, Any]) -> Job:
    with workspace_scope(workspace.id):
        ScoringType.objects.update_or_create(workspace=workspace, key=document["key"], defaults={"name": document["name"], "draft": document})
    with workspace_scope(workspace.id):  # saving a draft and publishing it are two requests
        return publishing.publish(workspace, document["key"], by=None)


def advance_to(workspace: Workspace, job: Job, phase: str) -> None:
    while job.phase != phase:
        assert publishing.advance(workspace.id, job.id)
        with workspace_scope(workspace.id):
            job.refresh_from_db()


def build_one(workspace: Workspace, job: Job) -> None:
    """Cuts the work into parts and does the first of them."""
    assert publishing.advance(workspace.id, job.id)
    assert publishing.advance(workspace.id, job.id)


def finish(workspace: Workspace, job: Job) -> None:
    while publishing.advance(workspace.id, job.id):
        pass


def state(workspace: Workspace, job: Job) -> tuple[str, str]:
    with workspace_scope(workspace.id):
        job.refresh_from_db()
        return job.state, Version.objects.get(workspace=workspace, job=job).state


def scores(workspace: Workspace, number: int | None = None) -> Scores:
    """Points and stage of each contact, in the live version unless one is asked for."""
    wanted: dict[str, Any] = {"version__number": number} if number else {"version__state": "live"}
    with workspace_scope(workspace.id):
        rows = Score.objects.filter(workspace=workspace, **wanted).order_by("contact").values_list("contact_id", "points", "stage")
        return {contact: (points, stage) for contact, points, stage in rows}


def from_scratch(workspace: Workspace) -> Scores:
    with workspace_scope(workspace.id):
        found = {}
        for contact in Contact.objects.filter(workspace=workspace, merged_into=None).order_by("id"):
            (explained,) = of_contact(workspace.id, contact.id, clock.now(), from_scratch=True)
            outcome = explained.explanation.outcome
            found[contact.id] = (outcome.points, outcome.stage)
        return found


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "RANGE", 2)


def test_calls_that_come_while_a_version_is_built_count_in_both(workspace: Workspace, send: Send, small_ranges: None) -> None:
    publish(workspace, with_points(10))
    send(*(demo(f"1{user}", f"u{user}") for user in range(5)))
    job = start(workspace, with_points(30))
    build_one(workspace, job)
    send(*(demo(f"2{user}", f"u{user}") for user in range(7)))
    assert [points for points, _ in scores(workspace).values()] == [20] * 5 + [10] * 2
    assert [points for points, _ in scores(workspace, 2).values()] == [60, 60, 30, 30], "two were built, and two are new"
    finish(workspace, job)
    assert [points for points, _ in scores(workspace).values()] == [60] * 5 + [30] * 2
    assert scores(workspace) == from_scratch(workspace)
    with workspace_scope(workspace.id):
        changes = StageChange.objects.filter(workspace=workspace).values_list("cause", flat=True)
        assert (list(changes), Message.objects.filter(workspace=workspace).count()) == (["model"] * 5, 0)


@pytest.mark.parametrize("phase", ["switch", "live", "settle", "clean"])
def test_a_contact_made_after_the_ranges_have_passed_is_scored(workspace: Workspace, send: Send, small_ranges: None, phase: str) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(3)))
    job = start(workspace, with_points(30))
    advance_to(workspace, job, phase)
    send(*(demo(f"2{user}", f"late{user}") for user in range(5)))
    finish(workspace, job)
    assert scores(workspace) == from_scratch(workspace)
    assert len(scores(workspace)) == 8
    assert state(workspace, job) == ("done", "live")


def test_the_switch_reads_no_contact_however_many_have_come_since(workspace: Workspace, send: Send, small_ranges: None) -> None:
    """Drains wait for it."""
    send(*(demo(f"1{user}", f"u{user}") for user in range(3)))
    job = start(workspace, with_points(30))
    advance_to(workspace, job, "switch")
    send(*(demo(f"2{user}", f"late{user}") for user in range(5)))
    with CaptureQueriesContext(connection) as queries:
        assert publishing.advance(workspace.id, job.id)
    assert [query for query in queries if "contacts_contact" in query["sql"]] == []
    assert state(workspace, job) == ("running", "live")
    assert scores(workspace) == from_scratch(workspace)
    assert len(scores(workspace)) == 8


def test_a_contact_taken_out_of_another_while_a_version_is_built_is_scored_by_it(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(demo("1", "u1"), demo("2", "u2"), demo("3", "u2"))
    with workspace_scope(workspace.id):
        other, survivor = Contact.objects.filter(workspace=workspace).order_by("id").values_list("id", flat=True)
        joining.merge(workspace, other, survivor, by=None)
    job = start(workspace, with_points(30))
    advance_to(workspace, job, "switch")
    with workspace_scope(workspace.id):
        joining.undo(workspace, other, by=None)
    assert scores(workspace, 1) == {other: (30, None), survivor: (60, "hot")}
    finish(workspace, job)
    assert scores(workspace) == from_scratch(workspace)


def test_no_version_goes_live_while_a_contact_has_no_score_by_it(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(5)))
    job = start(workspace, with_points(30))
    for _ in range(4):  # the cut and its three parts
        assert publishing.advance(workspace.id, job.id)
    with workspace_scope(workspace.id):
        Score.objects.filter(workspace=workspace, contact__in=[1, 5]).delete()
    assert publishing.advance(workspace.id, job.id)
    with workspace_scope(workspace.id):
        assert list(JobRange.objects.filter(job=job).values_list("first", "last")) == [(1, 5)]
    advance_to(workspace, job, "switch")
    assert [points for points, _ in scores(workspace, 1).values()] == [30] * 5


def test_a_merge_while_a_version_is_built_counts_in_both(workspace: Workspace, send: Send, small_ranges: None) -> None:
    publish(workspace, with_points(10))
    send(demo("1", "u1"), demo("2", "u2"), {**demo("3", ""), "anonymousId": "a1"}, demo("4", "u4"))
    job = start(workspace, with_points(30))
    build_one(workspace, job)
    send({**demo("5", "u1"), "anonymousId": "a1"})
    finish(workspace, job)
    assert [points for points, _ in scores(workspace).values()] == [60, 30, 30]
    assert scores(workspace) == from_scratch(workspace)


def test_publishing_again_supersedes_the_version_being_built_and_forgets_its_rows(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(5)))
    first = start(workspace, with_points(10))
    build_one(workspace, first)
    second = start(workspace, with_points(50))
    assert publishing.advance(workspace.id, first.id) is False
    finish(workspace, second)
    assert (state(workspace, first), state(workspace, second)) == (("failed", "superseded"), ("done", "live"))
    with workspace_scope(workspace.id):
        for table in (Score, Award):
            assert set(table.objects.filter(workspace=workspace).values_list("version__number", flat=True)) == {2}, table


def test_a_worker_lost_within_a_range_leaves_the_range_to_the_next(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(5)))
    job = start(workspace, with_points(10))
    build_one(workspace, job)

    def dies() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        publishing.advance(workspace.id, job.id, dies)
    assert len(scores(workspace, 1)) == 2
    finish(workspace, job)
    assert state(workspace, job) == ("done", "live")
    assert scores(workspace) == from_scratch(workspace)


def test_publishing_the_same_document_again_changes_no_score_and_no_record(workspace: Workspace, send: Send) -> None:
    publish(workspace, with_points(30))
    send(*(demo(f"{number}", f"u{number % 4}") for number in range(7)))
    before = scores(workspace)
    with workspace_scope(workspace.id):
        changes = StageChange.objects.filter(workspace=workspace).count()
    publish(workspace, with_points(30))
    assert scores(workspace) == before
    with workspace_scope(workspace.id):
        assert StageChange.objects.filter(workspace=workspace).count() == changes
        assert set(Standing.objects.filter(workspace=workspace).values_list("version__number", flat=True)) == {2}


def test_what_keeps_a_draft_from_being_published_is_said_with_its_path(workspace: Workspace) -> None:
    stages = [{"key": "hot", "name": "Hot", "threshold": 1, "notify": ["owner", "team:nobody", "user:stranger@example.net", "user:bob@example.com"]}]
    with workspace_scope(workspace.id):
        found = publishing.obstacles(workspace.id, {**DOCUMENT, "stages": stages})
        assert [(one.path, one.code) for one in found] == [
            ("stages[0].notify[1]", "unknown_recipient"),
            ("stages[0].notify[2]", "unknown_recipient"),
        ]
        ScoringType.objects.create(workspace=workspace, key="new-leads", name="New leads", draft={**DOCUMENT, "stages": stages})
        with pytest.raises(publishing.CannotPublish):
            publishing.publish(workspace, "new-leads", by=None)
        assert (Version.objects.filter(workspace=workspace).count(), Job.objects.filter(workspace=workspace).count()) == (0, 0)


def test_an_archived_type_scores_nobody_any_more_and_a_restored_one_waits_to_be_published(workspace: Workspace, send: Send) -> None:
    publish(workspace, with_points(30))
    send(demo("1", "u1"))
    archiving.archive(workspace, "new-leads", by=None)
    send(demo("2", "u1"), demo("3", "u2"))
    assert scores(workspace, 1) == {1: (30, None)}
    archiving.restore(workspace, "new-leads", by=None)
    send(demo("4", "u2"))
    assert scores(workspace) == {}
    publish(workspace, with_points(30))
    assert scores(workspace) == {1: (60, "hot"), 2: (60, "hot")}


def test_a_job_that_cannot_go_on_leaves_the_live_version_live(workspace: Workspace, send: Send) -> None:
    publish(workspace, with_points(30))
    send(demo("1", "u1"))
    job = start(workspace, with_points(50))
    advance_to(workspace, job, "switch")
    publishing.give_up(workspace.id, job.id, ValueError("n\0o"))
    assert state(workspace, job) == ("running", "failed"), "what it has written is deleted first"
    send(demo("2", "u1"))
    finish(workspace, job)
    assert (state(workspace, job), job.error) == (("failed", "failed"), "Publishing stopped: ValueError: no")
    with workspace_scope(workspace.id):
        for table in (Score, Award):
            assert set(table.objects.filter(workspace=workspace).values_list("version__number", flat=True)) == {1}, table
    assert scores(workspace) == {1: (60, "hot")} == from_scratch(workspace)


def test_a_job_that_cannot_even_clean_ends(workspace: Workspace, send: Send) -> None:
    job = start(workspace, with_points(50))
    publishing.give_up(workspace.id, job.id, ValueError("first"))
    publishing.give_up(workspace.id, job.id, ValueError("then"))
    assert (state(workspace, job), job.error) == (("failed", "failed"), "Publishing stopped: ValueError: then")


def test_what_an_archived_type_has_computed_is_deleted_and_what_it_has_recorded_stays(workspace: Workspace, send: Send, small_ranges: None) -> None:
    publish(workspace, {**with_points(10), "key": "other"})
    publish(workspace, with_points(30))
    send(demo("1", "u1"), demo("2", "u1"), demo("3", "u2"))
    building = start(workspace, with_points(50))
    build_one(workspace, building)
    archiving.archive(workspace, "new-leads", by=None)
    finish(workspace, cleaning(workspace))
    with workspace_scope(workspace.id):
        for table in (Score, Award):
            kept = table.objects.filter(workspace=workspace).values_list("version__scoring_type__key", flat=True)
            assert set(kept) == {"other"}, table
        changes = StageChange.objects.filter(workspace=workspace, scoring_type__key="new-leads")
        assert list(changes.values_list("stage", "version__number")) == [("hot", 1)]
        assert Standing.objects.filter(workspace=workspace, scoring_type__key="new-leads", stage="hot").count() == 1
    archiving.restore(workspace, "new-leads", by=None)
    publish(workspace, with_points(30))
    with workspace_scope(workspace.id):
        scored = Score.objects.filter(workspace=workspace, version__scoring_type__key="new-leads").order_by("contact")
        assert list(scored.values_list("points", "stage")) == [(60, "hot"), (30, None)]
        assert changes.count() == 1, "nobody has entered a stage again"


def cleaning(workspace: Workspace) -> Job:
    with workspace_scope(workspace.id):
        return Job.objects.get(workspace=workspace, kind="clean", state="running")


def test_no_summary_is_sent_of_a_version_whose_type_was_archived_while_it_settled(workspace: Workspace, send: Send) -> None:
    send(demo("1", "u1"), demo("2", "u1"))
    with workspace_scope(workspace.id):
        draft = with_points(30)
        ScoringType.objects.create(workspace=workspace, key=draft["key"], name=draft["name"], draft=draft)
        job = publishing.publish(workspace, draft["key"], by=None, notify="summary")
    advance_to(workspace, job, "settle")
    assert publishing.advance(workspace.id, job.id), "its only part"
    archiving.archive(workspace, "new-leads", by=None)
    finish(workspace, job)
    with workspace_scope(workspace.id):
        assert (StageChange.objects.filter(workspace=workspace).count(), Message.objects.filter(workspace=workspace).count()) == (1, 0)


# In each other's way.


def test_a_drain_that_began_before_the_first_version_is_waited_for(workspace: Workspace) -> None:
    """It does not see the type, and the ranges would not see its contacts."""
    working, go_on = Event(), Event()

    def slow_clock() -> Any:
        working.set()
        assert go_on.wait(20)
        return clock.now()

    accept(workspace, [demo("1", "u1")], clock.now())
    with ThreadPoolExecutor(2) as pool:
        draining = in_a_thread(pool, drain, workspace.id, slow_clock)
        assert working.wait(20)
        published = in_a_thread(pool, publish, workspace, with_points(30))
        with pytest.raises(TimeoutError):
            published.result(1)
        go_on.set()
        draining.result(20)
        published.result(20)
    assert scores(workspace) == {1: (30, None)}


def test_two_who_publish_again_and_again_while_workers_build_never_lock_each_other_out(workspace: Workspace, send: Send, small_ranges: None) -> None:
    send(*(demo(f"1{user}", f"u{user}") for user in range(6)))
    for key in ("one", "two"):
        publish(workspace, {**with_points(30), "key": key})
    over = clock.now() + timedelta(seconds=6)

    def person(key: str) -> None:
        while clock.now() < over:
            start(workspace, {**with_points(30), "key": key})

    def worker(_: int) -> None:
        while clock.now() < over:
            with workspace_scope(workspace.id):
                open_jobs = list(Job.objects.filter(workspace=workspace, state__in=("queued", "running")).values_list("id", flat=True))
            for job in open_jobs:
                publishing.advance(workspace.id, job)

    with ThreadPoolExecutor(4) as pool:
        all_of_them = [in_a_thread(pool, person, key) for key in ("one", "two")] + [in_a_thread(pool, worker, n) for n in range(2)]
        assert [one.result(60) for one in all_of_them] == [None] * 4
    with workspace_scope(workspace.id):
        open_jobs = list(Job.objects.filter(workspace=workspace, state__in=("queued", "running")))
    for job in open_jobs:
        finish(workspace, job)
    with workspace_scope(workspace.id):
        assert Score.objects.filter(workspace=workspace, version__state="live").count() == 12


def test_scores_that_nobody_waits_for_are_forgotten_by_the_sweep(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(demo("1", "u1"))
    with workspace_scope(workspace.id):
        assert Score.objects.filter(workspace=workspace, next_due_at__isnull=False).count() == 1
    archiving.archive(workspace, "new-leads", by=None)
    assert bring_up_to_date(workspace.id, lambda: clock.now() + timedelta(days=100)) == 0
    with workspace_scope(workspace.id):
        assert Score.objects.filter(workspace=workspace, next_due_at__isnull=False).count() == 0
