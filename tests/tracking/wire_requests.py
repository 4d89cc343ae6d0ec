"""Raw requests, as clients of the protocol send them, with what is to come of each.

The files in `wire/` were recorded, byte for byte, from unchanged clients that sent one call of each kind: segment-analytics-python 2.4.0 (plain
and with gzip), @segment/analytics-node 3.1.0, and @segment/analytics-next 1.84.3 in Chromium, call by call and batched. The others are written
by hand after what more clients do. All of them name the same write key.
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WIRE = Path(__file__).with_name("wire")
KEY = "wk_" + "0123456789" * 4


def basic(user: str) -> str:
    return f"Authorization: Basic {base64.b64encode(user.encode()).decode()}"


BASIC = basic(f"{KEY}:")

OK = (200, b'{"success": true}')


@dataclass(frozen=True)
class Row:
    """A stored activity. `lag`: seconds from when it happened to its reception, as the sender's own clock had it; None: at its reception."""

    kind: str
    name: str
    properties: dict[str, Any]
    who: str  # identifiers of its contact, sorted
    lag: float | None = None


@dataclass(frozen=True)
class Wire:
    """A request, its answer, and what is stored once it has been processed."""

    request: bytes
    rows: list[Row] = field(default_factory=list)
    answer: tuple[int, bytes] = OK
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    traits: dict[str, Any] = field(default_factory=dict)  # of the contact of u1
    companies: dict[str, Any] = field(default_factory=dict)


def recorded(name: str) -> bytes:
    return (WIRE / f"{name}.http").read_bytes()


