"""Outside addresses: nothing goes there before they have confirmed, and nothing once they stop it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from notifications import addresses, delivery, outbox
from notifications.models import Message, OutsideAddress
from notifications.recipients import resolve
from tests.notifications.conftest import MailServer, entered, step

pytestmark = pytest.mark.django_db
NAME = "email:partner@example.org"


@pytest.fixture
def partner(workspace: Workspace, alice: User, now: datetime) -> OutsideAddress:
    with workspace_scope(workspace.id):
        return addresses.add(workspace, " Partner@Example.org ", by=alice, now=now)


def answer(client: Client, link: str, said: str) -> None:
    assert client.post(link.removeprefix("http://127.0.0.1:8000"), {"answer": said}).status_code == 302


def reached(workspace: Workspace) -> list[str]:
    with workspace_scope(workspace.id):
        return [person.email for person in resolve(workspace.id, {NAME}, set()).get(NAME, [])]


def test_it_is_asked_by_mail_and_told_once_it_has_confirmed(
    client: Client, workspace: Workspace, partner: OutsideAddress, alice: User, now: datetime
) -> None:
    with workspace_scope(workspace.id):
        addresses.ask(partner, by=alice, now=now)
    (asked,) = mail.outbox
    assert (asked.to, asked.subject) == (["partner@example.org"], "Acme wants to tell you about leads")
    (link,) = re.findall(r"http\S+", str(asked.body))
    assert reached(workspace) == []
    answer(client, link, "confirm")
    assert reached(workspace) == ["partner@example.org"]
    answer(client, link, "decline")
    assert reached(workspace) == []


def test_opening_the_link_answers_nothing(client: Client, workspace: Workspace, partner: OutsideAddress) -> None:
    """Mail scanners open every link."""
    link = addresses.link_of(workspace.id, partner.email)
    assert client.get(link).status_code == 200
    assert reached(workspace) == []


def test_what_is_asked_for_a_stage_is_queued_for_confirmed_addresses_alone(
    workspace: Workspace, lead: Contact, partner: OutsideAddress, now: datetime
) -> None:
    with workspace_scope(workspace.id):
        assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, NAME))]) == 0
    addresses.confirm(partner, now)
    with workspace_scope(workspace.id):
        assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, NAME, "owner"))]) == 1
        assert list(Message.objects.values_list("recipient", "user", "reason")) == [("partner@example.org", None, NAME)]


@pytest.mark.django_db(transaction=True)
def test_its_messages_say_how_to_stop_them(
    workspace: Workspace, lead: Contact, partner: OutsideAddress, server: MailServer, now: datetime
) -> None:
    addresses.confirm(partner, now)
    with workspace_scope(workspace.id):
        outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, NAME))])
    delivery.deliver(workspace.id, now=clock.now())
    (sent,) = server.mails
    link = sent["List-Unsubscribe"].replace("\n", "").replace(" ", "").strip("<>")
    assert shown_to(link, workspace) == [partner]
    assert [part.get_content().replace("\r\n", "\n").count(link) for part in sent.iter_parts()] == [1, 1]


@pytest.mark.parametrize("stops", ["decline", "remove"])
def test_what_waits_is_not_sent_to_an_address_that_stops(
    workspace: Workspace, lead: Contact, partner: OutsideAddress, alice: User, now: datetime, stops: str
) -> None:
    addresses.confirm(partner, now)
    with workspace_scope(workspace.id):
        outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, NAME, "user:alice@example.com"))])
    if stops == "decline":
        addresses.decline(partner, now)
    with workspace_scope(workspace.id):
        if stops == "remove":
            addresses.remove(partner, by=alice)
        assert dict(Message.objects.values_list("recipient", "state")) == {"partner@example.org": "refused", "alice@example.com": "queued"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["queued", "sending"])
def test_what_is_queued_or_given_back_after_the_answer_is_refused_in_its_turn(
    workspace: Workspace, lead: Contact, partner: OutsideAddress, server: MailServer, now: datetime, state: str
) -> None:
    """A drain that read the answer before, and a sender that died."""
    addresses.confirm(partner, now)
    with workspace_scope(workspace.id):
        outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, NAME, "user:alice@example.com"))])
        waiting = dict(Message.objects.values_list("recipient", "id"))
    addresses.decline(partner, now)
    with workspace_scope(workspace.id):
        lapsed = now if state == "sending" else None
        Message.objects.filter(id=waiting["partner@example.org"]).update(state=state, next_attempt_at=now, lease_until=lapsed, finished_at=None)
    assert delivery.deliver(workspace.id, now=clock.now()) == 2
    assert [mail["To"] for mail in server.mails] == ["alice@example.com"]
    with workspace_scope(workspace.id):
        refused = Message.objects.get(recipient="partner@example.org")
        assert (refused.state, refused.error, refused.next_attempt_at, refused.lease_until) == (
            "refused", "The address has stopped these messages.", None, None
        )  # fmt: skip


@pytest.mark.parametrize("token", ["x", "WzEsInBhcnRuZXJAZXhhbXBsZS5vcmciXQ:1abc:forged", ""])
def test_a_link_of_nobodys_making_leads_nowhere(client: Client, partner: OutsideAddress, token: str) -> None:
    assert client.get(f"/addresses/{token}/").status_code == 404


def test_a_removed_address_has_no_page_and_gets_nothing(
    client: Client, workspace: Workspace, partner: OutsideAddress, alice: User, now: datetime
) -> None:
    addresses.confirm(partner, now)
    with workspace_scope(workspace.id):
        addresses.remove(partner, by=alice)
    assert client.get(addresses.link_of(workspace.id, "partner@example.org")).status_code == 404
    assert reached(workspace) == []


def test_another_workspaces_confirmation_counts_there_alone(
    workspace: Workspace, elsewhere: Workspace, partner: OutsideAddress, charlie: User, now: datetime
) -> None:
    with workspace_scope(elsewhere.id):
        other = addresses.add(elsewhere, "partner@example.org", by=charlie, now=now)
    addresses.confirm(other, now)
    assert (reached(workspace), reached(elsewhere)) == ([], ["partner@example.org"])


def page(client: Client, workspace: Workspace, alice: User, **posted: str) -> Any:
    client.force_login(alice)
    url = reverse("notifications:addresses", args=[workspace.slug])
    return client.post(url, posted, follow=True) if posted else client.get(url)


def shown_to(text: str, workspace: Workspace) -> list[OutsideAddress]:
    """The addresses whose links a page shows. Each link holds the second that it was signed in."""
    with workspace_scope(workspace.id):
        found = [addresses.find(token) for token in set(re.findall(r"http://127\.0\.0\.1:8000/addresses/([^/\s]+)/", text))]
        return [address for address in found if address]


def test_an_admin_adds_one_and_the_link_is_shown_where_no_mail_is_sent(
    client: Client, workspace: Workspace, alice: User, settings: Any
) -> None:
    settings.MAIL_IS_KEPT = True
    text = page(client, workspace, alice, email="New@Example.org").content.decode()
    assert [found.email for found in shown_to(text, workspace)] == ["new@example.org"]
    assert mail.outbox == []


def test_where_mail_is_sent_the_link_goes_to_the_address_alone(client: Client, workspace: Workspace, alice: User, settings: Any) -> None:
    settings.MAIL_IS_KEPT = False
    text = page(client, workspace, alice, email="new@example.org").content.decode()
    assert "new@example.org was asked" in text
    assert shown_to(text, workspace) == []
    assert [one.to for one in mail.outbox] == [["new@example.org"]]


def test_a_mail_server_that_is_away_is_told(client: Client, workspace: Workspace, alice: User, smtp_settings: int) -> None:
    assert "could not be sent" in page(client, workspace, alice, email="new@example.org").content.decode()


@pytest.mark.parametrize(("email", "said"), [("partner@example.org", "is here already"), ("nothing", "valid email address")])
def test_a_wrong_address_is_refused_at_its_field(
    client: Client, workspace: Workspace, alice: User, partner: OutsideAddress, email: str, said: str
) -> None:
    response = page(client, workspace, alice, email=email)
    assert response.status_code == 422
    assert said in response.content.decode()


def asked_again(client: Client, workspace: Workspace, address: OutsideAddress, deed: str = "ask") -> str:
    url = reverse(f"notifications:{deed}_address", args=[workspace.slug, address.id])
    return client.post(url, follow=True).content.decode()


def test_an_address_is_asked_once_an_hour_removed_meanwhile_or_not(
    client: Client, workspace: Workspace, alice: User, now: datetime, settings: Any
) -> None:
    settings.MAIL_IS_KEPT = False
    page(client, workspace, alice, email="new@example.org")
    with workspace_scope(workspace.id):
        added = OutsideAddress.objects.get(email="new@example.org")
    assert "asked less than an hour ago" in asked_again(client, workspace, added)
    assert "is removed" in asked_again(client, workspace, added, "remove")
    assert "asked less than an hour ago" in page(client, workspace, alice, email="New@example.org").content.decode()
    assert len(mail.outbox) == 1
    with workspace_scope(workspace.id):
        addresses.ask(OutsideAddress.objects.get(email="new@example.org"), by=alice, now=clock.now() + timedelta(hours=1, seconds=1))
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("kept", [True, False])
def test_the_no_of_an_address_outlives_whatever_members_do(
    client: Client, workspace: Workspace, alice: User, partner: OutsideAddress, now: datetime, settings: Any, kept: bool
) -> None:
    settings.MAIL_IS_KEPT = kept
    addresses.decline(partner, now)
    text = page(client, workspace, alice).content.decode()
    assert ("said no" in text, f'data-opens="remove-{partner.id}"' in text) == (True, False)
    asked = asked_again(client, workspace, partner)
    assert ("has answered already" in asked, shown_to(asked, workspace)) == (True, [])
    assert "stays here and is told nothing" in asked_again(client, workspace, partner, "remove")
    refused = page(client, workspace, alice, email="partner@example.org")
    assert (refused.status_code, "said no itself" in refused.content.decode()) == (422, True)
    with workspace_scope(workspace.id):
        assert OutsideAddress.objects.get(email="partner@example.org").declined_at == now
    assert mail.outbox == []


@pytest.mark.parametrize("addresses_there", [1, 3])
def test_the_list_is_read_in_one_query(
    client: Client, workspace: Workspace, alice: User, now: datetime, django_assert_num_queries: Any, addresses_there: int
) -> None:
    with workspace_scope(workspace.id):
        for number in range(addresses_there):
            addresses.add(workspace, f"p{number}@example.org", by=alice, now=now)
    page(client, workspace, alice)
    with django_assert_num_queries(12):
        page_again = client.get(reverse("notifications:addresses", args=[workspace.slug]))
    assert page_again.content.decode().count("waits for an answer") == addresses_there


def test_each_deed_is_in_the_audit_log(workspace: Workspace, partner: OutsideAddress, alice: User, now: datetime) -> None:
    with workspace_scope(workspace.id):
        addresses.ask(partner, by=alice, now=now)
    addresses.decline(partner, now)
    addresses.confirm(partner, now)
    with workspace_scope(workspace.id):
        addresses.remove(partner, by=alice)
        log = AuditEntry.objects.filter(action__startswith="address.").order_by("id")
        assert [(one.action, one.target, one.actor_id) for one in log] == [
            ("address.added", "partner@example.org", alice.id),
            ("address.asked", "partner@example.org", alice.id),
            ("address.declined", "partner@example.org", None),
            ("address.confirmed", "partner@example.org", None),
            ("address.removed", "partner@example.org", alice.id),
        ]
