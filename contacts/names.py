"""Whether a name was typed to get past a form (docs/scoring.md, Conditions, `name_looks_fake`). Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from contacts.values import WHITE_SPACE

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUNS = _ROWS + tuple(row[::-1] for row in _ROWS)
_VOWELS = frozenset("aeiouyøæœı")
_SHORTEST = 4
_KEPT = 100  # characters of a name whose verdict is kept in memory


def name_looks_fake(first_name: object, last_name: object) -> bool:
    """Whether the whole first or the whole last name is a run of keys or has no vowel.

    Only names of four or more Latin letters and nothing else are judged; whatever is not a text never looks fake.
    """
    return _looks_fake(first_name) or _looks_fake(last_name)


def _looks_fake(name: object) -> bool:
    return isinstance(name, str) and (_judge_again(name) if len(name) <= _KEPT else _judge(name))


def _judge(name: str) -> bool:
    letters = _without_accents(name.strip(WHITE_SPACE).lower())
    if len(letters) < _SHORTEST or not all(map(_is_latin, letters)):
        return False
    return any(letters in run for run in _RUNS) or _VOWELS.isdisjoint(letters)


_judge_again = lru_cache(maxsize=4096)(_judge)


def _without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN ")