def posted(path: str, body: bytes | str | dict[str, Any], *headers: str) -> bytes:
    """A request written by hand; without a header more than one needs."""
    raw = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    head = [f"POST /v1/{path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + raw


def asked(path: str) -> bytes:
    return f"GET /v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def chunked(path: str, body: bytes, *headers: str) -> bytes:
    head = [f"POST /v1/{path} HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked", *headers]
    halves = body[: len(body) // 2], body[len(body) // 2 :]
    return "\r\n".join([*head, "", ""]).encode() + b"".join(b"%x\r\n%b\r\n" % (len(half), half) for half in halves) + b"0\r\n\r\n"


ADA = {"email": "ada@example.org", "first_name": "Ada"}
ADAS = {**ADA, "seats": 3}
ACME = {"g1": {"name": "Acme"}}
EVERYBODY = "anonymous_id a1, anonymous_id a2, email ada@example.org, user_id u1"
PRICING = {"name": "Pricing", "category": "Docs", "url": "https://shop.example/pricing"}


def one_of_each(*lags: float) -> list[Row]:
    """What the clients for servers were told, in that order."""
    said = [
        ("identify", "", ADAS), ("track", "Signed Up", {"plan": "pro", "sum": 1.5}), ("page", "Page Viewed", PRICING),
        ("screen", "Screen Viewed", {"name": "Home"}), ("group", "", {"name": "Acme"}), ("alias", "", {"previousId": "a2"}),
    ]  # fmt: skip
    return [Row(*call, EVERYBODY, lag) for call, lag in zip(said, lags, strict=True)]


SHOP = "http://localhost:38485/page?utm_source=news&utm_campaign=spring"
VIEWED = {
    "path": "/page", "referrer": "", "search": "?utm_source=news&utm_campaign=spring", "title": "Pricing", "url": SHOP, "step": 1,
    "category": "Docs", "name": "Pricing",
}  # fmt: skip
DEVICE = "anonymous_id 11e3507b-65a2-40ae-9d61-9d5b3e61ee80"
OTHER_DEVICE = "anonymous_id 964ba5c9-8b62-4ee4-9339-af4c306d23d7"
MADE_IT = {"plan": "pro", "sum": 1.5}
SIGNED_UP = Row("track", "Signed Up", MADE_IT, "user_id u1")
TRACKED = {"type": "track", "event": "Signed Up", "userId": "u1", "properties": MADE_IT}
FORM = "Content-Type: application/x-www-form-urlencoded"
ZIP = "Content-Encoding: gzip"
PLAIN = "Content-Type: text/plain;charset=UTF-8"


def zipped(body: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(body).encode())


def settings() -> dict[str, Any]:
    host = "127.0.0.1:38485/v1"
    return {
        "integrations": {"Segment.io": {"apiKey": KEY, "apiHost": host, "protocol": "http"}},
        "metrics": {"sampleRate": 0, "host": host, "protocol": "http"},
        "plan": {}, "edgeFunction": {}, "middlewareSettings": {}, "enabledMiddleware": {}, "remotePlugins": [], "legacyVideoPluginsEnabled": False,
    }  # fmt: skip


RECORDED = {
    "python": Wire(recorded("python"), one_of_each(0.500617, 300.500617, *[0.500617] * 4), traits=ADAS, companies=ACME),
    "python, gzip": Wire(recorded("python-gzip"), one_of_each(0.500691, 300.500691, *[0.500691] * 4), traits=ADAS, companies=ACME),
    "node": Wire(recorded("node"), one_of_each(0.010, 300.011, *[0.008] * 4), traits=ADAS, companies=ACME),
    "browser, settings": Wire(
        recorded("browser-settings"), [], (200, json.dumps(settings()).encode()), {"cache-control": "public, max-age=300", "vary": "Origin"}
    ),
    "browser, preflight": Wire(
        recorded("browser-preflight"), [], (204, b""),
        {"access-control-allow-methods": "POST", "access-control-allow-headers": "authorization", "access-control-max-age": "86400"},
    ),
    "browser, page": Wire(recorded("browser-page"), [Row("page", "Page Viewed", VIEWED, DEVICE, 0.052)]),
    "browser, identify": Wire(
        recorded("browser-identify"), [Row("identify", "", ADA, f"{DEVICE}, email ada@example.org, user_id u1", 0.004)], traits=ADA
    ),
    "browser, track": Wire(recorded("browser-track"), [Row("track", "Signed Up", MADE_IT, f"{DEVICE}, user_id u1", 0.006)]),
    "browser, screen": Wire(recorded("browser-screen"), [Row("screen", "Screen Viewed", {"name": "Home"}, f"{DEVICE}, user_id u1", 0.003)]),
    "browser, group": Wire(recorded("browser-group"), [Row("group", "", {"name": "Acme"}, f"{DEVICE}, user_id u1", 0.004)], companies=ACME),
    "browser, alias": Wire(recorded("browser-alias"), [Row("alias", "", {"previousId": "a2"}, "anonymous_id a2, user_id u1", 0.004)]),
    "browser, batch": Wire(
        recorded("browser-batch"),
        [
            Row("page", "Page Viewed", VIEWED | {"url": SHOP}, f"{OTHER_DEVICE}, email ada@example.org, user_id u1", 0.046),
            Row("identify", "", ADA, f"{OTHER_DEVICE}, email ada@example.org, user_id u1", 0.009),
            Row("track", "Signed Up", MADE_IT, f"{OTHER_DEVICE}, email ada@example.org, user_id u1", 0.005),
        ],
        traits=ADA,
    ),
}  # fmt: skip

BENEATH = {"email": "Ada@Example.org", "firstName": "Ada", "plan": "free"}
IDENTIFIED = Row("identify", "", {**ADA, "plan": "pro"}, "email ada@example.org, user_id u1")
WRITTEN = {
    "gzip as a form": Wire(posted("batch", zipped({"batch": [TRACKED]}), BASIC, FORM), [SIGNED_UP]),
    "gzip as gzip, in chunks": Wire(chunked("batch", zipped({"batch": [TRACKED]}), BASIC, "Content-Type: application/json", ZIP), [SIGNED_UP]),
    "a batch by its older name": Wire(posted("import", {"batch": [TRACKED]}, BASIC, "Content-Type: application/json"), [SIGNED_UP]),
    "the same as Java sends it": Wire(chunked("import/", zipped({"batch": [TRACKED]}), BASIC, ZIP), [SIGNED_UP]),
    "one call, gzip": Wire(posted("track", zipped(TRACKED), BASIC, ZIP), [SIGNED_UP]),
    "JSON as a form": Wire(posted("track", TRACKED, BASIC, FORM), [SIGNED_UP]),
    "JSON as a file": Wire(posted("track", TRACKED, BASIC, "Content-Type: multipart/form-data; boundary=x"), [SIGNED_UP]),
    "gzip that is said and is none": Wire(posted("track", TRACKED, BASIC, ZIP), [SIGNED_UP]),
    "a byte order mark": Wire(posted("track", b"\xef\xbb\xbf" + json.dumps(TRACKED).encode(), BASIC), [SIGNED_UP]),
    "X-Write-Key": Wire(posted("track", TRACKED, f"X-Write-Key: {KEY}"), [SIGNED_UP]),
    "the key in one call": Wire(posted("track", {**TRACKED, "writeKey": KEY}), [SIGNED_UP]),
    "the key in a batch": Wire(posted("batch", {"batch": [TRACKED], "writeKey": KEY}), [SIGNED_UP]),
    "basic in small letters": Wire(posted("track", TRACKED, BASIC.replace("Basic", "basic")), [SIGNED_UP]),
    "a user without a colon": Wire(posted("track", TRACKED, basic(KEY)), [SIGNED_UP]),
    "a password beside the key": Wire(posted("track", TRACKED, basic(f"{KEY}:x")), [SIGNED_UP]),
    "a beacon": Wire(posted("batch", {"writeKey": KEY, "batch": [TRACKED]}, PLAIN, "Origin: https://shop.example"), [SIGNED_UP]),
    "the short batch": Wire(posted("b", {"batch": [TRACKED]}, BASIC), [SIGNED_UP]),
    "traits in the context": Wire(
        posted("identify", {"userId": "u1", "context": {"traits": BENEATH}, "traits": {"plan": "pro"}}, BASIC),
        [IDENTIFIED], traits=IDENTIFIED.properties,
    ),
    "traits in the context of the batch": Wire(
        posted("batch", {"batch": [{"type": "identify", "userId": "u1", "traits": {"plan": "pro"}}], "context": {"traits": BENEATH}}, BASIC),
        [IDENTIFIED], traits=IDENTIFIED.properties,
    ),
    "a company's traits in the context": Wire(
        posted("group", {"userId": "u1", "groupId": "g1", "context": {"traits": {"name": "Below", "plan": "x"}}, "traits": {"name": "Acme"}}, BASIC),
        [Row("group", "", {"name": "Acme", "plan": "x"}, "user_id u1")], companies={"g1": {"name": "Acme", "plan": "x"}},
    ),
    "an SDK's figures about itself": Wire(posted("m", {"series": [{"type": "Counter"}]}, "Content-Type: text/plain")),
    "numbers for ids": Wire(posted("track", {**TRACKED, "userId": 7, "messageId": 9}, BASIC), [Row("track", "Signed Up", MADE_IT, "user_id 7")]),
}  # fmt: skip


def padded(size: int, **call: Any) -> bytes:
    """A call of exactly so many bytes."""
    raw = json.dumps({**TRACKED, **call, "context": {"pad": ""}}).encode()
    return raw.replace(b'"pad": "', b'"pad": "' + b"x" * (size - len(raw)))


def batch_of(size: int) -> bytes:
    return b'{"batch": []}'.ljust(size)


def refused(code: str, path: str = "") -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "path": path}}


