"""The checks that documents of JSON are refused by: each finding names its path and says in plain words what is wrong.

Pure. Every check takes any JSON value, never raises, and yields nothing where all is well. Lengths count the characters
(code points) of a text as it was sent, before any trimming.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

MOST_FAULTS = 1_000  # a refusal names no more: people correct none of 250,000, and each is longer than what it is about

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a document: `path` like `rules[3].points`, a stable `code`, a message for people."""

    path: str
    code: str
    message: str


Problems = Iterator[Problem]


class Faulty(Exception):
    """A document is refused for what is wrong in it. `problems` says where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.path}: {problem.message}" for problem in problems))
        self.problems = problems


def under(at: str, key: str) -> str:
    """The path of `key` in the object at `at`; keys that nobody can read are shortened and cleaned."""
    shown = _UNSTORABLE.sub("\ufffd", str(key)[:100])
    return f"{at}.{shown}" if at else shown


def keys(value: Mapping[str, object], at: str, *, required: Collection[str], optional: Collection[str] = ()) -> Problems:
    """Missing required keys and keys that nothing reads."""
    for key in required:
        if key not in value:
            yield Problem(under(at, key), "required", f"“{key}” is missing.")
    for key in value:
        if key not in required and key not in optional:
            yield unknown(at, key)


def unknown(at: str, key: str) -> Problem:
    path = under(at, key)
    return Problem(path, "unknown", f"“{under('', key)}” is not something that belongs here. Remove it, or check its spelling.")


def text(value: object, at: str, *, shortest: int = 1, longest: int = 200) -> Problems:
    """Anything but a text of `shortest` to `longest` characters that PostgreSQL can store."""
    if value is None:
        yield null(at)
    elif not isinstance(value, str):
        yield Problem(at, "type", f"This must be a text, not {kind_of(value)}.")
    elif _UNSTORABLE.search(value):
        yield Problem(at, "characters", "This text has a character that cannot be stored (NUL, or half of a pair).")
    elif not value and shortest:
        yield Problem(at, "length", "This must not be empty.")
    elif len(value) > longest:
        yield Problem(at, "length", f"This may have at most {longest:,} characters; it has {len(value):,}.")


def integer(value: object, at: str, low: int, high: int) -> Problems:
    """Anything but a whole number from `low` to `high`; `5.0` and `true` are none."""
    if value is None:
        yield null(at)
    elif isinstance(value, bool) or not isinstance(value, int):
        yield Problem(at, "type", _not_whole(value))
    elif not low <= value <= high:
        yield Problem(at, "range", f"This must be a whole number from {low:,} to {high:,}.")


def _not_whole(value: object) -> str:
    """A text is what somebody typed into a form, or put into quotation marks."""
    if isinstance(value, str):
        return f"This must be a whole number, such as 10; it is the text “{value[:40]}”."
    return f"This must be a whole number without a decimal point, not {kind_of(value)}."


def choice(value: object, at: str, choices: Collection[str]) -> Problems:
    """Anything but one of `choices`."""
    if value is None:
        yield null(at)
    elif not isinstance(value, str) or value not in choices:
        yield Problem(at, "choice", f"This must be one of {', '.join(choices)}.")


def null(at: str) -> Problem:
    return Problem(at, "null", "This must not be null: give a value, or leave it out where it is optional.")


def wrong_kind(value: object, at: str, wanted: str) -> Problem:
    """For a value that should have been an object or a list."""
    return null(at) if value is None else Problem(at, "type", f"This must be {wanted}, not {kind_of(value)}.")


def kind_of(value: object) -> str:
    """How people call the kind of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a number" if isinstance(value, int) else "a number with a decimal point"
