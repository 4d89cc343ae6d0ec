"""The event stream in a real browser: calls appear by themselves, and nobody's reading is cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User, Workspace
from leadscore import clock
from tests.scoring.conftest import accept
from tracking.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

Arrive = Callable[[str], None]


@pytest.fixture
def arrive(workspace: Workspace) -> Arrive:
    def arrive(event: str) -> None:
        accept(workspace, [{"type": "track", "userId": "u1", "event": event, "messageId": event}], clock.now())
        drain(workspace.id)

    return arrive


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, workspace: Workspace, alice: User, arrive: Arrive) -> Iterator[Page]:
    """The stream with one call in it. Anything the browser complains about fails the test."""
    arrive("First")
    client, complaints = Client(), []
    client.force_login(alice)
    context = browser.new_context()
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/w/acme/stream/")
    yield page
    context.close()
    assert complaints == []


def test_calls_appear_by_themselves_but_not_while_one_is_read(page: Page, arrive: Arrive) -> None:
    rows = page.locator("#stream tbody tr")
    arrive("Second")
    expect(rows.first).to_contain_text("Second", timeout=15_000)
    rows.first.locator("summary").click()
    expect(page.get_by_text("Held while a call is open")).to_be_visible()
    arrive("Third")
    page.wait_for_timeout(5_000)
    expect(rows.first).to_contain_text('"event":"Second"')
    rows.first.locator("summary").click()
    expect(rows.first).to_contain_text("Third", timeout=15_000)


def test_a_filter_holds_for_what_comes_later(page: Page, arrive: Arrive) -> None:
    rows = page.locator("#stream tbody tr")
    page.select_option("#id_event", "First")
    page.wait_for_url("**event=First**")
    arrive("Other")
    page.wait_for_timeout(5_000)
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("First")
    page.get_by_role("link", name="Clear").click()
    expect(rows).to_have_count(2)


def test_paused_it_stays_as_it_is(page: Page, arrive: Arrive) -> None:
    page.get_by_role("link", name="Pause").click()
    expect(page.get_by_role("link", name="Go on")).to_be_visible()
    arrive("Second")
    page.wait_for_timeout(5_000)
    expect(page.locator("#stream tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("#stream tbody tr")).to_have_count(2)
