"""What time alone changes is put on record when it is due, and nothing else is touched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from leadscore.celery import BEAT_SCHEDULE
from leadscore.sql import fetch
from scoring.due import bring_up_to_date
from scoring.models import Score, StageChange
from tests.scoring.conftest import Send, publish, score_of

pytestmark = pytest.mark.django_db

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
RENEWAL = {"key": "renewal", "name": "Renews soon", "when": "profile", "points": 20,
           "conditions": {"all": [{"field": "contact.renews_on", "op": "within_next", "value": 10}]}}  # fmt: skip
RECENT = {"key": "recent", "name": "Recently joined", "when": "profile", "points": 20,
          "conditions": {"all": [{"field": "company.joined_on", "op": "within_last", "value": 10}]}}  # fmt: skip


def brief(days: int, points: int = 20) -> dict[str, Any]:
    return {"key": f"d{days}", "name": f"{days} days", "when": "activity", "activity": f"for {days}", "points": points, "expiry": {"days": days}}


def document(*rules: dict[str, Any]) -> dict[str, Any]:
    stages = [{"key": f"s{threshold}", "name": str(threshold), "threshold": threshold} for threshold in (10, 30, 50)]
    return {"key": "new-leads", "name": "New leads", "rules": list(rules), "stages": stages}


def did(message: str, event: str, user: str = "u1") -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": event, "messageId": message}


def bring(workspace: Workspace, t: datetime) -> int:
    return bring_up_to_date(workspace.id, lambda: t)


def changes(workspace: Workspace) -> list[tuple[str, str, str, datetime]]:
    with workspace_scope(workspace.id):
        return list(StageChange.objects.filter(workspace=workspace).order_by("id").values_list("direction", "stage", "cause", "at"))


def the_score(workspace: Workspace) -> Score:
    with workspace_scope(workspace.id):
        return score_of(workspace, Contact.objects.get(workspace=workspace).id)


def test_an_award_is_worth_its_points_until_its_last_instant_and_nothing_at_it(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(brief(30)))
    start = clock.now()
    send(did("1", "for 30"), at=start)
    assert the_score(workspace).next_due_at == start + 30 * DAY
    assert (bring(workspace, start + 30 * DAY - INSTANT), the_score(workspace).points) == (0, 20)
    assert (bring(workspace, start + 30 * DAY), the_score(workspace).points, the_score(workspace).next_due_at) == (1, 0, None)
    assert changes(workspace)[1:] == [("left", "s10", "time", start + 30 * DAY)]


def test_the_next_due_instant_is_that_of_the_first_award_to_expire(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(brief(5), brief(3), brief(9)))
    start = clock.now()
    seen = []
    send(did("1", "for 5"), at=start)
    send(did("2", "for 3"), did("3", "for 9"), at=start + DAY)
    for _ in range(4):
        seen.append((the_score(workspace).points, the_score(workspace).next_due_at))
        bring(workspace, seen[-1][1] or start + 99 * DAY)
    assert seen == [(60, start + 4 * DAY), (40, start + 5 * DAY), (20, start + 10 * DAY), (0, None)]


def test_an_activity_that_comes_late_is_due_by_its_own_instant(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(brief(30)))
    start = clock.now()
    send(did("1", "for 30"), at=start)
    send(*({**did(str(days), "for 30"), "timestamp": (start - days * DAY).isoformat()} for days in (10, 31)), at=start)
    assert (the_score(workspace).points, the_score(workspace).next_due_at) == (40, start + 20 * DAY)


def test_a_limits_award_pushed_out_by_an_earlier_match_leaves_a_due_instant_that_is_never_late(workspace: Workspace, send: Send) -> None:
    publish(workspace, document({**brief(30), "frequency": {"limit": 1, "per": "ever"}}))
    start = clock.now()
    send(did("1", "for 30"), at=start)
    send({**did("2", "for 30"), "timestamp": (start - DAY).isoformat()}, at=start)
    assert (the_score(workspace).points, the_score(workspace).next_due_at) == (20, start + 29 * DAY)


def test_a_date_ahead_comes_within_the_next_days_and_passes(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(RENEWAL))
    start = clock.now()
    renews_on = start + 30 * DAY
    send({"type": "identify", "userId": "u1", "messageId": "1", "traits": {"renews_on": renews_on.isoformat()}}, at=start)
    seen = []
    for t in (start + DAY, renews_on - 10 * DAY - INSTANT, renews_on - 10 * DAY, renews_on, renews_on + INSTANT):
        bring(workspace, t)
        seen.append(the_score(workspace).points)
    assert seen == [0, 0, 20, 20, 0]
    assert [(direction, cause) for direction, _, cause, _ in changes(workspace)] == [("entered", "time"), ("left", "time")]


def test_a_date_of_the_company_passes_out_of_the_last_days(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(RECENT))
    start = clock.now()
    joined = {"joined_on": (start - DAY).isoformat()}
    send({"type": "group", "userId": "u1", "messageId": "1", "groupId": "g1", "traits": joined}, at=start)
    seen = []
    for t in (start + 9 * DAY, start + 9 * DAY + INSTANT):
        bring(workspace, t)
        seen.append((the_score(workspace).points, the_score(workspace).next_due_at is None))
    assert seen == [(20, False), (0, True)]


def test_only_what_is_due_is_touched(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(brief(3), brief(30)))
    start = clock.now()
    send(*(did(f"a{number}", "for 3", f"a{number}") for number in range(2)), at=start)
    send(*(did(f"b{number}", "for 30", f"b{number}") for number in range(5)), at=start)

    def versions() -> dict[int, str]:
        with workspace_scope(workspace.id):
            return dict(fetch("SELECT contact_id, xmin::text || ctid::text FROM scoring_score WHERE workspace_id = %s", [workspace.id]))

    before = versions()
    assert bring(workspace, start + 4 * DAY) == 2
    after = versions()
    assert sum(after[contact] != before[contact] for contact in before) == 2


def test_after_a_week_without_workers_only_the_net_step_is_on_record(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(brief(2), brief(3), RENEWAL))
    start = clock.now()
    send(
        did("1", "for 2"), did("2", "for 3"),
        {"type": "identify", "userId": "u1", "messageId": "3", "traits": {"renews_on": (start + 15 * DAY).isoformat()}},
        at=start,
    )  # fmt: skip
    bring(workspace, start + 8 * DAY)
    assert [(direction, stage, cause) for direction, stage, cause, _ in changes(workspace)] == [
        ("entered", "s10", "activity"), ("entered", "s30", "activity"), ("left", "s30", "time"),
    ]  # fmt: skip
    assert the_score(workspace).points == 20


def test_a_clock_that_went_back_takes_no_score_back(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(brief(3)))
    start = clock.now()
    send(did("1", "for 3"), at=start)
    bring(workspace, start + 3 * DAY)
    send(did("2", "nothing"), at=start)
    assert (the_score(workspace).points, the_score(workspace).computed_at) == (0, start + 3 * DAY)


def test_what_is_due_is_looked_for_often_enough_to_be_on_record_within_a_minute() -> None:
    assert BEAT_SCHEDULE["scoring.sweep_due"]["schedule"] <= 20
