"""Long merges: who is who at once, what they did by a job in ranges; the stages rest meanwhile, and no call is lost."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from contacts import merging
from contacts.calls import Edit, Received
from contacts.models import Activity, Contact, Merge, MergePart
from leadscore import clock
from notifications.models import Message
from scoring import carrying, erasing, joining
from scoring.adjusting import adjust
from scoring.due import bring_up_to_date
from scoring.explanation import of_contact
from scoring.intake import take_in
from scoring.models import Adjustment, Award, Score, ScoringType, StageChange
from tests.contacts.test_aliases import alias
from tests.contacts.test_identity import contacts, did, did_by, of, said
from tests.scoring.conftest import Send, publish, score_of
from tests.scoring.test_joining import everything, merge, undo

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DOCUMENT: dict[str, Any] = {
    "key": "new-leads", "name": "New leads",
    "rules": [
        {"key": "seen", "name": "Seen", "when": "activity", "activity": "Seen", "points": 2, "frequency": {"limit": 3, "per": "day"}},
        {"key": "old", "name": "Old", "when": "activity", "activity": "Old", "points": 5, "expiry": {"days": 2}},
        {"key": "often", "name": "Often", "when": "activity", "activity": "Seen", "points": 40, "frequency": {"reach": 8, "within_days": 2}},
        {"key": "fades", "name": "Fades", "when": "activity", "activity": "Old", "points": 9, "expiry": {"linear_days": 9}},
        {"key": "silent", "name": "Silent", "when": "inactivity", "days": 1, "points": -1, "times": 3},
        {"key": "won", "name": "Won", "when": "reset", "activity": "Won"},
    ],
    "stages": [
        {"key": "cold", "name": "Cold", "threshold": 10, "notify": ["user:alice@example.com"]},
        {"key": "hot", "name": "Hot", "threshold": 30, "notify": ["user:alice@example.com"]},
    ],
}  # fmt: skip


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of activities is a long history, and three are a range."""
    monkeypatch.setattr(merging, "LONG", 4)
    monkeypatch.setattr(carrying, "RANGE", 3)
    monkeypatch.setattr(carrying, "AWARDS", 3)


@pytest.fixture
def two(workspace: Workspace, send: Send, now: datetime, short: None) -> tuple[int, int]:
    """Ada, and Bea, who did more; their ids. Together they are hot, which neither is alone."""
    publish(workspace, DOCUMENT)
    send(said("a1", user="ada", city="Oslo"), did("a2", user="ada"), did("a3", user="ada", at=now - DAY / 24))
    send(*(did(f"b{number}", user="bea", event="Seen" if number else "Old", at=now - number * DAY / 9) for number in range(8)))
    return of(workspace, "ada").id, of(workspace, "bea").id


def open_jobs(workspace: Workspace) -> list[int]:
    with workspace_scope(workspace.id):
        found = Job.objects.filter(workspace=workspace, kind__in=["merge", "unmerge"], state__in=["queued", "running"])
        return list(found.order_by("id").values_list("id", flat=True))


def work(workspace: Workspace, between: Callable[[], None] = lambda: None) -> int:
    """Does all ranges of all jobs of merges, something between any two; how many."""
    ranges = 0
    while open_ones := open_jobs(workspace):
        for job_id in open_ones:
            joining.advance(workspace.id, job_id)
            ranges += 1
            assert_true(workspace)
            between()
        assert ranges < 200, "the jobs wait for each other"
    return ranges


def assert_true(workspace: Workspace) -> None:
    """Each stored score is that of the activities which its contact has by now."""
    with workspace_scope(workspace.id):
        for score in Score.objects.filter(workspace=workspace, version__state="live"):
            (explained,) = of_contact(workspace.id, score.contact_id, score.computed_at, from_scratch=True)
            assert (score.exact, score.stage) == (explained.explanation.outcome.exact, explained.explanation.outcome.stage), score.contact_id


def resting(workspace: Workspace) -> list[int]:
    with workspace_scope(workspace.id):
        return sorted(Contact.objects.filter(workspace=workspace, recomputing_since__isnull=False).values_list("id", flat=True))


