"""JSON as it was received: exact numbers, the source text of every call, and nothing that PostgreSQL cannot store.

The standard library's scanner reads each value where it stands, so that a call can be stored, or set aside, as the
very characters its sender wrote.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Never

from tracking import exact_numbers

MAX_DEPTH = 100  # objects and lists within each other, the call itself counted
MAX_SKIPPED = 512 * 1024  # characters of a body that are walked through bracket by bracket; gzip packs seconds of that into 4 KB
MAX_PATH = 200  # characters of a path that are shown

TOO_DEEP = f"Objects and lists are nested deeper than {MAX_DEPTH} levels."
UNSTORABLE = "Text with a NUL or a lone surrogate cannot be stored."

GZIP_MAGIC = b"\x1f\x8b"
_blank = re.compile(r"[ \t\n\r]*").match
_brackets = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\]]', re.DOTALL)  # and texts, in which brackets mean nothing
_STEPS = {"{": 1, "[": 1, "}": -1, "]": -1}
_scalar = re.compile(r"[^\s,:{}\[\]]*").match


class TooLarge(ValueError):
    """The body is larger than it may be, or holds too many calls: 413."""

    code = "too_large"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ValueError):
    """The body cannot be read at all: 400. `path` names the place, "" being the whole body."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.path = code, message, path[:MAX_PATH]


class Invalid(BadRequest):
    """One call is not valid: 400 where it came alone; within a batch it is set aside."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands for a value that is JSON but cannot be kept: `too_deep` or `unstorable_number`."""

    code: str
    message: str


@dataclass(slots=True)
class Piece:
    """A value and the characters it was written with."""

    value: Any
    raw: str


def read_body(raw: bytes, *, limit_raw: int, limit_inflated: int) -> bytes:
    """The body, inflated where it is gzip. Raises TooLarge, or BadRequest for damaged gzip."""
    if len(raw) > limit_raw:
        raise TooLarge(f"The body is larger than {limit_raw:,} bytes.")
    return _gunzip(raw, limit_inflated) if raw.startswith(GZIP_MAGIC) else raw


