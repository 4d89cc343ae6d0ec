"""Lists: each asks the database the same number of questions for one row and for three."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import keys, teams
from accounts.models import KeyKind, Membership, Role, User, Workspace
from accounts.scope import workspace_scope
from scoring.models import Score, Version
from tests.api.conftest import Api
from tests.tenancy.rows import Rows, fill


@pytest.fixture
def filled(workspace: Workspace, alice: User, now: datetime) -> Rows:
    return fill(workspace, alice, "first", now)


@pytest.fixture
def rows_key(filled: Rows) -> Api:
    return Api({"Authorization": f"Bearer {filled.secret_key}"})


@pytest.fixture
def three(filled: Rows, workspace: Workspace, alice: User, now: datetime) -> None:
    """More of everything: contacts with identifiers, scores, activities, changes, messages, companies, types, versions, teams, keys, members."""
    with workspace_scope(workspace.id):
        for number in range(2):
            more(filled, workspace, alice, number, now + timedelta(seconds=number))


def more(filled: Rows, workspace: Workspace, alice: User, number: int, now: datetime) -> None:
    word = f"more{number}"
    for row in (filled.company, filled.scoring_type):
        row.pk = None
    filled.company.group_id, filled.scoring_type.key = word, word
    filled.company.save()
    filled.scoring_type.save()
    contact, activity, change = filled.contact, filled.activity, filled.stage_change
    activity.pk, activity.message_id = None, word
    activity.save()
    contact_id = contact.id
    change.pk = None
    change.save()
    message = filled.message
    message.pk, message.stage_change_id, message.message_id = None, change.id, f"<{word}>"
    message.save()
    version = filled.version
    version.pk, version.number, version.state = None, version.number + 1, "retired"
    version.save()
    contact.pk, contact.email = None, f"{word}@first.example"
    contact.save()
    contact.identifiers.create(workspace=workspace, kind="user_id", value=word)
    live = Version.objects.get(workspace=workspace, state="live")
    Score.objects.create(workspace=workspace, contact=contact, version=live, points=number, exact=number * 1000, computed_at=now)
    contact.id = contact_id
    team = teams.create_team(workspace, word, alice, now)
    user = User.objects.create_user(f"{word}@example.com")
    Membership.objects.create(workspace=workspace, user=user, role=Role.SALES)
    teams.set_members(team, [user.id, alice.id], alice)
    keys.issue(workspace, KeyKind.WRITE, word, [], alice, now)


LISTS = {
    "/contacts/": 4,
    "/contacts/?scoring_type=first-type&ordering=-points": 5,
    "/contacts/{contact}/activities/": 2,
    "/contacts/{contact}/history/": 2,
    "/companies/": 1,
    "/scoring-types/": 1,
    "/scoring-types/first-type/versions/": 3,
    "/stage-changes/": 3,
    "/notifications/": 1,
    "/members/": 1,
    "/teams/": 2,
    "/keys/": 1,
}
WHO_ASKS = 7  # the key, its workspace; the scope: which is open, begin, open, close, end


@pytest.mark.parametrize(("path", "queries"), LISTS.items())
def test_one_row_costs_what_three_do(
    path: str, queries: int, filled: Rows, rows_key: Api, request: pytest.FixtureRequest, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = path.format(contact=filled.contact.id)
    rows_key.get(address)  # notes the key's use and sets the clock
    with django_assert_num_queries(WHO_ASKS + queries):
        few = rows_key.get(address)["results"]
    request.getfixturevalue("three")
    with django_assert_num_queries(WHO_ASKS + queries):
        many = rows_key.get(address)["results"]
    assert (1 <= len(few) < len(many), len(many) >= 3) == (True, True)
