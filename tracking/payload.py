"""Bodies of tracking requests: read, checked and made ready for the inbox; and read again from there.

    body = read("batch", request.body)      # TooLarge 413, BadRequest 400; body.write_key
    accepted = accept(body, received_at)    # Invalid 400 where a single call is not valid
    stored_calls(accepted.calls_json, received_at)      # the worker's side, same calls in the same order

What the inbox keeps is a batch of its own: the good calls, character by character as they were sent, each with a
messageId, beneath the context and sentAt of the body they came in. Keys are left out of it: they may be secret ones.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from tracking.calls import NO_ENVELOPE, Call, Envelope, call
from tracking.fields import an_object, instant
from tracking.json_in import (
    BadRequest,
    Cursor,
    Invalid,
    Piece,
    TooLarge,
    check_storable,
    decode,
    parse_json,
    read_body,
)

__all__ = [
    "KINDS", "MAX_BATCH", "MAX_CALL", "MAX_CALLS", "MAX_INFLATED", "MAX_MEMBERS", "Accepted", "BadRequest", "Body", "Call", "Envelope", "Invalid",
    "Rejected", "TooLarge", "accept", "again", "call", "calls_as_sent", "opened", "parse_json", "raw_calls", "read", "read_body", "readable",
    "stored_call", "stored_calls",
]  # fmt: skip

MAX_CALL = 32 * 1024  # bytes of one call, inflated
MAX_BATCH = 512 * 1024  # bytes of a batch as received
MAX_INFLATED = 4 * 1024 * 1024  # bytes of a batch, inflated
MAX_CALLS = 2_500
MAX_MEMBERS = 100  # of a batch's object: each costs microseconds, and gzip could pack a million into a small body

BATCH = "batch"
KINDS = {
    **{kind: kind for kind in ("identify", "track", "page", "screen", "group", "alias", BATCH)},
    **{kind[0]: kind for kind in ("identify", "track", "page", "screen", "group", "alias", BATCH)},
    **dict.fromkeys(("import", "import/"), BATCH),  # its older name, which Segment's SDKs for Ruby, Java, .NET and Android use
}  # the last part of a request's path → what its body holds

_secret_keys = re.compile(rb"sk_[0-9a-f]{40}")  # as `accounts.keys` makes them
_SECRET_KEY = b"[secret key]"


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is JSON of the right shape. Its calls have not been looked at."""

    kind: str
    write_key: str | None
    envelope: Envelope
    calls: list[Piece]
    head: str  # the envelope's members as sent, each with a comma behind


@dataclass(frozen=True, slots=True)
class Rejected:
    """A call that was set aside: where it stood, what is wrong where, and the bytes received, secret keys blanked."""

    index: int
    code: str
    path: str
    message: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The outcome of a body. `calls_json` is what the inbox keeps, UTF-8; b"" where no call is good.

    `head` is what the body says once for all of its calls (see `Body.head`), to be kept with those that are set aside.
    """

    calls_json: bytes
    count: int
    rejected: list[Rejected]
    head: bytes = b""

    @property
    def size(self) -> int:
        """Bytes that the good calls come to, each with what the body says for all of them, as they are processed."""
        return len(self.calls_json) + self.count * len(self.head)


def read(kind: str, raw: bytes) -> Body:
    """Inflates and parses a request's body; `kind` is a value of KINDS. Raises TooLarge or BadRequest."""
    if kind == BATCH:
        body = _batch(decode(read_body(raw, limit_raw=MAX_BATCH, limit_inflated=MAX_INFLATED)))
        if len(body.head) * len(body.calls) > MAX_INFLATED:
            raise TooLarge(f"The batch's context comes to more than {MAX_INFLATED:,} bytes with each of its calls.")
        return body
    return _single(kind, decode(read_body(raw, limit_raw=MAX_CALL, limit_inflated=MAX_CALL)))


def accept(
    body: Body,
    received_at: datetime,
    *,
    new_id: Callable[[], str] = lambda: f"ls-{uuid4().hex}",
) -> Accepted:
    """Sorts good calls from bad ones. Raises Invalid for a bad call that came alone."""
    good: list[str] = []
    rejected: list[Rejected] = []
    for index, piece in enumerate(body.calls):
        path = f"{BATCH}[{index}]" if body.kind == BATCH else ""
        try:
            good.append(_checked(piece, body, received_at, path, new_id))
        except Invalid as error:
            if body.kind != BATCH:
                raise
            rejected.append(Rejected(index, error.code, error.path, error.message, _blanked(_as_received(piece))))
    calls_json = f'{{{body.head}"batch":[{",".join(good)}]}}'.encode() if good else b""
    head = body.head.encode()
    return Accepted(calls_json, len(good), rejected, _blanked(head) if rejected else head)


def _blanked(raw: bytes) -> bytes:
    """What is set aside without secret keys, whoever's they are: people read it for 30 days."""
    return _secret_keys.sub(_SECRET_KEY, raw)


def _checked(
    piece: Piece,
    body: Body,
    received_at: datetime,
    path: str,
    new_id: Callable[[], str],
) -> str:
    """The source of a good call, with a messageId. Raises Invalid."""
    if body.kind == BATCH and len(_as_received(piece)) > MAX_CALL:
        raise Invalid("too_large", f"The call is larger than {MAX_CALL:,} bytes.", path)
    check_storable(piece, path)
    kind = None if body.kind == BATCH else body.kind
    good = call(
        piece.value,
        kind=kind,
        envelope=body.envelope,
        received_at=received_at,
        path=path,
    )
    raw = f"{{{_members_but_key(piece.raw)}}}" if "writeKey" in piece.value else piece.raw
    return raw if good.message_id else f'{raw[:-1]},"messageId":{json.dumps(new_id())}}}'