def changes(workspace: Workspace, contact_id: int) -> list[tuple[str, str, str]]:
    with workspace_scope(workspace.id):
        return list(StageChange.objects.filter(workspace=workspace, contact=contact_id).order_by("id").values_list("direction", "stage", "cause"))


def told(workspace: Workspace) -> list[str]:
    with workspace_scope(workspace.id):
        return list(Message.objects.filter(workspace=workspace).order_by("id").values_list("stage", flat=True))


def test_who_is_who_changes_at_once_and_what_they_did_in_ranges(workspace: Workspace, two: tuple[int, int], alice: User) -> None:
    ada, bea = two
    merge(workspace, bea, ada, alice)
    assert (contacts(workspace), did_by(workspace, "ada"), resting(workspace)) == ([{"ada", "bea"}], ["a1", "a2", "a3"], [ada, bea])
    assert work(workspace) > 6  # adjustments; activities, three at a time, and that there are no more; awards and the end
    assert did_by(workspace, "ada") == ["a1", "a2", "a3", *(f"b{number}" for number in range(8))]
    assert resting(workspace) == []
    with workspace_scope(workspace.id):
        job = Job.objects.get(workspace=workspace, kind="merge")
        assert (job.state, job.done, job.total, job.result, job.created_by) == ("done", 8, 8, {"contact": ada, "activities": 8}, alice)
        assert set(Award.objects.filter(workspace=workspace).values_list("contact", flat=True)) == {ada}


def test_one_net_step_is_made_at_the_end_and_told_of_once(workspace: Workspace, send: Send, two: tuple[int, int]) -> None:
    ada, bea = two
    before = changes(workspace, ada) + changes(workspace, bea), told(workspace)
    merge(workspace, bea, ada)
    number = iter(range(100))
    work(workspace, lambda: send(did(f"later {next(number):02}", user="bea", event="Old")) if open_jobs(workspace) else None)
    after = changes(workspace, ada)
    assert [one for one in after if one not in before[0]] == [("entered", "cold", "merge"), ("entered", "hot", "merge")]
    assert told(workspace)[len(before[1]) :] == ["hot"]
    assert score_stage(workspace, ada) == "hot"


def score_stage(workspace: Workspace, contact_id: int) -> str | None:
    with workspace_scope(workspace.id):
        return score_of(workspace, contact_id).stage


def test_no_step_is_made_and_nobody_told_before_the_end(workspace: Workspace, send: Send, two: tuple[int, int]) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    before = (changes(workspace, ada), told(workspace))
    send(*(did(f"late {number}", user="ada", event="Old") for number in range(9)))
    with workspace_scope(workspace.id):
        adjust(workspace, ada, ScoringType.objects.get(), 500, "asked us", by=None)
    bring_up_to_date(workspace.id, lambda: clock.now() + DAY)
    assert (changes(workspace, ada), told(workspace)) == before
    assert score_stage(workspace, ada) == "hot"
    work(workspace)
    assert changes(workspace, ada)[len(before[0]) :] != []
    assert {cause for _, _, cause in changes(workspace, ada)[len(before[0]) :]} == {"merge"}


