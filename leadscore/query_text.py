"""Texts and numbers of addresses and forms that no form class reads, fit to be sought in the database."""

from __future__ import annotations

from django.http import QueryDict

LONGEST = 255
DIGITS = 18  # every number of so many fits a bigint


def query_text(query: QueryDict, name: str, most: int = LONGEST) -> str:
    """The text of a parameter, "" where there is none: trimmed, at most so many characters, and without NUL, which PostgreSQL takes in no text."""
    return query.get(name, "").replace("\0", "").strip()[:most]


def whole_number(text: str) -> int | None:
    """The whole number that a text is, zero or more, as an address names rows and pages; None for any other text, and for 10^18 and more."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None
