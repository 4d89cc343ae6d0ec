"""Publishing a version and the exact preview of a draft: activities a second with one and with two workers, beside a bare read of the same rows.

    make bench ARGS=rescore

100,000 contacts, 2,000,000 activities, 30 rules (BENCH_CONTACTS makes it smaller). Workers are processes, as in life; so is the bare read.
"""
from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
django.setup()

import psycopg2  # noqa: E402
from _workload import EVENTS, PATHS, document  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from accounts.scope import workspace_scope  # noqa: E402
from accounts.workspaces import create_workspace  # noqa: E402
from leadscore.clock import now  # noqa: E402
from leadscore.exact_json import loads  # noqa: E402
from leadscore.sql import run  # noqa: E402
from scoring import previewing, publishing  # noqa: E402
from scoring.models import Preview, ScoringType  # noqa: E402

CONTACTS = int(os.environ.get("BENCH_CONTACTS", "100000"))
EACH = 20  # activities a contact
ADVANCE: dict[str, Callable[[int, int], bool]] = {"publish": publishing.advance, "preview": previewing.advance}


def main() -> None:
    workspace = _load()
    activities = CONTACTS * EACH
    bare = _timed(lambda: _workers("read", workspace, 0, 1))
    print(f"bare read          {activities / bare:10,.0f} activities/s ({bare:.1f} s, one process that fetches and parses each row)")
    for kind, begin in (("publish", _publish), ("preview", _preview)):
        for workers in (1, 2):
            job = begin(workspace)
            seconds = _timed(lambda kind=kind, job=job, workers=workers: _workers(kind, workspace, job, workers))
            _check(workspace)
            print(f"{kind}, {workers} worker{'s' if workers > 1 else ' '}  {activities / seconds:10,.0f} activities/s ({seconds:.1f} s)")
    sample = _timed(lambda: _preview(workspace))
    print(f"sample of a preview {sample:9.2f} s until the first answer (under 2)")
    print(f"memory             {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:10,.0f} MB at the most in a worker")


def _publish(workspace: Workspace) -> int:
    """Each time with other points, so that every contact's score is another one."""
    with workspace_scope(workspace.id):
        held = ScoringType.objects.get(workspace=workspace)
        rules = [{**rule, "points": rule["points"] % 40 + 1} for rule in held.draft["rules"]]
        ScoringType.objects.filter(id=held.id).update(draft={**held.draft, "rules": rules})
        return publishing.publish(workspace, "bench", by=None).id


def _preview(workspace: Workspace) -> int:
    with workspace_scope(workspace.id):
        job = previewing.preview(workspace, "bench", by=None).job
        assert job
        return job.id


def _check(workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        counted = [shown.told["sampled"] for shown in Preview.objects.filter(workspace=workspace).order_by("-id")[:1]]
        assert counted in ([], [CONTACTS]), "the preview did not count everybody"


def _timed(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def _workers(kind: str, workspace: Workspace, job: int, workers: int) -> None:
    command = [sys.executable, __file__, kind, str(workspace.id), str(job)]
    processes = [subprocess.Popen(command) for _ in range(workers)]
    assert [process.wait() for process in processes] == [0] * workers, "a worker failed"


def work(kind: str, workspace_id: int, job_id: int) -> None:
    """What a worker process does: parts of the job until none is left. `read`: reads what a job reads, and nothing else."""
    if kind == "read":
        _read(workspace_id)
        return
    waited = 0
    while waited < 20:  # the other worker may be at the last part, or between two phases
        if ADVANCE[kind](workspace_id, job_id):
            waited = 0
        else:
            waited += 1
            time.sleep(0.05)


def _read(workspace_id: int) -> None:
    with workspace_scope(workspace_id), connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM contacts_contact WHERE workspace_id = %s", [workspace_id])
        first, last = cursor.fetchone()
        for start in range(first, last + 1, 1_000):
            cursor.execute(
                """SELECT contact_id, id, name, occurred_at, message_id, properties::text, context::text FROM contacts_activity
                   WHERE workspace_id = %s AND contact_id >= %s AND contact_id < %s ORDER BY contact_id, occurred_at, message_id""",
                [workspace_id, start, start + 1_000],
            )
            for row in cursor.fetchall():
                loads(row[5])
                loads(row[6])


def _load() -> Workspace:
    """Set-based: contacts with titles, and activities spread over 90 days."""
    workspace = create_workspace("Bench", User.objects.create_user("bench@example.com"), now=now())
    with workspace_scope(workspace.id):
        ScoringType.objects.create(workspace=workspace, key="bench", name="Bench", draft=document())
        run(
            """INSERT INTO contacts_contact (workspace_id, created_at, has_user_id, has_email, traits, trait_orders, name, email, email_domain,
                                             email_kind, name_looks_fake, search)
               SELECT %s, now() - interval '100 days', true, true, jsonb_build_object('email', mail, 'job_title', title), '{}', 'Pat ' || n, mail,
                      'firm.example', 'business', false, array_to_tsvector(ARRAY['p' || n])
               FROM generate_series(1, %s) n, LATERAL (SELECT 'p' || n || '@firm.example' AS mail,
                    (ARRAY['Director of IT', 'Manager', 'Engineer', 'Head of Sales'])[1 + mod(n, 4)] AS title) made""",
            [workspace.id, CONTACTS],
        )
        run(
            """INSERT INTO contacts_activity (workspace_id, contact_id, kind, name, occurred_at, received_at, message_id, source, properties, context,
                                              bot, erased)
               SELECT %(workspace)s, c.id, CASE WHEN is_page THEN 'page' ELSE 'track' END,
                      CASE WHEN is_page THEN 'Page Viewed' ELSE (%(events)s::text[])[1 + mod(c.id + n, %(many)s)] END, at, at, c.id || '-' || n, 1,
                      CASE WHEN is_page THEN jsonb_build_object('url', 'https://shop.example' || path, 'path', path, 'title', 'Page ' || path)
                           ELSE jsonb_build_object('value', mod(c.id * n, 120), 'plan', CASE WHEN mod(n, 2) = 0 THEN 'pro' ELSE 'free' END) END,
                      '{"locale": "en-GB", "library": {"name": "bench", "version": "1"}}', '', false
               FROM contacts_contact c, generate_series(1, %(each)s) n,
                    LATERAL (SELECT mod(n, 10) < 7 AS is_page, (%(paths)s::text[])[1 + mod(c.id * 7 + n * 3, 10)] AS path,
                                    now() - mod(c.id * 7919 + n * 104729, 7776000) * interval '1 second' AS at) made
               WHERE c.workspace_id = %(workspace)s""",
            {"workspace": workspace.id, "each": EACH, "events": EVENTS, "many": len(EVENTS), "paths": PATHS},
        )
    _analyze()
    return workspace


def _analyze() -> None:
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL)
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE contacts_contact, contacts_activity")
    owner.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
