"""Delivery to a real mail server: tried again, refused for good, given up; never forgotten."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from threading import Thread

import django.core.mail
import psycopg2
import pytest
from django.conf import settings
from django.db import OperationalError, connection

from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore import clock
from notifications import delivery, outbox, retrying, tasks
from notifications.models import Attempt, Message, MessageState
from tests.notifications.conftest import entered, join, step

pytestmark = pytest.mark.django_db(transaction=True)


def reread(message):
    with workspace_scope(message.workspace_id):
        return Message.objects.get(pk=message.pk)


def attempts(message):
    with workspace_scope(message.workspace_id):
        return list(Attempt.objects.filter(message=message).order_by("id").values_list("outcome", "detail"))


def states(workspace):
    with workspace_scope(workspace.id):
        return list(Message.objects.order_by("id").values_list("state", flat=True))


def queue_many(workspace, lead, number, now):
    with workspace_scope(workspace.id):
        for index in range(number):
            join(workspace, f"member{index}@example.com")
        stage = entered("hot", 2, *(f"user:member{index}@example.com" for index in range(number)))
        outbox.queue(workspace.id, [step(lead, now, stage)])


def test_a_mail_is_sent_with_both_parts_and_its_headers(workspace, message, server, now, settings):
    settings.DEFAULT_FROM_EMAIL = "leadscore <leads@northwind.example>"
    assert delivery.deliver(workspace.id, now=now) == 1
    (mail,) = server.mails
    sent = reread(message)
    assert server.recipients == ["dora@example.com"]
    assert (mail["To"], mail["From"]) == ("dora@example.com", "Northwind Robotics <leads@northwind.example>")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (message.message_id, "auto-generated")
    assert mail["Subject"] == sent.subject == "Ingrid Solheim, Head of Operations of Fjordfrost Logistics: Hot, sent form Book a demo"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == sent.text.strip()
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n").strip() == sent.html.strip()


def test_a_sent_message_is_finished(workspace, message, server, now):
    delivery.deliver(workspace.id, now=now)
    sent = reread(message)
    assert (sent.state, sent.attempts, sent.next_attempt_at, sent.lease_until, sent.error) == (MessageState.SENT, 1, None, None, "")
    assert now <= sent.finished_at < now + timedelta(seconds=30)
    assert attempts(message) == [("accepted", "")]
    assert delivery.deliver(workspace.id, now=now + timedelta(days=1)) == 0
    assert len(server.mails) == 1


def test_what_is_not_due_yet_is_left_alone(workspace, message, server, now):
    assert delivery.deliver(workspace.id, now=now - timedelta(seconds=1)) == 0
    assert server.mails == []


def test_after_a_passing_failure_the_same_message_is_sent_again(workspace, message, server, now):
    server.on_data = ["451 Greylisted, try later"]
    delivery.deliver(workspace.id, now=now)
    waiting = reread(message)
    assert (waiting.state, waiting.attempts, waiting.error) == (MessageState.QUEUED, 1, "451 Greylisted, try later")
    assert now + timedelta(seconds=20) < waiting.next_attempt_at < now + timedelta(seconds=70)

    assert delivery.deliver(workspace.id, now=waiting.next_attempt_at) == 1
    assert [mail["Message-ID"] for mail in server.mails] == [message.message_id] * 2
    assert reread(message).state == MessageState.SENT
    assert attempts(message) == [("deferred", "451 Greylisted, try later"), ("accepted", "")]


@pytest.mark.parametrize("answer", ["550 No such user", "553 Not here"])
def test_a_recipient_refused_for_good_is_not_tried_again(workspace, message, server, now, answer):
    server.on_recipient = [answer]
    delivery.deliver(workspace.id, now=now)
    refused = reread(message)
    assert (refused.state, refused.error, refused.next_attempt_at, refused.finished_at is not None) == (MessageState.REFUSED, answer, None, True)
    assert delivery.deliver(workspace.id, now=now + timedelta(days=1)) == 0


def test_a_recipient_refused_for_now_is_tried_again(workspace, message, server, now):
    server.on_recipient = ["450 Mailbox busy"]
    delivery.deliver(workspace.id, now=now)
    assert (reread(message).state, attempts(message)) == (MessageState.QUEUED, [("deferred", "450 Mailbox busy")])


def test_a_content_refused_for_good_is_not_tried_again(workspace, message, server, now):
    server.on_data = ["554 No thanks"]
    delivery.deliver(workspace.id, now=now)
    assert (reread(message).state, attempts(message)) == (MessageState.REFUSED, [("refused", "554 No thanks")])


def test_that_we_must_sign_in_is_no_refusal_of_the_message(workspace, message, server, now):
    server.on_data = ["530 Authentication required"]
    delivery.deliver(workspace.id, now=now)
    assert reread(message).state == MessageState.QUEUED


def test_a_server_that_is_away_defers_the_whole_batch_without_trying_each(workspace, lead, smtp_settings, now):
    queue_many(workspace, lead, 3, now)
    assert delivery.deliver(workspace.id, now=now) == 3
    with workspace_scope(workspace.id):
        assert list(Message.objects.values_list("state", "attempts").distinct()) == [(MessageState.QUEUED, 1)]
        assert [row.detail.startswith("ConnectionRefusedError") for row in Attempt.objects.all()] == [True, True, True]


def test_one_connection_serves_a_batch(workspace, lead, server, now):
    queue_many(workspace, lead, 5, now)
    assert delivery.deliver(workspace.id, now=now) == 5
    assert (server.connections, sorted(server.recipients)) == (1, [f"member{index}@example.com" for index in range(5)])


def test_a_refused_message_does_not_keep_the_others_from_being_sent(workspace, lead, server, now):
    queue_many(workspace, lead, 3, now)
    server.on_recipient = ["550 No such user"]
    delivery.deliver(workspace.id, now=now)
    assert (sorted(states(workspace)), len(server.recipients)) == ([MessageState.REFUSED, MessageState.SENT, MessageState.SENT], 2)


def test_a_batch_is_bounded(workspace, lead, server, now):
    queue_many(workspace, lead, delivery.BATCH + 1, now)
    assert [delivery.deliver(workspace.id, now=now), delivery.deliver(workspace.id, now=now)] == [delivery.BATCH, 1]
    assert len(set(server.recipients)) == delivery.BATCH + 1


def test_waits_double_up_to_two_hours():
    means = [sum((delivery.delay(before) for _ in range(400)), timedelta()) / 400 for before in (0, 1, 2, 8, 500)]
    expected = [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120), timedelta(hours=2), timedelta(hours=2)]
    assert [abs(mean - wanted) < wanted * 0.05 for mean, wanted in zip(means, expected, strict=True)] == [True] * 5


def test_after_three_days_it_is_given_up(workspace, message, smtp_settings, now):
    at, seen = now, 0
    while reread(message).state == MessageState.QUEUED:
        seen += delivery.deliver(workspace.id, now=at)
        at = reread(message).next_attempt_at or at
    given_up = reread(message)
    assert given_up.state == MessageState.GAVE_UP
    assert timedelta(days=3) - timedelta(hours=3) < at - now <= timedelta(days=3)
    assert given_up.attempts == seen == len(attempts(message))


def test_a_message_found_after_three_days_is_still_tried_once(workspace, message, server, now):
    delivery.deliver(workspace.id, now=now + timedelta(days=4))
    assert reread(message).state == MessageState.SENT


def test_a_dead_senders_messages_are_taken_over_when_its_lease_ends(workspace, message, server, now):
    delivery._claim(workspace.id, now)  # and then it dies
    assert reread(message).state == MessageState.SENDING
    assert delivery.deliver(workspace.id, now=now + delivery.LEASE - timedelta(seconds=1)) == 0
    assert delivery.deliver(workspace.id, now=now + delivery.LEASE) == 1
    assert (reread(message).state, len(server.mails)) == (MessageState.SENT, 1)


def test_a_sender_that_dies_after_the_server_accepted_leaves_a_copy_with_the_same_message_id(workspace, message, server, now):
    server.before_answer = end_connections_to_the_database
    with pytest.raises(OperationalError):
        delivery.deliver(workspace.id, now=now)
    connection.close()
    server.before_answer = None
    assert (reread(message).state, attempts(message)) == (MessageState.SENDING, [])
    delivery.deliver(workspace.id, now=now + delivery.LEASE)
    assert [mail["Message-ID"] for mail in server.mails] == [message.message_id] * 2
    assert reread(message).state == MessageState.SENT


def end_connections_to_the_database():
    with closing(psycopg2.connect(settings.DATABASE_URL)) as killer, killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()")


def test_no_transaction_is_open_while_the_server_is_thinking(workspace, message, server, now, owner_connection):
    seen = []

    def look():
        with owner_connection.cursor() as cursor:
            cursor.execute("SELECT state FROM notifications_message")
            seen.extend(cursor.fetchall())
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            seen.extend(cursor.fetchall())

    server.before_answer = look
    delivery.deliver(workspace.id, now=now)
    assert seen == [("sending",), (0,)]


def test_two_senders_never_take_the_same_message(workspace, lead, server, now):
    queue_many(workspace, lead, 12, now)
    taken = []

    def run():
        taken.append(delivery.deliver(workspace.id, now=now))
        connection.close()

    senders = [Thread(target=run) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert (sum(taken), len(server.mails), len(set(server.recipients))) == (12, 12, 12)


def test_a_late_sender_may_say_that_a_message_was_accepted(workspace, message, server, smtp_settings, now):
    (late,), *_ = delivery._claim(workspace.id, now)
    server.on_data = ["451 Later"]
    delivery.deliver(workspace.id, now=now + delivery.LEASE)
    delivery._record(workspace.id, late, None, delivery.Outcome(delivery.Verdict.ACCEPTED), now + delivery.LEASE)
    assert (reread(message).state, reread(message).next_attempt_at) == (MessageState.SENT, None)


def test_a_late_sender_may_say_nothing_else(workspace, message, server, now):
    (late,), *_ = delivery._claim(workspace.id, now)
    delivery.deliver(workspace.id, now=now + delivery.LEASE)
    delivery._record(workspace.id, late, None, delivery.Outcome(delivery.Verdict.REFUSED, "550 No"), now + delivery.LEASE)
    assert (reread(message).state, reread(message).error) == (MessageState.SENT, "")
    assert attempts(message) == [("accepted", ""), ("refused", "550 No")]


def test_a_message_erased_while_it_was_sent_leaves_nothing(workspace, message, server, now, owner_connection):
    def erase():
        with owner_connection.cursor() as cursor:
            cursor.execute("DELETE FROM contacts_contact")

    server.before_answer = erase
    assert delivery.deliver(workspace.id, now=now) == 1
    with workspace_scope(workspace.id):
        assert (Message.objects.count(), Attempt.objects.count()) == (0, 0)


def test_what_there_was_no_time_for_is_given_back(workspace, lead, server, now, monkeypatch):
    queue_many(workspace, lead, 3, now)
    monkeypatch.setattr(delivery, "WORKING_TIME", timedelta(seconds=-1))
    assert delivery.deliver(workspace.id, now=now) == 3
    assert (states(workspace), server.mails) == ([MessageState.QUEUED] * 3, [])
    monkeypatch.undo()
    assert delivery.deliver(workspace.id, now=now) == 3


def test_a_message_that_cannot_be_rendered_waits_and_the_others_are_sent(workspace, lead, server, now, caplog):
    queue_many(workspace, lead, 2, now)
    with workspace_scope(workspace.id):
        broken = Message.objects.earliest("id")
        Message.objects.filter(pk=broken.pk).update(facts={})
    delivery.deliver(workspace.id, now=now)
    assert states(workspace) == [MessageState.QUEUED, MessageState.SENT]
    assert attempts(broken) == [("deferred", "KeyError: 'contact'")]


def test_names_cannot_add_headers(workspace, message, server, now):
    with workspace_scope(workspace.id):
        facts = message.facts
        facts["contact"]["name"] = "Eve\r\nBcc: everybody@example.com\n\nHello"
        facts["workspace"]["name"] = "Acme\nBcc: everybody@example.com"
        Message.objects.update(facts=facts)
    delivery.deliver(workspace.id, now=now)
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("Eve Bcc: everybody@example.com Hello, Head of Operations")
    assert server.recipients == ["dora@example.com"]


def test_an_address_that_cannot_be_written_is_refused(workspace, message, server, now):
    with workspace_scope(workspace.id):
        Message.objects.update(recipient="dora@@example.com")
    delivery.deliver(workspace.id, now=now)
    assert (reread(message).state, server.mails) == (MessageState.REFUSED, [])


def test_mail_that_is_kept_is_rendered_and_goes_nowhere(workspace, message, server, now, settings):
    settings.MAIL_IS_KEPT = True
    assert delivery.deliver(workspace.id, now=now) == 1
    kept = reread(message)
    assert (kept.state, kept.next_attempt_at, kept.finished_at, kept.attempts) == (MessageState.KEPT, None, now, 0)
    assert (kept.subject[:14], "Why 82 points" in kept.html, "WHY 82 POINTS" in kept.text) == ("Ingrid Solheim", True, True)
    assert (server.mails, attempts(message)) == ([], [])


def test_a_batch_of_kept_mail_costs_the_same_whatever_its_size(workspace, lead, now, settings, django_assert_num_queries):
    settings.MAIL_IS_KEPT = True
    queue_many(workspace, lead, 1, now)
    with django_assert_num_queries(12):
        delivery.deliver(workspace.id, now=now)
    with workspace_scope(workspace.id):
        second = Contact.objects.create(workspace=workspace, created_at=now)
        for index in range(1, 9):
            join(workspace, f"member{index}@example.com")
        stage = entered("hot", 2, *(f"user:member{index}@example.com" for index in range(9)))
        outbox.queue(workspace.id, [step(second, now, stage)])
    with django_assert_num_queries(12):
        assert delivery.deliver(workspace.id, now=now) == 9


@pytest.mark.parametrize("state", [MessageState.REFUSED, MessageState.GAVE_UP])
def test_a_member_can_have_it_tried_again(workspace, message, server, now, state, alice, broker):
    with workspace_scope(workspace.id):
        Message.objects.update(state=state, next_attempt_at=None, finished_at=now, error="550 No")
    broker.forget()
    assert retrying.retry(workspace.id, message.pk, now=now, by=alice) is True
    assert broker.waiting() == [("notifications.tasks.deliver", [workspace.id])]
    delivery.deliver(workspace.id, now=now)
    assert (reread(message).state, reread(message).error) == (MessageState.SENT, "")
    with workspace_scope(workspace.id):
        assert list(workspace.audit_entries.filter(action="message.retried").values_list("actor", flat=True)) == [alice.id]


@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SENDING, MessageState.SENT, MessageState.KEPT])
def test_what_is_under_way_or_done_is_not_tried_again(workspace, message, now, state, alice):
    with workspace_scope(workspace.id):
        Message.objects.update(state=state)
    assert retrying.retry(workspace.id, message.pk, now=now, by=alice) is False
    assert reread(message).state == state


def test_another_workspaces_message_is_not_tried_again(workspace, message, elsewhere, now, charlie):
    with workspace_scope(workspace.id):
        Message.objects.update(state=MessageState.REFUSED)
    assert retrying.retry(elsewhere.id, message.pk, now=now, by=charlie) is False
    assert reread(message).state == MessageState.REFUSED


def test_the_task_delivers_and_asks_for_the_next_batch_until_there_is_none(workspace, message, server, broker):
    broker.forget()
    tasks.deliver(workspace.id)
    assert reread(message).state == MessageState.SENT
    assert broker.waiting() == [("notifications.tasks.deliver", [workspace.id])]
    broker.forget()
    tasks.deliver(workspace.id)
    assert broker.waiting() == []


def test_the_sweep_finds_workspaces_with_due_messages_alone(workspace, elsewhere, message, broker):
    broker.forget()
    tasks.sweep()
    assert broker.waiting() == [("notifications.tasks.deliver", [workspace.id])]


def test_the_sweep_finds_a_dead_senders_messages(workspace, message, broker):
    delivery._claim(workspace.id, clock.now() - delivery.LEASE)
    broker.forget()
    tasks.sweep()
    assert broker.waiting() == [("notifications.tasks.deliver", [workspace.id])]


def test_the_sweep_leaves_messages_that_wait_alone(workspace, message, broker):
    delivery._claim(workspace.id, clock.now())
    broker.forget()
    tasks.sweep()
    assert broker.waiting() == []


def test_a_providers_backend_delivers_as_well(workspace, message, settings, now):
    settings.MAIL_IS_KEPT = False
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    delivery.deliver(workspace.id, now=now)
    (mail,) = django.core.mail.outbox
    assert (reread(message).state, mail.to, mail.extra_headers["Message-ID"]) == (MessageState.SENT, ["dora@example.com"], message.message_id)
    assert mail.anymail_status.status == {"sent"}
