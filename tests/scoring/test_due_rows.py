"""The sweep touches only what is due: its statements and the rows it reads, among 100,000 contacts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from accounts.scope import workspace_scope
from leadscore import clock
from leadscore.sql import fetch, run
from scoring.due import bring_up_to_date
from scoring.models import Score, StageChange
from tests.scoring.conftest import publish

pytestmark = pytest.mark.django_db

CONTACTS, DUE = 100_000, 100
STATEMENTS = 19
DOCUMENT = {
    "key": "new-leads", "name": "New leads",
    "rules": [
        {"key": "demo", "name": "Asked for a demo", "when": "activity", "activity": "Demo Requested", "points": 20, "expiry": {"days": 90}},
        {"key": "soon", "name": "Trial ends soon", "when": "profile", "points": 5,
         "conditions": {"field": "contact.trial_ends", "op": "within_next", "value": 10}},
    ],
    "stages": [{"key": "warm", "name": "Warm", "threshold": 10}],
}  # fmt: skip


@pytest.fixture
def start(workspace: Workspace) -> datetime:
    """100,000 contacts with a score each, of which every 1,000th is due in an hour, those after them in two, and the others in days."""
    publish(workspace, DOCUMENT)
    start = clock.now()
    with workspace_scope(workspace.id):
        ((version, type_id),) = fetch("SELECT id, scoring_type_id FROM scoring_version WHERE workspace_id = %s", [workspace.id])
        params = {"workspace": workspace.id, "version": version, "type": type_id, "start": start, "contacts": CONTACTS, "every": CONTACTS // DUE}
        for statement in (PEOPLE, SCORES, AWARDS, STANDINGS):
            run(statement, params)
    return start


PEOPLE = """
    INSERT INTO contacts_contact (workspace_id, created_at, has_user_id, has_email, traits, trait_orders, name, email, email_domain, email_kind,
                                  name_looks_fake)
    SELECT %(workspace)s, %(start)s, true, false, '{}', '{}', '', '', '', 'missing', false FROM generate_series(1, %(contacts)s)"""
SCORES = """
    INSERT INTO scoring_score (workspace_id, version_id, contact_id, points, exact, stage, rank, tally, computed_at, next_due_at)
    SELECT %(workspace)s, %(version)s, id, 20, 20000, 'warm', 1, '{"alive": [[0, 1]]}', %(start)s,
           %(start)s + CASE id %% %(every)s WHEN 0 THEN interval '1 hour' WHEN 1 THEN interval '2 hours' ELSE interval '5 days' END
    FROM contacts_contact WHERE workspace_id = %(workspace)s"""
AWARDS = """
    INSERT INTO scoring_award (workspace_id, version_id, contact_id, rule, slot, awarded_at, message_id, activity_id, expires_at)
    SELECT workspace_id, version_id, contact_id, 0, '', next_due_at - interval '90 days', 'm' || contact_id, contact_id, next_due_at
    FROM scoring_score WHERE workspace_id = %(workspace)s AND next_due_at < %(start)s + interval '1 day'"""
STANDINGS = """
    INSERT INTO scoring_standing (workspace_id, scoring_type_id, contact_id, version_id, stage, entered)
    SELECT workspace_id, %(type)s, contact_id, version_id, 'warm', '["warm"]'
    FROM scoring_score WHERE workspace_id = %(workspace)s AND next_due_at < %(start)s + interval '1 day'"""


def rows_read() -> int:
    """Rows of tables that this transaction has read so far, by whatever plan."""
    ((read,),) = fetch("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables")
    return int(read)


def test_it_reads_what_is_due_and_nothing_else(workspace: Workspace, start: datetime) -> None:
    before = rows_read()
    assert fetch("SELECT workspaces_with_due_scores()") == []
    assert bring_up_to_date(workspace.id, lambda: start + timedelta(minutes=59)) == 0
    assert rows_read() - before < 20  # nothing is due yet
    before = rows_read()
    with CaptureQueriesContext(connection) as captured:
        assert bring_up_to_date(workspace.id, lambda: start + timedelta(hours=1)) == DUE
    assert len(captured) == STATEMENTS
    assert (rows_read() - before) // DUE < 20  # a handful of rows of each
    with workspace_scope(workspace.id):
        assert Score.objects.filter(workspace=workspace, points=0).count() == DUE
        assert set(StageChange.objects.filter(workspace=workspace).values_list("direction", "stage", "cause")) == {("left", "warm", "time")}
