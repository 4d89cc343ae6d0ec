"""Publishing a version and the exact preview of a draft: activities a second with one worker and with two, beside a bare read of the same rows.

    make bench ARGS=rescore

100,000 contacts with 2,000,000 activities and 30 rules; BENCH_CONTACTS, BENCH_ACTIVITIES and BENCH_RULES say otherwise. What is compared is the same
work: each time a condition of every activity rule and the points of all rules are others than those that are live, so that everything is matched
again. What publishing costs where nothing is matched again has a line of its own. Workers are processes, as in life; the clock starts once they wait.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
django.setup()

from _population import populate, settle  # noqa: E402
from _workload import document  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.jobs import OPEN  # noqa: E402
from accounts.models import Job, User, Workspace  # noqa: E402
from accounts.scope import workspace_scope  # noqa: E402
from accounts.workspaces import create_workspace  # noqa: E402
from leadscore.celery import leave_what_never_changes_to_itself  # noqa: E402
from leadscore.clock import now  # noqa: E402
from leadscore.exact_json import loads  # noqa: E402
from scoring import drafts, previewing, publishing  # noqa: E402
from scoring.document import parse  # noqa: E402
from scoring.models import Preview, ScoringType  # noqa: E402
from scoring.taking_over import carried  # noqa: E402

CONTACTS = int(os.environ.get("BENCH_CONTACTS", "100000"))
ACTIVITIES = int(os.environ.get("BENCH_ACTIVITIES", "2000000"))
RULES = int(os.environ.get("BENCH_RULES", "30"))
A_READ = 1_000  # contacts whose rows the bare read fetches at once
WAIT = 0.02  # seconds until a worker that found nothing to do asks again
ADVANCE: dict[str, Callable[[int, int], bool]] = {"publish": publishing.advance, "preview": previewing.advance}


@dataclass(frozen=True)
class Took:
    """Seconds, and the megabytes of the worker that held most at its peak."""

    seconds: float
    memory: int


def main() -> None:
    workspace = _workspace()
    for workers in (1, 2):
        _tell(f"bare read, {_workers(workers)}", _run("read", workspace, 0, workers))
    _tell("first publish, 1 worker", _publish(workspace, "a", points=0, workers=1))
    _tell("publish, 1 worker", _publish(workspace, "b", points=1, workers=1, carries=False))
    _tell("publish, 2 workers", _publish(workspace, "c", points=0, workers=2, carries=False))
    _tell_carried(_publish(workspace, "c", points=1, workers=1, carries=True))
    _save(workspace, _document("d", points=0))
    for workers in (1, 2):
        answered, took = _preview(workspace, workers)
        _tell(f"exact preview, {_workers(workers)}", took, f"; first answer after {answered:.2f} s (under 2)")
    print(f"memory of the process that asks {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB")


def _workers(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"


def _tell(what: str, took: Took, more: str = "") -> None:
    print(f"{what:24} {ACTIVITIES / took.seconds:10,.0f} activities/s ({took.seconds:.1f} s, {took.memory} MB a worker){more}", flush=True)


def _tell_carried(took: Took) -> None:
    """By contacts, for no activity is read."""
    print(
        f"{'points only changed':24} {CONTACTS / took.seconds:10,.0f} contacts/s   ({took.seconds:.1f} s, {took.memory} MB a worker); "
        "one worker, nothing is matched again",
        flush=True,
    )


def _workspace() -> Workspace:
    workspace = create_workspace("Bench", User.objects.create_user("bench@example.com"), now=now())
    began = time.perf_counter()
    populate(workspace, CONTACTS, ACTIVITIES)
    with workspace_scope(workspace.id):
        ScoringType.objects.create(workspace=workspace, key="bench", name="Bench", draft=_document("", points=0))
    print(f"{CONTACTS:,} contacts, {ACTIVITIES:,} activities, {RULES} rules; filled in {time.perf_counter() - began:.0f} s", flush=True)
    return workspace


def _document(word: str, *, points: int) -> dict[str, Any]:
    """So many rules of those that all benchmarks share. `word`: of a condition that decides nothing, so that every word is the same work."""
    shared = document()
    rules = [shared["rules"][number % len(shared["rules"])] for number in range(RULES)]
    return {**shared, "rules": [_rule(rule, number, word, points) for number, rule in enumerate(rules)]}


def _rule(rule: dict[str, Any], number: int, word: str, points: int) -> dict[str, Any]:
    changed = {**rule, "key": f"{rule['key']}-{number}", "points": rule["points"] + points}
    if rule["when"] == "activity":
        changed["conditions"] = {"all": [rule["conditions"], {"field": "properties.path", "op": "is_not", "value": f"/{word}"}]}
    return changed


def _save(workspace: Workspace, draft: dict[str, Any]) -> None:
    drafts.save(workspace, "bench", draft, by=None)


def _publish(workspace: Workspace, word: str, *, points: int, workers: int, carries: bool | None = None) -> Took:
    """`carries`: whether all activity rules are taken over from what is live, or none; None where nothing is live."""
    draft = _document(word, points=points)
    _save(workspace, draft)
    assert _carries(workspace, draft) == carries, "this is not the work that the line tells of"
    settle("scoring_award", "scoring_score", "scoring_standing")
    with workspace_scope(workspace.id):
        job = publishing.publish(workspace, "bench", by=None)
    return _run("publish", workspace, job.id, workers)


def _carries(workspace: Workspace, draft: dict[str, Any]) -> bool | None:
    with workspace_scope(workspace.id):
        live = ScoringType.objects.select_related("published").get(workspace=workspace).published
    if live is None:
        return None
    taken = carried(live.document, parse(live.document, live.time_zone), draft, parse(draft, workspace.time_zone)).rules
    return len(taken) == sum(rule["when"] == "activity" for rule in draft["rules"]) if taken else False


def _preview(workspace: Workspace, workers: int) -> tuple[float, Took]:
    """Seconds until the sample's answer, and what counting everybody took."""
    began = time.perf_counter()
    with workspace_scope(workspace.id):
        shown = previewing.preview(workspace, "bench", by=None)
    answered = time.perf_counter() - began
    assert shown.job
    took = _run("preview", workspace, shown.job.id, workers)
    with workspace_scope(workspace.id):
        counted = Preview.objects.get(workspace=workspace, id=shown.id).told["sampled"]
    assert counted == CONTACTS, "the preview did not count everybody"
    return answered, took


