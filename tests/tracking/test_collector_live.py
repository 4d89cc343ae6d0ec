"""The collector behind the web server that `up` runs, in processes of its own, met by Segment's Python SDK and by plain HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from segment.analytics.client import Client as Segment

from accounts import keys
from accounts.models import Key, KeyKind, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Source
from leadscore import clock
from leadscore.launcher.children import WEB_PROCESSES
from tests.tracking.conftest import Stored, basic
from tests.tracking.web_server import HOST, served
from tracking.models import Inbox
from tracking.payload import stored_calls

pytestmark = pytest.mark.django_db(transaction=True)

CALL = {"event": "Signed Up", "userId": "u1"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served({}) as port:
        yield port


def send(port: int, token: str, body: object = CALL, path: str = "/v1/track") -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body), basic(token))
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


@pytest.mark.parametrize("gzip", [False, True])
def test_segments_python_sdk_delivers(port: int, write_key: str, workspace: Workspace, gzip: bool) -> None:
    errors: list[object] = []
    segment = Segment(write_key, host=f"http://{HOST}:{port}", gzip=gzip, on_error=lambda error, items: errors.append(error))
    signed_up_at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    segment.identify("u1", {"email": "Ann@Example.com", "firstName": "Ann"})
    segment.track("u1", "Signed Up", {"plan": "team", "seats": 12}, timestamp=signed_up_at)
    segment.page("u1", "Docs", "Pricing", {"url": "https://example.com/pricing"})
    segment.screen("u1", "App", "Home")
    segment.group("u1", "g1", {"name": "Acme"})
    segment.join()
    segment.shutdown()
    assert errors == []
    with workspace_scope(workspace.id):
        rows = list(Inbox.objects.order_by("id"))
    calls = [call for row in rows for call in stored_calls(bytes(row.body), row.received_at)]
    assert {row.source for row in rows} == {Source.BROWSER}
    assert [(call.kind, call.name, call.user_id) for call in calls] == [
        ("identify", None, "u1"),
        ("track", "Signed Up", "u1"),
        ("page", "Page Viewed", "u1"),
        ("screen", "Screen Viewed", "u1"),
        ("group", None, "u1"),
    ]
    assert calls[0].traits == {"email": "ann@example.com", "first_name": "Ann"}
    assert (calls[1].properties, calls[1].occurred_at) == ({"plan": "team", "seats": 12}, signed_up_at)
    assert calls[4].group_id == "g1"


def test_a_chunked_body_is_read(port: int, write_key: str, stored: Stored) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    text = json.dumps(CALL).encode()
    connection.request("POST", "/v1/track", iter([text[:10], text[10:]]), basic(write_key), encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    assert stored.calls() == [("track", "Signed Up")]


def test_the_management_api_reads_a_chunked_body_too(port: int, workspace: Workspace, alice: User) -> None:
    token = keys.issue(workspace, KeyKind.SECRET, "Server", ["admin"], alice, clock.now())[1]
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    text = json.dumps({"name": "Partners"}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/teams/", iter([text[:5], text[5:]]), headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["name"]) == (201, "Partners")
    connection.close()


def test_a_body_without_end_is_refused_without_being_read(port: int, write_key: str) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.putrequest("POST", "/v1/batch")
    for name, value in {**basic(write_key), "Content-Length": str(1 << 40)}.items():
        connection.putheader(name, value)
    connection.endheaders(b"x" * (600 * 1024))
    assert connection.getresponse().status == 413
    connection.close()


def test_a_revoked_key_is_refused_by_every_process_at_once(port: int, write_key: str, stored: Stored, key: Key, alice: User, now: datetime) -> None:
    tries = 20 * WEB_PROCESSES  # a connection comes to either process
    assert {send(port, write_key)[0] for _ in range(tries)} == {200}
    keys.revoke(key, alice, now)
    assert {send(port, write_key)[0] for _ in range(tries)} == {401}
    assert len(stored.calls()) == tries


def test_with_redis_and_the_broker_away_calls_are_accepted(write_key: str, stored: Stored) -> None:
    with served({"REDIS_URL": "redis://127.0.0.1:1/0"}) as port:
        statuses = [send(port, write_key)[0] for _ in range(30)]
    assert statuses == [200] * 30
    assert stored.calls() == [("track", "Signed Up")] * 30
