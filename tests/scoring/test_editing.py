"""Edits by people: each is a server's call, decided and scored as one."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Identifier
from leadscore import clock
from scoring.editing import AddressTaken, NotAMember, create_or_update, edit, set_owner
from scoring.models import StageChange
from tests.scoring.conftest import DOCUMENT, Send, publish, score_of

pytestmark = pytest.mark.django_db


def said(message: str, **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "u1", "messageId": message, "traits": traits}


def the_contact(workspace: Workspace) -> Contact:
    with workspace_scope(workspace.id):
        return Contact.objects.get(workspace=workspace, identifiers__value="u1")


def change(workspace: Workspace, alice: User, **traits: Any) -> None:
    contact = the_contact(workspace)
    with workspace_scope(workspace.id):
        edit(workspace, contact.id, traits, by=alice)


def test_an_edit_outranks_browsers_and_yields_to_a_later_server(workspace: Workspace, alice: User, send: Send) -> None:
    send(said("1", city="Bergen"), source=0)
    change(workspace, alice, city="Oslo", country=None)
    send(said("2", city="Bergen", country="NO"), source=0)
    assert the_contact(workspace).traits == {"city": "Oslo", "country": None}
    send(said("3", city="Trondheim"), source=1)
    assert the_contact(workspace).traits == {"city": "Trondheim", "country": None}


def test_an_edit_is_rescored_at_once_with_cause_profile_and_kept_on_the_timeline(workspace: Workspace, alice: User, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(said("1"))
    change(workspace, alice, job_title="CTO")
    contact = the_contact(workspace)
    with workspace_scope(workspace.id):
        assert score_of(workspace, contact.id).points == 20
        assert list(StageChange.objects.filter(workspace=workspace).values_list("stage", "cause")) == [("cold", "profile")]
        kept = Activity.objects.filter(workspace=workspace).order_by("id").values_list("kind", "source", "contact")
        assert list(kept) == [("identify", 1, contact.id)] * 2
        assert AuditEntry.objects.get(workspace=workspace, action="contact.edited").data == {"fields": ["job_title"]}


def test_an_address_that_a_person_gives_identifies_the_contact_beside_the_old_one(workspace: Workspace, alice: User, send: Send) -> None:
    send(said("1", email="ada@firm.test"))
    change(workspace, alice, email=" Ada@New.test ")
    contact = the_contact(workspace)
    assert (contact.email, contact.has_email, contact.email_domain) == ("ada@new.test", True, "new.test")
    with workspace_scope(workspace.id):
        addresses = Identifier.objects.filter(workspace=workspace, contact=contact, kind="email").order_by("value").values_list("value", flat=True)
        assert list(addresses) == ["ada@firm.test", "ada@new.test"]


def test_an_address_of_another_contact_is_refused_and_nothing_is_changed(workspace: Workspace, alice: User, send: Send) -> None:
    send(said("1", city="Oslo"), {"type": "identify", "userId": "u2", "messageId": "2", "traits": {"email": "bea@firm.test"}})
    with workspace_scope(workspace.id):
        other = Contact.objects.get(workspace=workspace, identifiers__value="u2")
    with pytest.raises(AddressTaken) as taken:
        change(workspace, alice, email="bea@firm.test", city="Bergen")
    assert taken.value.args == (other.id,)
    assert the_contact(workspace).traits == {"city": "Oslo"}
    with workspace_scope(workspace.id):
        assert Identifier.objects.get(workspace=workspace, value="bea@firm.test").contact_id == other.id
        assert Activity.objects.filter(workspace=workspace).count() == 2


def test_a_contact_is_made_or_updated_by_what_names_it(workspace: Workspace, alice: User, send: Send) -> None:
    with workspace_scope(workspace.id):
        made = create_or_update(workspace, email=" Ada@Firm.test ", traits={"first_name": "Ada"}, by=alice)
        again = create_or_update(workspace, user_id="u1", email="ada@firm.test", traits={"last_name": "Byron"}, by=alice)
    assert made == again == the_contact(workspace).id
    assert (the_contact(workspace).name, the_contact(workspace).email) == ("Ada Byron", "ada@firm.test")
    with workspace_scope(workspace.id):
        assert list(AuditEntry.objects.filter(workspace=workspace, action="contact.edited").values_list("target", flat=True)) == [str(made)] * 2


def test_a_contact_that_was_merged_away_or_never_was_cannot_be_edited(workspace: Workspace, alice: User, send: Send) -> None:
    send({"type": "page", "anonymousId": "a1", "messageId": "1"}, said("2"))
    with workspace_scope(workspace.id):
        old = Contact.objects.get(workspace=workspace, identifiers__value="a1").id
    send({**said("3"), "anonymousId": "a1"})
    for contact_id in (old, 999_999):
        with workspace_scope(workspace.id), pytest.raises(Contact.DoesNotExist):
            edit(workspace, contact_id, {"city": "Oslo"}, by=alice)
        with workspace_scope(workspace.id), pytest.raises(Contact.DoesNotExist):
            set_owner(workspace, contact_id, alice.id, by=alice)


def test_only_a_member_can_own_a_contact(workspace: Workspace, alice: User, bob: User, charlie: User, send: Send) -> None:
    send(said("1"))
    contact = the_contact(workspace)
    with workspace_scope(workspace.id):
        set_owner(workspace, contact.id, bob.id, by=alice)
        with pytest.raises(NotAMember):
            set_owner(workspace, contact.id, charlie.id, by=alice)
    assert the_contact(workspace).owner_id == bob.id
    send(said("2", city="Oslo"))
    assert the_contact(workspace).owner_id == bob.id
    with workspace_scope(workspace.id):
        set_owner(workspace, contact.id, None, by=alice)
        workspace.memberships.filter(user=bob).delete()
    assert the_contact(workspace).owner_id is None


def test_an_edit_is_dated_by_the_databases_clock(workspace: Workspace, alice: User, send: Send) -> None:
    send(said("1"))
    before = clock.now()
    change(workspace, alice, city="Oslo")
    with workspace_scope(workspace.id):
        edited = Activity.objects.filter(workspace=workspace).latest("id")
    assert before < edited.occurred_at == edited.received_at < clock.now()