def _run(kind: str, workspace: Workspace, job: int, workers: int) -> Took:
    """Workers that do the job, from when all of them are ready until the last has told that the job is over."""
    commands = [[sys.executable, __file__, kind, *map(str, (workspace.id, job, number, workers))] for number in range(workers)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in commands]
    try:
        for process in processes:
            _said(process)
        began = time.perf_counter()
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        memory = [int(_said(process)) for process in processes]
        return Took(time.perf_counter() - began, max(memory))
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _said(process: subprocess.Popen[str]) -> str:
    """The next line of a worker."""
    assert process.stdout
    line: str = process.stdout.readline()
    if not line:
        raise SystemExit("a worker failed")
    return line


def work(kind: str, workspace_id: int, job_id: int, number: int, workers: int) -> None:
    """What a worker process does: parts of the job until it is over. `read`: its share of what a job reads, and nothing else."""
    leave_what_never_changes_to_itself()
    now()  # connects
    print("ready", flush=True)
    if not sys.stdin.readline():
        return
    if kind == "read":
        _read(workspace_id, number, workers)
    else:
        while _is_open(workspace_id, job_id):
            if not ADVANCE[kind](workspace_id, job_id):
                time.sleep(WAIT)  # others are at the last parts of a phase
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)


def _is_open(workspace_id: int, job_id: int) -> bool:
    with workspace_scope(workspace_id):
        job = Job.objects.get(workspace=workspace_id, id=job_id)
    assert job.state in OPEN or job.state == "done", job.error
    return job.state in OPEN


def _read(workspace_id: int, number: int, workers: int) -> None:
    with workspace_scope(workspace_id), connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM contacts_contact WHERE workspace_id = %s", [workspace_id])
        first, last = cursor.fetchone()
        for start in range(first + number * A_READ, last + 1, workers * A_READ):
            cursor.execute(
                """SELECT contact_id, id, name, occurred_at, message_id, properties::text, context::text FROM contacts_activity
                   WHERE workspace_id = %s AND contact_id >= %s AND contact_id < %s ORDER BY contact_id, occurred_at, message_id""",
                [workspace_id, start, start + A_READ],
            )
            for row in cursor.fetchall():
                loads(row[5])
                loads(row[6])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        kind, *numbers = sys.argv[1:]
        work(kind, *map(int, numbers))
    else:
        main()
