"""Scored calls a second of one worker from a full inbox, beside a bare script of the same statements in the same run.

    make bench ARGS=draining

100 calls a request, 30 rules, 20,000 contacts. Also: the worker's peak memory, and that the number of statements does not depend on the batch's size.
"""

from __future__ import annotations

import os
import random
import resource
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
django.setup()

import orjson  # noqa: E402
from _workload import CALLS_A_REQUEST, CONTACTS, activity, document, identify  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from accounts.scope import workspace_scope  # noqa: E402
from accounts.workspaces import create_workspace  # noqa: E402
from leadscore.celery import leave_what_never_changes_to_itself  # noqa: E402
from leadscore.clock import now  # noqa: E402
from leadscore.sql import run  # noqa: E402
from scoring import publishing  # noqa: E402
from scoring.models import ScoringType  # noqa: E402
from tracking.draining import drain  # noqa: E402

CALLS = int(os.environ.get("BENCH_CALLS", "60000"))


def main() -> None:
    owner = User.objects.create_user("bench@example.com")
    product = _workspace("Product", owner)
    leave_what_never_changes_to_itself()
    rounds = [_fill_and_drain(product, seed) for seed in range(2)]
    statements = [_statements(product, size) for size in (1, 10, 50)]
    from _bare import measure

    bare = [measure(_workspace("Bare", owner, publish=False), CALLS, seed) for seed in range(2)]
    best, best_bare = max(rounds), max(bare)
    print(f"leadscore   {best:8,.0f} scored calls/s (rounds: {', '.join(f'{one:,.0f}' for one in rounds)})")
    print(f"bare script {best_bare:8,.0f} scored calls/s (rounds: {', '.join(f'{one:,.0f}' for one in bare)})")
    print(f"ratio       {best / best_bare:8.2f} (at least 0.50)")
    print(f"memory      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8,.0f} MB at the most (under 250)")
    print(f"statements  {statements} for batches of 100, 1,000 and 5,000 calls")


def _workspace(name: str, owner: User, *, publish: bool = True) -> Workspace:
    workspace = create_workspace(name, owner, now=now())
    if publish:
        with workspace_scope(workspace.id):
            ScoringType.objects.create(workspace=workspace, key="bench", name="Bench", draft=document())
            job = publishing.publish(workspace, "bench", by=None)
        while publishing.advance(workspace.id, job.id):
            pass
        put(workspace, [identify(number) for number in range(CONTACTS)])
        while drain(workspace.id).more:
            pass
    return workspace


def put(workspace: Workspace, calls: list[dict[str, Any]]) -> None:
    """Fills the inbox as the collector does, 100 calls a request."""
    requests = [calls[at : at + CALLS_A_REQUEST] for at in range(0, len(calls), CALLS_A_REQUEST)]
    with workspace_scope(workspace.id), connection.cursor() as cursor:
        for batch in requests:
            cursor.execute(
                "INSERT INTO tracking_inbox (workspace_id, source, calls, body) VALUES (%s, 1, %s, %s)",
                [workspace.id, len(batch), orjson.dumps({"batch": batch})],
            )


def _fill_and_drain(workspace: Workspace, seed: int) -> float:
    chance = random.Random(seed)
    put(workspace, [activity(chance, number) for number in range(CALLS)])
    started = time.perf_counter()
    while drain(workspace.id).more:
        pass
    return CALLS / (time.perf_counter() - started)


def _statements(workspace: Workspace, requests: int) -> int:
    chance = random.Random(requests)
    put(workspace, [activity(chance, number) for number in range(requests * CALLS_A_REQUEST)])
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        drain(workspace.id)
    with workspace_scope(workspace.id):
        run("DELETE FROM tracking_inbox WHERE workspace_id = %s", [workspace.id])
    return len(captured)


if __name__ == "__main__":
    main()
