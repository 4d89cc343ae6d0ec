"""Sentences made of plain and strong parts, and how values are written in them. Pure.

Sentences are read back from drafts too, so nothing here raises on unfinished or mistaken JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from contacts.values import number_of, plain

MISSING = "…"
_LONGEST = 80
_MOST_LISTED = 6


class Part(NamedTuple):
    """A run of text; strong where it is what the marketer chose."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """Parts in order; `str()` is the plain text."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)


def say(*pieces: str | Part | Sentence) -> Sentence:
    """A sentence of texts, parts and sentences; neighbours of the same weight become one part."""
    parts = (part for piece in pieces for part in _parts(piece) if part.text)
    return Sentence(tuple(Part("".join(part.text for part in run), weight) for weight, run in groupby(parts, lambda part: part.strong)))


def _parts(piece: str | Part | Sentence) -> Sequence[Part]:
    if isinstance(piece, Sentence):
        return piece.parts
    return [piece if isinstance(piece, Part) else Part(piece)]


def strong(text: object) -> Part:
    return Part(shown(text), strong=True)


def shown(value: object, *, grouped: bool = False) -> str:
    """A JSON value as people write it: long texts shortened, numbers with commas where `grouped`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        text = " ".join(value.split())
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if isinstance(value, (int, float, Decimal)) and (number := number_of(value)) is not None:
        text = shown(plain(number)).replace("-", "−")
        return f"{int(text):,}" if grouped and text.isdecimal() and len(text) < 16 else text
    return MISSING


def joined(sentences: Iterable[Sentence], word: str) -> Sentence:
    """`a, b and c`, with the given word before the last."""
    *rest, last = list(sentences) or [say(MISSING)]
    if not rest:
        return last
    listed = [piece for sentence in rest for piece in (sentence, ", ")][:-1]
    return say(*listed, f" {word} ", last)


def listed(values: object, word: str, *, grouped: bool = False) -> Sentence:
    """The strong values of a list; of a long one the first few and how many more there are."""
    members: Sequence[object] = values if isinstance(values, list) else [values]
    if not members:
        return say(MISSING)
    named = [say(Part(shown(member, grouped=grouped), strong=True)) for member in members[:_MOST_LISTED]]
    more = len(members) - len(named)
    return joined([*named, say(f"{more:,} more")] if more else named, word)


def counted(number: object, one: str, many: str | None = None) -> str:
    """`1 day`, `30 days`, `… days` where the number is not there yet."""
    noun = one if number == 1 else many or one + "s"
    return f"{shown(number, grouped=True)} {noun}"
