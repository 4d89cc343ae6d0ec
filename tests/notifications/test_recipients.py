"""Whom a stage's recipients mean, and which of them cannot be published."""

from __future__ import annotations

import pytest

from accounts.models import Team
from accounts.scope import workspace_scope
from notifications.due import Person
from notifications.recipients import problems, resolve

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _inside(workspace, elsewhere, charlie):
    """Charlie's team `abroad` is in another workspace."""
    with workspace_scope(elsewhere.id):
        Team.objects.create(workspace=elsewhere, key="abroad", name="Abroad")
    with workspace_scope(workspace.id):
        yield


def test_names_mean_a_teams_members_members_and_owners(workspace, sales, dora, emil):
    names = {"team:sales", "user:Dora@example.com", "email:outside@example.org", "team:none", "user:charlie@example.net"}
    assert resolve(workspace.id, names, {emil.id, 10**9}) == {
        "team:sales": [Person("dora@example.com", dora.id), Person("emil@example.com", emil.id)],
        "user:Dora@example.com": [Person("dora@example.com", dora.id)],
        f"owner:{emil.id}": [Person("emil@example.com", emil.id)],
    }


def test_a_person_who_was_not_asked_for_as_an_owner_is_none(workspace, dora):
    assert resolve(workspace.id, {"user:dora@example.com"}, set()) == {"user:dora@example.com": [Person("dora@example.com", dora.id)]}


def test_nobody_asked_for_costs_nothing(workspace, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert resolve(workspace.id, {"owner"}, set()) == {}


def test_names_are_found_in_two_statements(workspace, sales, dora, emil, django_assert_num_queries):
    with django_assert_num_queries(2):
        resolve(workspace.id, {"team:sales", "team:marketing", "user:dora@example.com", "user:emil@example.com"}, {dora.id, emil.id})


@pytest.mark.parametrize(
    ("recipient", "problem"),
    [
        ("team:sales", None),
        ("owner-or:team:sales", None),
        ("owner", None),
        ("user:Bob@Example.com", None),
        ("email:outside@example.org", None),
        ("team:abroad", "There is no team “abroad” in this workspace."),
        ("owner-or:team:none", "There is no team “none” in this workspace."),
        ("user:charlie@example.net", "charlie@example.net is not a member of this workspace."),
    ],
)
def test_teams_and_members_must_exist(workspace, recipient, problem):
    expected = [] if problem is None else [("stages[1].notify[0]", problem)]
    assert problems(workspace.id, [("stages[1].notify[0]", recipient)]) == expected


def test_every_place_that_names_a_missing_team_is_told(workspace):
    asked = [("stages[0].notify[0]", "team:none"), ("stages[0].notify[1]", "owner"), ("stages[2].notify[0]", "team:none")]
    assert [path for path, _ in problems(workspace.id, asked)] == ["stages[0].notify[0]", "stages[2].notify[0]"]
