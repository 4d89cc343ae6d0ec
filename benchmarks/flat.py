"""What one call costs for a contact with 10,000 earlier activities, beside one with 10, in the same run.

    make bench ARGS=flat

Every kind of rule, frequency and expiry is in the model. A call for the one and a call for the other take turns, each drained alone; some are of the
present moment, some come late, into the middle of the history. The ratio is to be at most 1.3.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from draining import put  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from accounts.scope import workspace_scope  # noqa: E402
from accounts.workspaces import create_workspace  # noqa: E402
from leadscore.celery import leave_what_never_changes_to_itself  # noqa: E402
from leadscore.clock import now  # noqa: E402
from leadscore.sql import fetch  # noqa: E402
from scoring import publishing  # noqa: E402
from scoring.models import ScoringType  # noqa: E402
from tracking.draining import drain  # noqa: E402

SHORT, LONG = 10, int(os.environ.get("BENCH_HISTORY", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "300"))
DAYS = 360  # over which both histories are spread
VIEWED = "Page Viewed"
NUMBERS = count()

FREQUENCIES: list[dict[str, Any] | None] = [
    None, None, None, None,
    *({"limit": 3, "per": per} for per in ("ever", "day", "week", "month")),
    {"limit": 2, "per": "day", "each": "properties.path"}, {"limit": 5, "per": "ever", "each": "properties.path"},
    {"limit": 1000, "per": "ever"}, {"reach": 1000, "within_days": None},
    {"reach": 3, "within_days": 7}, {"reach": 5, "within_days": None}, {"reach": 400, "within_days": 7},  # the last is never reached
    *({"reach": 3, "per": per} for per in ("day", "week", "month")),
]  # fmt: skip
EXPIRIES: list[dict[str, int] | None] = [None, {"days": 90}, {"half_life_days": 7}, {"linear_days": 30}]


def document() -> dict[str, Any]:
    """Each frequency once and each expiry several times, all matched by a page view; what is known of the profile, silences and resets."""
    rules: list[dict[str, Any]] = [
        {"key": f"view-{number}", "name": f"Viewed {number}", "when": "activity", "activity": VIEWED, "points": 1 + number % 3, "group": "pages",
         "conditions": {"all": [{"field": "properties.url", "op": "matches", "value": "*/p*"}]},
         "frequency": frequency, "expiry": EXPIRIES[number % len(EXPIRIES)]}
        for number, frequency in enumerate(FREQUENCIES)
    ]  # fmt: skip
    rules += [
        {"key": "boss", "name": "Director", "when": "profile", "points": 20,
         "conditions": {"field": "contact.job_title", "op": "contains", "value": "director"}},
        {"key": "trial", "name": "Trial ends soon", "when": "profile", "points": 5,
         "conditions": {"field": "contact.trial_ends", "op": "within_next", "value": 14}},
        {"key": "silent", "name": "Silent", "when": "inactivity", "days": 30, "points": -10, "times": 3},
        {"key": "unseen", "name": "No page for a week", "when": "inactivity", "days": 7, "points": -1, "activity": VIEWED},
        {"key": "won", "name": "Became a customer", "when": "reset", "activity": "Order Completed"},
    ]  # fmt: skip
    return {
        "key": "flat", "name": "Flat", "groups": [{"key": "pages", "name": "Pages", "maximum": 500}], "rules": rules,
        "stages": [{"key": f"s{threshold}", "name": f"Stage {threshold}", "threshold": threshold, "by_grade": {"F": None}}
                   for threshold in (10, 40, 75)],
        "grade": {"start": "D", "criteria": [
            {"name": "Director", "steps": 3, "conditions": {"field": "contact.job_title", "op": "contains", "value": "director"}}]},
    }  # fmt: skip


def main() -> None:
    workspace = _workspace()
    leave_what_never_changes_to_itself()
    started = now()
    _live_through(workspace, "short", SHORT, started)
    _live_through(workspace, "long", LONG, started)
    with workspace_scope(workspace.id):
        held = dict(fetch("SELECT contact_id, count(*) FROM scoring_award WHERE workspace_id = %s GROUP BY 1 ORDER BY 1", [workspace.id]))
    entries = " and ".join(f"{number:,}" for number in held.values())
    print(f"ledger      {entries} entries for {SHORT} and {LONG:,} activities, {len(document()['rules'])} rules")
    for name, instant in (("present", _present), ("late", _late)):
        _compare(workspace, name, instant)


def _workspace() -> Workspace:
    workspace = create_workspace("Flat", User.objects.create_user("bench@example.com"), now=now())
    with workspace_scope(workspace.id):
        ScoringType.objects.create(workspace=workspace, key="flat", name="Flat", draft=document())
        job = publishing.publish(workspace, "flat", by=None)
    while publishing.advance(workspace.id, job.id):
        pass
    return workspace


def _live_through(workspace: Workspace, user: str, activities: int, end: datetime) -> None:
    """A history of so many page views, evenly over the same days, with an order long ago: all through the inbox."""
    chance = random.Random(activities)
    traits = {"jobTitle": "Sales director", "trial_ends": (end + timedelta(days=30)).date().isoformat()}
    said = {"type": "identify", "userId": user, "messageId": f"{user}-said", "timestamp": (end - timedelta(days=DAYS)).isoformat(), "traits": traits}
    ordered = {"type": "track", "userId": user, "event": "Order Completed", "messageId": f"{user}-won",
               "timestamp": (end - timedelta(days=DAYS - 10)).isoformat()}  # fmt: skip
    times = [end - timedelta(days=DAYS) * (place + chance.random()) / activities for place in range(activities)]
    put(workspace, [said, ordered, *(viewed(user, at, chance) for at in reversed(times))])
    _drain(workspace)


def viewed(user: str, at: datetime, chance: random.Random) -> dict[str, Any]:
    """A page view; one of ten paths."""
    path = f"/p{chance.randrange(10)}"
    return {"type": "page", "userId": user, "messageId": f"{user}-{next(NUMBERS)}", "timestamp": at.isoformat(),
            "properties": {"url": f"https://shop.example{path}", "path": path}}  # fmt: skip


def _present(chance: random.Random) -> datetime:
    return now()


def _late(chance: random.Random) -> datetime:
    return now() - timedelta(days=chance.uniform(5, 200))


def _compare(workspace: Workspace, name: str, instant: Callable[[random.Random], datetime]) -> None:
    """Times both, in turn; statements and blocks of what they read and write are counted apart, for counting costs time as well."""
    chance = random.Random(ROUNDS)
    times: dict[str, list[float]] = {"short": [], "long": []}
    for user in _turns():
        put(workspace, [viewed(user, instant(chance), chance)])
        began = time.perf_counter()
        _drain(workspace)
        times[user].append(time.perf_counter() - began)
    short, long = (median(times[user]) * 1000 for user in ("short", "long"))
    counted = {user: _counted(workspace, [viewed(user, instant(chance), chance) for _ in range(20)]) for user in times}
    print(f"{name:11} {short:6.2f} ms and {long:6.2f} ms a call: ratio {long / short:.2f} (at most 1.3)")
    for index, what in enumerate(("statements", "blocks")):
        print(f"            {what:10} {counted['short'][index]:,.0f} and {counted['long'][index]:,.0f}")


def _turns() -> Iterator[str]:
    for number in range(2 * ROUNDS):
        yield ("short", "long")[(number + number // 2) % 2]  # who goes first alternates as well


def _drain(workspace: Workspace) -> None:
    while drain(workspace.id).more:
        pass


def _counted(workspace: Workspace, calls: list[dict[str, Any]]) -> tuple[float, float]:
    """Statements and blocks (of tables and indexes) that a call takes, on average."""
    statements, before = 0, _blocks()
    for call in calls:
        put(workspace, [call])
        with CaptureQueriesContext(connection) as captured:
            _drain(workspace)
        statements += len(captured)
    return statements / len(calls), (_blocks() - before) / len(calls)


def _blocks() -> int:
    fetch("SELECT pg_stat_force_next_flush()")
    ((blocks,),) = fetch(
        """SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0))::bigint FROM pg_statio_user_tables
           WHERE relname IN ('scoring_award', 'scoring_score', 'scoring_standing', 'scoring_stagechange', 'scoring_adjustment',
                             'contacts_contact', 'contacts_activity', 'contacts_lastseen', 'contacts_identifier')"""
    )
    return int(blocks)


if __name__ == "__main__":
    main()
