"""A workspace full of contacts and activities, made by the database in two statements.

What a contact did follows no equal measure: a few did thousands of things, most a handful. Every third page view has an address of its own, as
campaigns make them; the others are of ten pages. Nothing is dated ahead, and all of it lies within 90 days.
"""

from __future__ import annotations

from typing import Any

import psycopg2
from _workload import EVENTS, PATHS
from django.conf import settings

from accounts.models import Workspace
from accounts.scope import workspace_scope
from leadscore.sql import run

TITLES = ["Director of IT", "Manager", "Engineer", "Head of Sales"]


def populate(workspace: Workspace, contacts: int, activities: int) -> None:
    """Fills an empty database's workspace with known contacts and what they did."""
    with workspace_scope(workspace.id):
        given: dict[str, Any] = {
            "workspace": workspace.id, "contacts": contacts, "activities": activities, "titles": TITLES, "events": EVENTS, "paths": PATHS,
        }  # fmt: skip
        run(CONTACTS, given)
        run("SELECT setseed(0.5)")
        run(ACTIVITIES, given)
    settle("contacts_contact", "contacts_activity")


def settle(*tables: str) -> None:
    """What autovacuum would do by and by, done at once, so that no measurement meets it."""
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL)
    try:
        owner.autocommit = True
        with owner.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")
    finally:
        owner.close()


CONTACTS = """
    INSERT INTO contacts_contact (workspace_id, created_at, has_user_id, has_email, traits, trait_orders, name, email, email_domain,
                                  email_kind, name_looks_fake, search)
    SELECT %(workspace)s, now() - interval '100 days', true, true, jsonb_build_object('email', mail, 'job_title', title), '{}', 'Pat ' || n, mail,
           'firm.example', 'business', false, array_to_tsvector(ARRAY['p' || n])
    FROM generate_series(1, %(contacts)s) n,
         LATERAL (SELECT 'p' || n || '@firm.example' AS mail, (%(titles)s::text[])[1 + mod(n, 4)] AS title) made"""

# 7919 scatters the busy ones over all parts of a job.
ACTIVITIES = """
    INSERT INTO contacts_activity (workspace_id, contact_id, kind, name, occurred_at, received_at, message_id, source, properties, context,
                                   bot, erased)
    SELECT %(workspace)s, contact, CASE WHEN is_page THEN 'page' ELSE 'track' END,
           CASE WHEN is_page THEN 'Page Viewed' ELSE (%(events)s::text[])[1 + mod(n / 10, cardinality(%(events)s::text[]))] END, at, at, 'a' || n, 1,
           CASE WHEN is_page
                THEN jsonb_build_object('url', 'https://shop.example' || path || CASE WHEN mod(n, 3) = 0 THEN '?utm_id=' || md5(n::text) ELSE '' END,
                                        'path', path, 'title', 'Page ' || path, 'referrer', 'https://search.example/')
                ELSE jsonb_build_object('value', mod(n / 7, 120), 'plan', CASE WHEN mod(n, 2) = 0 THEN 'pro' ELSE 'free' END) END,
           '{"locale": "en-GB", "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "library": {"name": "bench", "version": "1"}}',
           '', false
    FROM (SELECT n, first + mod(floor(chance * chance * %(contacts)s)::bigint * 7919, %(contacts)s) AS contact, mod(n, 10) < 7 AS is_page,
                 (%(paths)s::text[])[1 + mod(n / 10, cardinality(%(paths)s::text[]))] AS path, now() - instant * interval '90 days' AS at
          FROM (SELECT n, random() AS chance, random() AS instant FROM generate_series(1, %(activities)s) n) drawn,
               (SELECT min(id) AS first FROM contacts_contact WHERE workspace_id = %(workspace)s) known) made"""
