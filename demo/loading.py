"""Makes the demo workspace: its people, its scoring types published ninety days ago, and what has happened since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts import members, teams
from accounts.models import Key, KeyKind, Role, User, Workspace
from accounts.people import add_person, confirm_address, find_person
from accounts.scope import workspace_scope
from accounts.workspaces import change_settings, create_workspace
from demo import company
from demo.journeys import DAYS, history
from demo.replay import date_audit, replay, stopped_at
from demo.scoring_types import DOCUMENTS, Document
from leadscore.sql import run
from scoring import publishing
from scoring.models import ScoringType, Version


def find() -> Workspace | None:
    """The demo workspace, whatever it is called by now: the first that the demo's owner got."""
    own = Workspace.objects.filter(memberships__user__email=company.EMAIL, memberships__role=Role.OWNER)
    return own.order_by("id").first()


def write_key(workspace: Workspace) -> str | None:
    """The key that the pretend site carries; None where all have been revoked."""
    tokens = Key.objects.filter(workspace=workspace, kind=KeyKind.WRITE, revoked_at=None).order_by("id")
    return tokens.values_list("public_token", flat=True).first()


def load(now: datetime, password: str, say: Callable[[datetime], None]) -> bool:
    """Makes the workspace with its history in one transaction; False if it is there already.

    Args:
        say: told the instant that the history has come to.
    """
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(hashtext('leadscore.demo'))")  # another loader's workspace is seen, not made twice
        if find():
            return False
        start = now - timedelta(days=DAYS + 1)
        owner = _person(company.OWNER.email, company.OWNER.name, password)
        workspace = create_workspace(company.FIRST_NAME, owner, time_zone=company.TIME_ZONE, now=start)
        with workspace_scope(workspace.id):
            _staff(workspace, owner, start)
            for document in DOCUMENTS:
                _publish(workspace, document, owner, start)
            replay(workspace, history(now), now, say)
    return True


def _person(email: str, name: str, password: str) -> User:
    return find_person(email) or add_person(email, password, name)


def _staff(workspace: Workspace, owner: User, now: datetime) -> None:
    change_settings(workspace, company.NAME, company.TIME_ZONE, owner)
    people = {company.OWNER: owner} | {one: _colleague(one, owner) for one in company.COLLEAGUES}
    for one in company.COLLEAGUES:
        members.add_member(workspace, people[one], one.role, now)
    for team in workspace.teams.all():
        teams.set_members(team, [person.id for one, person in people.items() if team.key in one.teams], owner)
    workspace.audit_entries.update(at=now)
    Workspace.objects.filter(id=workspace.id).update(created_at=now)
    User.objects.filter(id__in=[person.id for person in people.values()], date_joined__gt=now).update(date_joined=now)


def _colleague(one: company.Colleague, owner: User) -> User:
    """Signs in with the owner's password: its hash, which takes a third of a second to make on purpose, is made once."""
    found = find_person(one.email)
    if found:
        return found
    user = User.objects.create_user(one.email, name=one.name)
    user.password = owner.password
    user.save(update_fields=["password"])
    confirm_address(user)
    return user


def _publish(workspace: Workspace, document: Document, owner: User, now: datetime) -> None:
    scoring_type = ScoringType.objects.create(
        workspace=workspace, key=document["key"], name=document["name"], draft=document, draft_saved_at=now, created_at=now
    )
    job = publishing.publish(workspace, document["key"], by=owner, note="As marketing and sales agreed on it.")
    while publishing.advance(workspace.id, job.id, stopped_at(now)):
        pass
    Version.objects.filter(workspace=workspace, scoring_type=scoring_type).update(created_at=F("live_at"))
    type(job).objects.filter(id=job.id).update(created_at=now, touched_at=now, finished_at=now)
    date_audit(workspace, now)
