"""The collector: a request of the tracking protocol is checked, committed to the inbox, and answered."""

from __future__ import annotations

import base64
import math

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts import origins
from contacts.models import Source
from leadscore.clock import approximate_now
from tracking import inbox, payload, rates, senders, waking
from tracking.answers import Refused, answer, success, thanks, tracking_path
from tracking.senders import Sender

SETTINGS_SECONDS = 300  # a browser keeps the settings so long
# What Segment's browser SDK asks for and this server has none of: a plan that blocks calls, other destinations.
NO_EXTRAS = {
    "plan": {},
    "edgeFunction": {},
    "middlewareSettings": {},
    "enabledMiddleware": {},
    "remotePlugins": [],
    "legacyVideoPluginsEnabled": False,
}


@tracking_path("POST")
def collect(request: HttpRequest, kind: str) -> HttpResponse:
    """Accepts one call, or a batch of them; `kind` is a value of `payload.KINDS`."""
    token = _token_of_headers(request)
    origin = request.META.get("HTTP_ORIGIN")
    sender = _admitted(token, origin) if token else None
    body = payload.read(kind, _raw_body(request, kind))
    sender = sender or _admitted(body.write_key, origin)
    accepted = payload.accept(body, approximate_now())
    _store(sender, accepted)
    return success(accepted)


@tracking_path("POST")
def metrics(request: HttpRequest) -> HttpResponse:
    """Thanks for figures that Segment's browser SDK sends about itself, without reading them: settings ask for none, old ones may linger."""
    return thanks()


@tracking_path("GET", "HEAD")
def site_settings(request: HttpRequest, write_key: str) -> HttpResponse:
    """What Segment's browser SDK loads before it sends anything: the host that it has just reached takes the calls as well."""
    sender = senders.find(write_key, anew=True)  # calls of a revoked key are refused by the inbox; here nothing else would notice
    if sender is None or sender.source != Source.BROWSER:
        raise _unknown_key()
    _check_origin(sender, request.META.get("HTTP_ORIGIN"))
    scheme = "https" if settings.IS_HTTPS else request.scheme
    host = f"{request.get_host()}/v1"
    destination = {"apiKey": write_key, "apiHost": host, "protocol": scheme}
    metrics = {"sampleRate": 0, "host": host, "protocol": scheme}
    response = answer(200, {"integrations": {"Segment.io": destination}, "metrics": metrics, **NO_EXTRAS})
    response["Cache-Control"] = f"public, max-age={SETTINGS_SECONDS}"
    response["Vary"] = "Origin"  # another site may be refused them
    return response


def nothing_here(request: HttpRequest) -> HttpResponse:
    """404 in the protocol's form, closed to other sites: whoever asks is a program with a wrong path, most often one with a slash at its end."""
    message = "There is nothing at this path. Paths of the tracking API have no slash at their end."
    return JsonResponse({"success": False, "error": {"code": "unknown_path", "message": message, "path": ""}}, status=404)


def _token_of_headers(request: HttpRequest) -> str | None:
    return _basic_user(request.META.get("HTTP_AUTHORIZATION", "")) or request.META.get("HTTP_X_WRITE_KEY", "").strip() or None


def _basic_user(authorization: str) -> str | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded).decode().partition(":")[0]
    except ValueError:  # neither base64 nor text
        return None


def _admitted(token: str | None, origin: str | None) -> Sender:
    """The sender of a key that may send calls from this origin, and may send some now."""
    sender = senders.find(token) if token else None
    if sender is None:
        raise _unknown_key()
    if not sender.may_track:
        raise Refused(403, "scope_missing", "This secret key lacks the scope `track`.")
    _check_origin(sender, origin)  # before the rate: another site's calls take none of it
    if wait := rates.seconds_to_wait(sender):
        message = f"The key may make {sender.requests_per_second} requests a second."
        raise Refused(429, "too_many_requests", message, retry_after=math.ceil(wait))
    return sender


def _check_origin(sender: Sender, origin: str | None) -> None:
    if not origins.admits(sender.allowed_origins, origin):
        raise Refused(403, "origin_not_allowed", "The key takes no calls from pages of this origin.")


def _unknown_key() -> Refused:
    # Without WWW-Authenticate, which would make a visitor's browser ask for a password.
    return Refused(401, "unknown_key", "There is no such key, or it was revoked.")


def _raw_body(request: HttpRequest, kind: str) -> bytes:
    """The body as sent, read no further than is needed to see that it is too large."""
    limit = payload.MAX_BATCH if kind == payload.BATCH else payload.MAX_CALL
    return request.read(limit + 1)


def _store(sender: Sender, accepted: payload.Accepted) -> None:
    try:
        inbox.store(sender, accepted)
    except inbox.KeyRevoked:
        senders.forget()
        raise _unknown_key() from None
    if accepted.count:
        waking.wake(sender.workspace_id)
