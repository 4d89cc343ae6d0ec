"""Bodies: what is accepted, what is set aside, what is refused."""

import gzip
import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from tracking import payload

RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = {"type": "track", "event": "Signed Up", "userId": "u1", "messageId": "m1"}


def accept(kind: str, raw: bytes) -> payload.Accepted:
    numbers = count(1)
    return payload.accept(payload.read(kind, raw), RECEIVED, new_id=lambda: f"made-{next(numbers)}")


def batch(*calls: object, **envelope: object) -> bytes:
    return json.dumps({**envelope, "batch": list(calls)}).encode()


def stored(accepted: payload.Accepted) -> list[payload.Call]:
    return payload.stored_calls(accepted.calls_json, RECEIVED)


def test_a_batch_is_kept_call_by_call_as_it_was_sent() -> None:
    first = '{"type":"track","event":"Paid","userId":1,"messageId":"a","properties":{"sum":1.50,"big":1e400,"z":-0.0}}'
    second = '{ "type": "page", "anonymousId": "b\\u00e9", "messageId": "b" }'
    accepted = accept("batch", f'{{"batch": [{first} , {second}], "sentAt": null}}'.encode())
    assert accepted == payload.Accepted(f'{{"sentAt":null,"batch":[{first},{second}]}}'.encode(), 2, [], b'"sentAt":null,')
    paid, page = stored(accepted)
    assert [str(value) for value in paid.properties.values()] == ["1.50", "1E+400", "0.0"]
    assert (paid.user_id, page.anonymous_id, page.name) == ("1", "bé", "Page Viewed")


def test_a_call_without_message_id_gets_one_that_stays() -> None:
    nameless = [{**GOOD, "messageId": empty} for empty in (None, "", "  ")]
    accepted = accept("batch", batch(*nameless, {"type": "screen", "userId": "u"}, GOOD))
    assert [call.message_id for call in stored(accepted)] == ["made-1", "made-2", "made-3", "made-4", "m1"]
    assert stored(accepted) == stored(accepted)


def test_ids_made_by_default_are_distinct() -> None:
    body = payload.read("batch", batch(*[{"type": "page", "userId": "u"}] * 50))
    calls = stored(payload.accept(body, RECEIVED))
    assert len({call.message_id for call in calls}) == 50


@pytest.mark.parametrize("kind", ["track", "page", "screen", "identify", "group"])
def test_a_single_call_has_the_type_of_its_path(kind: str) -> None:
    body = {"type": "other", "writeKey": "wk", "event": "E", "userId": "u", "groupId": "g"}
    accepted = accept(kind, json.dumps(body).encode())
    assert [(call.kind, call.user_id) for call in stored(accepted)] == [(kind, "u")]
    assert accepted.count == 1


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("batch", batch(GOOD, writeKey="wk")), ("track", json.dumps({"writeKey": "wk", **GOOD}).encode())],
)
def test_the_key_is_read_from_the_body_and_never_stored(kind: str, raw: bytes) -> None:
    assert payload.read(kind, raw).write_key == "wk"
    accepted = accept(kind, raw)
    assert b"wk" not in accepted.calls_json
    assert [call.message_id for call in stored(accepted)] == ["m1"]


@pytest.mark.parametrize("key", [None, 5, ["wk"]])
def test_a_key_that_is_no_text_is_none(key: object) -> None:
    assert payload.read("batch", batch(writeKey=key)).write_key is None


def test_an_empty_batch_is_accepted_and_stores_nothing() -> None:
    assert accept("batch", b' {"batch": [ ]} ') == payload.Accepted(b"", 0, [])


def test_gzip_is_inflated_and_a_byte_order_mark_ignored() -> None:
    assert accept("batch", gzip.compress(b"\xef\xbb\xbf" + batch(GOOD))).count == 1


def test_the_last_of_equal_keys_counts() -> None:
    raw = b'{"batch": [], "batch": [{"type": "page", "type": "screen", "userId": "a", "userId": "b", "messageId": "m"}]}'
    assert [(call.kind, call.user_id) for call in stored(accept("batch", raw))] == [("screen", "b")]


