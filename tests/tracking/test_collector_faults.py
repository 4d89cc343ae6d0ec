"""The collector while Redis or the database is away, and when they come back."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import psycopg2
import pytest
from django.conf import settings
from pytest_django import Settings

from accounts.models import Key
from tests.tracking.conftest import Post, Stored
from tracking import rates, senders

pytestmark = pytest.mark.django_db(transaction=True)

CALL = {"event": "Signed Up", "userId": "u1"}
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def redis_away(settings: Settings) -> Iterator[None]:
    there = settings.REDIS_URL
    settings.REDIS_URL = NOBODY
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOBODY}}
    rates.forget()
    yield
    settings.REDIS_URL = there
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": there}}
    rates.forget()


@pytest.mark.usefixtures("redis_away")
def test_without_redis_calls_are_accepted(post: Post, stored: Stored) -> None:
    assert [post("track", CALL).status_code for _ in range(3)] == [200] * 3
    assert stored.calls() == [("track", "Signed Up")] * 3


@pytest.mark.usefixtures("redis_away")
def test_without_redis_a_bucket_of_the_process_decides(post: Post, key: Key) -> None:
    Key.objects.filter(id=key.id).update(requests_per_second=2)
    responses = [post("track", CALL) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert responses[2].headers["Retry-After"] == "1"


def test_a_redis_that_does_not_answer_keeps_one_request_waiting_and_not_the_next(
    key: Key, write_key: str, settings: Settings, silent_redis: str
) -> None:
    settings.REDIS_URL = silent_redis
    rates.forget()
    sender = senders.find(write_key)
    assert sender is not None
    begun = time.monotonic()
    assert rates.seconds_to_wait(sender) == 0.0
    first = time.monotonic()
    assert [rates.seconds_to_wait(sender) for _ in range(50)] == [0.0] * 50
    assert first - begun >= rates.TIMEOUT_SECONDS
    assert time.monotonic() - first < rates.TIMEOUT_SECONDS


@pytest.fixture
def silent_redis() -> Iterator[str]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_without_the_database_a_call_is_to_be_sent_again(post: Post, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database_away")
    response = post("track", CALL)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.json()["error"]["code"] == "unavailable"


def test_a_key_that_is_remembered_does_not_hide_that_the_database_is_away(post: Post, stored: Stored, request: pytest.FixtureRequest) -> None:
    assert post("track", CALL).status_code == 200
    request.getfixturevalue("database_away")
    assert post("track", CALL).status_code == 503
    assert post("batch", {"batch": [{"type": "track", **CALL}, {}]}).status_code == 503


def test_a_connection_that_died_is_replaced_within_the_request(post: Post, stored: Stored) -> None:
    assert post("track", CALL).status_code == 200
    end_all_connections()
    assert post("track", CALL).status_code == 200
    assert stored.calls() == [("track", "Signed Up")] * 2


def end_all_connections() -> None:
    with psycopg2.connect(settings.DATABASE_URL) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()")
    other.close()
