"""The pages about bots: marks on a contact's timeline, and the settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import teams
from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, BotMark, ScannerRule
from tests.scoring.conftest import Send, publish
from tests.scoring.documents import document, rule, stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_alice(client: Client, workspace: Workspace, alice: User) -> Client:
    client.force_login(alice)
    return client


def clicks(now: datetime) -> list[dict[str, Any]]:
    return [
        {"type": "track", "userId": "u1", "event": "Email Link Clicked", "messageId": f"c{number}",
         "timestamp": (now - timedelta(minutes=5) + timedelta(seconds=number)).isoformat(),
         "properties": {"email_id": "e", "link_url": f"https://x.example/{number}", "title": f"Link {number}"}}
        for number in range(3)
    ]  # fmt: skip


def ids(workspace: Workspace) -> tuple[int, int]:
    """The contact and its first click."""
    with workspace_scope(workspace.id):
        activity = Activity.objects.get(message_id="c0")
        assert activity.contact_id
        return activity.contact_id, activity.id


def test_the_timeline_shows_marks_and_can_be_limited_to_them(as_alice: Client, workspace: Workspace, send: Send, now: datetime) -> None:
    send(*clicks(now), {"type": "track", "userId": "u1", "event": "Signed Up", "messageId": "s"})
    path = reverse("contacts:profile", args=["acme", ids(workspace)[0]])
    everything = as_alice.get(path).content.decode()
    assert everything.count("taken for a bot: scanner: one of 3 links of an e-mail followed within 10 seconds") == 3
    assert ("by bots</a>" in everything, "Signed Up" in everything) == (True, True)
    only = as_alice.get(f"{path}?show=bots").content.decode()
    timeline = only[only.index('id="timeline"') :]
    assert (timeline.count("Email Link Clicked"), "<b>Signed Up" in timeline or "Signed Up</span>" in timeline) == (6, False)


def test_a_marketer_says_that_a_person_clicked_and_takes_it_back(as_alice: Client, workspace: Workspace, send: Send, now: datetime) -> None:
    send(*clicks(now))
    contact, activity = ids(workspace)
    path = reverse("contacts:mark_bot", args=["acme", contact, activity])
    assert "Taken for a bot’s: scanner:" in as_alice.get(path).content.decode()
    dialog = as_alice.get(path, headers={"HX-Request": "true"}).content.decode()
    assert dialog.lstrip().startswith("<dialog")
    answer = as_alice.post(path, {"bot": "no", "reason": "She told us"}, follow=True).content.decode()
    assert "It is taken for what u1 did." in answer
    with workspace_scope(workspace.id):
        assert Activity.objects.get(id=activity).bot == ""
    assert "said" in as_alice.get(path).content.decode()
    as_alice.post(reverse("contacts:leave_to_rules", args=["acme", contact, activity]))
    with workspace_scope(workspace.id):
        assert Activity.objects.get(id=activity).bot.startswith("scanner: ")
        assert BotMark.objects.get(activity_id=activity).marked_by == "rule"


def test_a_mark_without_an_answer_is_refused(as_alice: Client, workspace: Workspace, send: Send, now: datetime) -> None:
    send(*clicks(now))
    path = reverse("contacts:mark_bot", args=["acme", *ids(workspace)])
    assert as_alice.post(path, {"bot": "perhaps"}).status_code == 422
    with workspace_scope(workspace.id):
        assert not BotMark.objects.filter(marked_by="person").exists()


FORM = {"on": "on", "links": 2, "seconds": 20, "delivery_seconds": 0, "agents": "Bad Bot\n\nbad bot\nother", "networks": "10.1.1.1\n2001:db8::/32"}


def test_the_settings_show_what_was_caught_and_are_changed(as_alice: Client, workspace: Workspace, send: Send, now: datetime) -> None:
    send(*clicks(now), {"type": "page", "userId": "u1", "messageId": "g", "context": {"userAgent": "curl/8.5.0"}})
    path = reverse("contacts:bots", args=["acme"])
    page = as_alice.get(path).content.decode()
    assert (page.count("one of 3 links of an e-mail followed within 10 seconds"), "crawler: curl" in page, "u1" in page) == (4, True, True)
    assert "Saved." in as_alice.post(path, FORM, follow=True).content.decode()
    with workspace_scope(workspace.id):
        rule = ScannerRule.objects.get()
        assert (rule.links, rule.seconds, rule.delivery_seconds, rule.agents) == (2, 20, 0, ["bad bot", "other"])
        assert rule.networks == ["10.1.1.1/32", "2001:db8::/32"]
        assert AuditEntry.objects.get(action="scanner_rule.changed").data["links"] == {"from": 3, "to": 2}
    assert "Nothing has changed." in as_alice.post(path, FORM, follow=True).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"links": 1}, {"seconds": 301}, {"delivery_seconds": ""}, {"networks": "here"}, {"agents": "x"},
        {"agents": "\n".join(map(str, range(100, 160)))},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(as_alice: Client, workspace: Workspace, wrong: dict[str, Any]) -> None:
    assert as_alice.post(reverse("contacts:bots", args=["acme"]), {**FORM, **wrong}).status_code == 422
    with workspace_scope(workspace.id):
        assert not ScannerRule.objects.exists()


def test_the_settings_take_the_same_statements_whatever_was_caught(
    as_alice: Client, workspace: Workspace, send: Send, now: datetime, django_assert_num_queries: Any
) -> None:
    path = reverse("contacts:bots", args=["acme"])
    send(*clicks(now))
    as_alice.get(path)
    with django_assert_num_queries(15) as once:
        as_alice.get(path)
    send(*({**call, "userId": f"v{number}", "messageId": f"v{number}-{place}"} for number in range(5) for place, call in enumerate(clicks(now))))
    with django_assert_num_queries(len(once)):
        as_alice.get(path)


def test_a_profile_asks_afterwards_which_messages_went_out_because_of_bots(
    as_alice: Client, workspace: Workspace, alice: User, send: Send, now: datetime
) -> None:
    """Only where something had counted. The page scores no history; who wants the part of it alone gets the page."""
    with workspace_scope(workspace.id):
        teams.set_members(workspace.teams.get(key="sales"), [alice.id], alice)
    stages = [stage(key="warm", name="Warm", threshold=5, notify=["team:sales"]), stage(notify=["team:sales"])]
    publish(workspace, document(rules=[rule(activity="Email Link Clicked", points=30)], stages=stages))
    first, *others = clicks(now)
    send(first, {**others[0], "userId": "u2", "messageId": "other"})
    contact, activity = ids(workspace)
    profile, part = (reverse(f"contacts:{name}", args=["acme", contact]) for name in ("profile", "blamed"))
    assert part not in as_alice.get(profile).content.decode()
    said = as_alice.post(reverse("contacts:mark_bot", args=["acme", contact, activity]), {"bot": "yes", "reason": ""}, follow=True).content.decode()
    assert ("worked out anew; nobody is told" in said, f'hx-get="{part}"' in said, "Looking which messages" in said) == (True, True, True)
    assert as_alice.get(part).headers["Location"] == profile
    shown = as_alice.get(part, headers={"HX-Request": "true"}).content.decode()
    assert (shown.count("/messages/"), "alice@example.com" in shown, "hx-get" in shown, "not looked at" in shown) == (1, True, False, False)