def _as_received(piece: Piece) -> bytes:
    return piece.raw.encode("utf-8", "surrogateescape")


def stored_calls(calls_json: bytes, received_at: datetime) -> list[Call]:
    """The calls of an inbox row in order, as they were accepted at `received_at`. Raises Invalid for one that another release let in."""
    body = opened(calls_json)
    return [stored_call(body, place, received_at) for place in range(len(body.calls))]


def stored_call(body: Body, place: int, received_at: datetime) -> Call:
    """One of these. Raises Invalid."""
    return call(body.calls[place].value, envelope=body.envelope, received_at=received_at, path=f"{BATCH}[{place}]", max_age=None)


def readable(body: Body, received_at: datetime) -> list[Call | None]:
    """The calls of an inbox row in order; None for each that `stored_call` refuses."""
    return [_readable(body, place, received_at) for place in range(len(body.calls))]


def _readable(body: Body, place: int, received_at: datetime) -> Call | None:
    try:
        return stored_call(body, place, received_at)
    except Invalid:
        return None


def calls_as_sent(calls_json: bytes, received_at: datetime) -> list[tuple[bytes, Call | None]]:
    """The source of each call with what it says, as `readable` gives it."""
    body = opened(calls_json)
    return [(_as_received(piece), read) for piece, read in zip(body.calls, readable(body, received_at), strict=True)]


def again(raw: bytes, head: bytes = b"", *, whole: bool) -> Body:
    """A call that was set aside, ready for `accept` beneath what its body said for all of its calls.

    Args:
        whole: it may be a request of the inbox, which has its own head.

    Raises:
        BadRequest, TooLarge.
    """
    text = decode(raw)
    if whole and "type" not in _members(text):
        return _batch(text)
    return _batch(f'{{{decode(head)}"batch":[{text}]}}')


def _members(text: str) -> dict[str, object]:
    value = _object_at(text).value().value
    return value if isinstance(value, dict) else {}


def opened(calls_json: bytes) -> Body:
    """An inbox row as the body that it is."""
    return _batch(calls_json.decode())


def raw_calls(calls_json: bytes) -> list[bytes]:
    """The source of each call that `stored_calls` gives, for setting one aside."""
    return [_as_received(piece) for piece in opened(calls_json).calls]


def _batch(text: str) -> Body:
    cursor = _object_at(text)
    calls: list[Piece] | None = None
    shared: dict[str, Piece] = {}
    for count, key in enumerate(cursor.members(), start=1):
        if count > MAX_MEMBERS:
            raise TooLarge(f"The batch has more than {MAX_MEMBERS} members beside its calls.")
        if key == BATCH:
            calls = _elements(cursor)
        else:
            shared[key] = cursor.value()
    cursor.end()
    if calls is None:
        raise BadRequest("required", "The body names no batch.", BATCH)
    write_key = _key(shared["writeKey"].value) if "writeKey" in shared else None
    said: dict[str, Piece] = {key: shared[key] for key in ("sentAt", "context") if key in shared and _is_sound(key, shared[key])}
    head = "".join(f'"{key}":{piece.raw},' for key, piece in said.items())
    return Body(BATCH, write_key, _envelope(said) if said else NO_ENVELOPE, calls, head)


def _is_sound(key: str, piece: Piece) -> bool:
    """Whether something that is said once for all calls can be kept. What cannot is left out: it is no reason to lose the calls."""
    try:
        check_storable(piece, key)
        _envelope({key: piece})
    except Invalid:
        return False
    return True


def _envelope(said: dict[str, Piece]) -> Envelope:
    values = {key: piece.value for key, piece in said.items()}
    return Envelope(instant(values.get("sentAt"), "sentAt"), an_object(values, "context", ""))


def _elements(cursor: Cursor) -> list[Piece]:
    if not cursor.begins("["):
        raise BadRequest("wrong_kind", "batch is not a list.", BATCH)
    calls: list[Piece] = []
    for piece in cursor.elements():
        calls.append(piece)
        if len(calls) > MAX_CALLS:
            raise TooLarge(f"The batch holds more than {MAX_CALLS:,} calls.")
    return calls


def _single(kind: str, text: str) -> Body:
    cursor = _object_at(text)
    piece = cursor.value()
    cursor.end()
    fields = piece.value if isinstance(piece.value, dict) else {}
    members = _members_but_key(text) if "writeKey" in fields else piece.raw[1:-1].rstrip()
    raw = f'{{{members}{"," if members else ""}"type":"{kind}"}}'  # the last type counts: the one of the path
    return Body(kind, _key(fields.get("writeKey")), NO_ENVELOPE, [Piece(piece.value, raw)], "")


def _members_but_key(text: str) -> str:
    """The source of an object's members without its writeKey."""
    cursor = _object_at(text)
    pieces = [(key, cursor.value()) for key in cursor.members()]
    return ",".join(f"{json.dumps(key)}:{piece.raw}" for key, piece in pieces if key != "writeKey")


def _key(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _object_at(text: str) -> Cursor:
    cursor = Cursor(text)
    if not cursor.begins("{"):
        cursor.value()
        cursor.end()
        raise BadRequest("not_an_object", "The body is not a JSON object.")
    return cursor
