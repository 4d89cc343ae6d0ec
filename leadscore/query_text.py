"""Texts of addresses and forms that no form class reads, fit to be sought in the database."""

from __future__ import annotations

from django.http import QueryDict

LONGEST = 255


def query_text(query: QueryDict, name: str, most: int = LONGEST) -> str:
    """The text of a parameter, "" where there is none: trimmed, at most so many characters, and without NUL, which PostgreSQL takes in no text."""
    return query.get(name, "").replace("\0", "").strip()[:most]
