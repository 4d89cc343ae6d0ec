"""Where the collector looks for a key, and which keys it takes."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import keys
from accounts.models import Key, KeyKind, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Source
from tests.tracking.conftest import Post, Stored, basic
from tracking import senders
from tracking.models import Inbox, Rejected

pytestmark = pytest.mark.django_db

CALL = {"event": "Signed Up", "userId": "u1"}


def test_a_key_is_found_as_the_basic_user(post: Post, write_key: str, stored: Stored) -> None:
    assert (post("track", CALL, basic(write_key)).status_code, stored.calls()) == (200, [("track", "Signed Up")])


def test_a_key_is_found_in_its_own_header(post: Post, write_key: str, stored: Stored) -> None:
    assert (post("track", CALL, {"X-Write-Key": write_key}).status_code, stored.calls()) == (200, [("track", "Signed Up")])


@pytest.mark.parametrize(("path", "body"), [("track", CALL), ("batch", {"batch": [{"type": "track", **CALL}]})])
def test_a_key_is_found_in_the_body(post: Post, write_key: str, stored: Stored, path: str, body: dict[str, object]) -> None:
    assert post(path, {**body, "writeKey": write_key}, {}).status_code == 200
    assert stored.calls() == [("track", "Signed Up")]


def test_the_first_place_with_a_key_decides(post: Post, write_key: str) -> None:
    assert post("track", {**CALL, "writeKey": "wk_no"}, {**basic(write_key), "X-Write-Key": "wk_no"}).status_code == 200
    assert post("track", {**CALL, "writeKey": write_key}, {**basic("wk_no"), "X-Write-Key": write_key}).status_code == 401
    assert post("track", {**CALL, "writeKey": "wk_no"}, {"X-Write-Key": write_key}).status_code == 200
    assert post("track", {**CALL, "writeKey": write_key}, {"X-Write-Key": "wk_no"}).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !", "Basic Og==", "Bearer x", f"Basic {base64.b64encode(bytes([255, 254])).decode()}", "Basic ü"],
)
def test_a_header_without_a_user_is_passed_over(post: Post, write_key: str, stored: Stored, authorization: str) -> None:
    assert post("track", CALL, {"Authorization": authorization, "X-Write-Key": write_key}).status_code == 200
    assert stored.calls() == [("track", "Signed Up")]


@pytest.mark.parametrize("token", ["wk_no", "", " ", "\u00fc", "x" * 5_000, "\ud800"])
def test_an_unknown_key_is_refused(post: Post, stored: Stored, token: str) -> None:
    response = post("track", {**CALL, "writeKey": token}, {})
    assert (response.status_code, response.json()) == (
        401,
        {"success": False, "error": {"code": "unknown_key", "message": "There is no such key, or it was revoked.", "path": ""}},
    )
    assert "WWW-Authenticate" not in response.headers
    assert stored.calls() == []


@pytest.mark.parametrize("token", ["x" * 101, "a" * 4_000_000, "\u00fc", "\ud800"])
def test_what_can_be_no_key_is_not_remembered_either(token: str) -> None:
    """A key of 4 MB is 4 KB of gzip, and nobody needs a true one to send it."""
    assert senders.find(token) is None
    assert senders._remembered == {}


@pytest.mark.parametrize("token", [None, 7, ["wk_x"], {}])
def test_a_key_that_is_no_text_is_no_key(post: Post, token: object) -> None:
    assert post("track", {**CALL, "writeKey": token}, {}).status_code == 401


def test_an_unknown_key_is_refused_before_its_body_is_read(post: Post) -> None:
    assert post("track", b"not JSON", basic("wk_no")).status_code == 401


def test_calls_with_a_write_key_are_a_browsers_and_those_with_a_secret_key_a_servers(
    post: Post, stored: Stored, write_key: str, secret_key: str
) -> None:
    assert post("track", CALL, basic(write_key)).status_code == 200
    assert post("track", CALL, basic(secret_key)).status_code == 200
    assert post("track", CALL, {"X-Write-Key": secret_key}).status_code == 200
    assert post("track", {**CALL, "writeKey": secret_key}, {}).status_code == 200
    assert stored.sources() == [Source.BROWSER, Source.SERVER, Source.SERVER, Source.SERVER]


def test_a_secret_key_without_the_scope_may_not_send(post: Post, stored: Stored, workspace: Workspace, alice: User, now: datetime) -> None:
    _, token = keys.issue(workspace, KeyKind.SECRET, "Reader", ["read"], alice, now)
    response = post("track", CALL, basic(token))
    assert (response.status_code, response.json()["error"]["code"]) == (403, "scope_missing")
    assert stored.calls() == []


def test_the_key_does_not_reach_the_inbox(post: Post, write_key: str, workspace: Workspace) -> None:
    post("track", {**CALL, "writeKey": write_key}, {})
    post("batch", {"batch": [{"type": "track", **CALL}], "writeKey": write_key}, {})
    with workspace_scope(workspace.id):
        assert [write_key.encode() in bytes(row.body) for row in Inbox.objects.all()] == [False, False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("body", [CALL, {"batch": [{"type": "track", **CALL}]}, {"batch": [{}]}, {"batch": []}])
def test_a_revoked_key_is_refused_at_once(post: Post, stored: Stored, key: Key, alice: User, now: datetime, body: dict[str, object]) -> None:
    path = "batch" if "batch" in body else "track"
    assert post(path, body).status_code == 200
    before = stored.calls(), stored.rejected()
    assert senders.find(key.public_token or "") is not None  # remembered by this process
    keys.revoke(key, alice, now)
    assert post(path, body).status_code == 401
    assert (stored.calls(), stored.rejected()) == before


def test_a_key_that_was_revoked_before_is_refused(post: Post, key: Key, alice: User, now: datetime) -> None:
    keys.revoke(key, alice, now)
    assert post("track", CALL).status_code == 401


def test_a_remembered_key_costs_one_statement(post: Post, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    post("track", CALL)
    with django_assert_num_queries(1):
        post("track", CALL)
    with django_assert_num_queries(1):
        post("batch", {"batch": [{"type": "track", **CALL}, {}]})


def test_a_keys_use_is_noted_about_once_a_minute(post: Post, key: Key, now: datetime) -> None:
    post("track", CALL)
    key.refresh_from_db()
    assert key.last_used_at is not None
    first = key.last_used_at
    senders.forget()
    post("track", CALL)
    key.refresh_from_db()
    assert key.last_used_at == first
    Key.objects.filter(id=key.id).update(last_used_at=now - timedelta(minutes=2))
    senders.forget()
    post("track", CALL)
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert key.last_used_at >= first


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["header", "body"])
def test_a_secret_key_is_kept_nowhere_wherever_a_client_writes_it(
    post: Post, stored: Stored, secret_key: str, workspace: Workspace, place: str
) -> None:
    good, bad = {"type": "track", **CALL, "writeKey": secret_key}, {"type": "track", "userId": "u1", "writeKey": secret_key}
    body = {"batch": [good, bad], **({"writeKey": secret_key} if place == "body" else {})}
    assert post("batch", body, basic(secret_key) if place == "header" else {}).status_code == 200
    assert stored.calls() == [("track", "Signed Up")]
    assert stored.rejected() == [("required", "batch[1].event", b'{"type": "track", "userId": "u1", "writeKey": "[secret key]"}')]
    with workspace_scope(workspace.id):
        assert secret_key.encode() not in bytes(Inbox.objects.get().body)


def test_a_secret_key_in_a_bad_call_is_not_kept_though_a_write_key_sent_it(post: Post, stored: Stored, write_key: str, secret_key: str) -> None:
    body = {"batch": [{"type": "track", "userId": "u1", "writeKey": secret_key}, {"type": "track", "userId": write_key}, f"={secret_key}"]}
    assert post("batch", body, basic(write_key)).status_code == 200
    assert stored.rejected() == [
        ("required", "batch[0].event", b'{"type": "track", "userId": "u1", "writeKey": "[secret key]"}'),
        ("required", "batch[1].event", b'{"type": "track", "userId": "%s"}' % write_key.encode()),
        ("not_an_object", "batch[2]", b'"=[secret key]"'),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_secret_key_in_a_batchs_context_is_not_kept_with_its_bad_calls(
    post: Post, write_key: str, secret_key: str, workspace: Workspace
) -> None:
    assert post("batch", {"batch": [{"type": "track"}], "context": {"by": secret_key}}, basic(write_key)).status_code == 200
    with workspace_scope(workspace.id):
        assert bytes(Rejected.objects.get().head) == b'"context":{"by": "[secret key]"},'


def test_a_key_inside_a_call_names_nobody(post: Post, stored: Stored, write_key: str, secret_key: str) -> None:
    """Segment's script for web sites writes its key into each call of a batch as well; only the request's own key counts."""
    call = {"type": "track", **CALL, "writeKey": secret_key}
    assert post("batch", {"batch": [call]}, {}).status_code == 401
    assert post("batch", {"batch": [call]}, basic(write_key)).status_code == 200
    assert stored.sources() == [Source.BROWSER]
