"""Who the client is, and how it came, when a proxy that is trusted says so."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Network = IPv4Network | IPv6Network


class TrustedProxyMiddleware:
    """Sets REMOTE_ADDR and the scheme from X-Forwarded-For and X-Forwarded-Proto where the sender is in TRUSTED_PROXIES."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.trusted: list[Network] = [ip_network(each, strict=False) for each in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sender = request.META.get("REMOTE_ADDR", "")
        if is_within(sender, self.trusted):
            hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
            request.META["REMOTE_ADDR"] = client_address([*hops, sender], self.trusted)
            if request.META.get("HTTP_X_FORWARDED_PROTO") == "https":
                request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


def client_address(hops: list[str], trusted: list[Network]) -> str:
    """The last address that is not a trusted proxy's. What stands before it was written by the client and may say anything."""
    for hop in reversed(hops):
        if not is_within(hop, trusted):
            return hop if is_address(hop) else hops[-1]
    return hops[0]


def is_within(address: str, networks: list[Network]) -> bool:
    return is_address(address) and any(ip_address(address) in network for network in networks)


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
