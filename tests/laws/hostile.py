"""Requests that nobody means well with, made of a seed: thousands of them a second, which Hypothesis' own strategies for JSON are too slow for.

Values are pieces of JSON text, since much of what is hostile (NaN, 1e400, the same key twice, half a surrogate) is no Python value.
A lone surrogate from U+DC80 on stands for a byte that is no UTF-8.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from random import Random

from tracking import payload

KINDS = sorted({*payload.KINDS.values()})
MEMBERS = [
    "type", "event", "userId", "anonymousId", "groupId", "previousId", "messageId", "timestamp", "sentAt", "properties", "context", "traits",
    "name", "category", "batch", "writeKey", "integrations",
]  # fmt: skip
INNER = ["email", "firstName", "first_name", "createdAt", "name", "employees", "url", "traits", "userAgent", "passive", "__proto__", ""]
STRANGE = ["\\u0000", "\\ud800", "x" * 300, "a.b", " ", "😀", "\\", "\n", "$"]  # keys as they stand between quotes; two of them are no JSON

NUMBERS = [
    "0", "-0", "-0.0", "0e0", "1", "1.50", "-1e-7", "1e400", "1e-400", "1" + "0" * 400, "1e1000", "1e1001", "1e99999999999999999999", "9" * 4_300,
    "9" * 4_301, "0." + "1" * 5_000, "9007199254740993", "-9223372036854775809", "01", "+1", ".5", "1.", "0x10", "1_000",
]  # fmt: skip
TIMES = [
    '"99999-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999999-23:59"', '"0001-01-01T00:00:00+23:59"', '"0001-01-01"', '"2026-02-30"', '"2001-01-01"',
    '"2026-03-01T12:00:00Z"', '"2026-03-01T12:00:00.1234567890123Z"', '"-2026-03-01"',
]  # fmt: skip
TEXTS = [
    '""', '" "', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"😀"', '"x\ty"', '"\\x"', '"', '"a@b.org"', '"A@B.org "',
    '"\u202e\u2028\ufeff"', f'"{"x" * 300}"', f'"{"é" * 51}"', f'"{"y" * 33_000}"', '"track"', '"identify"', '"alias"', '"batch"', '"u1"', '"a1"',
    '"1e400"', '"NaN"', '"null"', *TIMES,
]  # fmt: skip
OTHERS = ["null", "true", "false", "NaN", "Infinity", "-Infinity", "nul", "", "undefined", "{}", "[]", "{", "[", "]", "}", ",", '{"a"}', "[1,]"]
DEEP = [
    opening * depth + inner + closing * depth for opening, inner, closing in (("[", "", "]"), ('{"a":', "1", "}"), ('[{"a":', "1", "}]"))
    for depth in (99, 100, 101, 500)
] + ["[" * 5_000, "[" * 20_000 + "]" * 20_000]  # fmt: skip
HIDDEN = ['"caf\udce9"', '{"\udcff":1}', '["a\udcff"]', *("[" * depth + "]" * depth for depth in (101, 500, 900))]  # as values of equal keys
MANY = ["{" + ",".join(f'"{number}":{number}' for number in range(count)) + "}" for count in (501, 2_000)]
BOMB = gzip.compress(b"[" * 5_000_000)
WAYS = ("as it is",) * 40 + ("mark", "cut", "noise", "bytes", "zip", "zip cut", "zip noise", "zip twice", "wide") * 2 + ("zip",) * 4 + ("bomb",)
GOOD = '{"type":"track","event":"Fine","userId":"good","properties":{"n":1.50}}'


def request(random: Random) -> tuple[str, bytes]:
    """What a request's path says it holds, and its body."""
    kind = random.choice((payload.BATCH, payload.BATCH, *KINDS))
    text = _batch(random) if kind == payload.BATCH else _call(random)
    return kind, _bent(text.encode("utf-8", "surrogateescape"), random)


def beside(random: Random, *names: str) -> bytes:
    """A batch of hostile calls that is JSON, with good ones of these messageIds between them: these must be processed."""
    calls = [good_call(name) for name in names] + [_json(random, _call) for _ in range(random.randrange(1, 4))]
    random.shuffle(calls)
    shared = [_json(random, lambda random: f"{{{_member(random, random.choice(('context', 'sentAt')))}}}") for _ in range(random.choice((0, 1, 2)))]
    members = [f'"batch":[{",".join(calls)}]', *(member[1:-1] for member in shared)]
    random.shuffle(members)
    return f"{{{','.join(members)}}}".encode("utf-8", "surrogateescape")


