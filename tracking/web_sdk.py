"""Serves Segment's script for web sites where its own snippet looks for it, so that a site changes a host name and nothing else.

The script is the same for every key, and the key is not looked up: settings, which the script asks for next, are refused to an unknown one.
"""

from __future__ import annotations

from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from tracking.scripts import ASSETS, Script, script, to_other_sites

FOLDER = ASSETS / "segment"
SECONDS = 3_600  # its name never changes
FOREVER = 31_536_000  # a part's name has the hash of its content


def main_script() -> Script:
    return script(FOLDER / "analytics.min.js")


@require_safe
@condition(etag_func=lambda request, write_key: main_script().etag)
def serve(request: HttpRequest, write_key: str) -> HttpResponse:
    return to_other_sites(request, main_script(), f"public, max-age={SECONDS}")


@require_safe
def serve_part(request: HttpRequest, name: str) -> HttpResponse:
    """What the script loads only when a page needs it, such as for parameters of a link that name the visitor."""
    if name not in _parts():
        raise Http404("no such part of the script")
    return to_other_sites(request, script(FOLDER / "bundles" / name), f"public, max-age={FOREVER}, immutable")


@cache
def _parts() -> frozenset[str]:
    return frozenset(part.name for part in (FOLDER / "bundles").iterdir())
