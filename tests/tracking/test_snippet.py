"""The address of the snippet."""

from __future__ import annotations

import gzip

from django.conf import settings
from django.test import Client

SCRIPT = settings.BASE_DIR / "build" / "assets" / "js" / "leadscore.js"


def test_it_is_served_to_pages_of_any_site_for_an_hour(client: Client) -> None:
    response = client.get("/js/leadscore.js")
    assert (response.status_code, response.content) == (200, SCRIPT.read_bytes())
    headers = ["Content-Type", "Cache-Control", "Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy"]
    assert [response[name] for name in headers] == ["text/javascript; charset=utf-8", "public, max-age=3600", "*", "cross-origin"]
    assert response.cookies == {}


def test_it_is_zipped_for_browsers_that_say_so(client: Client) -> None:
    response = client.get("/js/leadscore.js", headers={"Accept-Encoding": "br, gzip"})
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(response.content) == SCRIPT.read_bytes()
    assert len(response.content) <= 5 * 1024


def test_it_is_not_sent_twice_to_a_browser_that_has_it(client: Client) -> None:
    etag = client.get("/js/leadscore.js")["ETag"]
    response = client.get("/js/leadscore.js", headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")


def test_nothing_can_be_posted_to_it(client: Client) -> None:
    assert client.post("/js/leadscore.js").status_code == 405
