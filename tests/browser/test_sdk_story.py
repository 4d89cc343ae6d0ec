"""The same story told by a server with a client that was not made for leadscore: segment-analytics-python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from segment.analytics.client import Client

from tests.product import Product, wait_until

SECONDS = 30
# Milliseconds are what this client sends.
NOW = datetime.now(UTC).replace(microsecond=0)
LOOKED = [NOW - timedelta(minutes=minutes, milliseconds=-minutes) for minutes in (30, 20, 10)]
ASKED = NOW - timedelta(minutes=5, milliseconds=7)
WHO = "9f1b2c5e-visitor"
ACTIVITIES = """SELECT a.name, a.occurred_at FROM contacts_identifier i
    JOIN contacts_activity a ON a.workspace_id = i.workspace_id AND a.contact_id = i.contact_id
    WHERE i.value = %s AND a.kind <> 'identify' ORDER BY a.occurred_at"""
AWARDS = """SELECT v.document->'rules'->a.rule->>'key', a.awarded_at FROM contacts_identifier i
    JOIN scoring_award a ON a.workspace_id = i.workspace_id AND a.contact_id = i.contact_id
    JOIN scoring_version v ON v.workspace_id = a.workspace_id AND v.id = a.version_id AND v.state = 'live'
    WHERE i.value = %s ORDER BY a.awarded_at"""
POINTS = """SELECT max(s.points) FROM contacts_identifier i
    JOIN scoring_score s ON s.workspace_id = i.workspace_id AND s.contact_id = i.contact_id WHERE i.value = %s"""


@pytest.fixture
def client(product: Product) -> Client:
    (key,) = product.rows("SELECT public_token FROM accounts_key k JOIN accounts_workspace w ON w.id = k.workspace_id WHERE slug = 'northwind'")
    return Client(key[0], host=product.url, on_error=complain, max_retries=1)


def complain(error: Exception, items: list[Any]) -> None:
    raise AssertionError(f"{error}: {items}")


def told(product: Product) -> list[str]:
    return [one.recipient for one in product.sink.delivered if "Bo Lind" in str(one.mail["Subject"])]


def test_the_story_by_a_client_of_another_make(product: Product, client: Client) -> None:
    for at in LOOKED:
        client.page(anonymous_id=WHO, name="Pricing", properties={"url": "https://northwind.example/pricing"}, timestamp=at)
    traits = {"email": "Bo.Lind@lind-freight.example", "firstName": "Bo", "lastName": "Lind", "jobTitle": "Head of Warehouse Planning"}
    client.identify(anonymous_id=WHO, traits=traits, timestamp=ASKED)
    client.track(anonymous_id=WHO, event="Form Submitted", properties={"form": "Book a demo"}, timestamp=ASKED)
    client.shutdown()
    wait_until(lambda: len(told(product)) == 5, SECONDS, product.output)

    contacts = product.rows("SELECT DISTINCT contact_id FROM contacts_identifier WHERE value IN (%s, %s)", WHO, "bo.lind@lind-freight.example")
    assert len(contacts) == 1
    ((name, email, title),) = product.rows("SELECT name, email, traits->>'job_title' FROM contacts_contact WHERE id = %s", *contacts[0])
    assert (name, email, title) == ("Bo Lind", "bo.lind@lind-freight.example", "Head of Warehouse Planning")

    activities = product.rows(ACTIVITIES, WHO)
    assert activities == [("Page Viewed", at) for at in LOOKED] + [("Form Submitted", ASKED)]

    assert product.rows(AWARDS, WHO) == [("pricing", at) for at in LOOKED] + [("demo", ASKED)]
    assert product.rows(POINTS, WHO) == [(3 * 5 + 50 + 15 + 10 + 10,)]  # head of; warehouse; business address