def _json(random: Random, made: Callable[[Random], str]) -> str:
    """One that is JSON, as Python's own parser has it."""
    return next(text for text in iter(lambda: made(random), None) if _is_json(text))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant={}.__getitem__)
    except (json.JSONDecodeError, KeyError):  # a KeyError for NaN
        return False
    except RecursionError:
        return text.count("[") == text.count("]")
    except ValueError:  # an integer of many digits
        return True
    return True


def good_call(name: str) -> str:
    return json.dumps({"type": "track", "event": "Fine", "userId": "good", "messageId": name})


def _batch(random: Random) -> str:
    calls = [GOOD if random.random() < 0.4 else _call(random) for _ in range(random.randrange(5))]
    members = [f'"batch":[{",".join(calls)}]'] * (1 if random.random() < 0.95 else random.randrange(3))
    members += [_member(random, random.choice(("context", "sentAt", "writeKey", "batch", "x"))) for _ in range(random.choice((0, 0, 1, 3)))]
    random.shuffle(members)
    return "{" + ",".join(members) + "}"


def _call(random: Random) -> str:
    """A call with anything anywhere, or a sound one with a single thing wrong."""
    if random.random() < 0.1:
        return _value(random)
    kind = random.choice(("track", "page", "identify", "group", "alias", "import"))
    named = {"type": kind, "event": "E", "userId": "u1", "groupId": "g1", "previousId": "p1"} if random.random() < 0.7 else {}
    members = [f'"{name}":"{value}"' for name, value in named.items()]
    members += [_member(random, random.choice(MEMBERS)) for _ in range(random.choice((1, 1, 2, 5)))]
    return "{" + ",".join(members) + "}"


def _member(random: Random, name: str) -> str:
    name = random.choice(STRANGE) if random.random() < 0.05 else name
    if random.random() < 0.05:
        return f'"{name}":{random.choice(HIDDEN)},"{name}":{_value(random)}'
    if name in ("timestamp", "sentAt") and random.random() < 0.7:
        return f'"{name}":{random.choice(TIMES)}'
    return f'"{name}":{_object(random) if name in ("properties", "context", "traits") and random.random() < 0.8 else _value(random)}'


def _object(random: Random, depth: int = 0) -> str:
    names = [random.choice(STRANGE if random.random() < 0.2 else INNER) for _ in range(random.randrange(4))]
    members = [f'"{name}":{_value(random, depth + 1)}' for name in names]
    if random.random() < 0.05:
        members = [f'"a":{random.choice(HIDDEN)}', *members, '"a":1']
    return "{" + ",".join(members) + "}"


def _value(random: Random, depth: int = 0) -> str:
    chance = random.random()
    if chance < 0.1 and depth < 3:
        return _object(random, depth)
    if chance < 0.2 and depth < 3:
        return "[" + ",".join(_value(random, depth + 1) for _ in range(random.randrange(4))) + "]"
    if chance < 0.21:
        return random.choice(DEEP)
    if chance < 0.215:
        return random.choice(MANY)
    return random.choice(random.choice((TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, OTHERS)))


def _bent(raw: bytes, random: Random) -> bytes:
    """The body as it is, or as no sender should send it."""
    at = random.randrange(len(raw) + 1)
    match random.choice(WAYS):
        case "mark":
            return b"\xef\xbb\xbf" * random.choice((1, 2)) + raw
        case "cut":
            return raw[:at]
        case "noise":
            return raw[:at] + random.choice((b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\x1f\x8b", b"\\", b'"', b",", b"/**/")) + raw[at:]
        case "bytes":
            return random.randbytes(random.randrange(40))
        case "zip":
            return gzip.compress(raw, 1)
        case "zip cut":
            return gzip.compress(raw, 1)[: -random.randrange(1, 20)]
        case "zip noise":
            zipped = bytearray(gzip.compress(raw, 1))
            zipped[random.randrange(len(zipped))] ^= 1 << random.randrange(8)
            return bytes(zipped)
        case "zip twice":
            return gzip.compress(gzip.compress(raw, 1), 1)
        case "wide":
            return raw.decode("utf-8", "replace").encode(random.choice(("utf-16", "utf-32-le", "utf-7")))
        case "bomb":
            return BOMB
        case _:
            return raw
