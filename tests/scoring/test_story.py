"""From calls in the inbox to scores, stages and messages."""

from __future__ import annotations

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact
from notifications.models import Message
from scoring.models import Award, StageChange
from tests.scoring.conftest import DOCUMENT, Send, publish, score_of

pytestmark = pytest.mark.django_db(transaction=True)

VIEW = {"type": "page", "anonymousId": "a1", "properties": {"url": "https://shop.test/pricing"}}
IDENTIFY = {"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {"email": "Ada@Firm.test", "firstName": "Ada", "jobTitle": "CTO"}}
DEMO = {"type": "track", "userId": "u1", "event": "Demo Requested", "messageId": "d1"}


def views(*ids: str) -> list[dict[str, object]]:
    return [{**VIEW, "messageId": id} for id in ids]


def test_a_visitor_becomes_a_qualified_lead_and_sales_is_told_once(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(*views("p1", "p2", "p2", "p3", "p4"))
    send(IDENTIFY, DEMO)
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
        score = score_of(workspace, contact.id)
        assert (score.points, score.stage, score.rank) == (95, "mql", 3)
        assert Award.objects.filter(workspace=workspace).count() == 4
        assert Activity.objects.filter(workspace=workspace).count() == 6
        changes = StageChange.objects.filter(workspace=workspace).order_by("id").values_list("direction", "stage", "cause", "points")
        assert list(changes) == [("entered", "cold", "activity", 15), ("entered", "hot", "activity", 95), ("entered", "mql", "activity", 95)]
        assert list(Message.objects.filter(workspace=workspace).values_list("stage", flat=True)) == ["mql"]


def test_a_call_that_comes_twice_counts_once(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(*views("p1"))
    send(*views("p1"))
    with workspace_scope(workspace.id):
        assert score_of(workspace, Contact.objects.get(workspace=workspace).id).points == 5


def test_an_anonymous_history_counts_for_the_person_it_turns_out_to_be(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send({"type": "identify", "userId": "u1", "traits": {"email": "ada@firm.test"}})
    send(*views("p1", "p2"))
    with workspace_scope(workspace.id):
        assert Contact.objects.filter(workspace=workspace, merged_into=None).count() == 2
    send({"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {}})
    with workspace_scope(workspace.id):
        survivor = Contact.objects.get(workspace=workspace, merged_into=None)
        assert survivor.email == "ada@firm.test"
        assert score_of(workspace, survivor.id).points == 10
        changes = StageChange.objects.filter(workspace=workspace, contact=survivor).order_by("id").values_list("stage", "cause")
        assert list(changes) == [("cold", "activity"), ("cold", "merge")]


def test_publishing_later_scores_what_was_done_before_and_tells_nobody(workspace: Workspace, send: Send) -> None:
    send(*views("p1", "p2"), IDENTIFY, DEMO)
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
        assert score_of(workspace, contact.id).points == 90
        assert set(StageChange.objects.filter(workspace=workspace).values_list("cause", flat=True)) == {"model"}
        assert not Message.objects.filter(workspace=workspace).exists()