BAD_BODIES: list[tuple[str, bytes, str, str]] = [
    ("batch", b"", "invalid_json", ""),
    ("batch", b"nonsense", "invalid_json", ""),
    ("batch", b'{"batch": [], }', "invalid_json", ""),
    ("batch", b'{"batch": [] "a": 1}', "invalid_json", ""),
    ("batch", b'{"batch": [{}', "invalid_json", ""),
    ("batch", b'{"batch": [1 2]}', "invalid_json", ""),
    ("batch", b'{"batch": []} x', "invalid_json", ""),
    ("batch", b"{5: []}", "invalid_json", ""),
    ("batch", b'{"batch": [{"type": "page", "userId": NaN}]}', "invalid_json", ""),
    ("batch", b'{"batch": [-Infinity]}', "invalid_json", ""),
    ("batch", b'{"batch": [{"type": "pa\nge"}]}', "invalid_json", ""),
    ("batch", b'{"batch": [\xff]}', "invalid_json", ""),
    ("batch", '{"batch": []}'.encode("utf-16"), "invalid_json", ""),
    ("batch", b"[]", "not_an_object", ""),
    ("batch", b'"batch"', "not_an_object", ""),
    ("track", b"null", "not_an_object", ""),
    ("batch", b"{}", "required", "batch"),
    ("batch", b'{"batch": null}', "wrong_kind", "batch"),
    ("batch", b'{"batch": {"type": "page"}}', "wrong_kind", "batch"),
    ("batch", gzip.compress(b'{"batch": []}', mtime=0)[:-9], "invalid_gzip", ""),
    ("batch", gzip.compress(b'{"batch": []}', mtime=0) + b"more", "invalid_gzip", ""),
    ("batch", b"\x1f\x8bnot gzip after all", "invalid_gzip", ""),
]


@pytest.mark.parametrize(("kind", "raw", "code", "path"), BAD_BODIES)
def test_a_body_that_cannot_be_read_is_refused(kind: str, raw: bytes, code: str, path: str) -> None:
    with pytest.raises(payload.BadRequest) as refused:
        payload.read(kind, raw)
    assert (refused.value.code, refused.value.path) == (code, path)


def padded(size: int) -> bytes:
    raw = json.dumps({**GOOD, "properties": {"pad": ""}}).encode()
    return raw.replace(b'"pad": "', b'"pad": "' + b"x" * (size - len(raw)))


def shared(calls: int, size: int) -> bytes:
    """A batch whose context takes so many bytes of each of its calls."""
    context = json.dumps({"context": {"pad": ""}})[1:-1].replace(": ", ":")
    context = context.replace('""', f'"{"x" * (size - len(context) - 1)}"')
    return gzip.compress(f'{{{context},"batch":[{",".join([json.dumps(GOOD)] * calls)}]}}'.encode(), mtime=0)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("track", padded(32 * 1024)),
        ("batch", batch().ljust(512 * 1024)),
        ("batch", gzip.compress(batch().ljust(4 * 1024 * 1024), mtime=0)),
        ("batch", batch(*[GOOD] * 2_500)),
        ("batch", shared(4, 1024 * 1024)),
    ],
)
def test_a_body_of_just_the_size_allowed_is_read(kind: str, raw: bytes) -> None:
    accepted = accept(kind, raw)
    assert (accepted.count, accepted.rejected) == (len(payload.read(kind, raw).calls), [])


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("track", padded(32 * 1024 + 1)),
        ("track", gzip.compress(padded(32 * 1024 + 1), mtime=0)),
        ("batch", batch().ljust(512 * 1024 + 1)),
        ("batch", gzip.compress(batch().ljust(4 * 1024 * 1024 + 1), mtime=0)),
        ("batch", b'{"batch": [' + b"0," * 2_500 + b"0]}"),
        ("batch", shared(4, 1024 * 1024 + 1)),
        ("batch", shared(2_500, 4 * 1024)),
        ("batch", b'{"batch": []' + b', "a": 1' * 100 + b"}"),
    ],
)
def test_a_larger_body_is_refused(kind: str, raw: bytes) -> None:
    with pytest.raises(payload.TooLarge):
        payload.read(kind, raw)


