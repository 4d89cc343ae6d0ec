"""Imports that others get in the way of."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts import imports
from contacts.models import ImportChunk
from leadscore import clock
from leadscore.sql import fetch
from scoring import importing
from tests.scoring.importing import CONTACTS, counts, csv_of, narrowed, store, work

RAW = csv_of(("id", "first"), ("u1", "Ada"), ("u2", "Bea"))


def in_a_thread(pool: ThreadPoolExecutor, deed: Callable[[], None]) -> Future[None]:
    def alone() -> None:
        try:
            deed()
        finally:
            connection.close()

    return pool.submit(alone)


def wait_until_one_waits_for_a_lock() -> None:
    for _ in range(200):
        if fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


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