@pytest.mark.parametrize("way", ["person", "alias", "visitor"])
def test_however_they_are_merged_the_end_is_that_of_a_short_merge(
    workspace: Workspace, send: Send, two: tuple[int, int], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def merged(survivor: str, other: str, visitor: bool) -> dict[str, Any]:
        for number in range(7):
            who = {"visitor": other} if visitor else {"user": other}
            send(did(f"{other}{number}", event=("Seen", "Old", "Won")[number % 3], at=clock.now() - (7 - number) * DAY / 8, **who))
        send(said(f"{survivor}-1", user=survivor), did(f"{survivor}-2", user=survivor, event="Old"))
        match way:
            case "person":
                merge(workspace, of(workspace, other).id, of(workspace, survivor).id)
            case "alias":
                send(alias(f"{survivor}-3", survivor, other))
            case "visitor":
                send(did(f"{survivor}-3", user=survivor, visitor=other))
        work(workspace)
        with workspace_scope(workspace.id):
            score = score_of(workspace, of(workspace, survivor).id)
            return {"points": score.points, "stage": score.stage, "tally": {**json.loads(score.tally), "last": None, "reset": None}}

    long = merged("s1", "o1", way == "visitor")
    monkeypatch.setattr(merging, "LONG", 10**6)
    short = merged("s2", "o2", way == "visitor")
    assert long == short
    with workspace_scope(workspace.id):
        assert Job.objects.filter(workspace=workspace, kind="merge").count() == 1


def test_adjustments_of_both_count_and_a_reset_that_is_moved_voids_them(workspace: Workspace, send: Send, two: tuple[int, int]) -> None:
    ada, bea = two
    with workspace_scope(workspace.id):
        for contact, points in ((ada, 100), (bea, 20)):
            adjust(workspace, contact, ScoringType.objects.get(), points, "by hand", by=None)
    send(did("c1", user="bea", event="Won"))
    with workspace_scope(workspace.id):
        adjust(workspace, bea, ScoringType.objects.get(), 3, "by hand", by=None)
    merge(workspace, bea, ada)
    work(workspace)
    with workspace_scope(workspace.id):
        assert score_of(workspace, ada).points == 3
        assert set(Adjustment.objects.values_list("contact", flat=True)) == {ada}


def test_a_worker_that_dies_in_a_range_costs_that_range(workspace: Workspace, two: tuple[int, int]) -> None:
    """All of a range is undone; the next worker does it again."""

    def killed() -> datetime:
        raise KeyboardInterrupt

    ada, bea = two
    merge(workspace, bea, ada)
    before = everything(workspace)
    while open_jobs(workspace):
        with contextlib.suppress(KeyboardInterrupt):
            joining.advance(workspace.id, open_jobs(workspace)[0], killed)  # deleting awards reads no clock, and is done
            assert_true(workspace)
        if (after := everything(workspace)) != before:
            assert {**after, "awards": None} == {**before, "awards": None}
        joining.advance(workspace.id, open_jobs(workspace)[0])
        assert_true(workspace)
        before = everything(workspace)
    assert (len(did_by(workspace, "ada")), resting(workspace)) == (11, [])


def test_a_second_merge_into_one_that_rests_ends_the_rest_when_both_are_done(workspace: Workspace, send: Send, two: tuple[int, int]) -> None:
    ada, bea = two
    send(*(did(f"c{number}", visitor="cleo") for number in range(6)))
    merge(workspace, bea, ada)
    send(did("c6", user="ada", visitor="cleo"))
    second = open_jobs(workspace)[1]
    while joining.advance(workspace.id, second):
        assert_true(workspace)
    assert (ada in resting(workspace), changes(workspace, ada)[-1][2] == "merge") == (True, False)
    work(workspace)
    assert (resting(workspace), changes(workspace, ada)[-1]) == ([], ("entered", "hot", "merge"))
    assert len(did_by(workspace, "ada")) == 3 + 8 + 7


def test_one_that_rests_is_merged_on_and_each_is_its_own_again_when_undone(workspace: Workspace, send: Send, two: tuple[int, int]) -> None:
    ada, bea = two
    send(said("c1", user="cleo"), did("c2", user="cleo"))
    cleo = of(workspace, "cleo").id
    before = everything(workspace)
    merge(workspace, bea, ada)
    joining.advance(workspace.id, open_jobs(workspace)[0])
    joining.advance(workspace.id, open_jobs(workspace)[0])
    merge(workspace, ada, cleo)
    assert resting(workspace) == [ada, bea, cleo]
    work(workspace)
    assert (resting(workspace), len(did_by(workspace, "cleo"))) == ([], 2 + 3 + 8)
    for other, survivor in ((ada, cleo), (bea, ada)):
        undo(workspace, other)
        assert resting(workspace) == [survivor]
        work(workspace)
    after = everything(workspace)
    assert {**after, "messages": None} == {**before, "messages": None}
    with workspace_scope(workspace.id):
        assert not MergePart.objects.filter(workspace=workspace).exists()


def test_until_the_job_is_done_nothing_can_be_taken_out_of_the_survivor(workspace: Workspace, two: tuple[int, int]) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    with pytest.raises(joining.BeingRecomputed):
        undo(workspace, bea)
    work(workspace)
    undo(workspace, bea)
    with pytest.raises(joining.BeingRecomputed):
        undo(workspace, bea)
    work(workspace)
    assert contacts(workspace) == [{"ada"}, {"bea"}]


def test_undoing_that_was_overtaken_by_another_merge_is_called_off(workspace: Workspace, send: Send, two: tuple[int, int]) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    work(workspace)
    undo(workspace, bea)
    send(said("c1", user="cleo"), alias("c2", "cleo", "ada"))
    work(workspace)
    with workspace_scope(workspace.id):
        assert Job.objects.get(workspace=workspace, kind="unmerge").state == "failed"
        assert Merge.objects.filter(workspace=workspace).count() == 2
    assert (contacts(workspace), resting(workspace), len(did_by(workspace, "cleo"))) == ([{"ada", "bea", "cleo"}], [], 13)


@pytest.mark.parametrize("ranges", [0, 1, 2, 3])
def test_one_that_is_erased_meanwhile_is_gone_with_all_that_the_other_did(workspace: Workspace, two: tuple[int, int], ranges: int) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    for _ in range(ranges):
        joining.advance(workspace.id, open_jobs(workspace)[0])
    with workspace_scope(workspace.id):
        erasing.erase(workspace, ada, by=None)
    work(workspace)
    with workspace_scope(workspace.id):
        assert not Contact.objects.filter(workspace=workspace).exists()
        assert not Activity.objects.filter(workspace=workspace, erased=False).exists()
        assert not Award.objects.filter(workspace=workspace).exists()
        assert Job.objects.get(workspace=workspace, kind="merge").result == {"erased": True}


def test_a_version_published_meanwhile_counts_everything_and_its_step_is_the_merges(workspace: Workspace, two: tuple[int, int]) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    for _ in range(2):
        joining.advance(workspace.id, open_jobs(workspace)[0])
    before = changes(workspace, ada)
    rules = [*DOCUMENT["rules"], {"key": "any", "name": "Any", "when": "activity", "activity": "Seen", "points": 100}]
    publish(workspace, {**DOCUMENT, "rules": rules})
    assert (changes(workspace, ada), score_stage(workspace, ada)) == (before, "hot")
    work(workspace)
    assert {cause for _, _, cause in changes(workspace, ada)[len(before) :]} == {"merge"}
    with workspace_scope(workspace.id):
        assert score_of(workspace, ada).points >= 600


def test_a_merge_by_an_import_tells_nobody(workspace: Workspace, send: Send, two: tuple[int, int]) -> None:
    ada, _ = two
    send(*(did(f"c{number}", visitor="cleo", event="Old") for number in range(6)))
    before = told(workspace)
    with workspace_scope(workspace.id):
        t = clock.now()
        take_in(workspace.id, [Received(Edit("identify", t, t, user_id="ada", anonymous_id="cleo", traits={}), 1)], clock.now, cause="import")
    work(workspace)
    assert (changes(workspace, ada)[-1], told(workspace)) == (("entered", "hot", "import"), before)


def test_the_number_of_statements_of_a_drain_does_not_grow_with_the_history(
    workspace: Workspace, send: Send, two: tuple[int, int], django_assert_max_num_queries: Any
) -> None:
    counted = []
    for user, activities in (("few", 6), ("many", 60)):
        send(*(did(f"{user}{number}", visitor=user) for number in range(activities)))
        with django_assert_max_num_queries(100) as captured:
            send(said(f"{user}-k", user=user, visitor="other " + user), did(f"{user}-m", user=user, visitor=user))
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_two_thousand_activities_are_moved_at_once_and_one_more_by_a_job(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    for visitor, many in (("v1", merging.LONG - 2), ("v2", merging.LONG - 1)):
        send(said(f"{visitor} k", user=f"user of {visitor}"), did(f"{visitor} k2", user=f"user of {visitor}"))
        send(*(did(f"{visitor} {number}", visitor=visitor) for number in range(many)))
        send(did(f"{visitor} m", user=f"user of {visitor}", visitor=visitor))
    known = [of(workspace, f"user of {visitor}").id for visitor in ("v1", "v2")]
    assert (known[0] in resting(workspace), known[1] in resting(workspace)) == (False, True)
    assert work(workspace) == 1 + 3 + 2
    assert len(did_by(workspace, "v2")) == merging.LONG + 2