def nested(depth: int) -> str:
    return '{"type": "page", "userId": "u", "properties": ' + '{"a":' * depth + "1" + "}" * depth + "}"


BAD_CALLS: list[tuple[str, str, str]] = [
    ("5", "not_an_object", ""),
    ("[]", "not_an_object", ""),
    ("{}", "required", "type"),
    ('{"type": 5}', "wrong_kind", "type"),
    ('{"type": "pay", "userId": "u"}', "unsupported_type", "type"),
    ('{"type": "batch", "userId": "u"}', "unsupported_type", "type"),
    ('{"type": "track", "userId": "u"}', "required", "event"),
    ('{"type": "track", "event": " ", "userId": "u"}', "required", "event"),
    ('{"type": "track", "event": 7, "userId": "u"}', "wrong_kind", "event"),
    ('{"type": "track", "event": "%s", "userId": "u"}' % ("e" * 201), "too_long", "event"),
    ('{"type": "track", "event": "E"}', "no_identifier", ""),
    ('{"type": "page", "userId": " ", "anonymousId": null}', "no_identifier", ""),
    ('{"type": "page", "userId": true}', "wrong_kind", "userId"),
    ('{"type": "page", "anonymousId": ["a"]}', "wrong_kind", "anonymousId"),
    ('{"type": "page", "userId": "%s"}' % ("u" * 201), "too_long", "userId"),
    ('{"type": "page", "userId": "u", "messageId": "%s"}' % ("é" * 51), "too_long", "messageId"),
    ('{"type": "page", "userId": "u", "messageId": {}}', "wrong_kind", "messageId"),
    ('{"type": "page", "userId": "u", "properties": []}', "wrong_kind", "properties"),
    ('{"type": "page", "userId": "u", "name": 1}', "wrong_kind", "name"),
    ('{"type": "page", "userId": "u", "context": "c"}', "wrong_kind", "context"),
    ('{"type": "identify", "userId": "u", "traits": 1}', "wrong_kind", "traits"),
    ('{"type": "identify", "userId": "u", "context": {"traits": 1}}', "wrong_kind", "context.traits"),
    ('{"type": "identify", "userId": "u", "traits": {"email": 1}}', "wrong_kind", "traits.email"),
    ('{"type": "identify", "traits": {"email": "not an address"}}', "no_identifier", "traits.email"),
    ('{"type": "identify", "traits": {"email": " "}}', "no_identifier", ""),
    ('{"type": "group", "groupId": "g", "traits": {"email": "not an address"}}', "no_identifier", ""),
    ('{"type": "group", "userId": "u"}', "required", "groupId"),
    ('{"type": "page", "userId": "u", "timestamp": 1767225600000}', "invalid_timestamp", "timestamp"),
    ('{"type": "page", "userId": "u", "timestamp": "2025-01-24T11:59:59Z"}', "too_old", "timestamp"),
    ('{"type": "page", "userId": "u", "properties": {"a": ["x", "\\u0000"]}}', "unstorable_text", "properties.a[1]"),
    ('{"type": "page", "userId": "u", "properties": {"\\ud800": 1}}', "unstorable_text", "properties.\\ud800"),
    ('{"type": "page", "userId": "\\uDC00"}', "unstorable_text", "userId"),
    ('{"type": "page", "userId": "u", "properties": {"n": 1e1001}}', "unstorable_number", ""),
    ('{"type": "page", "userId": "u", "properties": {"n": 1e-99999999999999999999}}', "unstorable_number", ""),
    ('{"type": "page", "userId": "u", "properties": {"n": %s}}' % ("9" * 4301), "unstorable_number", ""),
    ('{"type": "page", "userId": "u", "properties": {"n": 0.%s}}' % ("9" * 4301), "unstorable_number", ""),
    ("1e1001", "unstorable_number", ""),
    ('{"type": "page", "userId": "u", "properties": {"n": [1e1000, 1e1000, 1e1000, 1e1000, 1e-301]}}', "unstorable_number", ""),
    (nested(100), "too_deep", "properties" + ".a" * 99),
    (nested(2_000), "too_deep", ""),
]


