"""Whether a page is asked for as a whole, or a part of it by htmx, and how one goes on to another page either way."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


def wants_fragment(request: HttpRequest) -> bool:
    """A page taken from the browser's history is asked for by htmx too, and as a whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def go_on(request: HttpRequest, route: str, *args: object) -> HttpResponse:
    """To another page. htmx would follow a redirect and show that page inside of this one, so it is told the address."""
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(route, args=args)})
    return redirect(route, *args)
