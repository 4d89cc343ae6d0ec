"""The page of events and traits, and the same by the API."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.scope import workspace_scope
from contacts.models import CatalogueEntry
from tests.api.conftest import api, key_with

__all__ = ["api", "key_with"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(workspace, now):
    def make(side, event="", path="", seen=1, in_=workspace, **more):
        with workspace_scope(in_.id):
            more = {"by_server": True, "first_seen": now, "last_seen": now, **more}
            return CatalogueEntry.objects.create(workspace=in_, side=side, event=event, path=path, seen=seen, **more)

    return make


@pytest.fixture
def some(seen, elsewhere):
    seen("event", "Bought", seen=7)
    seen("event", "Seen", seen=9)
    seen("property", "Bought", "plan.name", kinds=["text"], examples=["pro", "<b>free</b>"])
    seen("property", "Seen", "url")
    seen("contact", path="shoe_size", kinds=["number"], examples=[43, True])
    seen("event", "Theirs", in_=elsewhere)


@pytest.fixture
def words(client, bob, workspace):
    client.force_login(bob)
    return lambda **query: client.get(reverse("tracking:names", args=[workspace.slug], query=query)).content.decode()


def test_events_come_by_how_often_they_were_seen(words, some):
    page = words()
    assert page.index(">Seen</a>") < page.index(">Bought</a>")
    assert "Theirs" not in page


def test_an_event_has_its_properties_with_examples(words, some):
    page = words(event="Bought")
    assert ("properties.plan.name" in page, "&lt;b&gt;free&lt;/b&gt;" in page, "properties.url" in page) == (True, True, False)


def test_traits_have_theirs(words, some):
    page = words(side="contact")
    assert ("contact.shoe_size" in page, "<code>43</code>" in page, "<code>true</code>" in page) == (True, True, True)


def test_a_part_of_a_name_finds_it(words, some):
    page = words(q="OUGH")
    assert ("Bought" in page, ">Seen</a>" in page) == (True, False)


@pytest.mark.parametrize("query", [{"side": "x"}, {"event": "\0"}, {"q": "\0" * 300}, {"event": "x" * 999}])
def test_a_made_up_address_is_no_error(words, some, query):
    assert "<table" in words(**query) or "No properties" in words(**query) or "No such name" in words(**query)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_one_as_for_three(words, seen, number):
    for place in range(number):
        seen("event", f"E{place}")
    words()
    with CaptureQueriesContext(connection) as queries:
        words()
    assert len([query for query in queries if "contacts_catalogueentry" in query["sql"]]) == 2


def test_the_api_lists_them(api, some):
    assert [(row["side"], row["event"], row["field"]) for row in api.get("/tracking/catalogue/")["results"]] == [
        ("event", "Seen", ""), ("event", "Bought", ""), ("contact", "", "contact.shoe_size"), ("property", "Seen", "properties.url"),
        ("property", "Bought", "properties.plan.name"),
    ]  # fmt: skip
    (row,) = api.get("/tracking/catalogue/?side=property&event=Bought")["results"]
    assert {name: row[name] for name in ("seen", "by_server", "kinds", "examples")} == {
        "seen": 1, "by_server": True, "kinds": ["text"], "examples": ["pro", "<b>free</b>"],
    }  # fmt: skip
    assert [row["event"] for row in api.get("/tracking/catalogue/?q=OUGH")["results"]] == ["Bought"]
    assert api.faults("GET", "/tracking/catalogue/?side=x") == [("side", "invalid_choice")]
