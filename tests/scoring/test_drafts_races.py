"""Two who want the same key at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from scoring import drafts
from scoring.models import ScoringType
from tests.racing import in_a_thread, wait_until_one_waits_for_a_lock
from tests.scoring.documents import document

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_comes_second_gets_the_next_key(workspace: Workspace, alice: User) -> None:
    with ThreadPoolExecutor(1) as pool:
        with workspace_scope(workspace.id):
            first = drafts.create_freely(workspace, document(), by=alice)
            second = in_a_thread(pool, lambda: drafts.create_freely(workspace, document(), by=alice))
            wait_until_one_waits_for_a_lock()
        assert (first.key, second.result().key) == ("new-leads", "new-leads-2")
    with workspace_scope(workspace.id):
        stored = ScoringType.objects.order_by("id").values_list("draft", flat=True)
        assert [one["key"] for one in stored] == ["new-leads", "new-leads-2"]


def test_two_pages_make_a_type_of_one_name_each(client: Client, workspace: Workspace, alice: User) -> None:
    client.force_login(alice)
    with ThreadPoolExecutor(1) as pool:
        with workspace_scope(workspace.id):
            drafts.create(workspace, document(), by=alice)
            second = in_a_thread(pool, lambda: client.post(reverse("scoring:list", args=["acme"]), {"name": "New leads"}))
            wait_until_one_waits_for_a_lock()
        assert second.result()["Location"] == reverse("scoring:edit", args=["acme", "new-leads-2"])
