"""What pages of other sites meet at the collector: preflights, open answers, and the SDK's settings."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from accounts import keys
from accounts.models import Key, User
from tests.tracking.conftest import Post, basic

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["track", "t", "batch", "b", "identify", "page", "screen", "group"])
def test_a_preflight_is_granted_what_it_asks_for(client: Client, path: str) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, x-other"}
    response = client.options(f"/v1/{path}", headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "POST"
    assert response.headers["Access-Control-Allow-Headers"] == "authorization, x-other"
    assert response.headers["Access-Control-Max-Age"] == "86400"


@pytest.mark.parametrize(
    ("body", "token", "status"),
    [({"event": "A", "userId": "u1"}, None, 200), (b"no", None, 400), (b"x" * 40_000, None, 413), ({}, "wk_no", 401)],
)
def test_a_page_may_read_every_answer(post: Post, body: object, token: str | None, status: int) -> None:
    response = post("track", body, basic(token) if token else None)
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, "*")


def test_a_page_may_read_when_to_come_again(post: Post, key: Key) -> None:
    Key.objects.filter(id=key.id).update(requests_per_second=1)
    post("track", {"event": "A", "userId": "u1"})
    response = post("track", {"event": "A", "userId": "u1"})
    assert (response.status_code, response.headers["Access-Control-Expose-Headers"]) == (429, "Retry-After")


@pytest.mark.parametrize("path", ["/accounts/login/", "/status", "/api/v1/contacts/", "/v1/export", "/healthz"])
def test_no_other_path_is_open_to_other_sites(client: Client, path: str) -> None:
    for response in (client.get(path, headers={"Origin": "https://shop.example"}), client.options(path, headers={"Origin": "https://shop.example"})):
        assert "Access-Control-Allow-Origin" not in response.headers


def test_the_browser_sdk_is_told_to_send_to_the_host_that_it_asked(client: Client, write_key: str) -> None:
    response = client.get(f"/v1/projects/{write_key}/settings", headers={"Host": "127.0.0.1:8123"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.json()["integrations"] == {"Segment.io": {"apiKey": write_key, "apiHost": "127.0.0.1:8123/v1", "protocol": "http"}}
    assert response.json()["metrics"] == {"sampleRate": 0, "host": "127.0.0.1:8123/v1", "protocol": "http"}


def test_settings_name_https_where_the_site_is_served_so(client: Client, write_key: str) -> None:
    response = client.get(f"/v1/projects/{write_key}/settings", secure=True)
    assert response.json()["integrations"]["Segment.io"]["protocol"] == "https"


def test_a_host_that_is_not_ours_gets_no_settings(client: Client, write_key: str) -> None:
    assert client.get(f"/v1/projects/{write_key}/settings", headers={"Host": "evil.example"}).status_code == 400


def test_settings_are_there_for_living_write_keys_alone(
    client: Client, write_key: str, secret_key: str, key: Key, alice: User, now: datetime
) -> None:
    assert client.get("/v1/projects/wk_no/settings").status_code == 401
    assert client.get(f"/v1/projects/{secret_key}/settings").status_code == 401
    assert client.get(f"/v1/projects/{write_key}/settings").status_code == 200
    keys.revoke(key, alice, now)
    assert client.get(f"/v1/projects/{write_key}/settings").status_code == 401


def test_settings_are_only_read(client: Client, write_key: str) -> None:
    response = client.post(f"/v1/projects/{write_key}/settings")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
