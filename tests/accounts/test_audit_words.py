"""The audit log's sentences: names in place of numbers and keys, and links to what is still there."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.audit import change, record
from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from accounts.views.audit_words import DEEDS
from contacts.models import Contact
from scoring.models import ScoringType

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = 16
LOG = "/w/acme/settings/audit/"


@pytest.fixture
def lena(workspace: Workspace, now: datetime) -> Contact:
    with workspace_scope(workspace.id):
        AuditEntry.objects.all().delete()
        return Contact.objects.create(workspace=workspace, name="Lena Hartmann", created_at=now)


def sentences(client: Client, reader: User) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Of the log's entries, the newest first: the sentence, what it links to, the details."""
    client.force_login(reader)
    return [(told.before + told.thing + told.after, told.url, list(told.details)) for told in client.get(LOG).context["entries"]]


def test_people_contacts_and_scoring_types_are_named_and_linked(
    client: Client, workspace: Workspace, lena: Contact, alice: User, bob: User, now: datetime
) -> None:
    with workspace_scope(workspace.id):
        ScoringType.objects.create(workspace=workspace, key="new-leads", name="New leads", draft={})
        other = Contact.objects.create(workspace=workspace, name="Jo Berg", created_at=now)
        record(workspace.id, "contact.owned", lena.id, alice, {"owner": bob.id})
        record(workspace.id, "contact.owned", lena.id, alice, {"owner": None})
        record(workspace.id, "contact.adjusted", lena.id, alice, {"scoring_type": "new-leads", "points": 5, "reason": "met at the fair"})
        record(workspace.id, "contact.merged", other.id, alice, {"into": lena.id})
        record(workspace.id, "duplicate.dismissed", f"{lena.id} and {other.id}", alice)
        record(workspace.id, "scoring_type.published", "new-leads version 3", alice, {"note": ""})
        record(workspace.id, "team.renamed", "Sales", alice, {"name": change("Seller", "Sales"), "key": "sales"})
    page = f"/w/acme/contacts/{lena.id}/"
    assert sentences(client, alice) == [
        ("renamed the team Sales", "/w/acme/settings/teams/sales/", [("name", "Seller → Sales")]),
        ("published New leads, version 3", "/w/acme/scoring/new-leads/", []),
        ("said that Lena Hartmann and Jo Berg are not the same", "", []),
        ("merged Jo Berg into another contact", f"/w/acme/contacts/{other.id}/", [("into", "Lena Hartmann")]),
        ("changed the points of Lena Hartmann by hand", page, [("points", "5"), ("reason", "met at the fair"), ("scoring type", "New leads")]),
        ("changed the owner of Lena Hartmann", page, [("owner", "nobody")]),
        ("changed the owner of Lena Hartmann", page, [("owner", "Bob Baker")]),
    ]  # fmt: skip


def test_what_is_gone_or_somebody_elses_is_neither_named_nor_linked(
    client: Client, workspace: Workspace, elsewhere: Workspace, lena: Contact, alice: User, charlie: User, now: datetime
) -> None:
    with workspace_scope(elsewhere.id):
        theirs = Contact.objects.create(workspace=elsewhere, name="Secret Person", created_at=now)
    with workspace_scope(workspace.id):
        record(workspace.id, "contact.edited", theirs.id, alice, {"fields": ["email"]})
        record(workspace.id, "contact.owned", lena.id, alice, {"owner": charlie.id})
        record(workspace.id, "contact.erased", 2**40, alice)
        record(workspace.id, "team.deleted", "Partners", alice, {"key": "partners"})
    assert sentences(client, alice) == [
        ("deleted the team Partners", "", []),
        (f"erased contact {2**40}", "", []),
        ("changed the owner of Lena Hartmann", f"/w/acme/contacts/{lena.id}/", [("owner", "a former member")]),
        (f"edited contact {theirs.id}", "", [("fields", "email")]),
    ]


def test_every_deed_that_is_recorded_has_words() -> None:
    apps = ("accounts", "contacts", "notifications", "scoring", "tracking")
    texts = [path.read_text() for app in apps for path in (ROOT / app).rglob("*.py")]
    recorded = {action for text in texts for action in re.findall(r'record\([^()]*?, "([a-z_]+\.[a-z_]+)"', text)}
    assert recorded - DEEDS.keys() == set()
    assert len(recorded) > 25


def test_the_page_takes_as_many_statements_for_many_entries_as_for_one(
    client: Client, workspace: Workspace, lena: Contact, alice: User, now: datetime, django_assert_num_queries: Any
) -> None:
    client.force_login(alice)
    client.get(LOG)
    for number in range(4):
        with workspace_scope(workspace.id):
            nameless = Contact.objects.create(workspace=workspace, created_at=now, has_user_id=True)
            record(workspace.id, "contact.edited", nameless.id, alice, {"fields": []})
        if number in (0, 3):
            with django_assert_num_queries(STATEMENTS):
                client.get(LOG)
