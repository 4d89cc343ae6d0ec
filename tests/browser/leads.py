"""The story that every client tells of a visitor, and what has to have become of it: prices looked at three times, then a demo asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.product import Product, wait_until

SECONDS = 30
A_SECOND_COPY_SECONDS = 3  # longer than a sweep, which would find a message that is sent again
FORM = {"form": "Book a demo"}
TOLD = [
    "demo@leadscore.example",
    "jonas.weber@northwind.example",
    "nora.lindqvist@northwind.example",
    "priya.nair@northwind.example",
    "tom.becker@northwind.example",
]
KEY = "SELECT public_token FROM accounts_key k JOIN accounts_workspace w ON w.id = k.workspace_id WHERE slug = 'northwind' AND kind = 'write'"
CONTACTS = "SELECT DISTINCT contact_id FROM contacts_identifier WHERE value IN (%s, %s)"
PROFILE = "SELECT name, email, traits->>'job_title' FROM contacts_contact WHERE id = %s"
ACTIVITIES = "SELECT name, occurred_at FROM contacts_activity WHERE contact_id = %s AND kind <> 'identify' ORDER BY occurred_at"
AWARDS = """SELECT v.document->'rules'->a.rule->>'key', a.awarded_at FROM scoring_award a
    JOIN scoring_version v ON v.workspace_id = a.workspace_id AND v.id = a.version_id AND v.state = 'live'
    WHERE a.contact_id = %s ORDER BY a.awarded_at"""
POINTS = "SELECT max(points) FROM scoring_score WHERE contact_id = %s"


@dataclass(frozen=True)
class Visitor:
    """Whom a client tells of."""

    first: str
    last: str
    role: str = "Head of Warehouse Planning"

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        return f"{self.first}.{self.last}@{self.last}-freight.example"

    @property
    def traits(self) -> dict[str, str]:
        return {"email": self.email, "firstName": self.first, "lastName": self.last, "jobTitle": self.role}


def write_key(product: Product) -> str:
    ((key,),) = product.rows(KEY)
    return str(key)


def check(product: Product, visitor: Visitor, anonymous_id: str, looked: list[datetime], asked: datetime) -> None:
    """One contact, with what it did when it did it, an award for each, the points, and one mail to everybody who is told."""
    wait_until(lambda: len(told(product, visitor)) >= len(TOLD), SECONDS, product.output)
    ((contact,),) = product.rows(CONTACTS, anonymous_id, visitor.email.lower())
    assert product.rows(PROFILE, contact) == [(visitor.name, visitor.email.lower(), visitor.role)]
    assert product.rows(ACTIVITIES, contact) == [("Page Viewed", at) for at in looked] + [("Form Submitted", asked)]
    assert product.rows(AWARDS, contact) == [("pricing", at) for at in looked] + [("demo", asked)]
    assert product.rows(POINTS, contact) == [(3 * 5 + 50 + 15 + 10 + 10,)]  # head of; warehouse; business address
    wait_for_second_copies(product, visitor)


def wait_for_second_copies(product: Product, visitor: Visitor) -> None:
    arrived = len(told(product, visitor))
    try:
        wait_until(lambda: len(told(product, visitor)) > arrived, A_SECOND_COPY_SECONDS)
    except AssertionError:
        assert told(product, visitor) == TOLD
    else:
        raise AssertionError(f"told twice: {told(product, visitor)}")


def told(product: Product, visitor: Visitor) -> list[Any]:
    return sorted(one.recipient for one in product.sink.delivered if visitor.name in str(one.mail["Subject"]))
