"""The pretend shop, as anybody sees it who opens /demo/."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from demo import company, loading
from demo.urls import urlpatterns

pytestmark = pytest.mark.django_db
PAGES = [pattern.name for pattern in urlpatterns if pattern.name != "white_paper"]


@pytest.fixture
def demo_mode(settings):
    settings.DEMO_MODE = True


@pytest.mark.parametrize("name", PAGES)
def test_every_page_carries_the_snippet_with_the_demos_own_key(client, loaded, demo_mode, name):
    page = client.get(reverse(f"demo:{name}"))
    assert page.status_code == 200
    key = loading.write_key(loaded)
    assert key
    assert f'<script async src="/js/leadscore.js" data-write-key="{key}" data-forms data-downloads></script>' in page.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_needs_more_than_the_strict_policy_allows(client, loaded, demo_mode, name):
    page = client.get(reverse(f"demo:{name}"))
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert [inline for inline in ("<style", "style=", "onclick", "javascript:") if inline in page.content.decode()] == []


@pytest.mark.parametrize("name", PAGES)
def test_outside_demo_mode_there_is_no_shop(client, loaded, name):
    assert client.get(reverse(f"demo:{name}")).status_code == 404


def test_without_a_demo_workspace_there_is_no_shop(client, loaded, demo_mode):
    User.objects.filter(email=company.EMAIL).update(email="somebody.else@leadscore.example")
    assert client.get("/demo/").status_code == 404


def test_a_booking_is_checked_and_thanked_for(client, loaded, demo_mode):
    filled = {"name": "Ada Moe", "email": "ada@moe.example", "company": "Moe", "job_title": "Director", "message": ""}
    assert client.post("/demo/book/", filled).headers["Location"] == "/demo/book/thanks/"
    wrong = client.post("/demo/book/", {**filled, "email": "ada"})
    assert (wrong.status_code, "Enter a valid email address." in wrong.content.decode()) == (422, True)


def test_the_white_paper_is_a_pdf(client, loaded, demo_mode):
    paper = client.get("/demo/white-papers/payback-of-picking-robots.pdf")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert b"".join(paper.streaming_content).startswith(b"%PDF-")
