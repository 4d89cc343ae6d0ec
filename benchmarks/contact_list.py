"""The list of contacts among 100,000: for each sort and filter, how long its statements take and whether they use an index.

    make bench ARGS=contact_list

Read as the process role, under row-level security. Points and being known go together, as they do in life: the filters work against the sort.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
django.setup()

import psycopg2  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import Membership, Role, User, Workspace  # noqa: E402
from accounts.scope import workspace_scope  # noqa: E402
from accounts.workspaces import create_workspace  # noqa: E402
from leadscore.clock import now  # noqa: E402
from leadscore.sql import fetch, run  # noqa: E402
from scoring import ranking  # noqa: E402
from scoring.models import ScoringType, Version, VersionState  # noqa: E402
from scoring.ranking import Place, Sort, Wanted  # noqa: E402
from scoring.ranking_sql import read, stretches  # noqa: E402

CONTACTS = int(os.environ.get("BENCH_CONTACTS", "100000"))
FAST_MS = 50.0


def main() -> None:
    workspace, members, version = _load()
    with workspace_scope(workspace.id):
        slowest = max(_measure(workspace.id, name, wanted) for name, wanted in _lists(version, members))
    print(f"slowest {slowest:.1f} ms (under {FAST_MS:.0f})")


def _lists(version: Version, members: list[User]) -> list[tuple[str, Wanted]]:
    stages = {"any stage": (), "top stage": (3,), "two stages": (1, 2), "no stage": (0,)}
    owners = {"": None, "rare owner": members[0].id, "common owner": members[1].id, "nobody's": 0}
    known = {"": None, "known": True, "anonymous": False}
    words = {"": (), "a name": ("nora", "berg417"), "a letter": ("n",)}
    sorts: tuple[Sort, ...] = ("points", "seen", "new")
    return [
        (
            " · ".join(filter(None, (sort, stage, owner, is_known, word))),
            Wanted(version.id, stages[stage], owners[owner], known[is_known], words=words[word], sort=sort),
        )
        for sort, stage, owner, is_known, word in itertools.product(sorts, stages, owners, known, words)
    ]


def _measure(workspace_id: int, name: str, wanted: Wanted) -> float:
    """Milliseconds of the slowest of the first page, one in the middle (places and rows), and the count."""
    first, (planned, scans) = _timed(workspace_id, wanted, None), _plan(workspace_id, wanted)
    middle = _timed(workspace_id, wanted, _middle(workspace_id, wanted))
    counted = _clock(lambda: ranking.count(workspace_id, wanted))
    print(f"{name:60} first {first:6.1f}  middle {middle:6.1f}  count {counted:6.1f} ms  plan {planned:6.1f} ms  {scans}")
    return max(first, middle, counted)


def _timed(workspace_id: int, wanted: Wanted, after: Place | None) -> float:
    return _clock(lambda: ranking.page(workspace_id, wanted, after=after))


def _clock(call: object) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        call()  # type: ignore[operator]
        best = min(best, time.perf_counter() - start)
    return best * 1000


def _middle(workspace_id: int, wanted: Wanted) -> Place:
    """A place about half way down the list."""
    if wanted.sort == "points":
        halfway = "SELECT points FROM scoring_score WHERE workspace_id = %s ORDER BY points LIMIT 1 OFFSET %s"
        return Place(fetch(halfway, [workspace_id, CONTACTS // 2])[0][0], CONTACTS)
    if wanted.sort == "new":
        return Place(None, fetch("SELECT max(id) FROM contacts_contact WHERE workspace_id = %s", [workspace_id])[0][0] - CONTACTS // 2)
    at = fetch("SELECT at FROM contacts_lastseen WHERE workspace_id = %s ORDER BY at LIMIT 1 OFFSET %s", [workspace_id, CONTACTS // 2])[0][0]
    return Place(int(at.timestamp() * 1_000_000), 0)


def _plan(workspace_id: int, wanted: Wanted) -> tuple[float, str]:
    """The database's own time for the first page's places, and how it reads the tables."""
    statement, params = read(workspace_id, wanted, stretches(wanted)[0], None, ranking.PAGE + 1, ranking.MOST_MATCHES, backwards=False)
    ((plan,),) = _explain(statement, params)
    nodes = list(_nodes(plan[0]["Plan"]))
    scans = {
        f"{node['Node Type']} {node.get('Index Name') or node.get('Relation Name', '')}".strip() for node in nodes if "Scan" in node["Node Type"]
    }
    return plan[0]["Execution Time"], ", ".join(sorted(scans))


def _explain(statement: str, params: dict[str, Any]) -> list[tuple[list[dict]]]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", params)
        return list(cursor.fetchall())


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def _load() -> tuple[Workspace, list[User], Version]:
    """Set-based: 100,000 contacts of 2,000 companies, their identifiers' flags, scores by two versions and what they did last."""
    members = [User.objects.create_user(f"bench{number}@example.com") for number in range(3)]
    workspace = create_workspace("Bench", members[0], now=now())
    other = create_workspace("Other", members[0], now=now())
    Membership.objects.bulk_create(Membership(workspace=one, user=user, role=Role.SALES) for one in (workspace, other) for user in members[1:])
    with workspace_scope(other.id):
        _fill(other, members, _version(other, "other"))
    with workspace_scope(workspace.id):
        _fill(workspace, members, version := _version(workspace, "leads"))
        _score(workspace, _version(workspace, "partners"))
    _analyze()
    return workspace, members, version


