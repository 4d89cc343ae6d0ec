"""What lists, pages and messages call a known contact without a name and an e-mail address."""

from __future__ import annotations

from accounts.scope import workspace_scope
from contacts.calling import call, called_by
from contacts.models import Contact
from scoring.ranking import Wanted, page


def contacts_of(workspace) -> list[Contact]:
    return list(Contact.objects.filter(workspace=workspace, merged_into=None).order_by("id"))


def test_the_first_user_id_stands_for_a_name(workspace, send, django_assert_num_queries):
    send(
        {"type": "track", "event": "A", "userId": "u1", "anonymousId": "a1"},
        {"type": "track", "event": "A", "anonymousId": "a2"},
        {"type": "identify", "userId": "u3", "traits": {"email": "ada@acme.test"}},
        {"type": "identify", "userId": "u4", "traits": {"name": "Bea Stone"}},
    )
    with workspace_scope(workspace.id):
        rows = page(workspace.id, Wanted(sort="id")).rows
        listed = contacts_of(workspace)
        with django_assert_num_queries(1):
            call(workspace.id, listed)
            told = [str(contact) for contact in listed]
        alone = [str(contact) for contact in contacts_of(workspace)]
    assert [str(row) for row in rows] == told == alone == ["u1", "Anonymous visitor", "ada@acme.test", "Bea Stone"]


def test_an_address_it_was_found_by_stands_for_a_name_once_the_trait_is_empty(workspace, send):
    send({"type": "identify", "anonymousId": "a1", "messageId": "m1", "traits": {"email": "ada@acme.test"}})
    send({"type": "identify", "anonymousId": "a1", "messageId": "m2", "traits": {"email": None}})
    with workspace_scope(workspace.id):
        assert [(contact.email, str(contact)) for contact in contacts_of(workspace)] == [("", "ada@acme.test")]


def test_a_neighbours_contact_is_called_nothing(workspace, elsewhere, send):
    send({"type": "track", "event": "A", "userId": "u1"})
    with workspace_scope(workspace.id):
        ids = [contact.id for contact in contacts_of(workspace)]
        assert called_by(workspace.id, ids) == {ids[0]: "u1"}
    with workspace_scope(elsewhere.id):
        assert called_by(elsewhere.id, ids) == {}