@pytest.mark.parametrize(("bad", "code", "path"), BAD_CALLS)
def test_a_bad_call_is_set_aside_as_received_and_its_neighbours_are_stored(bad: str, code: str, path: str) -> None:
    good = json.dumps(GOOD)
    accepted = accept("batch", f'{{"batch": [{good}, {bad} , {good}]}}'.encode())
    assert accepted.calls_json == f'{{"batch":[{good},{good}]}}'.encode()
    (rejected,) = accepted.rejected
    full = "batch[1]" + (f".{path}" if path else "")
    assert (rejected.index, rejected.code, rejected.path) == (1, code, full[:200])
    assert rejected.raw == bad.encode()
    assert rejected.message


@pytest.mark.parametrize(("bad", "code", "path"), [row for row in BAD_CALLS if '"page"' in row[0]])
def test_a_bad_call_that_comes_alone_is_refused(bad: str, code: str, path: str) -> None:
    with pytest.raises(payload.Invalid) as refused:
        accept("page", bad.encode())
    assert (refused.value.code, refused.value.path) == (code, path[:200])


def test_bytes_that_are_no_utf_8_spoil_one_call_and_are_kept() -> None:
    good = json.dumps(GOOD).encode()
    bad = b'{"type": "page", "userId": "\xed\xa0\x80\xff"}'
    accepted = accept("batch", b'{"batch": [' + good + b"," + bad + b"]}")
    assert (accepted.count, [(r.code, r.raw) for r in accepted.rejected]) == (1, [("unstorable_text", bad)])


DEEP = b"[" * 900 + b"]" * 900
# The first of equal keys is in the source, which is kept, and not in the value.
HIDDEN = [
    (b'"properties":{"a":"caf\xe9","a":"x"}', "unstorable_text"), (b'"event":"\xff","event":"x"', "unstorable_text"),
    (b'"properties":{"\xff":1},"properties":{}', "unstorable_text"), (b'"a":%b,"a":1' % DEEP, "too_deep"),
    (b'"context":{"b":[{"a":%b,"a":1}]}' % (b"[" * 98 + b"]" * 98), "too_deep"),
]  # fmt: skip


@pytest.mark.parametrize(("hidden", "code"), HIDDEN)
def test_what_equal_keys_hide_spoils_one_call_and_is_kept(hidden: bytes, code: str) -> None:
    good = json.dumps(GOOD).encode()
    bad = b'{"type":"page","userId":"u",' + hidden + b"}"
    accepted = accept("batch", b'{"batch": [' + good + b"," + bad + b"]}")
    assert (accepted.count, accepted.rejected[0].path, accepted.rejected[0].raw) == (1, "batch[1]", bad)
    assert [refused.code for refused in accepted.rejected] == [code]
    with pytest.raises(payload.Invalid) as refused:
        accept("page", bad)
    assert refused.value.code == code


def test_what_equal_keys_hide_may_be_as_deep_as_what_they_show() -> None:
    bearable = '{"type":"page","userId":"u","messageId":"m","a":%s,"a":"["}' % ("[" * 99 + "]" * 99)
    assert accept("batch", f'{{"batch": [{bearable}]}}'.encode()).calls_json == f'{{"batch":[{bearable}]}}'.encode()


