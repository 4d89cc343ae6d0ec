"""Is it alive, can it serve, and does the work get done: for probes and for the operator."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import user_passes_test
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from accounts.models import User
from leadscore.celery import QUEUES, WORKER_SEEN, WORKER_SEEN_SECONDS

SECONDS = 2.0


class ProbeMiddleware:
    """Answers /healthz and /readyz before anything that needs a known host, a session or TLS: probes come by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path_info == "/readyz":
            return readyz()
        return self.get_response(request)


def readyz() -> HttpResponse:
    """200 if the database answers, 503 if not."""
    if database_answers():
        return HttpResponse("ok\n", content_type="text/plain")
    return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return False
    return True


def is_operator(user: AbstractBaseUser | AnonymousUser) -> bool:
    return isinstance(user, User) and user.is_active and user.is_staff


@user_passes_test(is_operator)
def status(request: HttpRequest) -> HttpResponse:
    """For the operator: a page, or JSON where that is asked for."""
    found = {"database": database_answers(), **broker_state()}
    if request.accepts("text/html"):
        return render(request, "leadscore/status.html", found)
    return JsonResponse(found)


def broker_state() -> dict[str, Any]:
    """`broker` answers; `worker_seen` seconds ago (None: never); `queued` wake-ups a queue (None where the broker is not Redis)."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
    try:
        left = client.pttl(WORKER_SEEN)
        queued = {queue: client.llen(queue) for queue in QUEUES}
    except redis.RedisError:
        return {"broker": False, "worker_seen": None, "queued": None}
    finally:
        client.close()
    return {"broker": True, "worker_seen": seconds_ago(left), "queued": queued}


def seconds_ago(milliseconds_left: int) -> float | None:
    """Redis answers -2 for a key that is not there."""
    return None if milliseconds_left < 0 else WORKER_SEEN_SECONDS - milliseconds_left / 1000
