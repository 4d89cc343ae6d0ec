"""Messages are queued with the steps, once, and not too often."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.scope import workspace_scope
from contacts.models import Contact
from leadscore.celery import app
from notifications import outbox, waking
from notifications.models import Message, MessageState
from tests.notifications.conftest import entered, join, step

pytestmark = pytest.mark.django_db
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _inside(workspace, elsewhere):
    with workspace_scope(workspace.id):
        yield


def rows():
    return list(Message.objects.order_by("id").values_list("contact_id", "stage", "recipient", "reason"))


def test_each_recipient_gets_a_message_for_the_highest_stage_that_names_them(workspace, lead, sales, now):
    stages = entered("warm", 1, "user:dora@example.com"), entered("hot", 2, "team:sales"), entered("mql", 3, "user:dora@example.com")
    assert outbox.queue(workspace.id, [step(lead, now, *stages)]) == 2
    assert sorted(rows()) == [
        (lead.id, "hot", "emil@example.com", "team:sales"),
        (lead.id, "mql", "dora@example.com", "user:dora@example.com"),
    ]


def test_a_message_holds_all_that_delivery_needs(workspace, lead, dora, now):
    stage = entered("hot", 2, "user:dora@example.com")
    outbox.queue(workspace.id, [step(lead, now, stage)])
    message = Message.objects.get()
    assert (message.workspace_id, message.stage_change_id, message.user_id) == (workspace.id, stage.change_id, dora.id)
    assert (message.scoring_type_id, message.scoring_type_name, message.stage_name) == (5, "New leads", "Hot")
    assert (message.state, message.attempts, message.created_at, message.next_attempt_at) == (MessageState.QUEUED, 0, now, now)
    assert message.facts["contact"]["name"] == "Ingrid Solheim"
    assert message.facts["stage"] == {"key": "hot", "name": "Hot", "rank": 2, "stages": 3}
    assert message.facts["cause"] == "activity"


def test_every_message_has_a_message_id_of_its_own_in_the_senders_domain(workspace, lead, sales, now, settings):
    settings.DEFAULT_FROM_EMAIL = "Leads <leads@northwind.example>"
    outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "team:sales"))])
    ids = list(Message.objects.values_list("message_id", flat=True))
    assert len(set(ids)) == 2
    assert [re.fullmatch(r"<[0-9a-f-]{36}@northwind\.example>", text) is not None for text in ids] == [True, True]


def test_the_same_change_is_told_once_whoever_asks_again(workspace, lead, sales, now):
    one = step(lead, now, entered("hot", 2, "team:sales", quiet_days=0))
    assert [outbox.queue(workspace.id, [one]), outbox.queue(workspace.id, [one])] == [2, 0]


@pytest.mark.parametrize(("days", "queued"), [(29, 0), (30, 1)])
def test_a_recipient_is_not_told_of_the_same_again_within_its_quiet_days(workspace, lead, dora, now, days, queued):
    outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:dora@example.com"))])
    again = step(lead, now + timedelta(days=days), entered("hot", 2, "user:dora@example.com"))
    assert outbox.queue(workspace.id, [again]) == queued


def test_quiet_days_are_those_of_one_contact_and_one_scoring_type(workspace, lead, dora, now):
    other = Contact.objects.create(workspace=workspace, created_at=now)
    outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:dora@example.com"))])
    steps = [
        step(other, now, entered("hot", 2, "user:dora@example.com")),
        step(lead, now, entered("hot", 2, "user:dora@example.com"), scoring_type_id=6),
        step(lead, now, entered("mql", 3, "user:dora@example.com")),
        step(lead, now, entered("hot", 2, "user:dora@example.com")),
    ]
    assert outbox.queue(workspace.id, steps) == 3


@pytest.mark.parametrize("state", [MessageState.REFUSED, MessageState.GAVE_UP])
def test_a_message_that_never_arrived_keeps_nobody_quiet(workspace, lead, dora, now, state):
    outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:dora@example.com"))])
    Message.objects.update(state=state)
    assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:dora@example.com"))]) == 1


def test_a_message_about_a_merged_contact_counts_as_about_the_survivor(workspace, lead, dora, now):
    first, second = (Contact.objects.create(workspace=workspace, created_at=now) for _ in range(2))
    outbox.queue(workspace.id, [step(first, now, entered("hot", 2, "user:dora@example.com"))])
    Contact.objects.filter(pk=first.pk).update(merged_into=second)
    Contact.objects.filter(pk=second.pk).update(merged_into=lead)
    assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:dora@example.com"))]) == 0


def test_two_steps_of_one_transaction_tell_a_recipient_once(workspace, lead, dora, now):
    steps = [step(lead, now, entered("hot", 2, "user:dora@example.com"), cause=cause) for cause in ("time", "activity")]
    assert outbox.queue(workspace.id, steps) == 1
    assert Message.objects.get().facts["cause"] == "time"


@pytest.mark.parametrize("cause", ["model", "import", "erasure", "reclassification"])
def test_what_is_no_news_about_the_contact_queues_nothing(workspace, lead, sales, now, cause):
    assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "team:sales"), cause=cause)]) == 0


def test_the_owner_is_told_and_nobody_where_there_is_none(workspace, lead, dora, now):
    assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "owner"))]) == 0
    lead.owner = dora
    lead.save()
    assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "owner"))]) == 1
    assert rows() == [(lead.id, "hot", "dora@example.com", "owner")]


def test_owner_or_team_tells_the_team_until_there_is_an_owner(workspace, lead, sales, emil, now):
    owned = Contact.objects.create(workspace=workspace, created_at=now, owner=emil)
    outbox.queue(workspace.id, [step(one, now, entered("hot", 2, "owner-or:team:sales")) for one in (lead, owned)])
    assert sorted((contact, recipient) for contact, _, recipient, _ in rows()) == [
        (lead.id, "dora@example.com"),
        (lead.id, "emil@example.com"),
        (owned.id, "emil@example.com"),
    ]


def test_a_member_is_found_whatever_the_case_of_the_address(workspace, lead, dora, now):
    assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:Dora@Example.COM"))]) == 1
    assert rows() == [(lead.id, "hot", "dora@example.com", "user:Dora@Example.COM")]


def test_strangers_former_members_and_unconfirmed_addresses_are_not_told(workspace, lead, dora, now):
    Membership.objects.filter(user=dora).delete()
    stage = entered("hot", 2, "user:dora@example.com", "user:charlie@example.net", "email:outside@example.org")
    assert outbox.queue(workspace.id, [step(lead, now, stage)]) == 0


def test_who_may_no_longer_sign_in_is_not_told(workspace, lead, sales, dora, now):
    dora.is_active = False
    dora.save()
    outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "team:sales", "user:dora@example.com"))])
    assert [recipient for _, _, recipient, _ in rows()] == ["emil@example.com"]


def test_text_that_looks_like_sql_or_json_is_kept_as_it_is(workspace, lead, dora, now):
    stage = entered("hot", 2, "user:dora@example.com")
    odd = "%s %(x)s '; DROP TABLE x; -- \\ \" {} \u2028"
    one = step(lead, now, stage)
    outbox.queue(workspace.id, [type(one)(**{name: getattr(one, name) for name in one.__slots__} | {"facts": {"odd": odd}})])
    assert Message.objects.get().facts["odd"] == odd


def test_the_number_of_statements_does_not_grow_with_the_steps(workspace, sales, now):
    for member in range(5):
        join(workspace, f"more{member}@example.com")
    contacts = Contact.objects.bulk_create(Contact(workspace=workspace, created_at=now) for _ in range(21))
    counted = []
    for group in (contacts[:1], contacts[1:]):
        steps = [step(contact, now, entered("hot", 2, "team:sales", "owner", "user:more1@example.com")) for contact in group]
        with CaptureQueriesContext(connection) as statements:
            assert outbox.queue(workspace.id, steps) == 3 * len(group)
        counted.append(len(statements))
    assert counted == [4, 4]


def test_delivery_is_woken_after_the_commit_and_once_for_many(workspace, lead, dora, now, django_capture_on_commit_callbacks, broker):
    steps = [step(lead, now, entered(f"stage-{number}", 2, "user:dora@example.com")) for number in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        for one in steps:
            outbox.queue(workspace.id, [one])
        assert broker.waiting() == []
    assert broker.waiting() == [("notifications.tasks.deliver", [workspace.id])]


def test_a_wake_up_that_has_begun_does_not_hold_back_the_next(workspace, broker):
    waking.wake(workspace.id)
    waking.wake(workspace.id)
    waking.begun(workspace.id)
    waking.wake(workspace.id)
    assert len(broker.waiting()) == 2


def test_nothing_to_tell_wakes_nobody(workspace, lead, now, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "team:none"))])
    assert callbacks == []


def test_without_the_cache_each_commit_wakes_delivery(workspace, broker, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}
    for _ in range(2):
        waking.wake(workspace.id)
    waking.begun(workspace.id)
    assert len(broker.waiting()) == 2


def test_a_broker_that_is_away_does_no_harm(workspace, lead, dora, now, django_capture_on_commit_callbacks):
    with Celery("elsewhere", broker=NOWHERE) as away:
        away.set_current()
        try:
            with django_capture_on_commit_callbacks(execute=True) as callbacks:
                assert outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:dora@example.com"))]) == 1
        finally:
            app.set_current()
    assert (len(callbacks), Message.objects.count()) == (1, 1)
