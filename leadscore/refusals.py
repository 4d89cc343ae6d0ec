"""Pages for what Django refuses with nothing but a status."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.csrf import csrf_failure
from django.views.defaults import page_not_found

from leadscore.htmx import wants_fragment


class MethodPageMiddleware:
    """An address that takes only what a form sends, opened as a page (after signing in, or by hand), says so, and not as an empty answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.headers.get("Content-Type", "").startswith("application/"):
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response.headers["Allow"]
        return page


class NotHere(Http404):
    """There is nothing at the address for now, and a page of its own says why, outside of the workspace's scope."""

    def __init__(self, template: str, context: dict[str, Any]) -> None:
        super().__init__(template)
        self.template, self.context = template, context


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The page for status 404."""
    if not isinstance(exception, NotHere):
        return page_not_found(request, exception)
    response = render(request, exception.template, exception.context, status=HTTPStatus.NOT_FOUND)
    response["Cache-Control"] = "private, no-store"
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form whose token is not that of the browser's cookie. For a fragment of somebody who is signed out, that is what is to be said."""
    if wants_fragment(request) and not request.user.is_authenticated:
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    return csrf_failure(request, reason)
