"""What one valid call says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracking.payload import Call, Envelope, Invalid, call

RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(kind: str, envelope: Envelope | None = None, **fields: Any) -> Call:
    return call({"userId": "u", **fields}, kind=kind, envelope=envelope or Envelope(), received_at=RECEIVED)


def test_a_track_call_is_an_activity_of_that_name() -> None:
    said = read("track", event=" Signed Up", messageId="m", properties={"plan": "pro"}, context={"ip": "192.0.2.1"})
    assert said == Call("track", " Signed Up", "u", None, None, None, RECEIVED, RECEIVED, "m", {"plan": "pro"}, {"ip": "192.0.2.1"}, {})


@pytest.mark.parametrize(("kind", "name"), [("page", "Page Viewed"), ("screen", "Screen Viewed")])
def test_page_and_screen_calls_are_views(kind: str, name: str) -> None:
    said = read(kind, name="Pricing", category="Docs", properties={"category": "Own", "url": "/p"})
    assert (said.name, said.properties) == (name, {"name": "Pricing", "category": "Own", "url": "/p"})


@pytest.mark.parametrize(
    ("sent", "understood"),
    [("a", "a"), (" a\u00a0", "a"), (12, "12"), (0, "0"), ("", None), (None, None), ("x" * 200, "x" * 200)],
)
def test_identifiers_are_text_without_white_space_around(sent: object, understood: str | None) -> None:
    said = call({"anonymousId": "anon", "userId": sent}, kind="page", received_at=RECEIVED)
    assert (said.user_id, said.anonymous_id) == (understood, "anon")


@pytest.mark.parametrize(("sent", "understood"), [("m ", "m "), (7, "7"), ("é" * 50, "é" * 50), (None, "")])
def test_message_ids_stay_as_sent(sent: object, understood: str) -> None:
    assert read("page", messageId=sent).message_id == understood


def test_the_context_of_the_batch_lies_beneath_that_of_the_call() -> None:
    said = read("page", Envelope(context={"ip": "192.0.2.1", "locale": "en"}), context={"locale": "da"})
    assert said.context == {"ip": "192.0.2.1", "locale": "da"}


def test_traits_lie_above_those_of_the_context() -> None:
    envelope = Envelope(context={"traits": {"plan": "free", "city": "Oslo"}})
    assert read("identify", envelope, traits={"plan": "pro"}).traits == {"plan": "pro", "city": "Oslo"}
    assert read("group", envelope, groupId=5, traits={"name": "Acme"}).traits == {
        "plan": "free", "city": "Oslo", "name": "Acme",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"firstName": "A", "lastName": "B", "jobTitle": "C"}, {"first_name": "A", "last_name": "B", "job_title": "C"}),
        ({"first_name": "snake", "firstName": "camel"}, {"first_name": "snake"}),
        ({"firstName": "camel", "first_name": None}, {"first_name": None}),
        ({"favouriteColour": "red", "title": "Ms"}, {"favouriteColour": "red", "title": "Ms"}),
        ({"createdAt": "2020", "created_at": "2021", "email_domain": "a", "email_kind": "b", "name_looks_fake": 1}, {}),
        ({"createdAt": "2020"}, {}),
    ],
)
def test_traits_of_a_contact_are_named_in_snake_case_and_set_nothing_built_in(sent: dict[str, Any], stored: dict[str, Any]) -> None:
    assert read("identify", traits=sent).traits == stored


def test_traits_of_a_company_have_no_built_in_names() -> None:
    said = read("group", groupId="g", traits={"createdAt": "2020", "email_domain": "acme.test"})
    assert (said.group_id, said.traits) == ("g", {"created_at": "2020", "email_domain": "acme.test"})


@pytest.mark.parametrize(
    ("sent", "trait", "identifier"),
    [
        (" Ada@Example.ORG ", "ada@example.org", "ada@example.org"),
        ("n/a", "n/a", None),
        ("a b@c", "a b@c", None),
        ("", "", None),
        (None, None, None),
        ("a" * 242 + "@example.org", "a" * 242 + "@example.org", "a" * 242 + "@example.org"),
    ],
)
def test_an_address_identifies_where_it_looks_like_one(sent: str | None, trait: str | None, identifier: str | None) -> None:
    said = read("identify", traits={"email": sent})
    assert (said.traits, said.email) == ({"email": trait}, identifier)


def test_an_address_alone_is_identifier_enough() -> None:
    said = call({"context": {"traits": {"email": "A@b.org"}}}, kind="identify", received_at=RECEIVED)
    assert (said.email, said.user_id, said.anonymous_id) == ("a@b.org", None, None)


def test_an_address_longer_than_any_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read("identify", traits={"email": "a" * 243 + "@example.org"})
    assert (refused.value.code, refused.value.path) == ("too_long", "traits.email")


@pytest.mark.parametrize("kind", ["track", "page", "screen", "group"])
def test_only_identify_names_an_address(kind: str) -> None:
    address = {"email": "a@b.org"}
    said = read(kind, event="E", groupId="g", properties=address, traits=address, context={"traits": address})
    assert said.email is None


MINUTE = timedelta(minutes=1)
TIMES: list[tuple[object, object, datetime]] = [
    (None, None, RECEIVED),
    ("", "2026-03-01T09:00:00Z", RECEIVED),
    ("2026-03-01T11:00:00Z", None, RECEIVED - 60 * MINUTE),
    ("2026-03-01T11:00:00Z", "2026-03-01T11:59:00Z", RECEIVED - 60 * MINUTE),
    ("2026-03-01T11:00:00Z", "2026-03-01T12:01:00Z", RECEIVED - 60 * MINUTE),
    ("2026-03-01T11:00:00Z", "2026-03-01T11:58:59Z", RECEIVED - 60 * MINUTE + timedelta(seconds=61)),
    ("2026-03-01T13:00:00Z", "2026-03-01T14:00:00Z", RECEIVED - 60 * MINUTE),
    ("2026-03-01T12:00:30Z", None, RECEIVED),
    ("9999-12-31T23:59:59Z", None, RECEIVED),
    ("2026-03-01T12:00:00.000001Z", None, RECEIVED),
    ("2026-03-01T11:59:59.1234569Z", None, RECEIVED - timedelta(seconds=1) + timedelta(microseconds=123456)),
    ("2026-03-01T11:30:00", None, RECEIVED - 30 * MINUTE),
    ("2026-03-01 11:30", None, RECEIVED - 30 * MINUTE),
    ("2026-03-01t11:30:00z", None, RECEIVED - 30 * MINUTE),
    ("2026-03-01T13:30:00+02:00", None, RECEIVED - 30 * MINUTE),
    ("2026-03-01T06:00:00-0530", None, RECEIVED - 30 * MINUTE),
    ("2026-03-01T06:30:00.5-05", None, RECEIVED - 30 * MINUTE + timedelta(seconds=0.5)),
    ("2026-03-01", None, RECEIVED - 12 * 60 * MINUTE),
    ("2025-01-25T12:00:00Z", None, RECEIVED - timedelta(days=400)),
    ("0001-01-01T00:10:00Z", "0001-01-01T00:20:00Z", RECEIVED - 10 * MINUTE),
]


@pytest.mark.parametrize(("timestamp", "sent_at", "occurred"), TIMES)
def test_when_it_happened(timestamp: object, sent_at: object, occurred: datetime) -> None:
    assert read("page", timestamp=timestamp, sentAt=sent_at).occurred_at == occurred


def test_the_original_time_counts_where_it_is_the_only_one() -> None:
    sent = {"sentAt": "2026-03-01T09:00:00Z", "originalTimestamp": "2026-03-01T06:00:00Z"}
    assert [read("page", timestamp=said, **sent).occurred_at for said in (None, "", "2026-03-01T08:00:00Z")] == [
        RECEIVED - 180 * MINUTE, RECEIVED - 180 * MINUTE, RECEIVED - 60 * MINUTE,
    ]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        read("page", originalTimestamp="2020-03-01T08:00:00Z")
    assert (refused.value.code, refused.value.path) == ("too_old", "originalTimestamp")


def test_the_time_of_sending_is_the_envelope_s_where_it_has_one() -> None:
    envelope = Envelope(sent_at=RECEIVED - 10 * MINUTE)
    said = read("page", envelope, timestamp="2026-03-01T11:00:00Z", sentAt="2026-03-01T11:00:00Z")
    assert said.occurred_at == RECEIVED - 50 * MINUTE


@pytest.mark.parametrize(
    "timestamp",
    [5, 1.5, True, [], {}, "now", "2026-03-01T25:00:00Z", "2026-02-30", "2026-W09-7", "20260301T120000Z",
     "99999-01-01T00:00:00Z", "+099999-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00", "２０２６-03-01", "2026-03-01T12:00:00Z\n"],
)  # fmt: skip
def test_a_time_that_is_none_is_refused(timestamp: object) -> None:
    with pytest.raises(Invalid) as refused:
        read("page", timestamp=timestamp)
    assert (refused.value.code, refused.value.path) == ("invalid_timestamp", "timestamp")


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "code"),
    [
        ("2025-01-25T11:59:59Z", None, "too_old"),
        ("0001-01-01T00:00:00Z", None, "too_old"),
        ("0002-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "invalid_timestamp"),
        ("9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "invalid_timestamp"),
    ],
)
def test_a_time_out_of_range_is_refused(timestamp: str, sent_at: str | None, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read("page", timestamp=timestamp, sentAt=sent_at)
    assert refused.value.code == code


def test_what_was_accepted_does_not_grow_too_old_in_the_inbox() -> None:
    fields = {"userId": "u", "timestamp": "2020-01-01T00:00:00Z"}
    said = call(fields, kind="page", received_at=RECEIVED, max_age=None)
    assert said.occurred_at == datetime(2020, 1, 1, tzinfo=UTC)
