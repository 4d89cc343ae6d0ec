"""Erasing: nothing that was kept about a person is left anywhere, and it does not come back."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact
from notifications.models import Attempt, Message
from scoring.erasing import erase
from tests.scoring.conftest import DOCUMENT, Send, publish

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "zelda"  # in everything that is known of her
STAGES = [{"key": "hot", "name": "Hot", "threshold": 10, "notify": ["user:alice@example.com"]}]
HER: list[dict[str, Any]] = [
    {"type": "page", "anonymousId": f"{WORD}-device", "messageId": "1", "properties": {"url": f"https://shop.test/pricing?for={WORD}"}},
    {"type": "identify", "userId": f"{WORD}-id", "messageId": "2",
     "traits": {"email": f"{WORD}@firm.test", "firstName": WORD.title(), "lastName": "Fitz", "jobTitle": f"CTO {WORD}", f"{WORD}_trait": 1}},
    {"type": "track", "userId": f"{WORD}-id", "event": "Demo Requested", "messageId": "3", "context": {"ip": WORD}, "properties": {"title": WORD}},
    {"type": "track", "userId": f"{WORD}-id", "event": f"Bought {WORD}", "messageId": "4"},
    {"type": "identify", "userId": f"{WORD}-id", "anonymousId": f"{WORD}-device", "messageId": "5", "traits": {}},
]  # fmt: skip
ANOTHER = {"type": "identify", "userId": "u2", "messageId": "6", "traits": {"email": "bea@firm.test"}}


def the_contact(workspace: Workspace) -> Contact:
    with workspace_scope(workspace.id):
        return Contact.objects.get(workspace=workspace, identifiers__value=f"{WORD}-id")


def rows_that_say(owner: psycopg2.extensions.connection, word: str) -> list[str]:
    """Tables with a row that has the word in any of its columns, of whatever type."""
    with owner.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE position(%s in lower(t::text)) > 0', [word])
            found += [table] * bool((cursor.fetchone() or (0,))[0])
    return found


@pytest.fixture
def known(workspace: Workspace, send: Send) -> Contact:
    """Scored, merged, told of, and delivered."""
    publish(workspace, {**DOCUMENT, "stages": STAGES})
    for call in HER:
        send(call)
    send(ANOTHER)
    with workspace_scope(workspace.id):
        message = Message.objects.get(workspace=workspace)
        Message.objects.filter(workspace=workspace).update(subject=WORD, text=WORD, html=WORD, error=WORD)
        Attempt.objects.create(workspace=workspace, message=message, outcome="accepted", detail=WORD)
    return the_contact(workspace)


def test_nothing_personal_is_left_in_any_table(
    workspace: Workspace, alice: User, known: Contact, owner_connection: psycopg2.extensions.connection
) -> None:
    assert rows_that_say(owner_connection, WORD) == [
        "contacts_activity", "contacts_contact", "contacts_identifier", "contacts_lastseen", "notifications_attempt", "notifications_message",
    ]  # fmt: skip
    with workspace_scope(workspace.id):
        erase(workspace, known.id, by=alice)
    assert rows_that_say(owner_connection, WORD) == []


def test_those_merged_into_it_go_too_and_others_stay(workspace: Workspace, alice: User, known: Contact) -> None:
    with workspace_scope(workspace.id):
        assert Contact.objects.filter(workspace=workspace, merged_into=known).count() == 1
        erase(workspace, known.id, by=alice)
        assert list(Contact.objects.filter(workspace=workspace).values_list("email", flat=True)) == ["bea@firm.test"]
        kept = Activity.objects.filter(workspace=workspace).order_by("message_id").values_list("message_id", "erased", "contact__email")
        assert list(kept) == [(str(number), True, None) for number in range(1, 6)] + [("6", False, "bea@firm.test")]


def test_a_call_that_comes_again_does_not_bring_the_contact_back(workspace: Workspace, alice: User, known: Contact, send: Send) -> None:
    with workspace_scope(workspace.id):
        erase(workspace, known.id, by=alice)
    send(*HER)
    with workspace_scope(workspace.id):
        assert Contact.objects.filter(workspace=workspace).count() == 1


def test_who_comes_again_afterwards_begins_anew(workspace: Workspace, alice: User, known: Contact, send: Send) -> None:
    with workspace_scope(workspace.id):
        erase(workspace, known.id, by=alice)
    send(HER[2] | {"messageId": "7"})
    assert (the_contact(workspace).id != known.id, the_contact(workspace).traits) == (True, {})


def test_a_contact_that_is_not_there_cannot_be_erased(workspace: Workspace, elsewhere: Workspace, alice: User, known: Contact) -> None:
    with workspace_scope(workspace.id):
        merged = Contact.objects.get(workspace=workspace, merged_into=known)
        for contact_id in (merged.id, 999_999):
            with pytest.raises(Contact.DoesNotExist):
                erase(workspace, contact_id, by=alice)
    with workspace_scope(elsewhere.id), pytest.raises(Contact.DoesNotExist):
        erase(elsewhere, known.id, by=alice)
