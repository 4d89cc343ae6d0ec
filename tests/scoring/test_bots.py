"""Activities of crawlers are kept and marked, and count for nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import process_time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.bots import crawler
from contacts.models import Activity, LastSeen
from scoring.explanation import of_contact
from scoring.models import Award, Score
from tests.scoring.conftest import DOCUMENT, Send, publish

GOOGLEBOT = "Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        (GOOGLEBOT, "crawler: Googlebot"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "crawler: bingbot"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "crawler: facebookexternalhit"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "crawler: Slackbot"),
        ("curl/8.5.0", "crawler: curl"),
        ("python-requests/2.31.0", "crawler: python-requests"),
        (f"{'x' * 200} Googlebot/2.1", "crawler: Googlebot"),
    ],
)
def test_crawlers_are_known_by_what_they_call_themselves(agent: str, reason: str) -> None:
    assert crawler(agent) == reason


@pytest.mark.parametrize(
    "agent",
    [
        CHROME,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBDV/iPhone14,5]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 309.1.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.35.131 Chrome/118.0 Electron/26.3 Safari/537.36",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126; Pro)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
        "", " ", "x" * 512, f"{'x' * 100}Googlebot",
    ],
)  # fmt: skip
def test_people_are_not_taken_for_crawlers(agent: str) -> None:
    assert crawler(agent) == ""


def test_an_agent_that_means_harm_costs_little() -> None:
    agents = [f"{number:_>8}{'aB3_' * 126}" for number in range(200)]
    started = process_time()
    assert {crawler(agent) for agent in agents} == {""}
    assert process_time() - started < 1  # 5 seconds when such runs are matched


def page(number: int, agent: Any, at: datetime | None = None) -> dict[str, Any]:
    """A page view."""
    call = {"type": "page", "userId": "u", "messageId": f"m{number}", "context": {"userAgent": agent}}
    return {**call, "timestamp": at.isoformat()} if at else call


RULE = {
    "key": "pricing", "name": "Pricing", "when": "activity", "activity": "Page Viewed", "points": 5, "frequency": {"limit": 1, "per": "ever"},
}  # fmt: skip


@pytest.mark.django_db
def test_what_a_crawler_did_is_stored_and_marked_and_fills_no_limit(workspace: Workspace, send: Send, now: datetime) -> None:
    publish(workspace, {**DOCUMENT, "rules": [RULE]})
    send(page(1, GOOGLEBOT, now - timedelta(hours=2)), page(2, CHROME, now - timedelta(hours=1)))
    with workspace_scope(workspace.id):
        assert dict(Activity.objects.values_list("message_id", "bot")) == {"m1": "crawler: Googlebot", "m2": ""}
        assert [award.message_id for award in Award.objects.all()] == ["m2"]
        contact_id = Score.objects.get().contact_id
        for from_scratch in (False, True):
            (explained,) = of_contact(workspace.id, contact_id, now + timedelta(minutes=1), from_scratch=from_scratch)
            assert explained.explanation.outcome.points == 5


@pytest.mark.django_db
def test_it_breaks_no_silence_and_is_nothing_the_contact_did_last(workspace: Workspace, send: Send, now: datetime) -> None:
    silent = {"key": "s", "name": "S", "when": "inactivity", "days": 1, "points": 7}
    publish(workspace, {**DOCUMENT, "rules": [silent]})
    send(page(1, CHROME, now - timedelta(days=2)), page(2, GOOGLEBOT, now))
    with workspace_scope(workspace.id):
        assert Score.objects.get().points == 7
        assert LastSeen.objects.get().at == now - timedelta(days=2)


@pytest.mark.django_db
@pytest.mark.parametrize("agent", [None, 5, ["Googlebot"], {"Googlebot": 1}, "", "Googlebot " * 40])
def test_an_agent_of_any_kind_keeps_no_call_from_being_processed(workspace: Workspace, send: Send, agent: Any) -> None:
    send(page(1, agent))
    with workspace_scope(workspace.id):
        assert Activity.objects.get().bot == ("crawler: Googlebot" if isinstance(agent, str) and agent else "")


@pytest.mark.django_db(transaction=True)
def test_the_timeline_says_why(client: Client, workspace: Workspace, alice: User, send: Send) -> None:
    send(page(1, GOOGLEBOT))
    client.force_login(alice)
    with workspace_scope(workspace.id):
        contact_id = Activity.objects.get().contact_id
    text = client.get(reverse("contacts:profile", args=["acme", contact_id])).content.decode()
    assert "taken for a bot: crawler: Googlebot" in text