def _version(workspace: Workspace, key: str) -> Version:
    stages = [{"key": f"s{rank}", "name": f"S{rank}", "threshold": rank * 30} for rank in (1, 2, 3)]
    document = {"key": key, "name": key, "rules": [], "stages": stages}
    scoring_type = ScoringType.objects.create(workspace=workspace, key=key, name=key, draft=document)
    return Version.objects.create(
        workspace=workspace, scoring_type=scoring_type, number=1, document=document, time_zone="UTC", state=VersionState.LIVE
    )


def _fill(workspace: Workspace, members: list[User], version: Version) -> None:
    run(
        """INSERT INTO contacts_company (workspace_id, group_id, name, domain, traits, trait_orders)
           SELECT %s, 'g' || n, 'Company' || n || ' Ltd', 'company' || n || '.example', '{}', '{}' FROM generate_series(1, 2000) n""",
        [workspace.id],
    )
    run(
        """INSERT INTO contacts_contact (workspace_id, created_at, has_user_id, has_email, traits, trait_orders, name, email,
               email_domain, email_kind, name_looks_fake, search, company_id, owner_id)
           SELECT %(workspace)s, now() - n * interval '1 minute', known, known,
                  CASE WHEN known THEN jsonb_build_object('job_title', 'Head of ' || mod(n, 50)) ELSE '{}' END, '{}',
                  CASE WHEN known THEN first || ' Berg' || mod(n, 1000) ELSE '' END,
                  CASE WHEN known THEN 'p' || n || '@company' || mod(n, 2000) || '.example' ELSE '' END,
                  '', 'business', false,
                  array_to_tsvector(CASE WHEN known THEN ARRAY['@' || %(workspace)s, lower(first), 'berg' || mod(n, 1000),
                                                          'p' || n, 'company' || mod(n, 2000), 'example']
                                    ELSE ARRAY['@' || %(workspace)s] END),
                  CASE WHEN known THEN (SELECT min(id) FROM contacts_company WHERE workspace_id = %(workspace)s) + mod(n, 2000) END,
                  CASE WHEN known AND mod(n, 400) = 1 THEN %(rare)s WHEN known AND mod(n, 6) = 1 THEN %(common)s END
           FROM (SELECT n, mod(n, 10) < 4 AS known, (ARRAY['Nora', 'Noah', 'Emil', 'Ines', 'Priya', 'Chen', 'Omar', 'Liv'])[1 + mod(n, 8)] AS first
                 FROM generate_series(1, %(contacts)s) n) made""",
        {"workspace": workspace.id, "contacts": CONTACTS, "rare": members[0].id, "common": members[1].id},
    )
    run(
        """INSERT INTO contacts_lastseen (workspace_id, contact_id, at, activity)
           SELECT workspace_id, id, now() - (mod(id * 7919, 5000000)) * interval '1 second', 'Viewed /pricing' FROM contacts_contact
           WHERE workspace_id = %s AND mod(id, 20) <> 0""",
        [workspace.id],
    )
    _score(workspace, version)


def _score(workspace: Workspace, version: Version) -> None:
    """Known contacts have 0 to 119 points, anonymous ones at most 39: 30 enter the first stage, 100 the last."""
    run(
        """INSERT INTO scoring_score (workspace_id, version_id, contact_id, points, exact, stage, rank, tally, computed_at)
           SELECT workspace_id, %(version)s, id, points, points * 1000, NULL,
                  CASE WHEN points < 30 THEN 0 WHEN points < 60 THEN 1 WHEN points < 115 THEN 2 ELSE 3 END,
                  '{}', now()
           FROM (SELECT workspace_id, id, mod(id * 7919, CASE WHEN has_email THEN 120 ELSE 40 END) AS points
                 FROM contacts_contact WHERE workspace_id = %(workspace)s) made""",
        {"workspace": workspace.id, "version": version.id},
    )


def _analyze() -> None:
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL)
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE contacts_contact, contacts_company, contacts_lastseen, scoring_score")
    owner.close()


if __name__ == "__main__":
    main()
