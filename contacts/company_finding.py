"""Companies by words of their names, domains and groupIds."""

from __future__ import annotations

from collections.abc import Sequence

from leadscore.sql import fetch

MOST_MATCHES = 2_000


def matching(words: Sequence[str]) -> list[int]:
    """The companies in which some word begins with each of these (`contacts.people.words`); MOST_MATCHES at most, none for no words."""
    if not words:
        return []
    # Its rows come one by one from a select list, so that the limit ends the search.
    return [id for (id,) in fetch("SELECT matching_companies(%s::text[]) LIMIT %s", [list(words), MOST_MATCHES])]
