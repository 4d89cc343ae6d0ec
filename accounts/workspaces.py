"""Making a workspace, changing its settings, and deleting it with all it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

from django.apps import apps
from django.db import IntegrityError, OperationalError, connection, models, transaction
from psycopg2 import sql
from psycopg2.errors import DeadlockDetected

from accounts import keys
from accounts.audit import By, change, record
from accounts.models import KeyKind, Membership, Role, Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from leadscore.slugs import numbered, slug_of

FIRST_TEAMS = {"marketing": "Marketing", "sales": "Sales"}
_ATTEMPTS = 5


def create_workspace(name: str, owner: User, *, time_zone: str = "UTC", now: datetime) -> Workspace:
    """A workspace with its owner, the teams marketing and sales with the owner in both, and a write key.

    Args:
        time_zone: IANA name.
    """
    with transaction.atomic():
        workspace = _with_free_slug(name, time_zone, now)
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER, created_at=now)
        with workspace_scope(workspace.id):
            _add_first_teams(workspace, owner, now)
            record(workspace.id, "workspace.created", name, owner)
            keys.issue(workspace, KeyKind.WRITE, "Website", [], owner, now)
    return workspace


def _with_free_slug(name: str, time_zone: str, now: datetime) -> Workspace:
    """The unique constraint decides: two people may choose the same name at the same moment."""
    for slug in _slugs(name):
        try:
            with transaction.atomic():
                return Workspace.objects.create(name=name, slug=slug, time_zone=time_zone, created_at=now)
        except IntegrityError:
            continue
    raise AssertionError("_slugs never ends")


def _slugs(name: str) -> Iterator[str]:
    slug = slug_of(name, "workspace")
    taken = set(Workspace.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    return (candidate for candidate in numbered(slug) if candidate not in taken)


def _add_first_teams(workspace: Workspace, owner: User, now: datetime) -> None:
    teams = [Team(workspace=workspace, key=key, name=name, created_at=now) for key, name in FIRST_TEAMS.items()]
    Team.objects.bulk_create(teams)
    TeamMember.objects.bulk_create(TeamMember(workspace=workspace, team=team, user=owner) for team in teams)


def change_settings(workspace: Workspace, name: str, time_zone: str, by: By) -> None:
    """Renames a workspace, or changes its time zone; its slug, which is in every link sent, stays."""
    with workspace_scope(workspace.id):
        before = Workspace.objects.select_for_update(no_key=True).get(id=workspace.id)
        now = {"name": name, "time_zone": time_zone}
        changed = {field: change(getattr(before, field), new) for field, new in now.items() if getattr(before, field) != new}
        if changed:
            Workspace.objects.filter(id=workspace.id).update(**now)
            record(workspace.id, "workspace.changed", name, by, changed)


FIRST_LOCK = "tracking.Work"  # the row that a drainer holds before any other


def delete_workspace(workspace: Workspace) -> None:
    """Deletes a workspace and every row of it, one statement a table.

    The row a drainer holds goes first, so that a running drain ends before and the next cannot start. Other writers may meet the deletion in
    the opposite lock order; PostgreSQL then ends one of the two, and the deletion starts again.
    """
    for attempt in count(1):
        try:
            with workspace_scope(workspace.id):
                _delete_rows(workspace)
            return
        except OperationalError as error:
            if attempt == _ATTEMPTS or not isinstance(error.__cause__, DeadlockDetected):
                raise


def _delete_rows(workspace: Workspace) -> None:
    with connection.cursor() as cursor:
        for model in rows_of_a_workspace():
            statement = sql.SQL("DELETE FROM {} WHERE workspace_id = %s").format(sql.Identifier(model._meta.db_table))
            cursor.execute(statement, [workspace.id])
        cursor.execute("DELETE FROM accounts_workspace WHERE id = %s", [workspace.id])


def rows_of_a_workspace() -> list[type[models.Model]]:
    """The models whose rows belong to a workspace, in the order in which they can be deleted: locks, then what refers before what is referred to.

    References are followed by the database row by row; in this order it finds nothing left to follow.
    """
    owned = [model for model in apps.get_models() if any(_is_workspace(field) for field in model._meta.fields)]
    locks = [model for model in owned if model._meta.label == FIRST_LOCK]
    ordered: list[type[models.Model]] = []
    for model in owned:
        _place(model, owned, ordered, set())
    return locks + [model for model in reversed(ordered) if model not in locks]


def _place(model: type[models.Model], owned: list[type[models.Model]], ordered: list[type[models.Model]], above: set[type[models.Model]]) -> None:
    """Appends what `model` refers to, then `model`; a reference back to one being placed is left out (types and versions name each other)."""
    if model in ordered or model in above:
        return
    for target in (field.related_model for field in model._meta.fields if field.is_relation):
        if target in owned:
            _place(target, owned, ordered, above | {model})
    ordered.append(model)


def _is_workspace(field: models.Field[Any, Any]) -> bool:
    return field.is_relation and field.related_model is Workspace and field.name == "workspace"
