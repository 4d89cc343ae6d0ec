"""Origins: what is one, and which requests a list of them lets in."""

from __future__ import annotations

import pytest

from accounts.origins import BadOrigin, admits, parse, read


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://shop.example:08443", "https://shop.example:8443"),
        ("https://*.example.com", "https://*.example.com"),
        ("https://*.example.com:8443", "https://*.example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[0::1]:3000", "http://[::1]:3000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(text: str, origin: str) -> None:
    assert parse(text) == origin


SCHEME, PARTS, MASK, PORT, HOST = "Begin with", "Only scheme", r"A \* stands", "A port is", "names no host"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", SCHEME), ("null", SCHEME), ("*", SCHEME), ("shop.example", SCHEME), ("//shop.example", SCHEME),
        ("ftp://shop.example", SCHEME), ("javascript:alert(1)", SCHEME),
        ("https://shop.example/cart", PARTS), ("https://shop.example?a", PARTS), ("https://shop.example#", PARTS),
        ("https://me@shop.example", PARTS), ("https://shop.example\\@evil.example", PARTS),
        ("https://*", MASK), ("https://*.com", MASK), ("https://*shop.example", MASK), ("https://a.*.example", MASK), ("https://*.*.example", MASK),
        ("https://shop.example:", PORT), ("https://shop.example:0", PORT), ("https://shop.example:65536", PORT), ("https://shop.example:x", PORT),
        ("https://", HOST), ("https://.shop.example", HOST), ("https://shop..example", HOST), ("https://shop.example.", HOST),
        ("https://-a.example", HOST), ("https://[::1", HOST), ("https://[x]", HOST), ("https://" + "a." * 130 + "example", HOST),
        ("https://a.example https://b.example", "no spaces"), ("https://a.example\x00", "no spaces"), ("https://bücher.example", "xn--"),
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(BadOrigin, match=why):
        parse(text)


def test_a_list_is_read_whole_each_origin_once() -> None:
    origins, problems = read(["https://b.example", "shop", "https://a.example", "https://B.example:443", "https://*"])
    assert (origins, list(problems)) == (["https://b.example", "https://a.example"], [1, 4])


LIST = ["https://shop.example", "https://shop.example:8443", "https://*.example.com", "http://*.dev.test:3000"]


@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        (None, True),
        ("https://shop.example", True), ("https://SHOP.example:443", True), ("https://shop.example:8443", True),
        ("http://shop.example", False), ("https://shop.example:8444", False), ("https://www.shop.example", False),
        ("https://www.example.com", True), ("https://a.b.example.com", True), ("https://example.com", False),
        ("https://evilexample.com", False), ("https://www.example.com.evil.example", False), ("https://www.example.com:8443", False),
        ("http://a.dev.test:3000", True), ("http://a.dev.test", False), ("https://a.dev.test:3000", False),
        ("https://*.example.com", False), ("https://.example.com", False),
        ("null", False), ("", False), ("file://", False), ("https://shop.example, https://evil.example", False), ("https://ü.example.com", False),
    ],
)  # fmt: skip
def test_a_list_admits_its_origins_alone(origin: str | None, admitted: bool) -> None:
    assert admits(LIST, origin) is admitted


@pytest.mark.parametrize("origin", [None, "null", "", "https://anywhere.example"])
def test_no_list_admits_everybody(origin: str | None) -> None:
    assert admits([], origin) is True
