"""The session ends while a rule is being written: it is said once, nothing typed is lost, and after signing in elsewhere the same press stores it."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from scoring import drafts
from scoring.models import ScoringType
from tests.scoring.documents import document, rule

pytestmark = pytest.mark.django_db(transaction=True)


def session_of(live_server: LiveServer, person: User) -> dict[str, str]:
    client = Client()
    client.force_login(person)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": live_server.url}


@pytest.mark.parametrize("token", ["kept", "lost"])
def test_a_rule_is_kept_until_one_is_signed_in_again(
    browser: Browser, live_server: LiveServer, workspace: Workspace, alice: User, token: str
) -> None:
    with workspace_scope(workspace.id):
        drafts.create(workspace, document(rules=[rule()]), by=alice)
    context = browser.new_context()
    context.add_cookies([session_of(live_server, alice)])
    page = context.new_page()
    page.goto(f"{live_server.url}/w/acme/scoring/new-leads/rules/r/")
    expect(page.locator(".insight")).not_to_contain_text("Counting")
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME if token == "kept" else None)
    name = page.get_by_label("Name optional").first
    name.fill("Looked")
    expect(page.locator(".saved .is-typed")).to_be_visible()
    name.press("Tab")
    expect(page.locator("#toasts > *")).to_have_text(["You are signed out. Sign in again in another tab, then repeat."])
    page.wait_for_load_state("networkidle")
    expect(page.locator("#toasts > *")).to_have_count(1)
    context.add_cookies([session_of(live_server, alice)])
    context.new_page().goto(f"{live_server.url}/w/acme/scoring/")
    name.fill("Looked closely")
    name.press("Tab")
    expect(page.locator(".saved .is-typed")).to_be_hidden()
    with workspace_scope(workspace.id):
        assert ScoringType.objects.get(workspace=workspace).draft["rules"][0]["name"] == "Looked closely"
    page.wait_for_load_state("networkidle")
    context.close()