def _gunzip(raw: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        body = inflater.decompress(raw, limit + 1)
    except zlib.error as error:
        raise BadRequest("invalid_gzip", f"The body is damaged gzip: {error}.") from error
    if len(body) > limit:
        raise TooLarge(f"The body inflates to more than {limit:,} bytes.")
    if not inflater.eof or inflater.unused_data.strip(b"\0"):
        raise BadRequest("invalid_gzip", "The body is not one whole gzip member.")
    return body


def decode(body: bytes) -> str:
    """The text of a body. Bytes that are no UTF-8 become lone surrogates, which only spoil the call they stand in."""
    return body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def parse_json(body: bytes) -> Any:
    """The whole body as one value, every number exact. Raises BadRequest, or TooLarge."""
    cursor = Cursor(decode(body))
    piece = cursor.value()
    cursor.end()
    check_storable(piece, "", BadRequest)
    return piece.value


class Cursor:
    """A place in JSON text that moves forward value by value."""

    __slots__ = ("at", "skippable", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.skippable = MAX_SKIPPED
        self._skip_blank()

    def value(self) -> Piece:
        """Reads one value and stands behind it. Raises TooLarge where too much of the body cannot be kept."""
        start = self.at
        value, end = _scan(self.text, start, self.skippable)
        if isinstance(value, Unusable):
            self.skippable -= end - start
        self.at = end
        self._skip_blank()
        return Piece(value, self.text[start:end])

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; whoever iterates reads the value after each key."""
        self._expect("{")
        if self._took("}"):
            return
        while True:
            yield self._key()
            if not self._took(","):
                break
        self._expect("}")

    def elements(self) -> Iterator[Piece]:
        """The elements of the list that begins here."""
        self._expect("[")
        if self._took("]"):
            return
        while True:
            yield self.value()
            if not self._took(","):
                break
        self._expect("]")

    def begins(self, character: str) -> bool:
        return self.text.startswith(character, self.at)

    def end(self) -> None:
        """Raises BadRequest unless all of the text has been read."""
        if self.at != len(self.text):
            _not_json(self.text, self.at)

    def _key(self) -> str:
        start = self.at
        key = self.value().value
        if not isinstance(key, str):
            _not_json(self.text, start)
        self._expect(":")
        return key

    def _took(self, character: str) -> bool:
        if self.text[self.at : self.at + 1] != character:
            return False
        self.at += 1
        self._skip_blank()
        return True

    def _expect(self, character: str) -> None:
        if not self._took(character):
            _not_json(self.text, self.at)

    def _skip_blank(self) -> None:
        if self.text[self.at : self.at + 1] > " ":  # the ordinary case, and much faster than to search
            return
        found = _blank(self.text, self.at)
        assert found is not None  # it matches nothing as well
        self.at = found.end()


def check_storable(piece: Piece, path: str, error: type[BadRequest] = Invalid) -> None:
    """Raises `error` for text, numbers or depth that PostgreSQL, or those who read it later, cannot take.

    The source is what is kept, and of equal keys it holds all while the value holds the last: the value only tells the place.
    """
    raw, value = piece.raw, piece.value
    if isinstance(value, Unusable):
        raise error(value.code, value.message, path)
    deep = raw.count("{") + raw.count("[") > MAX_DEPTH and _depth(raw) > MAX_DEPTH
    strange = not (raw.isascii() or _encodable(raw))
    if deep or strange or "\\u0000" in raw or "\\ud" in raw or "\\uD" in raw:
        _check_value(value, path, 1, error)
    if deep:
        raise error("too_deep", TOO_DEEP, path)
    if strange:
        raise error("unstorable_text", UNSTORABLE, path)


def _depth(raw: str) -> int:
    """How many objects and lists are within each other in the source of a value."""
    return max(accumulate(_STEPS.get(token, 0) for token in _brackets.findall(raw)))


def join(path: str, name: str) -> str:
    """The path of a member, fit to be shown and stored whatever its name is."""
    shown = name[:MAX_PATH].replace("\0", "\\u0000").encode("utf-8", "backslashreplace").decode()
    return f"{path}.{shown}" if path else shown


def _check_value(value: object, path: str, depth: int, error: type[BadRequest]) -> None:
    if isinstance(value, str):
        _check_text(value, path, error)
    elif isinstance(value, dict | list) and depth > MAX_DEPTH:
        raise error("too_deep", TOO_DEEP, path)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            _check_value(element, f"{path}[{index}]", depth + 1, error)
    elif isinstance(value, dict):
        for key, element in value.items():
            inner = join(path, key)
            _check_text(key, inner, error)
            _check_value(element, inner, depth + 1, error)


def _check_text(text: str, path: str, error: type[BadRequest]) -> None:
    if "\0" in text or not _encodable(text):
        raise error("unstorable_text", UNSTORABLE, path)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> Never:
    raise BadRequest("invalid_json", f"The body is not JSON: {name} is no number.")


_decode_at = json.JSONDecoder(parse_float=exact_numbers.read, parse_constant=_no_constant).raw_decode


def _scan(text: str, start: int, skippable: int) -> tuple[Any, int]:
    exact_numbers.begin()
    try:
        return _decode_at(text, start)
    except RecursionError:
        return Unusable("too_deep", TOO_DEEP), _skip(text, start, skippable)
    except json.JSONDecodeError as error:
        raise BadRequest("invalid_json", f"The body is not JSON: {error}.") from error
    except BadRequest:
        raise
    except ValueError:  # a refused number, or an integer of more digits than Python converts (4,300)
        return Unusable("unstorable_number", "A number, or all of them, have too many digits to be kept."), _skip(text, start, skippable)


def _skip(text: str, start: int, skippable: int) -> int:
    """Where the value that begins at `start` ends, read without keeping anything of it, and no further than `skippable` characters."""
    if text[start] not in "{[":
        scalar = _scalar(text, start)
        assert scalar is not None  # it matches nothing as well
        return scalar.end()
    depth = 0
    for token in _brackets.finditer(text, start, start + skippable):
        depth += _STEPS.get(token[0], 0)
        if depth == 0:
            return token.end()
    if start + skippable < len(text):
        raise TooLarge(f"More than {MAX_SKIPPED:,} characters of the body cannot be kept.")
    _not_json(text, len(text))


def _not_json(text: str, at: int) -> Never:
    error = json.JSONDecodeError("Unexpected character" if at < len(text) else "Unexpected end", text, at)
    raise BadRequest("invalid_json", f"The body is not JSON: {error}.")
