"""Law 6: a new activity reads no more rows for somebody with a long history than for somebody with a short one."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from accounts.models import Workspace
from leadscore import clock
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
