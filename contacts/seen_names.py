"""What calls name and hold: events, properties and traits, counted; and which values may be shown as examples. Pure."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

Key = tuple[str, str, str]  # (side, event, path), as contacts.catalogue_models.CatalogueEntry has them

MOST = {"event": 500, "property": 4_000, "context": 200, "contact": 500, "company": 300}  # names of a side that are kept; anybody can send any
MOST_OF_AN_EVENT = 100  # properties
MOST_OF_A_CALL = 200  # paths that are looked at
MOST_DEPTH = 3
LONGEST_PART, LONGEST = 60, 200  # characters

EXAMPLES = 5
LONGEST_EXAMPLE = 80  # characters
CONTACTS_OF_AN_EXAMPLE = 3  # that must have had a value before it is shown: what fewer have may be somebody's own

SIDES = {"identify": "contact", "group": "company"}  # of what calls of a kind hold; all others hold properties


@dataclass(frozen=True, slots=True)
class Said:
    """A call as it was stored: for identify and group `properties` are the traits."""

    contact_id: int
    kind: str
    name: str
    received_at: datetime
    by_server: bool
    properties: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass(slots=True)
class Seen:
    """How often a name was seen, when, and with which kinds of values."""

    first: datetime
    last: datetime
    count: int = 0
    by_server: bool = False
    kinds: set[str] = field(default_factory=set)


def tally(calls: Iterable[Said]) -> dict[Key, Seen]:
    """What the calls name, no more of each side than is kept."""
    counted: dict[Key, Seen] = {}
    for call in calls:
        for key, value in named(call):
            seen = counted.setdefault(key, Seen(call.received_at, call.received_at))
            seen.count += 1
            seen.first, seen.last = min(seen.first, call.received_at), max(seen.last, call.received_at)
            seen.by_server |= call.by_server
            if key[2] and (kind := kind_of(value)):
                seen.kinds.add(kind)
    return _most(counted)


def _most(counted: Mapping[Key, Seen]) -> dict[Key, Seen]:
    sides: dict[str, list[Key]] = defaultdict(list)
    for key in counted:
        sides[key[0]].append(key)
    kept = (key for side, keys in sides.items() for key in heapq.nlargest(MOST[side], keys, lambda key: _worth(counted[key])))
    return {key: counted[key] for key in kept}


def _worth(seen: Seen) -> tuple[bool, int, datetime]:
    return seen.by_server, seen.count, seen.last


def named(call: Said) -> Iterator[tuple[Key, Any]]:
    """What one call names, with the values: its event, and each path of its properties, context or traits."""
    side = SIDES.get(call.kind)
    if side:
        yield from (((side, "", path), value) for path, value in _paths(call.properties))
    elif call.kind in ("track", "page", "screen") and fits(call.name):
        yield ("event", call.name, ""), None
        yield from ((("property", call.name, path), value) for path, value in _paths(call.properties))
        yield from ((("context", "", path), value) for path, value in _paths(call.context))


def _paths(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return islice(_walk(value, "", 1), MOST_OF_A_CALL)


def _walk(value: Mapping[str, Any], at: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Paths of what is no object; names that the path of a condition cannot hold are left out."""
    for key, inner in value.items():
        if not key or "." in key or len(key) > LONGEST_PART or not fits(key):
            continue
        path = f"{at}.{key}" if at else key
        if isinstance(inner, dict):
            if depth < MOST_DEPTH:
                yield from _walk(inner, path, depth + 1)
        elif len(path) <= LONGEST:
            yield path, inner


_is_address = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+").search


def fits(name: str) -> bool:
    """Whether a name may be kept: what cannot be printed, or holds an e-mail address, is no name that a developer gave."""
    return 0 < len(name) <= LONGEST and name.isprintable() and not name.isspace() and not _is_address(name)


def kind_of(value: Any) -> str:
    """`text`, `number`, `boolean` or `list`; "" for null."""
    match value:
        case None:
            return ""
        case bool():
            return "boolean"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "number"


def examples(calls: Iterable[Said]) -> dict[Key, list[Any]]:
    """Of each path the values that most contacts had, where several had them."""
    had: dict[Key, dict[str, tuple[Any, set[int]]]] = defaultdict(dict)
    for call in calls:
        for key, value in named(call):
            shown = example(key[2], value)
            if shown is not None:
                had[key].setdefault(repr(shown), (shown, set()))[1].add(call.contact_id)
    return {key: found for key, values in had.items() if (found := _common(values.values()))}


def _common(values: Iterable[tuple[Any, set[int]]]) -> list[Any]:
    shared = [(len(contacts), repr(value), value) for value, contacts in values if len(contacts) >= CONTACTS_OF_AN_EXAMPLE]
    return [value for _, _, value in sorted(shared, key=lambda one: (-one[0], one[1]))[:EXAMPLES]]


_names_a_secret = re.compile(
    r"(first|last|full|user|nick)_?name|passw|pwd|secret|token|key(?!word)|auth(?!or)|sess|card|cvv|cvc|iban|account_?n|ssn|tax_?id|mail|phone|mobile|birth|street|address"
    r"|(^|[._])ip($|[._])|user_?agent|(^|[._a-z])(anonymous|user|device|client)_?id$",
    re.IGNORECASE,
).search
_is_number_of_somebody = re.compile(r"\+?[\d\s()/.-]{7,}").fullmatch  # a phone's, a card's, an account's
_query = re.compile(r"[?#].*", re.DOTALL)


def example(path: str, value: Any) -> Any:
    """The value as it may be shown, None where it must not be: secrets, addresses, numbers of people and long texts."""
    if not path or value is None or _names_a_secret(path):
        return None
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return value if not isinstance(value, list) and len(str(value)) < 12 else None
    text = value.strip()
    if text.startswith(("http://", "https://", "/")):
        text = _query.sub("", text)
    unfit = not 0 < len(text) <= LONGEST_EXAMPLE or not text.isprintable() or "@" in text or _is_number_of_somebody(text)
    return None if unfit or _is_random(text) else text


def _is_random(text: str) -> bool:
    """A token: long, in one piece, of digits and letters mixed."""
    bare = text.replace("-", "").replace("_", "")
    return len(bare) >= 20 and bare.isalnum() and any(char.isdigit() for char in bare) and any(char.isalpha() for char in bare)
