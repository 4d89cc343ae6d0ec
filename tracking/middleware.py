"""The collector's way past everything that serves pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from tracking.views.collector import nothing_here

PREFIX = "/v1/"
URLCONF = "tracking.collector_urls"

Handler = Callable[[HttpRequest], HttpResponse]


class CollectorMiddleware:
    """Answers the tracking paths itself: no session, cookie, policy or redirect concerns them, and they are most of the traffic."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        try:
            view, args, kwargs = resolve(request.path_info, URLCONF)
        except Resolver404:
            return nothing_here(request)
        response: HttpResponse = view(request, *args, **kwargs)
        return response
