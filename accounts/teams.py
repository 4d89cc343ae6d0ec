"""Teams: people who are told together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.audit import By, change, record
from accounts.models import Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from leadscore.slugs import free_slug


class TeamExists(Exception):
    """The workspace has a team with this key."""


class NameTaken(Exception):
    """The workspace has a team of this name, in whatever case."""


def create_team(workspace: Workspace, name: str, by: By, now: datetime, *, key: str | None = None) -> Team:
    """A team without members.

    Args:
        key: what recipients name it by; made from the name where none is given.

    Raises:
        TeamExists: the key is taken.
        NameTaken: the name is.
    """
    with workspace_scope(workspace.id):
        with _one_of_each(key or name, name):
            team = Team.objects.create(workspace=workspace, key=key or _free_key(workspace, name), name=name, created_at=now)
        record(workspace.id, "team.created", name, by, {"key": team.key})
    return team


@contextmanager
def _one_of_each(key: str, name: str) -> Iterator[None]:
    """Says which of the two constraints refused a team."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "accounts_team_name_any_case" in str(error):
            raise NameTaken(name) from error
        raise TeamExists(key) from error


def _free_key(workspace: Workspace, name: str) -> str:
    return free_slug(name, set(Team.objects.filter(workspace=workspace).values_list("key", flat=True)), "team")


def rename_team(team: Team, name: str, by: By) -> None:
    """Changes the name people see; the key that recipients use stays.

    Raises:
        NameTaken.
    """
    with workspace_scope(team.workspace_id), _one_of_each(team.key, name):
        if Team.objects.filter(id=team.id).exclude(name=name).update(name=name):
            record(team.workspace_id, "team.renamed", name, by, {"name": change(team.name, name), "key": team.key})


def set_members(team: Team, user_ids: Iterable[int], by: By) -> None:
    """Makes the team consist of these people; who is not a member of the workspace is left out."""
    with workspace_scope(team.workspace_id):
        Team.objects.select_for_update().get(id=team.id)
        wanted = User.objects.filter(memberships__workspace=team.workspace_id, id__in=set(user_ids))
        joining = list(wanted.exclude(team_members__team=team).order_by("email"))
        leaving = list(User.objects.filter(team_members__team=team).exclude(id__in=wanted).order_by("email"))
        team.members.filter(user__in=leaving).delete()
        TeamMember.objects.bulk_create(TeamMember(workspace_id=team.workspace_id, team=team, user=user) for user in joining)
        if joining or leaving:
            data = {"added": [user.email for user in joining], "removed": [user.email for user in leaving]}
            record(team.workspace_id, "team.members_changed", team.name, by, data)


def delete_team(team: Team, by: By) -> None:
    """Deletes a team and its memberships. Stages that still name it tell nobody in its place."""
    with workspace_scope(team.workspace_id):
        if Team.objects.filter(id=team.id).delete()[0]:
            record(team.workspace_id, "team.deleted", team.name, by, {"key": team.key})
