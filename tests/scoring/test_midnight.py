"""Midnight, when everything that fades is worth less: what changes a stage comes first, and several workers share the sweep."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from leadscore import clock
from leadscore.sql import fetch
from scoring import due, tasks
from scoring.due import bring_up_to_date
from scoring.models import Score, StageChange
from scoring.scores import SPREAD_SECONDS
from scoring.worth import midnight
from tests.racing import in_a_thread
from tests.scoring.conftest import Send, publish
from tests.scoring.documents import document, rule

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FADING: dict[str, Any] = document(
    rules=[
        rule(key="near", activity="Near", points=10, expiry={"linear_days": 10}),
        rule(key="far", activity="Far", points=50, expiry={"linear_days": 10}),
    ],
    stages=[{"key": "low", "name": "Low", "threshold": 10}],
)  # fmt: skip


def did(event: str, user: str) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": event, "messageId": f"{event}-{user}"}


def todays_midnight() -> datetime:
    return midnight(clock.now())


def left(workspace: Workspace) -> int:
    with workspace_scope(workspace.id):
        return StageChange.objects.filter(workspace=workspace, direction="left").count()


@pytest.mark.django_db
def test_those_whose_stage_changes_are_settled_at_midnight_before_those_whose_points_only_shrink(
    workspace: Workspace, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "RANGE", 30)
    publish(workspace, FADING)
    noon = todays_midnight() - DAY / 2
    send(*(did("Far", f"a{number}") for number in range(100)), *(did("Near", f"b{number}") for number in range(30)), at=noon)
    assert bring_up_to_date(workspace.id, lambda: noon + DAY / 2 - SECOND) == 0
    assert bring_up_to_date(workspace.id, lambda: noon + DAY / 2) == 30
    assert left(workspace) == 30
    swept = []
    while swept[-1:] != [0]:
        swept.append(bring_up_to_date(workspace.id, lambda: noon + DAY / 2 + SPREAD_SECONDS * SECOND))
    assert sum(swept) == 100
    with workspace_scope(workspace.id):
        assert set(Score.objects.filter(workspace=workspace).values_list("points", "rank")) == {(9, 0), (45, 1)}
        assert left(workspace) == 30


@pytest.mark.django_db
def test_points_that_only_shrink_wait_for_a_moment_of_their_own_within_the_hour(workspace: Workspace, send: Send) -> None:
    publish(workspace, FADING)
    noon = todays_midnight() - DAY / 2
    send(*(did("Far", f"a{number}") for number in range(20)), at=noon)
    with workspace_scope(workspace.id):
        moments = list(Score.objects.filter(workspace=workspace).values_list("next_due_at", flat=True))
    assert len(set(moments)) == 20
    assert all(todays_midnight() < moment < todays_midnight() + timedelta(hours=1) for moment in moments)


@pytest.mark.django_db
def test_what_expires_before_the_next_midnight_is_due_at_its_instant(workspace: Workspace, send: Send) -> None:
    brief = rule(key="brief", activity="Brief", points=1, expiry={"days": 1})
    publish(workspace, {**FADING, "rules": [*FADING["rules"], brief]})
    morning = todays_midnight() - DAY * 3 / 4
    send(did("Brief", "u"), did("Far", "u"), at=morning - DAY)
    assert bring_up_to_date(workspace.id, lambda: morning - SECOND) == 1
    with workspace_scope(workspace.id):
        assert Score.objects.get(workspace=workspace).next_due_at == morning


@pytest.mark.django_db
def test_a_contact_that_is_due_in_two_types_counts_once(workspace: Workspace, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "RANGE", 4)
    publish(workspace, FADING)
    publish(workspace, {**FADING, "key": "others", "name": "Others"})
    noon = todays_midnight() - DAY / 2
    send(*(did("Near", f"a{number}") for number in range(6)), at=noon)
    assert [bring_up_to_date(workspace.id, lambda: noon + DAY) for _ in range(3)] == [4, 2, 0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_other_contacts(workspace: Workspace, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "RANGE", 3)
    publish(workspace, FADING)
    publish(workspace, {**FADING, "key": "others", "name": "Others"})
    noon = todays_midnight() - DAY / 2
    send(*(did("Near", f"a{number}") for number in range(8)), at=noon)
    holding, go_on, asked = Event(), Event(), []

    def slow_clock() -> datetime:
        asked.append(1)
        if len(asked) == 3:  # the contacts are locked
            holding.set()
            assert go_on.wait(20)
        return noon + DAY

    with ThreadPoolExecutor(1) as pool:
        slow = in_a_thread(pool, lambda: bring_up_to_date(workspace.id, slow_clock))
        assert holding.wait(20)
        meanwhile = [bring_up_to_date(workspace.id, lambda: noon + DAY) for _ in range(3)]
        go_on.set()
        assert (slow.result(20), meanwhile) == (3, [3, 2, 0])
    assert left(workspace) == 16
    with workspace_scope(workspace.id):
        assert fetch("SELECT count(*) FROM scoring_score WHERE workspace_id = %s AND computed_at = %s", [workspace.id, noon + DAY]) == [(16,)]


@pytest.mark.django_db
@pytest.mark.parametrize(("contacts", "tasks_begun"), [(1, 1), (4, 2), (50, 8)])
def test_a_look_begins_as_many_tasks_as_there_are_ranges(
    workspace: Workspace, send: Send, monkeypatch: pytest.MonkeyPatch, contacts: int, tasks_begun: int
) -> None:
    monkeypatch.setattr(due, "RANGE", 3)
    publish(workspace, FADING)
    send(*(did("Near", f"a{number}") for number in range(contacts)), at=todays_midnight() - DAY / 2)
    begun: list[str] = []
    for task in (tasks.bring_up_to_date, tasks.share_what_is_due):
        monkeypatch.setattr(task, "apply_async", lambda args, expires, name=task.name: begun.append(name))
    tasks.sweep_due()
    assert len(begun) == tasks_begun
