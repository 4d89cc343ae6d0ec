"""Origins that a write key's calls may come from: `https://shop.example`, with a port, or `https://*.example.com` for all subdomains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import SplitResult, urlsplit

MOST = 50
_LONGEST_NAME = 253  # of a host, by DNS
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.ASCII)
_MASK = re.compile(rf"\*\.{_LABEL}(\.{_LABEL})+", re.ASCII)


class BadOrigin(ValueError):
    """Not an origin; its text says why, for people."""


def parse(text: str) -> str:
    """The origin as browsers send it: in lower case, without the scheme's own port. A `*` for subdomains is kept."""
    parts = _split(text.strip())
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadOrigin("Begin with https:// or http://, as in https://shop.example.")
    if "@" in parts.netloc or parts.path not in ("", "/") or re.search(r"[?#\\]", text):
        raise BadOrigin("Only scheme, host and port make an origin: no path, user or query.")
    port = _port(parts)
    return f"{parts.scheme}://{_host(parts)}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def read(texts: Iterable[str]) -> tuple[list[str], dict[int, str]]:
    """The origins, each once, and what is wrong with the texts that are none: place → words."""
    origins: dict[str, None] = {}
    problems: dict[int, str] = {}
    for place, text in enumerate(texts):
        try:
            origins[parse(text)] = None
        except BadOrigin as error:
            problems[place] = str(error)
    return list(origins), problems


def admits(allowed: Sequence[str], origin: str | None) -> bool:
    """Whether a request with this header `Origin` may come in.

    No list admits everybody, and no header is a server's or a same-site page's. `null` (a sandboxed frame, a file) is nobody's origin.
    """
    if not allowed or origin is None or (origin in allowed and "*" not in origin):
        return True
    try:
        came_from = parse(origin)
    except BadOrigin:
        return False
    return "*" not in came_from and any(_covers(one, came_from) for one in allowed)


def _covers(allowed: str, origin: str) -> bool:
    scheme, mask, domain = allowed.partition("*")
    return origin.startswith(scheme) and origin.endswith(domain) if mask else origin == allowed


def _split(text: str) -> SplitResult:
    if not text.isascii():
        raise BadOrigin("Write the host as browsers send it, in its form with xn--.")
    if re.search(r"[\s\x00-\x1f]", text):
        raise BadOrigin("An origin has no spaces; each goes on a line of its own.")
    try:
        return urlsplit(text)
    except ValueError:  # unbalanced brackets
        raise _no_host() from None


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise BadOrigin("A port is a number from 1 to 65535.")
    return port


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if parts.netloc.startswith("["):
        return _address(host)
    if "*" in host and not _MASK.fullmatch(host):
        raise BadOrigin("A * stands for subdomains, at the front alone, before a domain of two parts or more: https://*.example.com.")
    if len(host) > _LONGEST_NAME or not (_HOST.fullmatch(host) or _MASK.fullmatch(host)):
        raise _no_host()
    return host


def _address(host: str) -> str:
    try:
        return f"[{IPv6Address(host).compressed}]"
    except AddressValueError:
        raise _no_host() from None


def _no_host() -> BadOrigin:
    return BadOrigin("This names no host. Write it as in https://shop.example.")
