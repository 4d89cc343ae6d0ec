"""Marks of bots and the rule for mail scanners in the management API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts import teams
from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.scanners import AGENTS
from scoring import rejudging
from tests.api.conftest import Api
from tests.scoring.conftest import Send, publish

DOCUMENT = {
    "key": "new-leads", "name": "New leads",
    "rules": [{"key": "demo", "name": "Demo", "when": "activity", "activity": "Demo Requested", "points": 60}],
    "stages": [{"key": "hot", "name": "Hot leads", "threshold": 40, "notify": ["team:sales"]}],
}  # fmt: skip

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(api: Api, send: Send, workspace: Workspace, alice: User) -> tuple[int, int]:
    """A contact who asked for a demo, of which Sales was told; the contact and the activity."""
    with workspace_scope(workspace.id):
        teams.set_members(workspace.teams.get(key="sales"), [alice.id], alice)
    publish(workspace, DOCUMENT)
    send({"type": "track", "userId": "u1", "event": "Demo Requested", "messageId": "d1"})
    contact = api.get("/contacts/?user_id=u1")["results"][0]["id"]
    return contact, api.get(f"/contacts/{contact}/activities/")["results"][0]["id"]


def points(api: Api, contact: int) -> Any:
    return api.get(f"/contacts/{contact}/scores/")["results"][0]["points"]


def test_what_is_marked_gives_nothing_and_says_which_messages_had_gone_out(api: Api, asked: tuple[int, int]) -> None:
    contact, activity = asked
    path = f"/contacts/{contact}/activities/{activity}/bot/"
    answer = json.loads(api("POST", path, {"bot": True, "reason": "Our own test"}).content)
    assert (answer["changed"], answer["activity"]["id"], answer["activity"]["bot"]) == (True, activity, "by hand: Our own test")
    sent = api.get(path)
    assert (sent["activity"], sent["unseen"]) == (answer["activity"], 0)
    assert [(message["stage"], message["recipient"]) for message in sent["messages"]] == [("hot", "alice@example.com")]
    assert [message["id"] for message in api.get("/notifications/")["results"]] == [message["id"] for message in sent["messages"]]
    assert points(api, contact) == 0
    again = json.loads(api("DELETE", path).content)
    assert (again["changed"], again["activity"]["bot"], points(api, contact)) == (True, "", 60)
    changes = api.get(f"/contacts/{contact}/history/")["results"]
    assert [change["cause"] for change in changes][:2] == ["reclassification", "reclassification"]
    assert len(api.get("/notifications/")["results"]) == 1


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("bot", "required")]),
        ({"bot": "perhaps"}, [("bot", "invalid")]),
        ({"bot": True, "reason": "x" * 201}, [("reason", "max_length")]),
        ({"bot": True, "why": ""}, [("why", "unknown")]),
        ({"bot": True, "reason": "a\0b"}, [("reason", "unstorable_text")]),
    ],
)
def test_what_is_wrong_with_a_mark_is_said(api: Api, asked: tuple[int, int], body: Any, faults: Any) -> None:
    assert api.faults("POST", f"/contacts/{asked[0]}/activities/{asked[1]}/bot/", body) == faults
    assert points(api, asked[0]) == 60


def test_there_is_nothing_to_mark_but_the_contacts_own_activities(api: Api, asked: tuple[int, int], send: Send) -> None:
    send({"type": "track", "userId": "u2", "event": "Demo Requested", "messageId": "d2"})
    other = api.get("/contacts/?user_id=u2")["results"][0]["id"]
    for contact, activity in ((other, asked[1]), (asked[0], 2**62), (2**62, asked[1])):
        assert api("POST", f"/contacts/{contact}/activities/{activity}/bot/", {"bot": True}).status_code == 404
        assert api("DELETE", f"/contacts/{contact}/activities/{activity}/bot/").status_code == 404
    assert (points(api, asked[0]), points(api, other)) == (60, 60)


def test_the_rule_is_shown_and_changed_by_admins(api: Api, key_with: Callable[..., Api], workspace: Workspace) -> None:
    usual = {"on": True, "links": 3, "seconds": 10, "delivery_seconds": 5, "agents": list(AGENTS), "networks": []}
    assert key_with("read").get("/scanner-rule/") == usual
    assert key_with("write")("PATCH", "/scanner-rule/", {"links": 4}).status_code == 403
    answer = json.loads(api("PATCH", "/scanner-rule/", {"links": 4, "networks": ["203.0.113.9", "10.1.2.3/8"], "agents": ["Bad Bot"]}).content)
    job = answer.pop("job")
    assert answer == {**usual, "links": 4, "networks": ["203.0.113.9/32", "10.0.0.0/8"], "agents": ["bad bot"]} == api.get("/scanner-rule/")
    assert api.get(f"/jobs/{job}/")["state"] == "queued"
    while rejudging.advance(workspace.id, job):
        pass
    assert api.get(f"/jobs/{job}/")["state"] == "done"
    assert json.loads(api("PATCH", "/scanner-rule/", {"links": 4}).content)["job"] is None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"links": 1}, "links"), ({"links": 51}, "links"), ({"links": "4"}, "links"), ({"seconds": -1}, "seconds"), ({"seconds": 301}, "seconds"),
        ({"seconds": None}, "seconds"),
        ({"networks": ["10.0.0.0/8", "here"]}, "networks[1]"), ({"agents": ["x"]}, "agents[0]"), ({"agents": ["ab"] * 51}, "agents"),
        ({"speed": 1}, "speed"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_said(api: Api, body: Any, path: str) -> None:
    assert [fault for fault, _ in api.faults("PATCH", "/scanner-rule/", body)] == [path]