TOO_LARGE = (413, refused("too_large"))
FINE: tuple[int, dict[str, Any]] = (200, {"success": True})
NO_EVENT = {"type": "track", "userId": "u1"}

# The table of answers: request → status and body without its message. A day of 400 ago depends on the present; see test_payload_calls.py.
ANSWERS: dict[str, tuple[bytes, tuple[int, dict[str, Any]]]] = {
    "no key": (posted("track", TRACKED), (401, refused("unknown_key"))),
    "an unknown key": (posted("track", TRACKED, basic("wk_no:")), (401, refused("unknown_key"))),
    "an unknown key before a known one": (posted("track", {**TRACKED, "writeKey": KEY}, "X-Write-Key: wk_no"), (401, refused("unknown_key"))),
    "one call of 32 KB": (posted("track", padded(32 * 1024), BASIC), FINE),
    "one call of a byte more": (posted("track", padded(32 * 1024 + 1), BASIC), TOO_LARGE),
    "one call that inflates to more": (posted("track", gzip.compress(padded(32 * 1024 + 1)), BASIC), TOO_LARGE),
    "a batch of 512 KB": (posted("batch", batch_of(512 * 1024), BASIC), FINE),
    "a batch of a byte more": (posted("batch", batch_of(512 * 1024 + 1), BASIC), TOO_LARGE),
    "a batch of a byte more in chunks": (chunked("batch", batch_of(512 * 1024 + 1), BASIC), TOO_LARGE),
    "a batch that inflates to 4 MB": (posted("batch", gzip.compress(batch_of(4 * 1024 * 1024)), BASIC), FINE),
    "a batch that inflates to a byte more": (posted("batch", gzip.compress(batch_of(4 * 1024 * 1024 + 1)), BASIC), TOO_LARGE),
    "gzip without end": (posted("batch", gzip.compress(b"[" * 50_000_000), BASIC), TOO_LARGE),
    "2,500 calls": (posted("batch", gzip.compress(b'{"batch":[%b]}' % b",".join([json.dumps(TRACKED).encode()] * 2_500)), BASIC), FINE),
    "a call more": (posted("batch", b'{"batch":[%b]}' % b",".join([b"{}"] * 2_501), BASIC), TOO_LARGE),
    "no JSON": (posted("track", b"event=A&userId=u1", BASIC), (400, refused("invalid_json"))),
    "nothing": (posted("track", b"", BASIC), (400, refused("invalid_json"))),
    "cut off": (posted("track", b'{"event": "A"', BASIC), (400, refused("invalid_json"))),
    "gzip cut off": (posted("batch", gzip.compress(batch_of(100))[:-1], BASIC), (400, refused("invalid_gzip"))),
    "no object": (posted("batch", b"[]", BASIC), (400, refused("not_an_object"))),
    "no batch": (posted("batch", {}, BASIC), (400, refused("required", "batch"))),
    "a batch that is no list": (posted("batch", {"batch": {}}, BASIC), (400, refused("wrong_kind", "batch"))),
    "no event": (posted("track", NO_EVENT, BASIC), (400, refused("required", "event"))),
    "an empty event": (posted("track", {**TRACKED, "event": ""}, BASIC), (400, refused("required", "event"))),
    "no identifier": (posted("track", {"event": "A"}, BASIC), (400, refused("no_identifier"))),
    "a field of the wrong kind": (posted("track", {**TRACKED, "properties": 1}, BASIC), (400, refused("wrong_kind", "properties"))),
    "NUL": (posted("track", {**TRACKED, "properties": {"a": "\0"}}, BASIC), (400, refused("unstorable_text", "properties.a"))),
    "a lone surrogate": (posted("track", {**TRACKED, "event": "\ud800"}, BASIC), (400, refused("unstorable_text", "event"))),
    "a messageId of 100 bytes": (posted("track", {**TRACKED, "messageId": "é" * 50}, BASIC), FINE),
    "a messageId of 101 bytes": (posted("track", {**TRACKED, "messageId": "é" * 50 + "e"}, BASIC), (400, refused("too_long", "messageId"))),
    "a call of 2001": (posted("track", {**TRACKED, "timestamp": "2001-01-01T00:00:00Z"}, BASIC), (400, refused("too_old", "timestamp"))),
    "a context of a batch that is no object": (posted("batch", {"batch": [TRACKED], "context": []}, BASIC), FINE),
    "a context of a batch with NUL": (posted("batch", {"batch": [TRACKED], "context": {"a": "\0"}}, BASIC), FINE),
    "a sentAt of a batch that is no time": (posted("batch", {"batch": [TRACKED], "sentAt": "soon"}, BASIC), FINE),
    "bytes that equal keys hide": (
        posted("batch", b'{"batch":[%b,{"type":"track","userId":"u1","event":"\xff","event":"A"}]}' % json.dumps(TRACKED).encode(), BASIC),
        (200, {"success": True, "rejected": [{"index": 1, "code": "unstorable_text", "path": "batch[1]"}]}),
    ),
    "bytes that equal keys hide in one call": (
        posted("track", b'{"userId":"u1","event":"\xff","event":"A"}', BASIC), (400, refused("unstorable_text")),
    ),
    "settings of an unknown key": (asked("projects/wk_no/settings"), (401, refused("unknown_key"))),
    "bad calls in a batch": (
        posted("batch", {"batch": [NO_EVENT, TRACKED, 5, {**TRACKED, "type": "import"}, {**TRACKED, "event": ""}]}, BASIC),
        (200, {"success": True, "rejected": [
            {"index": 0, "code": "required", "path": "batch[0].event"}, {"index": 2, "code": "not_an_object", "path": "batch[2]"},
            {"index": 3, "code": "unsupported_type", "path": "batch[3].type"}, {"index": 4, "code": "required", "path": "batch[4].event"},
        ]}),
    ),
}  # fmt: skip
