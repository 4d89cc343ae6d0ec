"""Whether a page is asked for as a whole, or a part of it by htmx."""

from __future__ import annotations

from django.http import HttpRequest


def wants_fragment(request: HttpRequest) -> bool:
    """A page taken from the browser's history is asked for by htmx too, and as a whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
