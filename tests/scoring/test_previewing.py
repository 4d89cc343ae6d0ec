"""A preview says what publishing then does, and whom a model would have told is whom it told."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest

from accounts import ranges
from accounts.models import Job, JobRange, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from notifications.models import Message
from scoring import previewing
from scoring.due import bring_up_to_date
from scoring.models import Preview, PreviewMove, Score, ScoringType
from scoring.previewing import CannotPreview, is_stale, latest
from tests.racing import in_a_thread
from tests.scoring.conftest import DOCUMENT, Send, accept, publish
from tracking.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

USERS = 12
DRAFT: dict[str, Any] = {
    **DOCUMENT,
    "rules": [{**DOCUMENT["rules"][0], "points": 3}, {**DOCUMENT["rules"][1], "points": 30, "expiry": None}, DOCUMENT["rules"][2]],
    "stages": [
        {"key": "warm", "name": "Warm leads", "threshold": 8},
        {"key": "hot", "name": "Hot leads", "threshold": 35, "notify": ["team:marketing", "user:alice@example.com"]},
    ],
}


def page(user: int, number: int, at: datetime) -> dict[str, Any]:
    return {
        "type": "page", "userId": f"u{user}", "messageId": f"p{user}-{number}", "timestamp": at.isoformat(),
        "properties": {"url": "https://shop.test/pricing"},
    }  # fmt: skip


def asked(user: int, number: int, at: datetime) -> dict[str, Any]:
    return {"type": "track", "userId": f"u{user}", "event": "Demo Requested", "messageId": f"d{user}-{number}", "timestamp": at.isoformat()}


def titled(user: int, at: datetime) -> dict[str, Any]:
    traits = {"email": f"u{user}@firm{user}.test", "jobTitle": "CTO"}
    return {"type": "identify", "userId": f"u{user}", "messageId": f"i{user}", "traits": traits, "timestamp": at.isoformat()}


@pytest.fixture
def crowd(workspace: Workspace, send: Send) -> Workspace:
    """Twelve people: some viewed prices, some asked for a demo, some have a title that counts; the version is live, the draft another."""
    publish(workspace, DOCUMENT)
    now = clock.now()
    for user in range(USERS):
        calls = [titled(user, now - timedelta(days=40))] if user % 3 == 0 else []
        calls += [page(user, number, now - timedelta(days=number * user % 9, hours=number)) for number in range(user % 5)]
        calls += [asked(user, number, now - timedelta(days=3 * user)) for number in range(user % 4 // 2)]
        if calls:
            send(*calls)
    with workspace_scope(workspace.id):
        ScoringType.objects.filter(workspace=workspace).update(draft=DRAFT, draft_revision=7)
    return workspace


def previewed(workspace: Workspace, **more: Any) -> Preview:
    with workspace_scope(workspace.id):
        made = previewing.preview(workspace, "new-leads", by=None, **more)
    assert made.job
    while previewing.advance(workspace.id, made.job.id):
        pass
    with workspace_scope(workspace.id):
        made.refresh_from_db()
        made.job.refresh_from_db()
    return made


def stages(workspace: Workspace) -> Counter[str | None]:
    with workspace_scope(workspace.id):
        return Counter(Score.objects.filter(workspace=workspace, version__state="live").values_list("stage", flat=True))


def standings(workspace: Workspace) -> dict[int, tuple[int, str | None]]:
    with workspace_scope(workspace.id):
        rows = Score.objects.filter(workspace=workspace, version__state="live").values_list("contact_id", "points", "stage")
        return {contact: (points, stage) for contact, points, stage in rows}


def said(report: dict[str, Any], which: str) -> Counter[str | None]:
    return Counter({one["stage"]: one[which] for one in report["stages"] if one[which]})


@pytest.mark.parametrize("sample", [1_000, 4])
def test_publishing_does_what_the_preview_said(crowd: Workspace, monkeypatch: pytest.MonkeyPatch, sample: int) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", sample)
    monkeypatch.setattr(previewing, "PART", 3)
    before, was = stages(crowd), standings(crowd)
    report = previewed(crowd).report
    publish(crowd, DRAFT)
    after, now = stages(crowd), standings(crowd)
    assert report["exact"] is True
    assert (said(report, "now"), said(report, "then")) == (before, after)
    differing = {contact for contact, (_, stage) in now.items() if stage != was[contact][1]}
    assert report["moves"]["contacts"] == report["moves"]["up"] + report["moves"]["down"] == len(differing) > 0
    assert report["points_changed"] == sum(points != was[contact][0] for contact, (points, _) in now.items()) > 0
    with workspace_scope(crowd.id):
        moves = PreviewMove.objects.filter(workspace=crowd).values_list("contact_id", "points_now", "stage_now", "points_then", "stage_then")
        assert {row[0]: row[1:] for row in moves} == {
            contact: (was[contact][0], was[contact][1] or "", now[contact][0], now[contact][1] or "") for contact in differing
        }
    assert sum(report["distribution"]["then"]) == sum(report["distribution"]["now"]) == len(now)
    assert sum(one["contacts"] for one in report["crossings"]) == len(differing)


def test_whom_the_live_version_would_have_told_is_whom_it_told(workspace: Workspace, alice: User) -> None:
    """Calls come as they happen over 50 days, with a sweep an hour; stages are entered, left by expiry and entered again, some of it quietly."""
    document = {
        **DOCUMENT,
        "rules": [{"key": "demo", "name": "Demo", "when": "activity", "activity": "Demo Requested", "points": 50, "expiry": {"days": 4}}],
        "stages": [
            {"key": "hot", "name": "Hot", "threshold": 40, "notify": ["team:marketing"], "quiet_days": 5},
            {"key": "mql", "name": "Qualified", "threshold": 90, "notify": ["team:sales", "owner"], "quiet_days": 0},
        ],
    }
    publish(workspace, document)
    now = clock.now()
    for day in range(50, 0, -1):
        at = now - timedelta(days=day)
        calls = [asked(user, day, at - timedelta(hours=1)) for user in (1, 2, 3, 4) if day % (user + 1) == 0]
        accept(workspace, calls, at)
        while drain(workspace.id, lambda at=at: at).more:
            pass
        bring_up_to_date(workspace.id, lambda at=at: at + timedelta(hours=12))
    late = asked(5, 1, now - timedelta(days=3))
    accept(workspace, [late], now)  # a day and more after it happened: nobody is told
    drain(workspace.id)
    with workspace_scope(workspace.id):
        sent = Message.objects.filter(workspace=workspace, created_at__gt=now - timedelta(days=30)).values_list("reason", flat=True)
        counted = Counter(sent)
    assert min(counted["team:marketing"], counted["team:sales"]) > 3
    messages = previewed(workspace).report["messages"]
    assert {one["recipient"]: one["now"] for one in messages["recipients"]} == counted
    assert {one["recipient"]: one["then"] for one in messages["recipients"]} == counted
    assert (messages["now"], messages["then"]) == (counted.total(), counted.total())


def test_a_sample_says_how_far_it_may_be_off(crowd: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 4)
    with workspace_scope(crowd.id):
        made = previewing.preview(crowd, "new-leads", by=None)
        assert made.job
        total = crowd.contacts.count()
        assert (made.report, made.sample["exact"], made.sample["sampled"], made.sample["contacts"]) == (None, False, 4, total)
        assert all(one["low"] <= one["then"] <= one["high"] and one["high"] > one["low"] for one in made.sample["stages"])
        assert made.told is made.sample
    exact = previewed(crowd)
    for one, other in zip(made.sample["stages"], exact.report["stages"], strict=True):
        assert one["low"] <= other["then"] <= one["high"]


def test_a_small_workspace_is_counted_at_once(crowd: Workspace) -> None:
    with workspace_scope(crowd.id):
        made = previewing.preview(crowd, "new-leads", by=None)
        assert made.job
        assert (made.sample["exact"], made.report, made.job.state) == (True, made.sample, "done")
        assert made.job.result == {"preview": made.id, **made.sample}


def test_a_type_that_was_never_published_has_no_now(workspace: Workspace, send: Send) -> None:
    send(asked(1, 1, clock.now()))
    with workspace_scope(workspace.id):
        ScoringType.objects.create(workspace=workspace, key="new-leads", name="New leads", draft=DOCUMENT)
    report = previewed(workspace).report
    by_stage = [(one["stage"], one["now"], one["then"]) for one in report["stages"]]
    assert by_stage == [("mql", None, 0), ("hot", None, 1), ("cold", None, 0), (None, None, 0)]
    assert (report["moves"]["up"], report["messages"]["now"], report["distribution"]["now"]) == (1, None, None)


def test_a_document_may_be_sent_instead(crowd: Workspace) -> None:
    with workspace_scope(crowd.id):
        unchanged = previewing.preview(crowd, "new-leads", by=None, document=DOCUMENT)
        assert (unchanged.sample["moves"]["contacts"], unchanged.sample["points_changed"], unchanged.revision) == (0, 0, None)
        with pytest.raises(CannotPreview) as refused:
            previewing.preview(crowd, "new-leads", by=None, document={**DOCUMENT, "rules": [{}]})
        assert refused.value.problems[0].path.startswith("rules[0]")


def test_it_is_stale_once_the_draft_the_live_version_or_the_zone_is_another(crowd: Workspace) -> None:
    made = previewed(crowd)
    with workspace_scope(crowd.id):
        scoring_type = ScoringType.objects.get(workspace=crowd)
        assert (latest(scoring_type), is_stale(made, scoring_type)) == (made, False)
        scoring_type.draft_revision += 1
        assert is_stale(made, scoring_type)
        scoring_type.draft_revision -= 1
        Workspace.objects.filter(id=crowd.id).update(time_zone="Pacific/Auckland")
        assert is_stale(latest(scoring_type) or made, scoring_type)
        Workspace.objects.filter(id=crowd.id).update(time_zone=crowd.time_zone)
        assert not is_stale(latest(scoring_type) or made, scoring_type)
    publish(crowd, DRAFT)
    with workspace_scope(crowd.id):
        assert is_stale(made, ScoringType.objects.get(workspace=crowd))


def test_it_is_stale_once_more_than_a_twentieth_as_many_contacts_came(crowd: Workspace) -> None:
    made = previewed(crowd)
    with workspace_scope(crowd.id):
        before = Contact.objects.filter(workspace=crowd, merged_into=None).count()
        scoring_type = ScoringType.objects.get(workspace=crowd)
        stale = []
        for number in range(before // 20 + 1):
            stale.append(is_stale(made, scoring_type))
            Contact.objects.create(workspace=crowd, created_at=clock.now(), traits={"firstName": f"New {number}"})
        assert (stale, is_stale(made, scoring_type)) == ([False] * len(stale), True)


def test_after_the_zone_has_changed_publishing_still_does_what_the_preview_said(workspace: Workspace, send: Send) -> None:
    """Four views within an hour count as three in one day, or as four on two, as the zone has it."""
    publish(workspace, DOCUMENT)
    midnight = (clock.now() - timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    send(*(page(1, number, midnight + timedelta(minutes=number)) for number in range(-2, 2)))
    shown = []
    for zone in ("Asia/Tokyo", "UTC"):
        Workspace.objects.filter(id=workspace.id).update(time_zone=zone)
        workspace.refresh_from_db()
        report = previewed(workspace).report
        publish(workspace, DOCUMENT)
        [(points, _)] = standings(workspace).values()
        shown.append((points, report["points_changed"], said(report, "then") == stages(workspace)))
    assert shown == [(15, 1, True), (20, 1, True)]


def test_a_newer_preview_ends_the_older_ones_job(crowd: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 2)
    monkeypatch.setattr(previewing, "PART", 2)
    with workspace_scope(crowd.id):
        older = previewing.preview(crowd, "new-leads", by=None)
    assert older.job
    for _ in range(3):
        assert previewing.advance(crowd.id, older.job.id)
    newer = previewed(crowd)
    assert previewing.advance(crowd.id, older.job.id) is False
    with workspace_scope(crowd.id):
        ended = Job.objects.get(id=older.job.id)
        assert (ended.state, ended.error) == ("failed", "A newer preview was asked for.")
        assert newer.report["exact"]


def test_one_that_cannot_go_on_says_why_and_leaves_no_parts(crowd: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 2)
    monkeypatch.setattr(previewing, "PART", 2)
    with workspace_scope(crowd.id):
        made = previewing.preview(crowd, "new-leads", by=None)
    assert made.job
    assert previewing.advance(crowd.id, made.job.id)
    previewing.give_up(crowd.id, made.job.id, RuntimeError("out of paper"))
    with workspace_scope(crowd.id):
        ended = Job.objects.get(id=made.job.id)
        assert (ended.state, ended.error) == ("failed", "The preview stopped: RuntimeError: out of paper")
        assert JobRange.objects.filter(workspace=crowd).count() == 0


def test_two_workers_that_come_to_the_end_at_once_finish_it(crowd: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one has just looked for a part and found none; the end is not left to the sweep."""
    monkeypatch.setattr(previewing, "SAMPLE", 2)
    with workspace_scope(crowd.id):
        job = previewing.preview(crowd, "new-leads", by=None).job
    assert job
    while previewing.advance(crowd.id, job.id):
        with workspace_scope(crowd.id):
            if JobRange.objects.filter(job=job).exists() and not ranges.count(crowd.id, job.id).open:
                break
    looking, go = Event(), Event()

    def look() -> object:
        with workspace_scope(crowd.id):
            found = ranges.claim(crowd.id, job.id)
            looking.set()
            go.wait(10)
            return found

    with ThreadPoolExecutor(1) as pool:
        other = in_a_thread(pool, look)
        looking.wait(10)
        more = previewing.advance(crowd.id, job.id)
        go.set()
        assert other.result(10) is None
    while more:
        more = previewing.advance(crowd.id, job.id)
    with workspace_scope(crowd.id):
        job.refresh_from_db()
        assert (job.state, job.done, ranges.results(crowd.id, job.id)) == ("done", crowd.contacts.count(), [])


