"""Deleting a workspace while others write to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import Team, User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import delete_workspace
from contacts.models import Contact
from leadscore import clock
from scoring.models import ScoringType
from tracking.models import Work

pytestmark = pytest.mark.django_db(transaction=True)


def in_a_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def rows_left(owner_connection: BaseDatabaseWrapper, workspace: Workspace) -> list[Any]:
    with owner_connection.cursor() as cursor:
        counts = []
        for table in ("contacts_contact", "scoring_scoringtype", "accounts_team", "tracking_work", "accounts_key"):
            cursor.execute(f"SELECT count(*) FROM {table} WHERE workspace_id = %s", [workspace.id])
            counts.append(cursor.fetchone()[0])
        return counts


def test_it_waits_for_a_running_drain_and_leaves_nothing_of_it(workspace: Workspace, owner_connection: BaseDatabaseWrapper) -> None:
    Work.objects.create(workspace=workspace)
    locked, go_on = threading.Event(), threading.Event()

    def drain() -> None:
        with workspace_scope(workspace.id):
            Work.objects.select_for_update().get(workspace=workspace)
            locked.set()
            go_on.wait(5)
            Contact.objects.create(workspace=workspace, created_at=clock.now())

    draining = in_a_thread(drain)
    locked.wait(5)
    deleting = in_a_thread(lambda: delete_workspace(workspace))
    deleting.join(0.3)
    assert deleting.is_alive()
    go_on.set()
    draining.join(5)
    deleting.join(5)
    assert (Workspace.objects.count(), rows_left(owner_connection, workspace)) == (0, [0, 0, 0, 0, 0])


def test_it_starts_again_when_it_meets_another_writer_head_on(workspace: Workspace, alice: User, owner_connection: BaseDatabaseWrapper) -> None:
    with workspace_scope(workspace.id):
        ScoringType.objects.create(workspace=workspace, key="leads", name="Leads", draft={})
    locked, ended = threading.Event(), []

    def edit() -> None:
        with workspace_scope(workspace.id):
            Team.objects.select_for_update().get(workspace=workspace, key="sales")
            locked.set()
            wait_until_somebody_waits()
            ScoringType.objects.filter(workspace=workspace).update(name="Edited")

    def edit_and_note() -> None:
        try:
            edit()
            ended.append("done")
        except OperationalError as error:
            ended.append(str(error).split("\n")[0])

    editing = in_a_thread(edit_and_note)
    locked.wait(5)
    delete_workspace(workspace)
    editing.join(10)
    assert ended in (["done"], ["deadlock detected"])
    assert (Workspace.objects.count(), rows_left(owner_connection, workspace)) == (0, [0, 0, 0, 0, 0])


def wait_until_somebody_waits() -> None:
    """Until another transaction waits for this one."""
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")
