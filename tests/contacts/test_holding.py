"""Contacts are locked together with those merged into them, in one ascending order whatever happens while they are waited for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts import people
from contacts.models import Contact
from leadscore.sql import fetch, run
from tests.racing import in_a_thread, wait_until_one_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)


def made(workspace: Workspace, now: datetime, count: int) -> list[int]:
    with workspace_scope(workspace.id):
        return [Contact.objects.create(workspace=workspace, created_at=now).id for _ in range(count)]


def free(workspace: Workspace, ids: list[int]) -> set[int]:
    """Those of the contacts whose rows nobody else holds."""
    with workspace_scope(workspace.id):
        return {id for (id,) in fetch("SELECT id FROM contacts_contact WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED", [ids])}


def test_who_was_merged_into_one_that_was_waited_for_is_held_too(workspace: Workspace, now: datetime) -> None:
    first, second, third, fourth = made(workspace, now, 4)
    held, let_go = Event(), Event()

    def hold() -> None:
        with workspace_scope(workspace.id):
            people.hold(workspace.id, [third])
            held.set()
            assert let_go.wait(20)

    with ThreadPoolExecutor(1) as pool:
        with workspace_scope(workspace.id):
            people.hold(workspace.id, [first, third])
            holding = in_a_thread(pool, hold)
            wait_until_one_waits_for_a_lock()
            run("UPDATE contacts_contact SET merged_into_id = %s, merged_at = now() WHERE id = %s", [third, first])
        assert held.wait(20)
        assert free(workspace, [first, second, third, fourth]) == {second, fourth}
        let_go.set()
        holding.result(20)
    assert free(workspace, [first, second, third, fourth]) == {first, second, third, fourth}
