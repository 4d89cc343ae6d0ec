"""Making, changing and deleting workspaces; the command that makes one."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.keys import find
from accounts.models import AuditEntry, Key, Membership, Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import change_settings, create_workspace, delete_workspace, rows_of_a_workspace


def test_a_new_workspace_has_an_owner_two_teams_and_a_write_key(alice: User, now: datetime) -> None:
    workspace = create_workspace("Northwind Robotics", alice, time_zone="Europe/Oslo", now=now)
    assert (workspace.slug, workspace.time_zone, workspace.created_at) == ("northwind-robotics", "Europe/Oslo", now)
    assert list(workspace.memberships.values_list("user", "role")) == [(alice.id, "owner")]
    assert list(workspace.keys.values_list("kind", "scopes")) == [("write", ["track"])]
    with workspace_scope(workspace.id):
        assert list(TeamMember.objects.values_list("team__key", "user").order_by("team__key")) == [("marketing", alice.id), ("sales", alice.id)]


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("Acme", ["acme", "acme-2", "acme-3"]),
        ("日本", ["workspace", "workspace-2", "workspace-3"]),
        ("a_b  C!", ["a-b-c", "a-b-c-2", "a-b-c-3"]),
        ("x" * 100, ["x" * 40, "x" * 40 + "-2", "x" * 40 + "-3"]),
    ],
)
def test_slugs_are_made_from_names_and_differ(alice: User, now: datetime, name: str, slugs: list[str]) -> None:
    made = [create_workspace(name, alice, now=now) for _ in slugs]
    for workspace in made:
        workspace.full_clean()
    assert [workspace.slug for workspace in made] == slugs


def test_changed_settings_are_recorded_with_what_they_were(workspace: Workspace, alice: User) -> None:
    change_settings(workspace, "Acme Ltd", "Asia/Tokyo", alice)
    assert Workspace.objects.values_list("name", "time_zone", "slug").get(id=workspace.id) == ("Acme Ltd", "Asia/Tokyo", "acme")
    with workspace_scope(workspace.id):
        entry = AuditEntry.objects.get(action="workspace.changed")
    assert entry.data == {"name": {"from": "Acme", "to": "Acme Ltd"}, "time_zone": {"from": "UTC", "to": "Asia/Tokyo"}}


def test_settings_that_stay_leave_no_record(workspace: Workspace, alice: User) -> None:
    change_settings(workspace, "Acme", "UTC", alice)
    with workspace_scope(workspace.id):
        assert AuditEntry.objects.filter(action="workspace.changed").count() == 0


def test_the_lock_goes_first_and_what_refers_before_what_is_referred_to() -> None:
    names = [model._meta.label for model in rows_of_a_workspace()]
    assert names[0] == "tracking.Work"
    for earlier, later in [
        ("scoring.Award", "contacts.Contact"),
        ("contacts.Contact", "contacts.Company"),
        ("notifications.Attempt", "notifications.Message"),
        ("accounts.AuditEntry", "accounts.Key"),
        ("accounts.TeamMember", "accounts.Team"),
    ]:
        assert names.index(earlier) < names.index(later)


def run(*arguments: str) -> dict[str, str]:
    out = StringIO()
    call_command("create_workspace", *arguments, "--json", stdout=out)
    made: dict[str, str] = json.loads(out.getvalue())
    assert out.getvalue().count("\n") == 1
    return made


def test_the_command_makes_a_person_who_can_sign_in(db: None) -> None:
    made = run("Acme", "--email", "Dora@Example.com", "--password", "Corr3ct-horse-battery")
    workspace = Workspace.objects.get(slug="acme")
    dora = User.objects.get(email="dora@example.com")
    write_key, api_key = find(made["write_key"]), find(made["api_key"])
    assert write_key is not None
    assert api_key is not None
    assert (made["workspace"], made["url"]) == ("acme", "http://127.0.0.1:8000/w/acme/")
    assert (write_key.workspace_id, write_key.kind, api_key.workspace_id, api_key.kind) == (workspace.id, "write", workspace.id, "secret")
    assert api_key.scopes == ("track", "read", "write", "admin")
    assert dora.check_password("Corr3ct-horse-battery")
    assert Membership.objects.get(workspace=workspace, user=dora).role == "owner"


def test_the_command_keeps_an_existing_persons_password(workspace: Workspace, alice: User) -> None:
    alice.set_password("the first one")
    alice.save()
    run("Second", "--email", "ALICE@example.com", "--password", "another")
    alice.refresh_from_db()
    assert alice.check_password("the first one")
    assert list(alice.memberships.values_list("workspace__slug", "role").order_by("id")) == [("acme", "owner"), ("second", "owner")]


def test_the_command_needs_a_password_for_a_new_person(db: None) -> None:
    with pytest.raises(CommandError, match="--password"):
        run("Acme", "--email", "dora@example.com")
    assert Workspace.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("", "Corr3ct-horse-battery", "This field cannot be blank"),
        ("  ", "Corr3ct-horse-battery", "This field cannot be blank"),
        ("x" * 101, "Corr3ct-horse-battery", "at most 100 characters"),
        ("Acme", "abc", "too short"),
        ("Acme", "dora@example.com", "too similar to the e-mail address"),
    ],
)
def test_the_command_refuses_what_the_forms_refuse(db: None, name: str, password: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(name, "--email", "dora@example.com", "--password", password)
    assert (Workspace.objects.count(), User.objects.count()) == (0, 0)


def test_the_command_says_that_a_password_was_not_used(workspace: Workspace, alice: User) -> None:
    said = StringIO()
    call_command("create_workspace", "Second", "--email", "alice@example.com", "--password", "another", "--json", stdout=StringIO(), stderr=said)
    assert said.getvalue() == "alice@example.com has an account already and keeps its password; --password was not used.\n"
    said = StringIO()
    call_command("create_workspace", "Third", "--email", "alice@example.com", "--json", stdout=StringIO(), stderr=said)
    assert said.getvalue() == ""


def test_deleting_leaves_no_row_and_touches_nobody_else(workspace: Workspace, elsewhere: Workspace) -> None:
    delete_workspace(workspace)
    assert list(Workspace.objects.values_list("slug", flat=True)) == ["elsewhere"]
    assert list(Key.objects.values_list("workspace__slug", flat=True)) == ["elsewhere"]
    with workspace_scope(workspace.id):
        assert (Team.objects.count(), AuditEntry.objects.count()) == (0, 0)
    with workspace_scope(elsewhere.id):
        assert Team.objects.count() == 2
