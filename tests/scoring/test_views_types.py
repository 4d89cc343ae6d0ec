"""The list of scoring types, and making, archiving and restoring one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from scoring import archiving, drafts
from scoring.models import ScoringType
from tests.scoring.documents import document, stage
from tests.scoring.pages import Make, maker, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    return maker(workspace, alice, client)


def test_the_list_shows_each_type_with_its_state(client: Client, workspace: Workspace, make: Make, alice: User) -> None:
    make(stages=[stage()])
    with workspace_scope(workspace.id):
        drafts.create(workspace, document(key="old", name="Old ones"), by=alice)
        archiving.archive(workspace, "old", by=alice)
    response = client.get(reverse("scoring:list", args=["acme"]))
    assert [(card.type.key, card.changes, card.progress) for card in response.context["cards"]] == [("new-leads", 0, None)]
    assert [one.key for one in response.context["archived"]] == ["old"]
    assert "draft only" in response.content.decode()


@pytest.mark.parametrize("types", [1, 3])
def test_the_list_takes_as_many_queries_for_three_types_as_for_one(
    client: Client, workspace: Workspace, make: Make, alice: User, types: int
) -> None:
    make()
    with workspace_scope(workspace.id):
        for number in range(1, types):
            drafts.create(workspace, document(key=f"t{number}", name=f"T{number}"), by=alice)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("scoring:list", args=["acme"]))
    assert len([query for query in queries if 'FROM "scoring_' in query["sql"] or "FROM scoring_" in query["sql"]]) == 4


def test_a_new_type_begins_with_three_stages_and_a_key_of_its_own(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    response = client.post(reverse("scoring:list", args=["acme"]), {"name": "New leads"})
    assert response["Location"] == reverse("scoring:edit", args=["acme", "new-leads-2"])
    with workspace_scope(workspace.id):
        made = ScoringType.objects.get(workspace=workspace, key="new-leads-2").draft
    assert [(one["key"], one["threshold"], one["notify"]) for one in made["stages"]] == [
        ("cold", 10, []), ("hot", 40, ["team:marketing"]), ("mql", 75, ["team:sales"])
    ]  # fmt: skip


def test_a_type_without_a_name_is_not_made(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    response = client.post(reverse("scoring:list", args=["acme"]), {"name": " "})
    assert (response.status_code, response.context["form"].errors["name"]) == (422, ["This field is required."])


def test_archiving_and_restoring(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    assert client.post(url("archive"))["Location"] == reverse("scoring:list", args=["acme"])
    assert client.get(url("edit")).status_code == 404
    assert client.post(url("archive")).status_code == 404
    assert client.post(url("restore"))["Location"] == url("edit")
    assert client.get(url("edit")).status_code == 200


def test_a_link_to_an_archived_type_says_so_and_offers_to_restore_it_to_whoever_may(
    client: Client, workspace: Workspace, make: Make, bob: User
) -> None:
    make()
    client.post(url("archive"))
    for name in ("edit", "versions"):
        text = client.get(url(name)).content.decode()
        assert ("New leads is archived" in text, url("restore") in text) == (True, True)
    assert client.post(url("restore"), follow=True).status_code == 200
    client.post(url("archive"))
    client.force_login(bob)
    answer = client.get(url("edit"))
    assert (answer.status_code, "New leads is archived" in answer.content.decode(), url("restore") in answer.content.decode()) == (404, True, False)
    assert "is archived" not in client.get(url("edit").replace("new-leads", "nothing")).content.decode()
