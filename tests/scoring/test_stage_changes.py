"""What is put on record when a score changes, and who is told (docs/how-scores-work.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from notifications.models import Message
from scoring import publishing
from scoring.due import bring_up_to_date
from scoring.models import ScoringType, StageChange
from tests.scoring.conftest import Send, publish

pytestmark = pytest.mark.django_db

ALICE, BOB = "user:alice@example.com", "user:bob@example.com"
Changes = Callable[[], list[tuple[str, str, str, int]]]


def stage(key: str, threshold: int, *notify: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "threshold": threshold, "notify": list(notify), **more}


def document(*stages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One point for each "1", ten for each "10", and so on; "30 for a day" expires."""
    rules = [{"key": f"p{points}", "name": f"{points}", "when": "activity", "activity": str(points), "points": points} for points in (1, 10, 30, 100)]
    brief = {"key": "brief", "name": "Brief", "when": "activity", "activity": "30 for a day", "points": 30, "expiry": {"days": 1}}
    boss = {"field": "contact.job_title", "op": "is", "value": "Boss"}
    profile = {"key": "boss", "name": "Boss", "when": "profile", "points": 30, "conditions": boss}
    return {"key": "new-leads", "name": "New leads", "rules": [*rules, brief, profile], "stages": list(stages), **more}


LADDER = (stage("cold", 10, ALICE), stage("warm", 30), stage("hot", 50, ALICE, BOB))


def did(message: str, event: object, **more: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": str(event), "messageId": message, **more}


@pytest.fixture
def changes(workspace: Workspace) -> Changes:
    def changes() -> list[tuple[str, str, str, int]]:
        with workspace_scope(workspace.id):
            return list(StageChange.objects.filter(workspace=workspace).order_by("id").values_list("direction", "stage", "cause", "points"))

    return changes


def told(workspace: Workspace) -> list[tuple[str, str]]:
    """Stage and recipient of each message, in the order of queueing."""
    with workspace_scope(workspace.id):
        return list(Message.objects.filter(workspace=workspace).order_by("id").values_list("stage", "recipient"))


def test_several_stages_at_once_are_all_entered_and_each_recipient_is_told_of_the_highest_that_names_it(
    workspace: Workspace, send: Send, changes: Changes
) -> None:
    publish(workspace, document(stage("cold", 10, ALICE), stage("warm", 30, BOB), stage("hot", 50, ALICE), stage("boiling", 500)))
    send(did("1", 100))
    assert changes() == [("entered", "cold", "activity", 100), ("entered", "warm", "activity", 100), ("entered", "hot", "activity", 100)]
    assert sorted(told(workspace)) == [("hot", "alice@example.com"), ("warm", "bob@example.com")]


def test_several_activities_processed_together_are_one_step(workspace: Workspace, send: Send, changes: Changes) -> None:
    publish(workspace, document(*LADDER))
    send(*(did(str(number), 10) for number in range(5)))
    assert [points for *_, points in changes()] == [50, 50, 50]


def test_time_makes_its_own_step_before_the_activity_does(workspace: Workspace, send: Send, changes: Changes) -> None:
    publish(workspace, document(*LADDER))
    start = clock.now()
    send(did("1", "30 for a day"), at=start)
    send(did("2", 10), at=start + timedelta(days=2))
    assert changes() == [
        ("entered", "cold", "activity", 30), ("entered", "warm", "activity", 30),
        ("left", "warm", "time", 0), ("left", "cold", "time", 0), ("entered", "cold", "activity", 10),
    ]  # fmt: skip


def test_an_activity_that_makes_good_what_time_took_is_on_record_as_two_steps_and_within_quiet_days_as_no_second_message(
    workspace: Workspace, send: Send, changes: Changes
) -> None:
    publish(workspace, document(stage("warm", 30, ALICE, quiet_days=5)))
    start = clock.now()
    send(did("1", "30 for a day"), at=start)
    send(did("2", "30 for a day"), at=start + timedelta(days=4))
    assert changes() == [("entered", "warm", "activity", 30), ("left", "warm", "time", 0), ("entered", "warm", "activity", 30)]
    assert len(told(workspace)) == 1
    send(did("3", "30 for a day"), at=start + timedelta(days=6))
    assert len(told(workspace)) == 2


def test_a_profile_a_merge_and_time_are_causes_of_their_own(workspace: Workspace, send: Send, changes: Changes) -> None:
    publish(workspace, document(stage("warm", 30, ALICE), stage("hot", 60)))
    start = clock.now()
    send({"type": "identify", "userId": "u1", "messageId": "1", "traits": {"jobTitle": "Boss"}}, at=start)
    send({"type": "track", "anonymousId": "a1", "messageId": "2", "event": "30 for a day"}, at=start)
    send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "3", "traits": {}}, at=start)
    bring_up_to_date(workspace.id, lambda: start + timedelta(days=1))
    assert changes() == [
        ("entered", "warm", "profile", 30), ("entered", "warm", "activity", 30), ("entered", "hot", "merge", 60), ("left", "hot", "time", 30),
    ]  # fmt: skip


