"""Imports that others get in the way of, or that stop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts import imports
from contacts.models import ImportChunk
from leadscore import clock
from scoring import importing
from tests.racing import in_a_thread, wait_until_one_waits_for_a_lock
from tests.scoring.importing import CONTACTS, counts, csv_of, narrowed, store, work

RAW = csv_of(("id", "first"), ("u1", "Ada"), ("u2", "Bea"))


@pytest.mark.django_db(transaction=True)
def test_an_old_file_that_is_begun_while_old_ones_are_dropped_is_imported(workspace: Workspace, alice: User) -> None:
    made = store(workspace, RAW, alice)
    with ThreadPoolExecutor(1) as pool:
        with workspace_scope(workspace.id):
            job = importing.run(made, narrowed(CONTACTS, made), by=alice)
            purged = in_a_thread(pool, lambda: imports.purge(workspace.id, clock.now() + timedelta(days=1)))
            wait_until_one_waits_for_a_lock()
        purged.result()
    work(workspace, job)
    assert counts(made) == {"new": 2}


@pytest.mark.django_db
def test_a_file_that_has_lost_rows_is_not_called_imported(workspace: Workspace, alice: User) -> None:
    made = store(workspace, RAW, alice)
    with workspace_scope(workspace.id):
        job = importing.run(made, narrowed(CONTACTS, made), by=alice)
        ImportChunk.objects.filter(source=made).delete()
    with pytest.raises(imports.RowsGone):
        work(workspace, job)


@pytest.mark.django_db
def test_only_rows_that_are_imported_keep_models_as_they_are(workspace: Workspace, alice: User) -> None:
    """Publishing would wait for a pass over the whole file."""
    made = store(workspace, RAW, alice)
    with workspace_scope(workspace.id):
        job = importing.run(made, narrowed(CONTACTS, made), by=alice)
    locks = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            importing.advance(workspace.id, job.id)
        locks.append(any("pg_advisory_xact_lock_shared" in query["sql"] for query in queries))
    assert (locks, counts(made)) == ([False, True, True], {"new": 2})


@pytest.mark.django_db
def test_an_import_that_stopped_is_gone_on_with_as_it_was_begun(workspace: Workspace, alice: User) -> None:
    made = store(workspace, RAW, alice)
    with workspace_scope(workspace.id):
        job = importing.run(made, narrowed(CONTACTS, made), by=alice)
    importing.give_up(workspace.id, job.id, ValueError("no"))
    with workspace_scope(workspace.id):
        with pytest.raises(importing.NotReady):
            importing.run(made, {"columns": {"id": {"to": "user_id"}}}, by=alice)
        job = importing.run(made, by=alice)
    work(workspace, job)
    assert counts(made) == {"new": 2}
