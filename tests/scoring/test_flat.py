"""Law 6: a new activity reads no more rows for somebody with a long history than for somebody with a short one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from django.db import connection

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity
from leadscore import clock
from scoring.models import Award
from tests.scoring.conftest import Send, publish
from tests.scoring.documents import document, rule, stage
from tests.scoring.test_due_rows import rows_read

pytestmark = pytest.mark.django_db

SHORT, LONG = 4, 800
PER_DAY = {"limit": 3, "per": "day"}
FREQUENCIES = (
    None, {"limit": 3, "per": "ever"}, PER_DAY, {"limit": 1000, "per": "ever"},
    {"limit": 1, "per": "week", "each": "properties.n"}, {"reach": 3, "per": "month"},
    {"reach": 3, "within_days": 2}, {"reach": 100, "within_days": 1}, {"reach": 1000, "within_days": None},
)  # fmt: skip


EXPIRIES = (None, {"days": 30}, {"half_life_days": 3}, {"linear_days": 30})
RULES = [
    *(rule(key=f"f{number}", frequency=frequency) for number, frequency in enumerate(FREQUENCIES)),
    *(rule(key=f"e{number}", expiry=expiry, frequency=frequency) for number, (expiry, frequency) in enumerate(product(EXPIRIES, (None, PER_DAY)))),
    {"key": "silent", "name": "Silent", "when": "inactivity", "days": 5, "points": -1, "times": 3},
    {"key": "unseen", "name": "Unseen", "when": "inactivity", "days": 5, "points": -1, "activity": "Page Viewed"},
    {"key": "won", "name": "Won", "when": "reset", "activity": "Order Completed"},
]


@pytest.mark.parametrize("days_late", [0, 20])
def test_a_call_reads_as_much_after_hundreds_of_activities_as_after_four(workspace: Workspace, send: Send, days_late: int) -> None:
    publish(workspace, document(rules=RULES, stages=[stage(threshold=threshold, key=f"s{threshold}") for threshold in (10, 500)]))
    now = clock.now()
    for user, activities in (("short", SHORT), ("long", LONG)):
        ago = [timedelta(days=300 * (place + 0.5) / activities) for place in range(activities)]
        send(*({"type": "track", "userId": user, "event": "Page Viewed", "messageId": f"{user}-{span}", "timestamp": (now - span).isoformat(),
                "properties": {"n": span.days}} for span in ago))  # fmt: skip
        ordered = (now - timedelta(days=250)).isoformat()
        send({"type": "track", "userId": user, "event": "Order Completed", "messageId": f"{user}-won", "timestamp": ordered})
    read = {}
    new = {"type": "track", "event": "Page Viewed", "timestamp": (now - timedelta(days=days_late)).isoformat()}
    for user in ("short", "long"):
        before = rows_read()
        send({**new, "userId": user, "messageId": f"{user}-new"})
        read[user] = rows_read() - before
    # What a limit of a thousand and a number of a thousand count is read from the index, and what windows of days hold; what expires, fades, has
    # been silent or started over is in the tally. The whole ledger of the long history is some 10,000 rows.
    assert read["long"] - read["short"] < 2 * LONG + 30


def test_a_click_that_gives_a_mail_scanner_away_reads_no_history(workspace: Workspace, send: Send) -> None:
    """What the two clicks before it gave is taken back; what else the contact did, and every other award, is left alone."""
    silent = {"key": "silent", "name": "Silent", "when": "inactivity", "days": 9, "points": -1, "times": 2}
    rules = [
        rule(key=f"{activity[0].lower()}{number}", activity=activity, frequency=frequency)
        for number, frequency in enumerate(FREQUENCIES) for activity in ("Page Viewed", "Email Link Clicked")
    ]  # fmt: skip
    publish(workspace, document(rules=[*rules, silent]))
    now = clock.now()
    read, statements = {}, {}
    for user, views in (("short", SHORT), ("long", LONG)):
        ago = [timedelta(days=300 * (place + 0.5) / views) for place in range(views)]
        send(*({"type": "track", "userId": user, "event": "Page Viewed", "messageId": f"{user}-{span}", "timestamp": (now - span).isoformat(),
                "properties": {"n": span.days}} for span in ago))  # fmt: skip
        for link in "ab":
            send(_click(user, link))
        counts: list[int] = []
        with connection.execute_wrapper(partial(_count_rows, counts)):
            send(_click(user, "c"))
        read[user], statements[user] = sum(counts), len(counts)
    with workspace_scope(workspace.id):
        assert Activity.objects.exclude(bot="").count() == 6
        assert not Award.objects.filter(rule__in=range(1, 2 * len(FREQUENCIES), 2)).exists()
    assert statements["long"] == statements["short"]
    assert read["long"] - read["short"] < 150


def _count_rows(counts: list[int], execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Adds how many rows a statement brought. What it read for them is the planner's choice, who takes a test's table for a short one."""
    result = execute(sql, params, many, context)
    counts.append(max(0, context["cursor"].rowcount))
    return result


def _click(user: str, link: str) -> dict[str, object]:
    properties = {"email_id": "e", "link_url": f"https://x.example/{link}"}
    return {"type": "track", "userId": user, "event": "Email Link Clicked", "messageId": f"{user}-{link}", "properties": properties}
