"""Segment's script for web sites, at the address where Segment's snippet looks for it."""

from __future__ import annotations

import gzip
import re

import pytest
from django.test import Client

from leadscore.assets import HOSTS, TARGET, on_own_host
from tests.tracking.conftest import basic

SCRIPT = "/analytics.js/v1/wk_any/analytics.min.js"
PARTS = sorted(part.name for part in (TARGET / "segment" / "bundles").iterdir())
HOST_OF_OTHERS = re.compile(rb"https?://[\w-]+\.[\w.-]+[^\"'\s]*")


def test_it_is_there_for_any_key_and_kept_for_an_hour(client: Client) -> None:
    response = client.get(SCRIPT)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert response.content == (TARGET / "segment" / "analytics.min.js").read_bytes()
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies


def test_it_is_sent_zipped_and_only_when_it_changed(client: Client) -> None:
    zipped = client.get(SCRIPT, headers={"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(zipped.content) == client.get(SCRIPT).content
    assert client.get(SCRIPT, headers={"If-None-Match": zipped.headers["ETag"]}).status_code == 304


def test_what_it_loads_when_needed_is_there_and_kept_forever(client: Client) -> None:
    script = client.get(SCRIPT).content.decode()
    assert len(PARTS) == 6
    for name in PARTS:
        assert name.split(".")[-2] in script  # the hash that the script knows the part by
        response = client.get(f"/analytics-next/bundles/{name}")
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/analytics-next/bundles/no.js", "/analytics-next/bundles/..%2Fanalytics.min.js", "/analytics.js/v1/k/other.js"])
def test_nothing_else_is_there(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [SCRIPT, f"/analytics-next/bundles/{PARTS[0]}"])
def test_it_is_only_read(client: Client, path: str) -> None:
    assert client.post(path, headers=basic("wk_any")).status_code == 405


def test_it_names_no_host_to_load_from_or_send_to(client: Client) -> None:
    scripts = [client.get(path).content for path in (SCRIPT, *(f"/analytics-next/bundles/{name}" for name in PARTS))]
    assert {address for script in scripts for address in HOST_OF_OTHERS.findall(script)} == {
        b"https://cdn.segment.(com|build)",  # a pattern, for other destinations' addresses
        b"https://segment.com/docs/connections/sources/catalog/libraries/website/javascript/upgrade-to-ajs2/"
        b"#using-a-strict-content-security-policy-on-the-page",  # in a message for developers
        b"http://www.w3.org/1999/xlink",  # a name
    }


def test_a_version_of_it_that_names_hosts_elsewhere_is_not_built() -> None:
    assert on_own_host(";".join(HOSTS)).startswith("!function(ownHost){")
    for missing in HOSTS:
        with pytest.raises(ValueError, match="no longer contains"):
            on_own_host(";".join(theirs for theirs in HOSTS if theirs != missing))
