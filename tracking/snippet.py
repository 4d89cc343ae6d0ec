"""Serves the snippet at the one address that web sites embed; its name never changes, so it is asked for anew every hour."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Script:
    plain: bytes
    zipped: bytes
    etag: str


@cache
def script() -> Script:
    plain = (settings.BASE_DIR / "build" / "assets" / "js" / "leadscore.js").read_bytes()
    return Script(plain, gzip.compress(plain, 9, mtime=0), f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"')


@require_safe
@condition(etag_func=lambda request: script().etag)
def serve(request: HttpRequest) -> HttpResponse:
    zips = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    response = HttpResponse(script().zipped if zips else script().plain, "text/javascript; charset=utf-8")
    if zips:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    # Sites that only let in what says so (COEP, integrity attributes) may embed it as well.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
