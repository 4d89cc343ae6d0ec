"""The sweep of 1,000 due contacts among 1,000,000, beside a sweep of 1,000 among 10,000, in the same run; and that of a whole midnight.

    make bench ARGS=sweep

Each contact has a score, a stage on record and two awards, one of which expires some day. The sweeps take turns, each of other contacts, and
print what they touched: rows read and written, and blocks of tables and indexes. Then 20,000 contacts (BENCH_MIDNIGHT) whose points fade and
leave a stage at the same midnight are swept by one worker and by two, which are processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
django.setup()

import psycopg2  # noqa: E402
from django.conf import settings  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from accounts.scope import workspace_scope  # noqa: E402
from accounts.workspaces import create_workspace  # noqa: E402
from leadscore.clock import now  # noqa: E402
from leadscore.exact_json import dumps  # noqa: E402
from leadscore.sql import fetch, run  # noqa: E402
from scoring import publishing  # noqa: E402
from scoring.due import bring_up_to_date  # noqa: E402
from scoring.models import ScoringType, StageChange  # noqa: E402
from scoring.worth import day_of, midnight  # noqa: E402

DUE, ROUNDS = 1_000, 5
FEW, MANY = 10_000, int(os.environ.get("BENCH_CONTACTS", "1000000"))
AT_MIDNIGHT = int(os.environ.get("BENCH_MIDNIGHT", "20000"))
HOUR = timedelta(hours=1)
DOCUMENT: dict[str, Any] = {
    "key": "sweep", "name": "Sweep",
    "rules": [
        {"key": "demo", "name": "Asked for a demo", "when": "activity", "activity": "Demo Requested", "points": 30, "expiry": {"days": 90}},
        {"key": "view", "name": "Viewed a page", "when": "activity", "activity": "Page Viewed", "points": 15},
        {"key": "boss", "name": "Director", "when": "profile", "points": 5,
         "conditions": {"field": "contact.job_title", "op": "contains", "value": "director"}},
        {"key": "trial", "name": "Trial ends soon", "when": "profile", "points": 5,
         "conditions": {"field": "contact.trial_ends", "op": "within_next", "value": 14}},
    ],
    "stages": [{"key": f"s{threshold}", "name": f"Stage {threshold}", "threshold": threshold} for threshold in (10, 40)],
}  # fmt: skip
FADING = {**DOCUMENT, "rules": [
    {"key": "read", "name": "Read a guide", "when": "activity", "activity": "Guide Read", "points": 10, "expiry": {"linear_days": 10}},
]}  # fmt: skip


@dataclass(frozen=True)
class Swept:
    """What one sweep took."""

    seconds: float
    read: int
    written: int
    blocks: int


def main() -> None:
    owner, start = User.objects.create_user("bench@example.com"), now()
    sizes = {FEW: _populated("Few", owner, FEW, start), MANY: _populated("Many", owner, MANY, start)}
    _analyze()
    swept: dict[int, list[Swept]] = {size: [] for size in sizes}
    for number in range(1, ROUNDS + 1):
        for size, workspace in sizes.items():
            swept[size].append(_sweep(workspace, start + number * HOUR))
    for size, found in swept.items():
        print(
            f"{DUE:,} among {size:>9,}  {median(one.seconds for one in found):6.3f} s,  rows read {median(one.read for one in found):,.0f}"
            f" and written {median(one.written for one in found):,.0f},  blocks {median(one.blocks for one in found):,.0f}"
        )
    few, many = (median(one.seconds for one in swept[size]) for size in sizes)
    print(f"ratio       {many / few:.2f}")
    for workers in (1, 2):
        seconds = _midnight(_at_midnight(f"Midnight {workers}", owner, start), workers)
        print(f"midnight    {AT_MIDNIGHT:,} stages left in {seconds:.1f} s by {workers} worker{'s' if workers > 1 else ''}")


def _populated(name: str, owner: User, contacts: int, start: datetime) -> Workspace:
    """So many contacts, whose scores stand there as the product leaves them; 1,000 of them are due in each of some hours."""
    workspace = _published(name, owner, DOCUMENT, start)
    slices = {"due": DUE, "rounds": ROUNDS, "slice": contacts // (DUE * ROUNDS)}
    given = {"contacts": contacts, "start": start, "stage": "s40", "entered": '["s10", "s40"]'}
    _fill(workspace, (CONTACTS, SCORES, STANDINGS, AWARDS), {**given, **slices})
    return workspace


def _at_midnight(name: str, owner: User, start: datetime) -> Workspace:
    """Contacts who did yesterday what has been worth less since this midnight, and is too little for their stage."""
    workspace = _published(name, owner, FADING, start)
    tally = dumps({"alive": [], "fading": {"0": {str(day_of(start) - 1): 1}}})
    given = {"contacts": AT_MIDNIGHT, "start": start, "midnight": midnight(start), "tally": tally, "stage": "s10", "entered": '["s10"]'}
    _fill(workspace, (CONTACTS, FADING_SCORES, STANDINGS, FADING_AWARDS), given)
    _analyze()
    return workspace


def _published(name: str, owner: User, document: dict[str, Any], start: datetime) -> Workspace:
    workspace = create_workspace(name, owner, now=start)
    with workspace_scope(workspace.id):
        ScoringType.objects.create(workspace=workspace, key="sweep", name="Sweep", draft=document)
        job = publishing.publish(workspace, "sweep", by=None)
    while publishing.advance(workspace.id, job.id):
        pass
    return workspace


def _fill(workspace: Workspace, statements: Iterable[str], params: Mapping[str, Any]) -> None:
    with workspace_scope(workspace.id):
        ((version, type_id),) = fetch("SELECT id, scoring_type_id FROM scoring_version WHERE workspace_id = %s", [workspace.id])
        for statement in statements:
            run(statement, {"workspace": workspace.id, "version": version, "type": type_id, **params})


def _analyze() -> None:
    with psycopg2.connect(settings.DATABASE_OWNER_URL) as connection:
        connection.cursor().execute("ANALYZE")


CONTACTS = """
    INSERT INTO contacts_contact (workspace_id, created_at, has_user_id, has_email, traits, trait_orders, name, email, email_domain, email_kind,
                                  name_looks_fake)
    SELECT %(workspace)s, %(start)s - interval '100 days', true, false, jsonb_build_object('job_title', (ARRAY['Director', 'Engineer'])[1 + n %% 2]),
           '{}', 'Person ' || n, '', '', 'missing', false FROM generate_series(1, %(contacts)s) n"""
# Those due are spread evenly over all of them. The others are due between two and 80 days ahead.
SCORES = """
    INSERT INTO scoring_score (workspace_id, version_id, contact_id, points, exact, stage, rank, tally, computed_at, next_due_at)
    SELECT %(workspace)s, %(version)s, id, 45, 45000, 's40', 2, '{"alive": [[0, 1], [1, 1]]}', %(start)s,
           CASE n %% %(slice)s WHEN 0 THEN %(start)s + interval '1 hour' * (1 + n / %(slice)s %% %(rounds)s) - interval '1 minute'
                ELSE %(start)s + interval '2 days' + interval '1 hour' * (id %% 1872) END
    FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM contacts_contact WHERE workspace_id = %(workspace)s) numbered"""
STANDINGS = """
    INSERT INTO scoring_standing (workspace_id, scoring_type_id, contact_id, version_id, stage, entered)
    SELECT %(workspace)s, %(type)s, id, %(version)s, %(stage)s, %(entered)s FROM contacts_contact WHERE workspace_id = %(workspace)s"""
AWARDS = """
    INSERT INTO scoring_award (workspace_id, version_id, contact_id, rule, slot, awarded_at, message_id, activity_id, expires_at, counts)
    SELECT workspace_id, version_id, contact_id, rule, '', next_due_at - interval '90 days', 'm' || contact_id || '-' || rule, contact_id * 2 + rule,
           CASE rule WHEN 0 THEN next_due_at END, true
    FROM scoring_score, generate_series(0, 1) rule WHERE workspace_id = %(workspace)s AND version_id = %(version)s"""

FADING_SCORES = """
    INSERT INTO scoring_score (workspace_id, version_id, contact_id, points, exact, stage, rank, tally, computed_at, next_due_at)
    SELECT %(workspace)s, %(version)s, id, 10, 10000, 's10', 1, %(tally)s, %(midnight)s - interval '1 hour', %(midnight)s
    FROM contacts_contact WHERE workspace_id = %(workspace)s"""
FADING_AWARDS = """
    INSERT INTO scoring_award (workspace_id, version_id, contact_id, rule, slot, awarded_at, message_id, activity_id, counts)
    SELECT workspace_id, version_id, contact_id, 0, '', %(midnight)s - interval '1 hour', 'm' || contact_id, contact_id, true
    FROM scoring_score WHERE workspace_id = %(workspace)s AND version_id = %(version)s"""


def _midnight(workspace: Workspace, workers: int) -> float:
    """Seconds until all of them have left the stage."""
    command = [sys.executable, __file__, str(workspace.id)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(workers)]
    for process in processes:
        process.stdout.readline()  # type: ignore[union-attr]
    began = time.perf_counter()
    for process in processes:
        process.stdin.close()  # type: ignore[union-attr]
    if any(process.wait() for process in processes):
        raise RuntimeError("a worker failed")
    seconds = time.perf_counter() - began
    with workspace_scope(workspace.id):
        left = StageChange.objects.filter(workspace=workspace, direction="left").count()
    if left != AT_MIDNIGHT:
        raise RuntimeError(f"{left} were swept where {AT_MIDNIGHT} are due")
    return seconds


def work(workspace_id: int) -> None:
    """What a worker does once its input ends: ranges, until nothing is due."""
    now()  # connects
    print("ready", flush=True)
    sys.stdin.read()
    while bring_up_to_date(workspace_id):
        pass


def _sweep(workspace: Workspace, t: datetime) -> Swept:
    before, began = _touched(), time.perf_counter()
    swept = bring_up_to_date(workspace.id, lambda: t)
    seconds, after = time.perf_counter() - began, _touched()
    if swept != DUE or bring_up_to_date(workspace.id, lambda: t):
        raise RuntimeError(f"{swept} were swept where {DUE} are due")
    return Swept(seconds, *(new - old for new, old in zip(after, before, strict=True)))


def _touched() -> tuple[int, int, int]:
    """Rows read, rows written, and blocks looked at, of all tables so far."""
    fetch("SELECT pg_stat_force_next_flush()")
    ((read, written, blocks),) = fetch(
        """SELECT sum(s.seq_tup_read + coalesce(s.idx_tup_fetch, 0))::bigint, sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::bigint,
                  sum(io.heap_blks_read + io.heap_blks_hit + coalesce(io.idx_blks_read + io.idx_blks_hit, 0))::bigint
           FROM pg_stat_user_tables s JOIN pg_statio_user_tables io USING (relid)"""
    )
    return int(read), int(written), int(blocks)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(int(sys.argv[1]))
    else:
        main()
