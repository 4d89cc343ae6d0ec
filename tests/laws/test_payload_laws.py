"""Whatever arrives, the parser answers with a result or one of its declared errors, and loses nothing."""

import gzip
import json
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.laws import hostile
from tracking import payload

RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ["type", "event", "userId", "anonymousId", "groupId", "messageId", "timestamp", "sentAt", "properties",
         "context", "traits", "name", "category", "batch", "writeKey", "email", "firstName", "first_name"]  # fmt: skip
TEXTS = ["track", "page", "identify", "group", "screen", "alias", "", " ", "\0", "\ud800", "😀", "a@b.org", "x" * 300,
         "99999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "2026-02-30"]  # fmt: skip
LITERALS = ["1e400", "-0", "-0.0", "1e99999", "1e-99999999999999999999", "9" * 5_000, "0." + "1" * 5_000, "NaN",
            "-Infinity", "[" * 500 + "]" * 500, '{"a":' * 5_000 + "1" + "}" * 5_000, "01", "", "tru"]  # fmt: skip

text = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=()), max_size=20)
storable = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_characters="\0", codec="utf-8"))
leaf = st.none() | st.booleans() | st.integers() | st.floats() | text | st.datetimes().map(datetime.isoformat)
value = st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=8)
fields = st.dictionaries(st.sampled_from(NAMES), value, max_size=10)
good = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "page", "identify"]),
        "event": st.just("E"),
        "userId": st.text("a1", min_size=1),
    },
    optional={
        "messageId": st.text("abc", max_size=8),
        "properties": st.dictionaries(st.text("ab"), storable, max_size=4),
    },
)
calls = st.lists(good | fields | value, max_size=5)
kinds = st.sampled_from(sorted({*payload.KINDS.values()}))


def outcome(kind: str, raw: bytes) -> payload.Accepted | None:
    """What comes of a body; None where it is refused by one of the declared errors."""
    try:
        accepted = payload.accept(payload.read(kind, raw), RECEIVED)
    except (payload.TooLarge, payload.BadRequest) as error:
        refusal = error
    else:
        return accepted_well(accepted)
    assert refusal.code
    (refusal.message + getattr(refusal, "path", "")).encode()  # fit for an answer
    return None


def accepted_well(accepted: payload.Accepted) -> payload.Accepted:
    """What was accepted is read again as it is, and each refusal can be answered."""
    assert len(payload.stored_calls(accepted.calls_json, RECEIVED) if accepted.count else []) == accepted.count
    for rejected in accepted.rejected:
        assert "\0" not in rejected.path + rejected.message
        (rejected.path + rejected.message).encode()
    return accepted


@given(kinds, st.binary(max_size=300), st.booleans())
@example("batch", b"\x1f\x8b", False)
def test_any_bytes(kind: str, raw: bytes, zipped: bool) -> None:
    outcome(kind, gzip.compress(raw) if zipped else raw)


@given(kinds, value | fields | st.fixed_dictionaries({"batch": calls, "context": fields}), st.booleans())
def test_any_json(kind: str, body: Any, ascii_only: bool) -> None:
    outcome(kind, json.dumps(body, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@given(kinds, fields, st.sampled_from(NAMES), st.sampled_from(LITERALS))
def test_any_literal_anywhere(kind: str, body: dict[str, Any], name: str, literal: str) -> None:
    body.pop(name, None)
    members = [f"{json.dumps(key)}:{json.dumps(inner)}" for key, inner in body.items()] + [f'"{name}":{literal}']
    call = "{" + ",".join(members) + "}"
    outcome(kind, (call if kind != "batch" else f'{{"batch":[{call},{literal}]}}').encode())


@settings(max_examples=1_000)
@given(st.integers(0, 2**64 - 1))
def test_ten_thousand_hostile_requests(seed: int) -> None:
    """Ten an example, for Hypothesis takes longer over an example than the parser over ten requests."""
    for number in range(seed, seed + 10):
        outcome(*hostile.request(Random(number)))


def test_hostile_requests_meet_every_answer() -> None:
    """What a thousand of them come to; a generator that made only rubbish would prove little."""
    codes: set[str] = set()
    stored = 0
    for seed in range(1_000):
        kind, raw = hostile.request(Random(seed))
        try:
            accepted = payload.accept(payload.read(kind, raw), RECEIVED)
        except (payload.TooLarge, payload.BadRequest) as refusal:
            codes.add(refusal.code)
        else:
            stored += bool(accepted.count)
            codes.update(call.code for call in accepted.rejected)
    assert stored >= 100
    assert codes == {
        "invalid_json", "invalid_gzip", "not_an_object", "required", "wrong_kind", "no_identifier", "unsupported_type", "too_long", "too_large",
        "too_deep", "too_old", "invalid_timestamp", "unstorable_text", "unstorable_number",
    }  # fmt: skip


def test_a_hundred_thousand_keys() -> None:
    many = json.dumps({str(number): number for number in range(100_000)})
    raw = f'{{"batch":[{{"type":"page","userId":"u","properties":{many}}}]}}'.encode()
    accepted = outcome("batch", gzip.compress(raw))
    assert accepted is not None
    assert [rejected.code for rejected in accepted.rejected] == ["too_large"]


@given(calls)
def test_every_call_of_a_readable_batch_is_either_stored_or_set_aside(sent: list[Any]) -> None:
    accepted = outcome("batch", json.dumps({"batch": sent}).encode())
    if accepted is None:
        return
    kept = payload.raw_calls(accepted.calls_json) if accepted.count else []
    rejected = {refused.index: refused.raw for refused in accepted.rejected}
    remaining = iter(kept)
    received = [rejected[index] if index in rejected else next(remaining) for index in range(len(sent))]
    assert next(remaining, None) is None
    for source, call in zip(received, sent, strict=True):
        assert source.startswith(json.dumps(call).encode().rstrip(b"}"))


@given(st.lists(good, max_size=5), st.booleans())
def test_good_calls_come_back_as_the_calls_that_were_sent(sent: list[dict[str, Any]], zipped: bool) -> None:
    raw = json.dumps({"batch": sent}).encode()
    accepted = outcome("batch", gzip.compress(raw) if zipped else raw)
    assert accepted is not None
    assert (accepted.count, accepted.rejected) == (len(sent), [])
    stored = payload.stored_calls(accepted.calls_json, RECEIVED) if sent else []
    assert [(said.kind, said.user_id) for said in stored] == [(call["type"], call["userId"]) for call in sent]
    for said, call in zip(stored, sent, strict=True):
        assert said.properties == ({} if call["type"] == "identify" else call.get("properties", {}))
        assert said.message_id == (call.get("messageId") or said.message_id)
        assert said.message_id