def test_stages_are_left_one_by_one_from_the_highest(workspace: Workspace, send: Send, changes: Changes) -> None:
    publish(workspace, document(*LADDER))
    start = clock.now()
    send(did("1", "30 for a day"), did("2", "30 for a day"), at=start)
    bring_up_to_date(workspace.id, lambda: start + timedelta(days=2))
    assert changes()[3:] == [("left", "hot", "time", 0), ("left", "warm", "time", 0), ("left", "cold", "time", 0)]


def test_a_stage_barred_for_the_grade_is_passed_without_being_entered(workspace: Workspace, send: Send, changes: Changes) -> None:
    ladder = (stage("cold", 10), {**stage("warm", 30), "by_grade": {"F": None}}, stage("hot", 50))
    publish(workspace, document(*ladder, grade={"start": "F", "criteria": []}))
    send(did("1", 100))
    assert [key for _, key, _, _ in changes()] == ["cold", "hot"]


def test_a_stage_that_a_new_version_no_longer_has_is_left_first(workspace: Workspace, send: Send, changes: Changes) -> None:
    publish(workspace, document(*LADDER))
    send(did("1", 30))
    publish(workspace, document(stage("cold", 10), stage("burning", 20, ALICE)))
    assert changes()[2:] == [("left", "warm", "model", 30), ("entered", "burning", "model", 30)]
    assert told(workspace) == [("cold", "alice@example.com")]


def test_a_contact_that_the_model_has_not_settled_yet_makes_the_models_step_before_its_own(
    workspace: Workspace, send: Send, changes: Changes
) -> None:
    publish(workspace, document(stage("warm", 30), stage("hot", 100, ALICE)))
    send(did("1", 10))
    draft = document(stage("warm", 10, ALICE), stage("hot", 20, ALICE))
    with workspace_scope(workspace.id):
        ScoringType.objects.filter(workspace=workspace).update(draft=draft)
        job = publishing.publish(workspace, "new-leads", by=None)
    while job.phase != "settle":
        assert publishing.advance(workspace.id, job.id)
        with workspace_scope(workspace.id):
            job.refresh_from_db()
    send(did("2", 10))
    expected = [("entered", "warm", "model", 10), ("entered", "hot", "activity", 20)]
    assert changes() == expected
    while publishing.advance(workspace.id, job.id):
        pass
    assert changes() == expected
    assert told(workspace) == [("hot", "alice@example.com")]


def test_an_import_and_a_model_send_nothing(workspace: Workspace, send: Send, changes: Changes) -> None:
    long_ago = (clock.now() - timedelta(days=3)).isoformat()
    send(did("1", 10))
    publish(workspace, document(*LADDER))
    send(did("2", 100, timestamp=long_ago))
    assert {cause for _, _, cause, _ in changes()} == {"model", "import"}
    assert told(workspace) == []


def test_what_did_not_change_a_stage_is_not_on_record(workspace: Workspace, send: Send, changes: Changes) -> None:
    publish(workspace, document(*LADDER))
    send(did("1", 10))
    send(did("2", 1))
    send({"type": "identify", "userId": "u1", "messageId": "3", "traits": {"city": "Oslo"}})
    assert len(changes()) == 1


def test_each_type_has_its_own_record(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(stage("cold", 10, ALICE)))
    publish(workspace, {**document(stage("cold", 100, BOB)), "key": "others"})
    send(did("1", 10))
    send(did("2", 100))
    with workspace_scope(workspace.id):
        rows = StageChange.objects.filter(workspace=workspace).order_by("id").values_list("scoring_type__key", "points")
        assert list(rows) == [("new-leads", 10), ("others", 110)]
        assert Contact.objects.filter(workspace=workspace).count() == 1
    assert told(workspace) == [("cold", "alice@example.com"), ("cold", "bob@example.com")]


def test_a_step_says_what_was_true_at_it(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(stage("cold", 10, ALICE)))
    instant: datetime = clock.now()
    send({"type": "identify", "userId": "u1", "messageId": "1", "traits": {"firstName": "Ada"}}, did("2", 30), at=instant)
    with workspace_scope(workspace.id):
        facts = Message.objects.get(workspace=workspace).facts
    assert (facts["contact"]["name"], facts["points"], facts["cause"]) == ("Ada", 30, "activity")
    assert [one["text"] for one in facts["activities"]] == ["30"]
    assert facts["reasons"] == [{"value": 30000, "text": "30"}]
