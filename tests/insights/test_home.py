"""The first page of a workspace."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import Membership, User, Workspace
from accounts.scope import workspace_scope
from scoring import publishing
from tests.scoring.conftest import DOCUMENT, publish
from tests.scoring.conftest import send as send
from tests.scoring.test_story import DEMO, IDENTIFY, views

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_workspace_is_told_the_three_steps(client: Client, home: str) -> None:
    text = client.get(home).content.decode()
    assert "From a visit to a mail, in three steps" in text
    assert "Leads by stage" not in text


@pytest.mark.parametrize(
    ("role", "buttons"),
    [("viewer", []), ("sales", []), ("marketer", ["Install", "Scoring types"]), ("admin", ["Install", "Scoring types", "Members"])],
)
def test_nobody_is_sent_to_a_step_that_their_role_does_not_allow(
    client: Client, bob: User, workspace: Workspace, role: str, buttons: list[str]
) -> None:
    Membership.objects.filter(workspace=workspace, user=bob).update(role=role)
    client.force_login(bob)
    text = client.get(f"/w/{workspace.slug}/").content.decode()
    assert re.findall(r'<a class="btn btn-sm" href="[^"]*">(\w[^<]*)</a>', text) == buttons
    assert ("This workspace is being set up" in text) is (buttons == [])


def test_it_counts_the_contacts_of_each_stage_and_names_who_came_up(client: Client, home: str, workspace: Workspace, send) -> None:
    publish(workspace, DOCUMENT)
    send(*views("p1", "p2"), {"type": "page", "anonymousId": "a2", "messageId": "q"})
    send(IDENTIFY, DEMO)
    response = client.get(home)
    rungs = [(rung.name, rung.now, rung.entered, rung.left) for rung in response.context["rungs"]]
    assert rungs == [("Marketing qualified leads", 1, 1, 0), ("Hot leads", 0, 1, 0), ("Cold leads", 0, 1, 0), ("No stage yet", 1, 0, 0)]
    assert "Ada" in response.content.decode()


def test_a_new_versions_moves_are_told_apart_and_each_line_adds_up(client: Client, home: str, workspace: Workspace, send) -> None:
    publish(workspace, DOCUMENT)
    send(*views("p1", "p2"), IDENTIFY, DEMO)
    publish(workspace, {**DOCUMENT, "stages": [*DOCUMENT["stages"][:2], {**DOCUMENT["stages"][2], "threshold": 500}]})
    response = client.get(home)
    rungs = [(rung.name, rung.now, rung.entered, rung.left, rung.by_version, rung.net) for rung in response.context["rungs"]]
    assert rungs == [
        ("Marketing qualified leads", 0, 1, 0, -1, 0), ("Hot leads", 1, 1, 0, 0, 1), ("Cold leads", 0, 1, 0, 0, 1), ("No stage yet", 0, 0, 0, 0, 0)
    ]  # fmt: skip
    assert "is how many publishing put into a stage" in response.content.decode()


def test_a_summary_is_listed_by_the_version_that_it_tells_of(client: Client, home: str, workspace: Workspace, send) -> None:
    send(IDENTIFY, DEMO)
    with workspace_scope(workspace.id):
        workspace.scoring_types.create(key=DOCUMENT["key"], name=DOCUMENT["name"], draft=DOCUMENT)
        job = publishing.publish(workspace, DOCUMENT["key"], by=None, notify="summary")
    while publishing.advance(workspace.id, job.id):
        pass
    text = client.get(home).content.decode()
    assert re.findall(r'/messages/[0-9]+/">([^<]*)<', text) == ["New leads: Version 1"]


def test_its_statements_do_not_depend_on_the_number_of_contacts(
    client: Client, home: str, workspace: Workspace, send, django_assert_num_queries
) -> None:
    publish(workspace, DOCUMENT)
    for number in range(3):
        send({**DEMO, "userId": f"u{number}", "messageId": f"d{number}"})
        if number in (0, 2):
            client.get(home)
            with django_assert_num_queries(26):
                client.get(home)
