"""The log of messages and the page of one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Role
from accounts.scope import workspace_scope
from contacts.models import Contact
from notifications import delivery, outbox
from notifications.log import Place, Wanted, page
from notifications.models import Message, MessageState
from scoring.models import ScoringType
from tests.notifications.conftest import entered, join, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def scoring_type(workspace):
    with workspace_scope(workspace.id):
        return ScoringType.objects.create(workspace=workspace, key="new-leads", name="New leads", draft={})


def queue(workspace, contact, at, recipient="dora@example.com", scoring_type_id=5):
    with workspace_scope(workspace.id):
        stage = entered("hot", 2, f"user:{recipient}", quiet_days=0)
        outbox.queue(workspace.id, [step(contact, at, stage, scoring_type_id=scoring_type_id)])
        return Message.objects.latest("id")


def log_url(workspace, **parameters):
    return reverse("notifications:log", args=[workspace.slug], query=parameters)


def url(name, message):
    return reverse(f"notifications:{name}", args=[message.workspace.slug, message.pk])


def recipients(response):
    return [message.recipient for message, *_ in response.context["rows"]]


def set_state(message, state, **changes):
    with workspace_scope(message.workspace_id):
        Message.objects.filter(pk=message.pk).update(state=state, **changes)


@pytest.fixture
def as_bob(client, bob):
    """A viewer."""
    client.force_login(bob)
    return client


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


class TestList:
    def test_a_viewer_sees_who_was_told_of_whom_and_why(self, as_bob, workspace, message, lead):
        words = as_bob.get(log_url(workspace)).content.decode()
        for said in ("Ingrid Solheim", "Fjordfrost Logistics", "dora@example.com", "Hot", "New leads, ", "Waiting"):
            assert said in words
        assert f'href="/w/acme/contacts/{lead.pk}/"' in words
        assert f'href="{url("message", message)}"' in words

    def test_the_newest_comes_first_in_pages(self, as_bob, workspace, lead, dora, now):
        made = [queue(workspace, lead, now - timedelta(minutes=minute // 2)) for minute in range(60)]
        first = as_bob.get(log_url(workspace))
        assert [message.pk for message, *_ in first.context["rows"]] == [
            message.pk for message in sorted(made, key=lambda one: (one.created_at, one.pk), reverse=True)[:50]
        ]
        assert first.context["page"].newer is None
        second = as_bob.get(log_url(workspace, after=str(first.context["page"].older)))
        assert (len(second.context["rows"]), second.context["page"].older) == (10, None)
        back = as_bob.get(log_url(workspace, before=str(second.context["page"].newer)))
        assert [row[0].pk for row in back.context["rows"]] == [row[0].pk for row in first.context["rows"]]
        assert back.context["page"].newer is None

    @pytest.mark.parametrize(
        ("asked", "states"),
        [
            ("waiting", ["queued", "sending"]),
            ("sent", ["sent"]),
            ("kept", ["kept"]),
            ("failed", ["gave_up", "refused"]),
            ("", ["gave_up", "kept", "queued", "refused", "sending", "sent"]),
            ("nonsense", ["gave_up", "kept", "queued", "refused", "sending", "sent"]),
        ],
    )
    def test_it_filters_by_state(self, as_bob, workspace, lead, dora, now, asked, states):
        for state in MessageState.values:
            set_state(queue(workspace, lead, now), state)
        response = as_bob.get(log_url(workspace, state=asked))
        assert sorted(message.state for message, *_ in response.context["rows"]) == states

    def test_it_filters_by_scoring_type(self, as_bob, workspace, lead, dora, now, scoring_type):
        queue(workspace, lead, now)
        wanted = queue(workspace, lead, now, scoring_type_id=scoring_type.id)
        response = as_bob.get(log_url(workspace, type="new-leads"))
        assert [message.pk for message, *_ in response.context["rows"]] == [wanted.pk]

    def test_it_finds_a_part_of_a_recipient_in_any_case(self, as_bob, workspace, lead, dora, now):
        join(workspace, "100%_sure@example.com")
        for recipient in ("dora@example.com", "100%_sure@example.com"):
            queue(workspace, lead, now, recipient)
        assert recipients(as_bob.get(log_url(workspace, recipient="DORA"))) == ["dora@example.com"]
        assert recipients(as_bob.get(log_url(workspace, recipient="%_s"))) == ["100%_sure@example.com"]
        assert recipients(as_bob.get(log_url(workspace, recipient="nobody"))) == []

    def test_htmx_gets_the_list_alone(self, as_bob, workspace, message):
        fragment = as_bob.get(log_url(workspace), headers={"HX-Request": "true"})
        assert ("<html" in fragment.content.decode(), recipients(fragment)) == (False, ["dora@example.com"])
        again = as_bob.get(log_url(workspace), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
        assert "<html" in again.content.decode()
        assert "HX-Request" in again["Vary"]

    def test_it_says_what_will_come_and_that_nothing_fits(self, as_bob, workspace):
        assert "No messages yet" in as_bob.get(log_url(workspace)).content.decode()
        assert "No such messages" in as_bob.get(log_url(workspace, state="sent")).content.decode()

    def test_it_says_that_mail_is_kept_only_where_it_is(self, as_bob, workspace, settings):
        settings.MAIL_IS_KEPT = True
        assert "sent nowhere" in as_bob.get(log_url(workspace)).content.decode()
        settings.MAIL_IS_KEPT = False
        assert "sent nowhere" not in as_bob.get(log_url(workspace)).content.decode()

    def test_the_number_of_statements_does_not_grow_with_the_rows(self, as_bob, workspace, lead, dora, now):
        as_bob.get(log_url(workspace))  # the session now remembers the workspace
        counted = []
        for rows in (1, 2, 3):
            queue(workspace, lead, now)
            with CaptureQueriesContext(connection) as statements:
                assert len(as_bob.get(log_url(workspace)).context["rows"]) == rows
            counted.append(len(statements))
        assert counted == [counted[0]] * 3

    def test_another_workspaces_messages_are_not_in_it(self, client, charlie, elsewhere, message):
        client.force_login(charlie)
        assert recipients(client.get(log_url(elsewhere))) == []


class TestPlace:
    def test_it_reads_what_it_writes(self, now):
        assert Place.read(str(Place(now, 7))) == Place(now, 7)

    @pytest.mark.parametrize("text", ["", "7", "a-7", "1-", "-1-7", "9" * 18 + "-1", "1-" + "9" * 19, "1-7 OR 1=1", "１-7"])
    def test_it_reads_nothing_else(self, text):
        assert Place.read(text) is None

    def test_messages_of_one_instant_are_told_apart(self, workspace, lead, dora, now):
        made = [queue(workspace, lead, now) for _ in range(3)]
        with workspace_scope(workspace.id):
            second = page(workspace.id, Wanted(), after=Place(now, made[2].pk), size=1)
            assert [message.pk for message in second.messages] == [made[1].pk]
            assert [message.pk for message in page(workspace.id, Wanted(), before=second.newer, size=1).messages] == [made[2].pk]


class TestOne:
    def test_a_viewer_sees_the_mail_in_a_frame(self, as_bob, message):
        words = as_bob.get(url("message", message)).content.decode()
        assert f'<iframe src="{url("body", message)}"' in words
        assert "Ingrid Solheim, Head of Operations of Fjordfrost Logistics: Hot" in words

    def test_it_shows_the_text_and_the_headers(self, as_bob, message):
        assert "WHY 82 POINTS" in as_bob.get(url("message", message) + "?part=text").content.decode()
        headers = dict(as_bob.get(url("message", message) + "?part=headers").context["headers"])
        assert (headers["To"], headers["Message-ID"], headers["Auto-Submitted"]) == ("dora@example.com", message.message_id, "auto-generated")

    def test_the_mail_may_load_nothing_and_run_nothing(self, as_bob, message):
        response = as_bob.get(url("body", message))
        assert "Why 82 points" in response.content.decode()
        assert sorted(response["Content-Security-Policy"].split("; ")) == [
            "default-src 'none'",
            "frame-ancestors 'self'",
            "img-src data:",
            "sandbox allow-top-navigation-by-user-activation",
            "style-src 'unsafe-inline'",
        ]
        assert response["X-Frame-Options"] == "SAMEORIGIN"

    def test_what_was_sent_is_shown_as_it_was(self, as_bob, workspace, message, settings, now):
        settings.MAIL_IS_KEPT = True
        delivery.deliver(workspace.id, now=now)
        with workspace_scope(workspace.id):
            Message.objects.update(html="<html><head></head><p>As it was</p></html>")
        assert as_bob.get(url("body", message)).content.decode() == '<html><head><base target="_top"></head><p>As it was</p></html>'

    def test_each_attempt_is_listed_with_the_servers_words(self, as_bob, workspace, message, server, now):
        server.on_data = ["451 Greylisted"]
        delivery.deliver(workspace.id, now=now)
        words = as_bob.get(url("message", message)).content.decode()
        for said in ("451 Greylisted", "Deferred", "1 attempt", "Next attempt"):
            assert said in words

    @pytest.mark.parametrize("name", ["message", "body"])
    def test_a_stranger_finds_nothing(self, client, charlie, elsewhere, message, name):
        client.force_login(charlie)
        path = reverse(f"notifications:{name}", args=[elsewhere.slug, message.pk])
        assert (client.get(url(name, message)).status_code, client.get(path).status_code) == (404, 404)


class TestRetry:
    @pytest.mark.parametrize("role", [Role.MARKETER, Role.ADMIN, Role.OWNER])
    @pytest.mark.parametrize("state", [MessageState.REFUSED, MessageState.GAVE_UP])
    def test_those_who_may_can_have_it_sent_again(self, client, workspace, message, now, role, state):
        set_state(message, state, next_attempt_at=None)
        client.force_login(join(workspace, "erik@example.com", role))
        assert url("retry", message) in client.get(url("message", message)).content.decode()
        response = client.post(url("retry", message), follow=True)
        assert "The message to dora@example.com is on its way again." in response.content.decode()
        with workspace_scope(workspace.id):
            assert Message.objects.get(pk=message.pk).state == MessageState.QUEUED

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.SALES])
    def test_others_cannot(self, client, workspace, message, role):
        set_state(message, MessageState.REFUSED)
        client.force_login(join(workspace, "erik@example.com", role))
        assert url("retry", message) not in client.get(url("message", message)).content.decode()
        assert client.post(url("retry", message)).status_code == 403

    @pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SENDING, MessageState.SENT, MessageState.KEPT])
    def test_what_is_under_way_or_done_offers_no_button(self, as_alice, message, state):
        set_state(message, state)
        assert url("retry", message) not in as_alice.get(url("message", message)).content.decode()
        assert "already on its way" in as_alice.post(url("retry", message), follow=True).content.decode()

    def test_reading_it_by_get_does_nothing(self, as_alice, message):
        set_state(message, MessageState.REFUSED)
        assert as_alice.get(url("retry", message)).status_code == 405


def test_a_message_of_a_merged_contact_still_leads_to_a_profile(as_bob, workspace, message, lead, now):
    with workspace_scope(workspace.id):
        survivor = Contact.objects.create(workspace=workspace, created_at=now)
        Contact.objects.filter(pk=lead.pk).update(merged_into=survivor)
    assert f'href="/w/acme/contacts/{lead.pk}/"' in as_bob.get(log_url(workspace)).content.decode()


def test_a_member_who_left_sees_nothing(client, workspace, dora, message):
    client.force_login(dora)
    assert client.get(log_url(workspace)).status_code == 200
    Membership.objects.filter(user=dora).delete()
    assert client.get(log_url(workspace)).status_code == 404
