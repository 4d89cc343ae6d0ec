"""The collector's table of answers, row by row, on a real database."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from django.test import Client

from accounts.models import Key, Workspace
from tests.tracking.conftest import Post, Stored, basic
from tracking import payload, rates
from tracking.models import Inbox

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)  # as in production; slower, so only where it matters

SIGNED_UP = {"type": "track", "event": "Signed Up", "userId": "u1"}
NO_EVENT = {"type": "track", "userId": "u1"}


def refusal(code: str, message: str, path: str = "") -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "message": message, "path": path}}


@pytest.mark.parametrize(
    ("path", "body", "call"),
    [
        ("track", {"event": "Signed Up", "userId": "u1"}, ("track", "Signed Up")),
        ("t", {"event": "Signed Up", "userId": "u1"}, ("track", "Signed Up")),
        ("page", {"name": "Pricing", "anonymousId": "a1"}, ("page", "Page Viewed")),
        ("p", {"anonymousId": "a1"}, ("page", "Page Viewed")),
        ("screen", {"anonymousId": "a1"}, ("screen", "Screen Viewed")),
        ("s", {"anonymousId": "a1"}, ("screen", "Screen Viewed")),
        ("identify", {"userId": "u1", "traits": {"email": "ann@example.com"}}, ("identify", None)),
        ("i", {"userId": "u1"}, ("identify", None)),
        ("group", {"userId": "u1", "groupId": "g1"}, ("group", None)),
        ("g", {"userId": "u1", "groupId": "g1"}, ("group", None)),
        ("batch", {"batch": [SIGNED_UP]}, ("track", "Signed Up")),
        ("b", {"batch": [SIGNED_UP]}, ("track", "Signed Up")),
    ],
)
def test_a_valid_call_is_stored_and_answered_with_success(post: Post, stored: Stored, path: str, body: Any, call: tuple[str, str]) -> None:
    response = post(path, body)
    assert (response.status_code, response.content) == (200, b'{"success": true}')
    assert stored.calls() == [call]


@committed
def test_an_empty_batch_is_a_success_that_stores_nothing(post: Post, stored: Stored) -> None:
    assert post("batch", {"batch": []}).json() == {"success": True}
    assert stored.calls() == []


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "", "no/such"])
def test_the_content_type_is_ignored(post: Post, stored: Stored, content_type: str) -> None:
    assert post("track", SIGNED_UP, content_type=content_type).status_code == 200
    assert stored.calls() == [("track", "Signed Up")]


def test_a_gzipped_body_is_inflated_whatever_it_is_declared_as(post: Post, stored: Stored) -> None:
    body = gzip.compress(json.dumps({"batch": [SIGNED_UP] * 3}).encode())
    assert post("batch", body, content_type="application/x-www-form-urlencoded").status_code == 200
    assert stored.calls() == [("track", "Signed Up")] * 3


@committed
def test_good_calls_of_a_batch_are_stored_and_bad_ones_named_and_kept_as_received(post: Post, stored: Stored) -> None:
    body = b'{"batch": [%b, {"type": "track",  "userId": "u1"}, %b, {"type":"import","userId":"u1"}]}' % ((json.dumps(SIGNED_UP).encode(),) * 2)
    response = post("batch", body)
    assert response.status_code == 200
    assert response.json() == {
        "success": True,
        "rejected": [
            {"index": 1, "code": "required", "path": "batch[1].event"},
            {"index": 3, "code": "unsupported_type", "path": "batch[3].type"},
        ],
    }
    assert stored.calls() == [("track", "Signed Up")] * 2
    assert stored.rejected() == [
        ("required", "batch[1].event", b'{"type": "track",  "userId": "u1"}'),
        ("unsupported_type", "batch[3].type", b'{"type":"import","userId":"u1"}'),
    ]


@committed
def test_a_batch_of_bad_calls_alone_is_kept_too(post: Post, stored: Stored) -> None:
    assert post("batch", {"batch": [NO_EVENT]}).json()["rejected"] == [{"index": 0, "code": "required", "path": "batch[0].event"}]
    assert stored.calls() == []
    assert [code for code, _, _ in stored.rejected()] == ["required"]


def test_a_rejected_call_keeps_bytes_that_are_no_text(post: Post, stored: Stored) -> None:
    bad = b'{"type":"track","event":"\xff\x00\\u0000","userId":"u1"}'.replace(b"\x00", b"")
    assert post("batch", b'{"batch":[' + bad + b"]}").status_code == 200
    assert [body for _, _, body in stored.rejected()] == [bad]


@pytest.mark.parametrize(
    ("path", "body", "code", "at"),
    [
        ("track", b"", "invalid_json", ""),
        ("track", b"event=A&userId=1", "invalid_json", ""),
        ("track", b'{"event":', "invalid_json", ""),
        ("track", b'{"event":NaN}', "invalid_json", ""),
        ("track", b"[]", "not_an_object", ""),
        ("batch", b'"text"', "not_an_object", ""),
        ("batch", {}, "required", "batch"),
        ("batch", {"batch": {}}, "wrong_kind", "batch"),
        ("batch", {"batch": None}, "wrong_kind", "batch"),
        ("batch", b"\x1f\x8b\x00\x00", "invalid_gzip", ""),
        ("track", {"userId": "u1"}, "required", "event"),
        ("track", {"event": "A"}, "no_identifier", ""),
        ("track", {"event": 7, "userId": "u1"}, "wrong_kind", "event"),
        ("track", {"event": "A", "userId": {}}, "wrong_kind", "userId"),
        ("track", {"event": "A", "userId": "u1", "properties": []}, "wrong_kind", "properties"),
        ("track", {"event": "A", "userId": "u1", "timestamp": "soon"}, "invalid_timestamp", "timestamp"),
        ("track", {"event": "A", "userId": "u1", "timestamp": "2001-01-01T00:00:00Z"}, "too_old", "timestamp"),
        ("track", {"event": "A\0", "userId": "u1"}, "unstorable_text", "event"),
        ("track", b'{"event":"A","userId":"u1","properties":{"a":"\\ud800"}}', "unstorable_text", "properties.a"),
        ("track", b'{"event":"\xff","userId":"u1"}', "unstorable_text", "event"),
        ("track", {"event": "A", "userId": "u1", "properties": {"\0": 1}}, "unstorable_text", "properties.\\u0000"),
        ("track", {"event": "A" * 201, "userId": "u1"}, "too_long", "event"),
        ("group", {"userId": "u1"}, "required", "groupId"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(post: Post, stored: Stored, path: str, body: Any, code: str, at: str) -> None:
    response = post(path, body)
    answer = response.json()
    assert (response.status_code, answer["success"], answer["error"]["code"], answer["error"]["path"]) == (400, False, code, at)
    assert answer["error"]["message"]
    assert (stored.calls(), stored.rejected()) == ([], [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("track", b'{"event":"A","userId":"u1","properties":{"a":"%b"}}' % (b"x" * payload.MAX_CALL)),
        ("batch", b'{"batch":[],"x":"%b"}' % (b"x" * payload.MAX_BATCH)),
        ("batch", b'{"batch":[%b]}' % b",".join([b"{}"] * (payload.MAX_CALLS + 1))),
        ("batch", gzip.compress(b" " * (payload.MAX_INFLATED + 1), mtime=0)),
        ("track", gzip.compress(b" " * (payload.MAX_CALL + 1), mtime=0)),
        ("batch", zlib.compress(b" ", wbits=31) + b"x" * payload.MAX_BATCH),
    ],
)
def test_what_is_too_large_is_refused(post: Post, stored: Stored, path: str, body: bytes) -> None:
    response = post(path, body)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
    assert stored.calls() == []


def test_the_largest_batch_is_taken(post: Post, stored: Stored) -> None:
    calls = b",".join([b'{"type":"track","event":"A","userId":"u1"}'] * payload.MAX_CALLS)
    body = b'{"batch":[%b],"x":"' % calls
    body += b"x" * (payload.MAX_BATCH - len(body) - 2) + b'"}'
    assert (len(body), post("batch", body).status_code) == (payload.MAX_BATCH, 200)
    assert len(stored.calls()) == payload.MAX_CALLS


def test_over_its_rate_a_key_is_told_when_to_come_again(post: Post, stored: Stored, key: Key) -> None:
    Key.objects.filter(id=key.id).update(requests_per_second=1)
    assert post("track", SIGNED_UP).status_code == 200
    response = post("track", SIGNED_UP)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert response.json() == refusal("too_many_requests", "The key may make 1 requests a second.")
    assert stored.calls() == [("track", "Signed Up")]


def test_the_rate_holds_over_processes(post: Post, key: Key) -> None:
    Key.objects.filter(id=key.id).update(requests_per_second=3)
    statuses = []
    for _ in range(4):
        rates.forget()  # as another process would come to Redis
        statuses.append(post("track", SIGNED_UP).status_code)
    assert statuses == [200, 200, 200, 429]


@committed
def test_one_keys_rate_is_not_anothers(post: Post, client: Client, key: Key, elsewhere: Workspace) -> None:
    Key.objects.filter(id=key.id).update(requests_per_second=1)
    other = Key.objects.get(workspace=elsewhere).public_token
    assert [post("track", SIGNED_UP).status_code for _ in range(2)] == [200, 429]
    assert post("track", SIGNED_UP, basic(other or "")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_another_method_is_refused(client: Client, write_key: str, method: str) -> None:
    response = client.generic(method, "/v1/track", headers=basic(write_key))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("path", ["/v1/track/", "/v1/imports", "/v1/m/", "/v1/", "/v1/tracks"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_there_is_no_other_path(client: Client, write_key: str, method: str, path: str) -> None:
    response = client.generic(method, path, b"{}", "text/plain", headers=basic(write_key))
    error = {"code": "unknown_path", "message": "There is nothing at this path. Paths of the tracking API have no slash at their end.", "path": ""}
    assert (response.status_code, json.loads(response.content)) == (404, {"success": False, "error": error})
    assert "Access-Control-Allow-Origin" not in response


@pytest.mark.parametrize("body", [b'{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{}}]}', b"", b"\xff" * 100_000])
def test_an_sdks_figures_about_itself_are_taken_and_not_kept(client: Client, stored: Stored, body: bytes) -> None:
    response = client.post("/v1/m", body, "text/plain", headers={"Origin": "https://shop.example"})
    assert (response.status_code, response.content) == (200, b'{"success": true}')
    assert (stored.calls(), stored.rejected()) == ([], [])


@committed
def test_calls_are_stored_in_the_keys_workspace_alone(post: Post, stored: Stored, elsewhere: Workspace) -> None:
    other = Key.objects.get(workspace=elsewhere).public_token
    post("track", SIGNED_UP)
    post("track", {"event": "Left", "userId": "u1"}, basic(other or ""))
    assert stored.calls() == [("track", "Signed Up")]
    assert Stored(elsewhere.id).calls() == [("track", "Left")]
    assert Inbox.objects.count() == 0  # outside a workspace, none


def test_no_session_or_cookie_is_made(post: Post) -> None:
    response = post("track", SIGNED_UP)
    assert dict(response.headers) == {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", "Content-Length": "17"}
    assert not response.cookies
