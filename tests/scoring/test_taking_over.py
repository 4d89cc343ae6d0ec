"""What a new version takes over of the live one's ledger, and that it is what the activities give."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from accounts.scope import workspace_scope
from leadscore import clock
from scoring.document import parse
from scoring.explanation import of_contact
from scoring.models import Award, Score
from scoring.taking_over import Carried, carried
from tests.scoring.conftest import DOCUMENT, Send, publish
from tests.scoring.documents import document


def rule(key: str = "one", **changes: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "when": "activity", "activity": "Seen", "points": 5, **changes}


def between(live: list[dict[str, Any]], draft: list[dict[str, Any]], zone: str = "UTC") -> Carried:
    before, after = document(rules=live), document(rules=draft)
    return carried(before, parse(before, "UTC"), after, parse(after, zone))


IS_1 = {"op": "is", "value": 1}
LIMIT = {"limit": 3, "per": "day"}
RESET = {"key": "r", "name": "R", "when": "reset", "activity": "Order Completed"}
SILENT = {"key": "s", "name": "S", "when": "inactivity", "points": -5, "days": 3, "activity": "Seen"}


@pytest.mark.parametrize(
    ("live", "draft", "taken"),
    [
        ([rule()], [rule()], {0: 0}),
        ([rule()], [rule(points=9, name="Another", expiry={"days": 3})], {0: 0}),
        ([rule()], [rule("new"), rule("other", activity="Heard")], {0: 0}),
        ([rule(), rule("b", activity="B")], [rule("b", activity="B"), rule()], {0: 1, 1: 0}),
        ([rule()], [rule(frequency=None, conditions=None)], {0: 0}),
        ([rule()], [rule(frequency=LIMIT)], {}),
        ([rule(frequency=LIMIT)], [rule(frequency={"limit": 4, "per": "day"})], {}),
        ([rule(conditions={"field": "properties.a", **IS_1})], [rule(conditions={"field": "properties.a", "op": "is", "value": "1"})], {}),
        ([rule(conditions={"field": "properties.a", **IS_1})], [rule(conditions={**IS_1, "field": "properties.a"})], {0: 0}),
        ([SILENT], [rule()], {}),
    ],
)  # fmt: skip
def test_rules_whose_awards_cannot_differ_are_taken_over(live: list[dict[str, Any]], draft: list[dict[str, Any]], taken: dict[int, int]) -> None:
    assert between(live, draft).rules == taken


@pytest.mark.parametrize(
    ("frequency", "taken"), [(None, {0: 0}), ({"limit": 1, "per": "ever"}, {0: 0}), (LIMIT, {}), ({"reach": 2, "per": "week"}, {})]
)
def test_another_time_zone_counts_calendar_periods_anew(frequency: dict[str, Any] | None, taken: dict[int, int]) -> None:
    assert between([rule(frequency=frequency)], [rule(frequency=frequency)], "Europe/Berlin").rules == taken


def test_the_latest_reset_and_what_was_heard_are_taken_over_where_the_same_is_asked() -> None:
    same, another = between([RESET, SILENT], [SILENT, RESET]), between([RESET, SILENT], [{**RESET, "activity": "B"}, {**SILENT, "activity": None}])
    assert ((same.resets, same.last), (another.resets, another.last)) == ((True, True), (False, False))
    assert between([rule()], [rule()]).last is True


BEFORE = {
    **DOCUMENT,
    "rules": [
        rule("limited", frequency={"limit": 2, "per": "ever"}, expiry={"days": 30}),
        rule("reached", frequency={"reach": 2, "within_days": 9}, points=20),
        rule("fades", activity="Heard", expiry={"half_life_days": 7}, points=40),
        {**SILENT, "activity": None},
        RESET,
    ],
}
AFTER = {
    **BEFORE,
    "rules": [
        BEFORE["rules"][4],
        {**BEFORE["rules"][2], "points": 60, "expiry": {"days": 8}},
        rule("fresh", activity="Heard", frequency={"limit": 1, "per": "ever"}),
        {**BEFORE["rules"][1], "expiry": {"linear_days": 50}},
        {**BEFORE["rules"][0], "points": 7, "expiry": {"days": 60}},
        {**BEFORE["rules"][3], "days": 2},
    ],
}


@pytest.mark.django_db(transaction=True)
def test_a_version_that_takes_over_has_the_scores_and_the_ledger_from_scratch(workspace: Workspace, send: Send) -> None:
    publish(workspace, BEFORE)
    days = [("Seen", 40), ("Seen", 20), ("Order Completed", 12), ("Seen", 11), ("Heard", 10), ("Seen", 6), ("Heard", 5), ("Seen", 4)]
    for user in range(4):
        now = clock.now()
        calls = [
            {"type": "track", "userId": f"u{user}", "event": event, "messageId": f"{user}-{number}",
             "timestamp": (now - timedelta(days=ago + user)).isoformat()}
            for number, (event, ago) in enumerate(days[user:])
        ]  # fmt: skip
        send(*calls)
    publish(workspace, AFTER)
    with workspace_scope(workspace.id):
        (version,) = set(Award.objects.filter(workspace=workspace, version__state="live").values_list("version_id", flat=True))
        taken = list(ledger_of(workspace, version))
        for contact, points in Score.objects.filter(workspace=workspace, version=version).values_list("contact_id", "points"):
            (explained,) = of_contact(workspace.id, contact, clock.now(), from_scratch=True)
            assert explained.explanation.outcome.points == points
    publish(workspace, {**AFTER, "rules": [{**one, "activity": "Never"} if "activity" in one else one for one in AFTER["rules"]]})
    publish(workspace, AFTER)  # nothing can be taken over now
    with workspace_scope(workspace.id):
        (version,) = set(Award.objects.filter(workspace=workspace, version__state="live").values_list("version_id", flat=True))
        assert taken == list(ledger_of(workspace, version))
        assert len(taken) > 10


def ledger_of(workspace: Workspace, version: int) -> Any:
    rows = Award.objects.filter(workspace=workspace, version=version, counts=True).order_by("contact_id", "rule", "awarded_at", "message_id")
    return rows.values_list("contact_id", "rule", "awarded_at", "message_id", "activity_id", "expires_at")


@pytest.mark.django_db(transaction=True)
def test_other_points_alone_read_no_activity(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send({"type": "track", "userId": "u", "event": "Demo Requested", "messageId": "d"})
    with CaptureQueriesContext(connection) as captured:
        publish(workspace, {**DOCUMENT, "rules": [{**one, "points": 11} for one in DOCUMENT["rules"]]})
    assert [query["sql"] for query in captured if "FROM contacts_activity" in query["sql"]] == []
    with workspace_scope(workspace.id):
        assert Score.objects.get(workspace=workspace, version__state="live").points == 11
