"""Who a request comes from, behind proxies that are trusted and before those that are not."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from leadscore.proxies import TrustedProxyMiddleware


def seen_through(settings, sender: str, **headers: str) -> tuple[str, bool]:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8::1"]
    seen: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    TrustedProxyMiddleware(answer)(RequestFactory().get("/", REMOTE_ADDR=sender, **headers))
    return seen[0].META["REMOTE_ADDR"], seen[0].is_secure()


@pytest.mark.parametrize(
    ("sender", "forwarded", "client"),
    [
        ("10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "203.0.113.9, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("2001:db8::1", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", "10.4.4.4", "10.4.4.4"),
        ("10.1.2.3", "'; DROP TABLE", "10.1.2.3"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_client_is_the_last_address_that_is_not_a_trusted_proxys(settings, sender, forwarded, client):
    assert seen_through(settings, sender, HTTP_X_FORWARDED_FOR=forwarded)[0] == client


@pytest.mark.parametrize(("sender", "is_secure"), [("10.1.2.3", True), ("198.51.100.7", False)])
def test_only_a_trusted_proxy_says_that_a_request_came_by_tls(settings, sender, is_secure):
    assert seen_through(settings, sender, HTTP_X_FORWARDED_PROTO="https")[1] is is_secure
