"""A key with a list of origins takes calls from pages of those alone."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from accounts import keys
from accounts.models import Key, User
from tests.tracking.conftest import Post, Stored, basic
from tracking import senders

pytestmark = pytest.mark.django_db

CALL = {"event": "Signed Up", "userId": "u1"}
SHOP, EVIL = {"Origin": "https://shop.example"}, {"Origin": "https://evil.example"}


@pytest.fixture
def listed(key: Key, alice: User) -> Key:
    """Acme's write key, with a list."""
    keys.edit(key, by=alice, allowed_origins=["https://shop.example", "https://*.example.com"])
    return key


@pytest.mark.parametrize("origin", ["https://shop.example", "https://www.example.com", None])
def test_calls_of_listed_pages_and_of_servers_are_taken(post: Post, stored: Stored, listed: Key, write_key: str, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    assert post("track", CALL, {**basic(write_key), **headers}).status_code == 200
    assert stored.calls() == [("track", "Signed Up")]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://shop.example", "https://example.com", "null", ""])
@pytest.mark.parametrize("place", ["user", "header", "body"])
def test_calls_of_other_pages_are_refused_wherever_the_key_is(
    post: Post, stored: Stored, listed: Key, write_key: str, origin: str, place: str
) -> None:
    headers = {"user": basic(write_key), "header": {"X-Write-Key": write_key}, "body": {}}[place]
    response = post("batch", {"batch": [{"type": "track", **CALL}, {}], "writeKey": write_key}, {**headers, "Origin": origin})
    assert (response.status_code, response.json()) == (
        403,
        {"success": False, "error": {"code": "origin_not_allowed", "message": "The key takes no calls from pages of this origin.", "path": ""}},
    )
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert (stored.calls(), stored.rejected()) == ([], [])


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_key_without_a_list_takes_calls_from_anywhere(post: Post, write_key: str, origin: str) -> None:
    assert post("track", CALL, {**basic(write_key), "Origin": origin}).status_code == 200


def test_a_preflight_names_no_key_and_is_granted(client: Client, listed: Key) -> None:
    assert client.options("/v1/track", headers={**EVIL, "Access-Control-Request-Method": "POST"}).status_code == 204


def test_other_pages_take_none_of_the_keys_rate(post: Post, listed: Key, write_key: str, alice: User) -> None:
    keys.edit(listed, by=alice, requests_per_second=1)
    assert [post("track", CALL, {**basic(write_key), **EVIL}).status_code for _ in range(3)] == [403, 403, 403]
    assert [post("track", CALL, {**basic(write_key), **SHOP}).status_code for _ in range(2)] == [200, 429]


def test_settings_are_for_listed_pages_too(client: Client, listed: Key, write_key: str) -> None:
    path = f"/v1/projects/{write_key}/settings"
    shop, evil, none = client.get(path, headers=SHOP), client.get(path, headers=EVIL), client.get(path)
    assert [answer.status_code for answer in (shop, evil, none)] == [200, 403, 200]
    assert (shop.headers["Vary"], evil.headers["Access-Control-Allow-Origin"]) == ("Origin", "*")
    assert (evil.json()["error"]["code"], "Cache-Control" in evil.headers) == ("origin_not_allowed", False)


def test_an_edit_takes_effect_when_the_key_is_looked_up_again(
    post: Post, key: Key, write_key: str, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post("track", CALL, {**basic(write_key), **EVIL}).status_code == 200
    keys.edit(key, by=alice, allowed_origins=["https://shop.example"])
    later = time.monotonic() + senders.REMEMBERED_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert post("track", CALL, {**basic(write_key), **EVIL}).status_code == 403
