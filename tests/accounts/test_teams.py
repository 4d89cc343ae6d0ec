"""Teams and who is in them."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import AuditEntry, Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from accounts.teams import NameTaken, TeamExists, create_team, delete_team, rename_team, set_members


def emails(team: Team) -> list[str]:
    with workspace_scope(team.workspace_id):
        return list(team.members.values_list("user__email", flat=True).order_by("user__email"))


def test_a_key_is_made_from_the_name_and_stays(workspace: Workspace, alice: User, now: datetime) -> None:
    made = [create_team(workspace, name, alice, now) for name in ("Field Sales", "Field-sales", "営業")]
    rename_team(made[0], "Outside sales", alice)
    with workspace_scope(workspace.id):
        named = dict(Team.objects.filter(id__in=[team.id for team in made]).values_list("key", "name"))
    assert named == {"field-sales": "Outside sales", "field-sales-2": "Field-sales", "team": "営業"}


def test_a_chosen_key_that_is_taken_is_refused(workspace: Workspace, alice: User, now: datetime) -> None:
    with pytest.raises(TeamExists):
        create_team(workspace, "Another", alice, now, key="sales")


def test_a_name_is_one_teams_alone_in_whatever_case(workspace: Workspace, elsewhere: Workspace, alice: User, now: datetime) -> None:
    team = create_team(workspace, "Partners", alice, now)
    with pytest.raises(NameTaken):
        create_team(workspace, "SALES", alice, now)
    with pytest.raises(NameTaken):
        rename_team(team, "sales", alice)
    rename_team(team, "PARTNERS", alice)
    create_team(elsewhere, "Partners", alice, now)
    with workspace_scope(workspace.id):
        assert list(Team.objects.values_list("name", flat=True).order_by("name")) == ["Marketing", "PARTNERS", "Sales"]


def test_members_are_set_as_a_whole_and_recorded(workspace: Workspace, alice: User, bob: User, now: datetime) -> None:
    team = create_team(workspace, "Partners", alice, now)
    set_members(team, [alice.id], alice)
    set_members(team, [bob.id], alice)
    assert emails(team) == ["bob@example.com"]
    with workspace_scope(workspace.id):
        entry = AuditEntry.objects.filter(action="team.members_changed").latest("id")
    assert entry.data == {"added": ["bob@example.com"], "removed": ["alice@example.com"]}


def test_a_stranger_cannot_be_put_into_a_team(workspace: Workspace, alice: User, charlie: User, now: datetime) -> None:
    team = create_team(workspace, "Partners", alice, now)
    set_members(team, [alice.id, charlie.id], alice)
    assert emails(team) == ["alice@example.com"]


def test_deleting_a_team_takes_its_memberships_along(workspace: Workspace, alice: User, now: datetime) -> None:
    team = create_team(workspace, "Partners", alice, now)
    set_members(team, [alice.id], alice)
    delete_team(team, alice)
    with workspace_scope(workspace.id):
        assert list(Team.objects.values_list("key", flat=True).order_by("key")) == ["marketing", "sales"]
        assert TeamMember.objects.count() == 2
