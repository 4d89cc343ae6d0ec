"""The list of companies among 100,000, with 300,000 contacts: for each sort, with and without a search, how long a page takes.

    make bench ARGS=company_list

Read as the process role, under row-level security. Most contacts are visitors of no company; some companies have nobody, one has 5,000 people.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
django.setup()

import psycopg2  # noqa: E402
from django.conf import settings  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from accounts.scope import workspace_scope  # noqa: E402
from accounts.workspaces import create_workspace  # noqa: E402
from contacts.people import words  # noqa: E402
from leadscore.clock import now  # noqa: E402
from leadscore.sql import fetch, run  # noqa: E402
from scoring import company_ranking, company_summary, ranking  # noqa: E402
from scoring.company_ranking import HOTTEST, Place, Sort, Wanted, statement  # noqa: E402
from scoring.models import ScoringType, Version, VersionState  # noqa: E402

COMPANIES = int(os.environ.get("BENCH_COMPANIES", "100000"))
CONTACTS = 3 * COMPANIES


def main() -> None:
    workspace, version = _load()
    sorts: tuple[Sort, ...] = ("hottest", "contacts", "name")
    with workspace_scope(workspace.id):
        for sort in sorts:
            for text in (None, "company417", "c"):
                _measure(workspace.id, Wanted(version.id, tuple(words(text)) if text else None, sort), text)
        large = fetch("SELECT min(id) FROM contacts_company WHERE workspace_id = %s", [workspace.id])[0][0]
        _measure_page(workspace.id, "5,000 people", large, version.id)
        _measure_page(workspace.id, "few people", large + 7, version.id)
        asked, params = statement(workspace.id, Wanted(version.id), HOTTEST, None, None, 51, backwards=False)
        for (line,) in fetch(f"EXPLAIN (COSTS OFF) {asked}", params):
            print("   ", line)


def _measure_page(workspace_id: int, name: str, company_id: int, version_id: int) -> None:
    _show(f"company of {name}: summary", lambda: company_summary.of_company(workspace_id, company_id, version_id))
    _show(f"company of {name}: contacts", lambda: ranking.page(workspace_id, ranking.Wanted(version_id, company_id=company_id)))
    _show(f"company of {name}: lately", lambda: company_summary.lately(workspace_id, company_id, None))


def _measure(workspace_id: int, wanted: Wanted, text: str | None) -> None:
    first = company_ranking.page(workspace_id, wanted)
    _show(f"{wanted.sort} {text or ''}: first page", lambda: company_ranking.page(workspace_id, wanted))
    if first.next is not None and text is None:
        later = {"hottest": Place(30, 0), "contacts": Place(1, first.next.id + COMPANIES // 2), "name": Place(None, first.next.id + COMPANIES // 2)}
        _show(f"{wanted.sort}: a page half way", lambda: company_ranking.page(workspace_id, wanted, after=later[wanted.sort]))
    _show(f"{wanted.sort} {text or ''}: count", lambda: company_ranking.count(workspace_id, wanted.words))


def _show(name: str, call: Callable[[], object]) -> None:
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    print(f"{name:50} {best * 1000:7.1f} ms")


def _load() -> tuple[Workspace, Version]:
    """Set-based. Of 10 contacts 4 are known, and of some company; those have up to 119 points, the others 39."""
    workspace = create_workspace("Bench", User.objects.create_user("bench@example.com"), now=now())
    with workspace_scope(workspace.id):
        version = _version(workspace)
        run(
            """INSERT INTO contacts_company (workspace_id, group_id, name, domain, traits, trait_orders, sorted_as, search)
               SELECT %(workspace)s, 'g' || n, 'Company' || n || ' Ltd', 'company' || n || '.example', '{}', '{}', 'company' || n || ' ltd',
                      array_to_tsvector(ARRAY['@' || %(workspace)s, 'company' || n, 'ltd', 'example', 'g' || n])
               FROM generate_series(1, %(companies)s) n""",
            {"workspace": workspace.id, "companies": COMPANIES},
        )
        run(
            """INSERT INTO contacts_contact (workspace_id, created_at, has_user_id, has_email, traits, trait_orders, name, email, email_domain,
                   email_kind, name_looks_fake, company_id)
               SELECT %(workspace)s, now(), known, known, '{}', '{}', CASE WHEN known THEN 'Person ' || n ELSE '' END, '', '', 'business', false,
                      CASE WHEN known THEN first.id + CASE WHEN n < 12500 THEN 0 ELSE mod(n * 7919::bigint, %(companies)s - 1000) END END
               FROM (SELECT n, mod(n, 10) < 4 AS known FROM generate_series(1, %(contacts)s) n) made,
                    (SELECT min(id) AS id FROM contacts_company WHERE workspace_id = %(workspace)s) first""",
            {"workspace": workspace.id, "companies": COMPANIES, "contacts": CONTACTS},
        )
        run(
            """INSERT INTO contacts_lastseen (workspace_id, contact_id, at, activity)
               SELECT workspace_id, id, now() - mod(id * 7919, 5000000) * interval '1 second', 'Viewed /pricing' FROM contacts_contact
               WHERE workspace_id = %s""",
            [workspace.id],
        )
        run(
            """INSERT INTO scoring_score (workspace_id, version_id, contact_id, points, exact, rank, tally, computed_at)
               SELECT workspace_id, %(version)s, id, points, points * 1000, points / 40, '{}', now()
               FROM (SELECT workspace_id, id, mod(id * 7919, CASE WHEN has_email THEN 120 ELSE 40 END) AS points
                     FROM contacts_contact WHERE workspace_id = %(workspace)s) made""",
            {"workspace": workspace.id, "version": version.id},
        )
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL)
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE contacts_contact, contacts_company, contacts_lastseen, scoring_score")
    owner.close()
    return workspace, version


def _version(workspace: Workspace) -> Version:
    document = {"key": "leads", "name": "Leads", "rules": [], "stages": [{"key": f"s{n}", "name": f"S{n}", "threshold": n * 40} for n in (1, 2)]}
    made = ScoringType.objects.create(workspace=workspace, key="leads", name="Leads", draft=document)
    return Version.objects.create(workspace=workspace, scoring_type=made, number=1, document=document, time_zone="UTC", state=VersionState.LIVE)


if __name__ == "__main__":
    main()
