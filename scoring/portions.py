"""How many contacts are computed together from their activities: as many as have a bounded number of these, so that memory does not follow the
longest histories. A single contact is never cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accounts import ranges
from accounts.models import JobRange
from leadscore.sql import fetch

ACTIVITIES = 50_000  # at once: some 200 MB


def portion(workspace_id: int, contact_ids: Sequence[int], most: int) -> Sequence[int]:
    """The first of the contacts, in the order given: at least one, and otherwise those that have at most `most` activities together.

    Activities of every name count: whatever rules ask for, all of them are read through. No more than `most` + 1 are counted.
    """
    if len(contact_ids) < 2:
        return contact_ids
    crossing = fetch(
        """SELECT w.place FROM unnest(%s::bigint[]) WITH ORDINALITY AS w(contact, place)
           CROSS JOIN LATERAL (SELECT FROM contacts_activity WHERE workspace_id = %s AND contact_id = w.contact OFFSET 0) a
           ORDER BY w.place OFFSET %s LIMIT 1""",
        [list(contact_ids), workspace_id, most],
    )
    return contact_ids[: max(crossing[0][0] - 1, 1)] if crossing else contact_ids


def portions(workspace_id: int, contact_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The contacts in their order, as many at a time as are computed together."""
    while contact_ids:
        some = portion(workspace_id, contact_ids, ACTIVITIES)
        yield some
        contact_ids = contact_ids[len(some) :]


def of_part(part: JobRange, contact_ids: Sequence[int]) -> Sequence[int]:
    """Those of a claimed part's contacts (ascending) that are computed together; the others are left to a part of their own."""
    some = portion(part.workspace_id, contact_ids, ACTIVITIES)
    if len(some) < len(contact_ids) and part.size > 1:
        ranges.split(part, len(some), contact_ids[len(some)])
        return some
    return contact_ids