def states(workspace: Workspace) -> list[str]:
    """Of the previews' jobs, the oldest first."""
    with workspace_scope(workspace.id):
        return list(Preview.objects.filter(workspace=workspace).order_by("id").values_list("job__state", flat=True))


def test_of_documents_sent_only_the_newest_of_a_person_or_key_is_counted(
    crowd: Workspace, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 2)
    with workspace_scope(crowd.id):
        asked = [(None, alice), (DRAFT, alice), (DRAFT, bob), (DRAFT, alice), (DRAFT, None), (DRAFT, alice)]
        jobs = [previewing.preview(crowd, "new-leads", by=by, document=document).job for document, by in asked]
    assert states(crowd) == ["queued"] * 6
    ended = [job and previewing.advance(crowd.id, job.id) for job in jobs[:4]]
    assert (ended, states(crowd)) == ([True, False, True, False], ["running", "failed", "running", "failed", "queued", "queued"])
    for job in jobs[4:]:
        assert job
        assert previewing.advance(crowd.id, job.id)
    with workspace_scope(crowd.id):
        later = previewing.preview(crowd, "new-leads", by=alice, document=DRAFT).job
    assert later
    assert previewing.advance(crowd.id, later.id)
    assert states(crowd) == ["running", "failed", "running", "failed", "running", "failed", "running"]


@pytest.mark.parametrize("sample", [1_000, 2])
def test_documents_sent_do_not_push_out_the_drafts_previews(crowd: Workspace, monkeypatch: pytest.MonkeyPatch, sample: int) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", sample)
    own = [previewed(crowd).id for _ in range(2)]
    sent = [previewed(crowd, document=DRAFT).id for _ in range(previewing.KEPT + 2)]
    with workspace_scope(crowd.id):
        assert list(Preview.objects.filter(workspace=crowd).order_by("id").values_list("id", flat=True)) == [*own, *sent[2:]]


@pytest.mark.parametrize("sample", [1_000, 2])
def test_only_the_latest_previews_are_kept(crowd: Workspace, monkeypatch: pytest.MonkeyPatch, sample: int) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", sample)
    made = [previewed(crowd).id for _ in range(previewing.KEPT + 2)]
    with workspace_scope(crowd.id):
        assert list(Preview.objects.filter(workspace=crowd).order_by("id").values_list("id", flat=True)) == made[2:]
