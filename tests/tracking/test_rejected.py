"""The page of rejected calls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Membership
from accounts.scope import workspace_scope
from contacts.models import Activity
from tracking.draining import drain
from tracking.models import Inbox, Rejected
from tracking.payload import stored_calls
from tracking.rejects import printable

pytestmark = pytest.mark.django_db

GOOD = b'{"type": "track", "userId": "u1", "event": "Seen", "messageId": "m1"}'
BAD = b'{"type": "track", "userId": "u1"}'


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def set_aside(workspace, now):
    def make(body=GOOD, code="not_processed", **more):
        with workspace_scope(workspace.id):
            return Rejected.objects.create(workspace=workspace, received_at=now, source=1, code=code, body=body, **more)

    return make


def _fail(*args):
    raise ValueError("something is wrong")


def url(workspace, name="rejected", *args, **query):
    return reverse(f"tracking:{name}", args=[workspace.slug, *args], query=query)


def kept(workspace):
    with workspace_scope(workspace.id):
        return list(Rejected.objects.order_by("id").values_list("id", flat=True))


def audited(workspace):
    with workspace_scope(workspace.id):
        return list(AuditEntry.objects.filter(action__startswith="rejected_call").values_list("action", "target"))


def test_it_shows_each_call_with_its_reason(as_alice, workspace, set_aside):
    set_aside(BAD, code="required", path="batch[3].event", message="A track call needs an event.")
    words = as_alice.get(url(workspace)).content.decode()
    raw = "{&quot;type&quot;: &quot;track&quot;, &quot;userId&quot;: &quot;u1&quot;}"
    for said in ("required", "batch[3].event", "A track call needs an event.", raw):
        assert said in words


def test_a_reason_filters_and_the_newest_come_first_in_pages(as_alice, workspace, set_aside):
    made = [set_aside(BAD, code="required").id for _ in range(51)]
    set_aside(code="too_large")
    first = as_alice.get(url(workspace, code="required"))
    assert [row.id for row in first.context["rows"]] == made[:0:-1]
    second = as_alice.get(url(workspace, code="required", before=first.context["next"]))
    assert [row.id for row in second.context["rows"]] == made[:1]
    assert first.context["reasons"] == [("required", 51), ("too_large", 1)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_one_as_for_three(as_alice, workspace, set_aside, number):
    for _ in range(number):
        set_aside()
    as_alice.get(url(workspace))
    with CaptureQueriesContext(connection) as queries:
        as_alice.get(url(workspace))
    assert len([query for query in queries if "tracking_rejected" in query["sql"]]) == 2


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\xff{", "\\xff{"),
        (b"a\x00b\x1b[2J", "a\\x00b\\x1b[2J"),
        ("\u202egnp".encode(), "\\u202egnp"),
        ("Zoë\n\t1".encode(), "Zoë\n\t1"),
    ],
)
def test_nothing_hides_in_what_is_shown(raw, shown):
    assert printable(raw) == shown


def test_a_calls_markup_is_text(as_alice, workspace, set_aside):
    set_aside(b'<script>alert("\xff")</script>', message="<img src=x>")
    words = as_alice.get(url(workspace)).content.decode()
    assert "&lt;script&gt;alert(&quot;\\xff&quot;)&lt;/script&gt;" in words
    assert "<script>alert" not in words
    assert "<img src=x>" not in words


def test_of_a_large_call_the_beginning_is_shown(as_alice, workspace, set_aside):
    set_aside(b"x" * 32_768)
    (row,) = as_alice.get(url(workspace)).context["rows"]
    assert (len(row.text), row.size, row.is_cut) == (4_000, 32_768, True)


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "9" * 30}, {"before": "-1"}, {"code": "a\0"}])
def test_a_made_up_address_is_no_error(as_alice, workspace, set_aside, query):
    set_aside()
    assert as_alice.get(url(workspace, **query)).status_code == 200


class TestRepeating:
    def test_the_call_waits_again_as_of_its_reception(self, as_alice, workspace, set_aside, now):
        row = set_aside()
        as_alice.post(url(workspace, "repeat", row.id))
        with workspace_scope(workspace.id):
            waiting = Inbox.objects.get()
        (call,) = stored_calls(bytes(waiting.body), waiting.received_at)
        assert (call.name, call.message_id, waiting.received_at, waiting.source, waiting.calls) == ("Seen", "m1", now, 1, 1)
        assert kept(workspace) == []
        assert audited(workspace) == [("rejected_call.repeated", str(row.id))]

    def test_a_request_that_was_set_aside_whole_gives_all_its_calls(self, as_alice, workspace, set_aside):
        row = set_aside(b'{"context": {"ip": "1.2.3.4"}, "batch": [' + GOOD + b"," + GOOD.replace(b"m1", b"m2") + b"]}")
        as_alice.post(url(workspace, "repeat", row.id))
        with workspace_scope(workspace.id):
            waiting = Inbox.objects.get()
        assert [(call.message_id, call.context) for call in stored_calls(bytes(waiting.body), waiting.received_at)] == [
            ("m1", {"ip": "1.2.3.4"}),
            ("m2", {"ip": "1.2.3.4"}),
        ]

    def test_what_its_body_said_for_all_calls_holds_for_it_again(self, as_alice, workspace, post, stored):
        envelope = {"sentAt": "2026-01-01T00:00:00Z", "context": {"ip": "1.2.3.4", "campaign": {"name": "x"}}}
        bad = {"type": "track", "userId": "u1", "timestamp": "2025-12-31T23:00:00Z", "context": {"ip": "5.6.7.8"}, "event": 5}
        post("batch", {**envelope, "batch": [bad]})
        with workspace_scope(workspace.id):
            row = Rejected.objects.get()
            Rejected.objects.update(body=bytes(row.body).replace(b"5}", b'"Seen"}'))
        as_alice.post(url(workspace, "repeat", row.id))
        with workspace_scope(workspace.id):
            waiting = Inbox.objects.get()
        (call,) = stored_calls(bytes(waiting.body), waiting.received_at)
        assert call.context == {"ip": "5.6.7.8", "campaign": {"name": "x"}}
        assert row.received_at - call.occurred_at == timedelta(hours=1)
        assert (waiting.received_at, waiting.key_id) == (row.received_at, row.key_id)

    def test_so_it_does_for_one_that_failed_later(self, as_alice, workspace, post, set_aside, monkeypatch):
        post("batch", {"context": {"ip": "1.2.3.4"}, "batch": [{"type": "track", "userId": "u1", "event": "Seen", "messageId": "m1"}]})
        with monkeypatch.context() as patch:
            patch.setattr("tracking.draining.take_in", _fail)
            drain(workspace.id)
        (row,) = kept(workspace)
        as_alice.post(url(workspace, "repeat", row))
        drain(workspace.id)
        with workspace_scope(workspace.id):
            assert Activity.objects.get().context == {"ip": "1.2.3.4"}

    @pytest.mark.parametrize("body", [BAD, b"\xff", b"5", b'{"type": "track", "userId": "\xff", "event": "Seen"}', b""])
    @pytest.mark.parametrize("code", ["required", "not_processed"])
    def test_what_is_still_not_valid_stays(self, as_alice, workspace, set_aside, body, code):
        row = set_aside(body, code=code)
        answer = as_alice.post(url(workspace, "repeat", row.id), follow=True)
        assert "The call is refused as before" in answer.content.decode()
        assert kept(workspace) == [row.id]
        assert audited(workspace) == []

    def test_twice_is_not_found(self, as_alice, workspace, set_aside):
        row = set_aside()
        assert as_alice.post(url(workspace, "repeat", row.id)).status_code == 302
        assert as_alice.post(url(workspace, "repeat", row.id)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_repeated_call_counts_once(client, alice, workspace, set_aside):
    client.force_login(alice)
    for _ in range(2):
        client.post(url(workspace, "repeat", set_aside().id))
        drain(workspace.id)
    with workspace_scope(workspace.id):
        assert list(Activity.objects.values_list("message_id", flat=True)) == ["m1"]


class TestDropping:
    def test_one(self, as_alice, workspace, set_aside):
        row, other = set_aside(), set_aside()
        as_alice.post(url(workspace, "drop", row.id))
        assert kept(workspace) == [other.id]
        assert audited(workspace) == [("rejected_call.dropped", str(row.id))]

    def test_all_of_a_reason(self, as_alice, workspace, set_aside):
        set_aside(code="required")
        set_aside(code="required")
        other = set_aside(code="too_large")
        as_alice.post(url(workspace, "drop_all"), {"code": "required"})
        assert kept(workspace) == [other.id]
        assert audited(workspace) == [("rejected_calls.dropped", "required")]


def test_who_may_not_change_contacts_sees_no_way_there(as_alice, client, workspace, bob):
    here = url(workspace)
    assert here in as_alice.get(reverse("contacts:list", args=[workspace.slug])).content.decode()
    client.force_login(bob)
    assert Membership.objects.get(user=bob, workspace=workspace).role == "viewer"
    assert here not in client.get(reverse("contacts:list", args=[workspace.slug])).content.decode()
