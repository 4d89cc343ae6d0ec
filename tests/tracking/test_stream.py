"""The event stream: what it keeps, what it says became of a call, and what it can be asked for."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Key
from accounts.scope import workspace_scope
from contacts.models import Contact
from tests.scoring.conftest import DOCUMENT, publish
from tracking import recent, stream
from tracking.draining import drain
from tracking.models import Inbox, Recent, Rejected
from tracking.stream import Wanted

pytestmark = pytest.mark.django_db(transaction=True)

USER_AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def track(event="Seen", **more):
    return {"type": "track", "userId": "u1", "event": event, **more}


@pytest.fixture
def batch(post):
    def send(*calls, drained=None, **envelope):
        assert post("batch", {**envelope, "batch": list(calls)}).status_code == 200
        if drained:
            drain(drained.id)

    return send


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def look(workspace, **wanted):
    with workspace_scope(workspace.id):
        return stream.look(workspace.id, Wanted(**wanted)).entries


def told(workspace, **wanted):
    return [(entry.arrival.name, entry.outcome) for entry in look(workspace, **wanted)]


def url(workspace, **query):
    return reverse("tracking:stream", args=[workspace.slug], query=query)


class TestWhatBecameOfACall:
    def test_it_waits_until_it_is_drained(self, workspace, batch):
        batch(track())
        assert told(workspace) == [("Seen", "waiting")]
        drain(workspace.id)
        assert told(workspace) == [("Seen", "stored")]

    def test_the_newest_comes_first_within_a_request_as_well(self, workspace, batch):
        batch(track("One"), track("Two"), drained=workspace)
        batch(track("Three"))
        assert [name for name, _ in told(workspace)] == ["Three", "Two", "One"]

    def test_it_is_shown_as_it_was_received_with_its_key(self, workspace, post, key):
        raw = b'{"userId":"u1",  "event": "Se\\u00e9n", "properties": {"n": 1.50}, "messageId": "m1"'
        post("track", raw + b"}")
        (entry,) = look(workspace)
        assert entry.arrival.text == raw.decode() + ',"type":"track"}'
        assert (entry.key, entry.arrival.source.label, entry.arrival.name) == (key.name, "Browser", "Seén")

    def test_whose_it_is_what_it_gave_and_which_stages_it_led_to(self, workspace, batch):
        publish(workspace, DOCUMENT)
        batch(track("Demo Requested"), track("Nothing"), track("Seen", userId="u2"), drained=workspace)
        said = [
            (entry.arrival.name, str(entry.contact), [(award.points, award.scoring_type) for award in entry.awards],
             [(stage.name, stage.rank, stage.stages) for stage in entry.entered])
            for entry in look(workspace)
        ]  # fmt: skip
        assert said == [
            ("Seen", "u2", [], []),
            ("Nothing", "u1", [], []),
            ("Demo Requested", "u1", [(60, "New leads")], [("Cold leads", 1, 3), ("Hot leads", 2, 3)]),
        ]

    def test_a_stage_belongs_to_the_calls_processed_with_it_alone(self, workspace, batch):
        publish(workspace, DOCUMENT)
        batch(track("Demo Requested"), drained=workspace)
        batch(track("Nothing"), drained=workspace)
        assert [(entry.arrival.name, len(entry.entered)) for entry in look(workspace)] == [("Nothing", 0), ("Demo Requested", 2)]

    def test_a_second_with_the_same_message_id_is_a_duplicate_of_the_first(self, workspace, batch):
        batch(track("First", messageId="m"), track("Second", messageId="m"), drained=workspace)
        batch(track("Third", messageId="m"), drained=workspace)
        assert told(workspace) == [("Third", "duplicate"), ("Second", "duplicate"), ("First", "stored")]

    def test_a_bots_is_marked(self, workspace, batch):
        batch(track(context={"userAgent": USER_AGENT}), drained=workspace)
        (entry,) = look(workspace)
        assert (entry.outcome, entry.bot, entry.awards) == ("bot", "crawler: Googlebot", ())

    def test_one_that_is_not_valid_is_rejected_with_its_reason(self, workspace, batch):
        batch(track(), {"type": "track", "userId": "u1"}, drained=workspace)
        entries = look(workspace, outcome="rejected")
        assert [(entry.arrival.name, entry.arrival.reason.code, entry.arrival.reason.path) for entry in entries] == [
            ("track", "required", "batch[1].event")
        ]
        assert len(look(workspace)) == 2

    def test_one_that_could_not_be_processed_is_listed_once_with_its_reason(self, workspace, batch):
        batch(track("Good"), drained=workspace)
        with workspace_scope(workspace.id):
            inbox = Recent.objects.get()
            Inbox.objects.create(workspace=workspace, received_at=inbox.received_at, source=0, calls=1, body=b'{"batch": [{"type": 1}]}')
        drain(workspace.id)
        entries = look(workspace, outcome="rejected")
        assert [(entry.arrival.name, entry.arrival.reason.code) for entry in entries] == [("", "not_processed")]

    def test_one_whose_reason_was_dropped_is_still_rejected(self, workspace, batch):
        with workspace_scope(workspace.id):
            Inbox.objects.create(workspace=workspace, source=0, calls=1, body=b'{"batch": [{"type": 1}]}')
        drain(workspace.id)
        with workspace_scope(workspace.id):
            Rejected.objects.all().delete()
        (entry,) = look(workspace)
        assert (entry.outcome, entry.arrival.reason) == ("rejected", None)


class TestTheRing:
    def test_it_keeps_the_newest_calls_of_a_batch(self, workspace, batch, monkeypatch):
        monkeypatch.setattr(recent, "BATCH_CALLS", 3)
        for number in range(5):
            batch(track(f"E{number}"))
        drain(workspace.id)
        assert [name for name, _ in told(workspace)] == ["E4", "E3", "E2"]

    def test_it_is_bounded_by_calls(self, workspace, batch, monkeypatch):
        monkeypatch.setattr(recent, "RING_CALLS", 4)
        for number in range(3):
            batch(track(f"A{number}"), track(f"B{number}"), drained=workspace)
        assert [name for name, _ in told(workspace)] == ["B2", "A2", "B1", "A1"]

    def test_it_is_bounded_by_size(self, workspace, batch, monkeypatch):
        monkeypatch.setattr(recent, "RING_BYTES", 3_000)
        for number in range(4):
            batch(track(f"E{number}", properties={"text": "x" * 1_000}), drained=workspace)
        assert [name for name, _ in told(workspace)] == ["E3", "E2"]

    def test_the_newest_request_is_kept_whatever_its_size(self, workspace, batch, monkeypatch):
        monkeypatch.setattr(recent, "RING_BYTES", 100)
        monkeypatch.setattr(recent, "BATCH_BYTES", 100)
        for number in range(2):
            batch(track(f"E{number}", properties={"text": "x" * 1_000}), drained=workspace)
        assert [name for name, _ in told(workspace)] == ["E1"]

    def test_old_ones_are_purged(self, workspace, batch, now):
        batch(track(), drained=workspace)
        assert (recent.purge(workspace.id, now), recent.purge(workspace.id, now.replace(year=now.year + 1))) == (0, 1)


class TestAsking:
    @pytest.fixture
    def four(self, workspace, batch, client, secret_key):
        batch(track("Seen"), {"type": "identify", "userId": "u2", "traits": {"email": "Ada@Firm.test"}}, drained=workspace)
        client.post("/v1/track", json.dumps({"userId": "u2", "event": "Bought"}), "text/plain", headers={"X-Write-Key": secret_key})
        drain(workspace.id)
        batch(track("Seen", userId="u3"))

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({}, ["Seen", "Bought", "identify", "Seen"]),
            ({"event": "Seen"}, ["Seen", "Seen"]),
            ({"source": 1}, ["Bought"]),
            ({"source": 0}, ["Seen", "identify", "Seen"]),
            ({"outcome": "waiting"}, ["Seen"]),
            ({"contact": "u2"}, ["Bought", "identify"]),
            ({"contact": "ADA@firm.test"}, ["identify"]),
            ({"contact": "nobody"}, []),
        ],
    )
    def test_by_event_source_outcome_and_what_it_names(self, workspace, four, wanted, names):
        assert [name for name, _ in told(workspace, **wanted)] == names

    def test_by_the_contacts_own_number(self, workspace, four):
        with workspace_scope(workspace.id):
            ada = Contact.objects.get(email="ada@firm.test")
        assert [name for name, _ in told(workspace, contact=str(ada.id))] == ["Bought", "identify"]

    @pytest.mark.parametrize("query", [{"source": "9"}, {"outcome": "x"}, {"contact": "\0"}, {"event": "\0" * 300}, {"source": "x" * 999}])
    def test_a_made_up_address_filters_nothing(self, as_alice, workspace, four, query):
        assert len(as_alice.get(url(workspace, **query)).context["stream"].entries) == 4


class TestThePage:
    def test_polling_answers_nothing_while_nothing_came(self, as_alice, workspace, batch):
        batch(track())
        state = as_alice.get(url(workspace)).context["state"]
        htmx = {"HX-Request": "true"}
        assert as_alice.get(url(workspace, seen=state), headers=htmx).status_code == 204
        drain(workspace.id)
        answer = as_alice.get(url(workspace, seen=state), headers=htmx)
        assert (answer.status_code, "Stored" in answer.content.decode(), "<html" in answer.content.decode()) == (200, True, False)

    def test_paused_it_does_not_poll(self, as_alice, workspace):
        assert [b'hx-trigger="every 2s"' in as_alice.get(url(workspace, paused=paused)).content for paused in ("", "1")] == [True, False]

    def test_markup_of_a_call_is_text(self, as_alice, workspace, batch):
        batch(track("<script>alert(1)</script>"), {"type": "track", "userId": "<img src=x>"}, drained=workspace)
        words = as_alice.get(url(workspace)).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in words
        assert "<script>alert" not in words
        assert "<img src=x" not in words

    def test_the_way_to_repeat_is_for_those_who_may(self, as_alice, client, workspace, bob, batch):
        batch(track(), {"type": "track", "userId": "u1"})
        assert "Repeat or drop" in as_alice.get(url(workspace)).content.decode()
        client.force_login(bob)
        words = client.get(url(workspace)).content.decode()
        assert ("Repeat or drop" in words, "A track call names its event." in words) == (False, True)

    @pytest.mark.parametrize("number", [1, 3])
    def test_the_page_asks_as_often_for_one_as_for_three(self, as_alice, workspace, batch, number):
        publish(workspace, DOCUMENT)
        batch(*[track(userId=f"u{place}") for place in range(number)], {"type": "track", "userId": "u1"}, drained=workspace)
        as_alice.get(url(workspace))
        with CaptureQueriesContext(connection) as queries:
            as_alice.get(url(workspace))
        assert len(queries) == 22


def test_the_stream_of_another_workspace_is_not_in_it(elsewhere, workspace, batch):
    batch(track(), {"type": "track", "userId": "u1"}, drained=workspace)
    batch(track("Waiting"))
    assert (len(look(workspace)), look(elsewhere)) == (3, [])


def test_an_accepted_call_knows_its_key(workspace, batch, key):
    batch(track(), {"type": "track", "userId": "u1"})
    with workspace_scope(workspace.id):
        assert (Inbox.objects.get().key_id, Rejected.objects.get().key_id) == (key.id, key.id)
        assert Key.objects.get(id=key.id).workspace_id == workspace.id
