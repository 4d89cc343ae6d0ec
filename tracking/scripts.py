"""Scripts that pages of other sites load: read once, zipped once, told apart by their content."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

ASSETS: Path = settings.BASE_DIR / "build" / "assets"


@dataclass(frozen=True, slots=True)
class Script:
    plain: bytes
    zipped: bytes
    etag: str


@cache
def script(path: Path) -> Script:
    """A file of `ASSETS`. Raises FileNotFoundError."""
    plain = path.read_bytes()
    return Script(plain, gzip.compress(plain, 9, mtime=0), f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"')


def to_other_sites(request: HttpRequest, served: Script, cache_control: str) -> HttpResponse:
    """The script as an answer that any site's pages may use."""
    zips = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    response = HttpResponse(served.zipped if zips else served.plain, "text/javascript; charset=utf-8")
    if zips:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = cache_control
    # Sites that only let in what says so (COEP, integrity attributes) may embed it as well.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
