"""Serves the snippet at the one address that web sites embed; its name never changes, so it is asked for anew every hour."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from tracking.scripts import ASSETS, Script, to_other_sites
from tracking.scripts import script as script_at

SECONDS = 3_600


def script() -> Script:
    return script_at(ASSETS / "js" / "leadscore.js")


@require_safe
@condition(etag_func=lambda request: script().etag)
def serve(request: HttpRequest) -> HttpResponse:
    return to_other_sites(request, script(), f"public, max-age={SECONDS}")
