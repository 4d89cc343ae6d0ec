"""A summary counts everybody who moved, and loads those alone whom it names."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from notifications import summaries
from notifications.models import Message
from scoring import summarising
from scoring.models import Version
from scoring.summarising import summarise
from tests.scoring.conftest import Send
from tests.scoring.test_publishing import demo, finish, start, with_points

pytestmark = pytest.mark.django_db(transaction=True)

STAGES = [
    {"key": "warm", "name": "Warm", "threshold": 10, "notify": ["owner-or:team:sales", "user:alice@example.com"]},
    {"key": "hot", "name": "Hot", "threshold": 40, "notify": ["team:sales"]},
]
DEMOS = (1, 2, 1, 2, 1)  # of the contacts, 30 points each: warm, hot, warm, hot, warm


@pytest.fixture
def version(workspace: Workspace, alice: User, bob: User, send: Send) -> Version:
    """Published silently. The last contact is Alice's, the others nobody's; Bob is sales."""
    with workspace_scope(workspace.id):
        team = Team.objects.get(workspace=workspace, key="sales")
        TeamMember.objects.filter(team=team).delete()
        TeamMember.objects.create(workspace=workspace, team=team, user=bob)
    for user, demos in enumerate(DEMOS):
        traits = {"firstName": f"Lead{user}", "email": f"lead{user}@firm.test"}
        send({"type": "identify", "userId": f"u{user}", "messageId": f"i{user}", "traits": traits})
        send(*(demo(f"{user}-{number}", f"u{user}") for number in range(demos)))
    with workspace_scope(workspace.id):
        Contact.objects.filter(workspace=workspace, name="Lead4").update(owner=alice)
    finish(workspace, start(workspace, with_points(30, stages=STAGES)))
    with workspace_scope(workspace.id):
        return Version.objects.select_related("workspace", "scoring_type").get(workspace=workspace, state="live")


def told(workspace: Workspace) -> dict[str, list[tuple[str, int, list[tuple[str, int]]]]]:
    """Recipient → stages with how many entered, and who is named with which points."""
    return {
        one.recipient: [(stage["key"], stage["count"], [(who["name"], who["points"]) for who in stage["contacts"]]) for stage in one.facts["stages"]]
        for one in Message.objects.filter(workspace=workspace)
    }


def test_stages_and_owners_are_counted_together_where_one_recipient_is_told(workspace: Workspace, version: Version) -> None:
    with workspace_scope(workspace.id):
        assert summarise(workspace.id, version, clock.now()) == 2
        assert told(workspace) == {
            "alice@example.com": [("warm", 5, [("Lead1", 60), ("Lead3", 60), ("Lead0", 30), ("Lead2", 30), ("Lead4", 30)])],
            "bob@example.com": [("hot", 2, [("Lead1", 60), ("Lead3", 60)]), ("warm", 2, [("Lead0", 30), ("Lead2", 30)])],
        }
        assert Message.objects.filter(workspace=workspace, recipient="bob@example.com").get().reason == "owner-or:team:sales"


def test_only_those_who_are_named_are_loaded(workspace: Workspace, version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (summaries, summarising):
        monkeypatch.setattr(module, "LISTED", 1)
    with workspace_scope(workspace.id):
        named = list(Contact.objects.filter(name__in=["Lead0", "Lead1"]).order_by("id").values_list("id", flat=True))
        with CaptureQueriesContext(connection) as queries:
            assert summarise(workspace.id, version, clock.now()) == 2
        assert told(workspace) == {
            "alice@example.com": [("warm", 5, [("Lead1", 60)])],
            "bob@example.com": [("hot", 2, [("Lead1", 60)]), ("warm", 2, [("Lead0", 30)])],
        }
        [loaded] = [query["sql"] for query in queries if "c.traits::text" in query["sql"]]
        assert f"c.id = ANY(ARRAY[{named[0]},{named[1]}])" in loaded
