"""Is it alive, can it serve, and does the work get done: for probes and for the operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from accounts.access import signed_in
from leadscore.celery import QUEUES, WORKER_SEEN, WORKER_SEEN_SECONDS
from tracking.inbox import pending, waiting_workspaces

BROKER_SECONDS = 2.0


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


@login_required
def status(request: HttpRequest) -> HttpResponse:
    """For the operator: a page, or JSON where that is asked for. Who gets here has a session, so the database answers."""
    if not signed_in(request).is_staff:
        raise PermissionDenied("only an operator sees the status")
    found = {**inbox_state(), **broker_state()}
    if request.accepts("text/html"):
        return render(request, "leadscore/status.html", found)
    return JsonResponse(found)


def inbox_state() -> dict[str, Any]:
    """Calls accepted and not yet processed, of how many workspaces, and the age in seconds of the oldest."""
    waiting = [pending(workspace_id) for workspace_id in waiting_workspaces()]
    oldest = max((each.oldest_seconds for each in waiting), default=0.0)
    return {"workspaces_waiting": len(waiting), "pending": sum(each.calls for each in waiting), "oldest_pending_seconds": oldest}


def broker_state() -> dict[str, Any]:
    """Whether the broker answers, how many seconds ago a worker was seen (None: not within the hour), and the wake-ups in each queue.

    They are counted in Redis; where CELERY_BROKER_URL names another broker, that one's own tools count them.
    """
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS)
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