@pytest.mark.parametrize(
    "said",
    [
        b'"context": []', b'"context": "c"', b'"context": {"a": {"b": "\\u0000"}}', b'"context": {"a": 1e9999}', b'"context": {"a": %b}' % DEEP,
        b'"context": {"a": "caf\xe9", "a": 1}', b'"context": {"a": %b, "a": 1}' % DEEP, b'"sentAt": "yesterday"', b'"sentAt": 1767225600000',
        b'"sentAt": {"a": "\xff", "a": 1}', b'"context": 1, "sentAt": []',
    ],
)  # fmt: skip
def test_what_a_batch_says_wrongly_for_all_of_its_calls_is_left_out(said: bytes) -> None:
    good, bad = json.dumps(GOOD).encode(), b'{"type": "page"}'
    accepted = accept("batch", b"{" + said + b', "batch": [' + good + b"," + bad + b"]}")
    assert (accepted.calls_json, accepted.head, [call.raw for call in accepted.rejected]) == (b'{"batch":[' + good + b"]}", b"", [bad])


def test_what_a_batch_says_well_stays_beside_what_it_says_wrongly() -> None:
    accepted = accept("batch", b'{"context": {"ip": "::1"}, "sentAt": "soon", "batch": [%b]}' % json.dumps(GOOD).encode())
    assert accepted.head == b'"context":{"ip": "::1"},'
    assert [call.context for call in stored(accepted)] == [{"ip": "::1"}]


def test_a_call_too_large_within_a_batch_is_set_aside() -> None:
    accepted = accept("batch", b'{"batch": [' + padded(32 * 1024) + b"," + padded(32 * 1024 + 1) + b"]}")
    assert (accepted.count, [(r.code, r.path) for r in accepted.rejected]) == (1, [("too_large", "batch[1]")])


@pytest.mark.parametrize("deep", [["[" * 300_000 + "]" * 300_000], ["[" * 2_000 + "]" * 2_000] * 140], ids=["one", "many"])
def test_a_small_body_that_inflates_to_more_brackets_than_can_be_walked_is_refused(deep: list[str]) -> None:
    with pytest.raises(payload.TooLarge):
        accept("batch", gzip.compress(f'{{"batch": [{",".join(deep)}]}}'.encode()))


def test_what_is_too_deep_is_set_aside_up_to_half_a_megabyte() -> None:
    good, deep = json.dumps(GOOD), "[" * 2_000 + "]" * 2_000
    accepted = accept("batch", gzip.compress(f'{{"batch": [{good},{",".join([deep] * 130)}]}}'.encode()))
    assert (accepted.count, [call.code for call in accepted.rejected]) == (1, ["too_deep"] * 130)


@pytest.mark.parametrize("text", ["\\\\u0000", "\\ud83d\\ude00", "\u2028 é 😀", "\\u0001"])
def test_text_that_only_looks_unstorable_is_stored(text: str) -> None:
    raw = f'{{"batch": [{{"type": "page", "userId": "u", "messageId": "m", "properties": {{"t": "{text}"}}}}]}}'.encode()
    (call,) = stored(accept("batch", raw))
    assert call.properties == {"t": json.loads(f'"{text}"')}


def test_deep_but_bearable_properties_are_stored() -> None:
    (call,) = stored(accept("page", nested(99).encode()))
    value: Any = call.properties
    for _ in range(99):
        value = value["a"]
    assert value == 1


def test_the_source_of_each_stored_call_can_be_had() -> None:
    accepted = accept("batch", batch(GOOD, {"type": "page", "userId": "é"}))
    sources = payload.raw_calls(accepted.calls_json)
    assert [json.loads(source)["messageId"] for source in sources] == ["m1", "made-1"]


@pytest.mark.parametrize(("short", "kind"), [("i", "identify"), ("t", "track"), ("p", "page"), ("s", "screen")])
def test_short_paths_mean_the_same(short: str, kind: str) -> None:
    assert payload.KINDS[short] == payload.KINDS[kind] == kind


def test_json_is_parsed_exactly() -> None:
    parsed = payload.parse_json(b'{"a": 0.10, "b": 12345678901234567890123}')
    assert (str(parsed["a"]), parsed["b"]) == ("0.10", 12345678901234567890123)
    with pytest.raises(payload.BadRequest):
        payload.parse_json(b'["\\ud800"]')
