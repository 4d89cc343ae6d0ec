"""The way in: which workspace opens, making one, accepting an invitation."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.invitations import invite, link_of
from accounts.members import add_member
from accounts.models import Membership, Role, User, Workspace
from accounts.workspaces import create_workspace


def test_a_person_without_a_workspace_makes_one(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/")["Location"] == "/workspaces/new/"


def test_the_only_workspace_opens(client: Client, alice: User, workspace: Workspace) -> None:
    client.force_login(alice)
    assert client.get("/")["Location"] == "/w/acme/"


def test_of_several_the_one_used_last_opens(client: Client, alice: User, workspace: Workspace, now: datetime) -> None:
    create_workspace("Second", alice, now=now)
    client.force_login(alice)
    assert client.get("/")["Location"] == "/workspaces/"
    client.get("/w/second/settings/")
    assert client.get("/")["Location"] == "/w/second/"
    client.get("/w/acme/settings/")
    assert client.get("/")["Location"] == "/w/acme/"


def test_a_workspace_that_was_left_does_not_open(client: Client, bob: User, workspace: Workspace, elsewhere: Workspace, now: datetime) -> None:
    add_member(elsewhere, bob, Role.VIEWER, now)
    client.force_login(bob)
    client.get("/w/acme/settings/")
    Membership.objects.filter(user=bob, workspace=workspace).delete()
    assert client.get("/")["Location"] == "/w/elsewhere/"


def test_the_switcher_lists_mine_by_name_and_no_others(
    client: Client, alice: User, workspace: Workspace, elsewhere: Workspace, now: datetime
) -> None:
    create_workspace("Aardvark", alice, now=now)
    client.force_login(alice)
    response = client.get("/workspaces/")
    assert [membership.workspace.slug for membership in response.context["memberships"]] == ["aardvark", "acme"]
    assert b"Elsewhere" not in response.content


def test_a_new_workspace_leads_to_the_snippet(client: Client, alice: User) -> None:
    client.force_login(alice)
    response = client.post("/workspaces/new/", {"name": "Northwind", "time_zone": "Europe/Oslo"})
    assert response["Location"] == "/w/northwind/settings/install/"
    assert Membership.objects.values_list("workspace__time_zone", "user", "role").get() == ("Europe/Oslo", alice.id, "owner")


def test_a_workspace_needs_a_name(client: Client, alice: User) -> None:
    client.force_login(alice)
    response = client.post("/workspaces/new/", {"name": " ", "time_zone": "UTC"})
    assert (response.status_code, list(response.context["form"].errors), Workspace.objects.count()) == (422, ["name"], 0)


# Invitations


@pytest.fixture
def path(workspace: Workspace, alice: User, now: datetime) -> str:
    """Where Dora's invitation leads."""
    _, token, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now)
    return link_of(token).removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora@example.com", name="Dora")


def test_signed_out_it_offers_both_ways_in_and_comes_back(client: Client, path: str) -> None:
    response = client.get(path)
    content = response.content.decode()
    assert response.status_code == 200
    assert [f"/accounts/{way}/?next={path}" in content for way in ("signup", "login")] == [True, True]


def test_accepting_opens_the_workspace(client: Client, path: str, dora: User, workspace: Workspace) -> None:
    client.force_login(dora)
    assert client.post(path)["Location"] == "/w/acme/"
    assert Membership.objects.get(user=dora, workspace=workspace).role == "sales"
    assert client.post(path).status_code == 410


def test_looking_at_it_accepts_nothing(client: Client, path: str, dora: User) -> None:
    client.force_login(dora)
    client.get(path)
    assert Membership.objects.filter(user=dora).count() == 0


def test_somebody_else_cannot_accept(client: Client, path: str, charlie: User, workspace: Workspace) -> None:
    client.force_login(charlie)
    assert client.post(path).status_code == 403
    assert Membership.objects.filter(user=charlie, workspace=workspace).count() == 0


def test_nobody_signed_in_cannot_accept(client: Client, path: str, workspace: Workspace) -> None:
    assert client.post(path).status_code == 200
    assert Membership.objects.filter(workspace=workspace).count() == 2


def test_an_unknown_link_is_not_found(client: Client, workspace: Workspace) -> None:
    assert client.get("/invitations/abc/").status_code == 404


def test_an_old_link_says_so(client: Client, workspace: Workspace, alice: User, now: datetime) -> None:
    _, token, _ = invite(workspace, "dora@example.com", Role.SALES, alice, now - timedelta(days=15))
    assert client.get(f"/invitations/{token}/").status_code == 410
