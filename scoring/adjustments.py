"""Adjustments in the database: points that people and programs gave or took, by scoring type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from leadscore.sql import fetch, records
from scoring.engine import Adjustment

Owner = tuple[int, int]  # (scoring type, contact)


def of_contacts(workspace_id: int, type_ids: Collection[int], contact_ids: Collection[int]) -> dict[Owner, list[Adjustment]]:
    """All adjustments of the contacts in the types, in order."""
    found: dict[Owner, list[Adjustment]] = defaultdict(list)
    rows = fetch(
        """SELECT a.scoring_type_id, a.contact_id, a.id, a.points, a.awarded_at, a.reason, coalesce(nullif(u.name, ''), u.email, k.name, '')
           FROM scoring_adjustment a LEFT JOIN accounts_user u ON u.id = a.author_id LEFT JOIN accounts_key k ON k.id = a.key_id
           WHERE a.workspace_id = %s AND a.scoring_type_id = ANY(%s) AND a.contact_id = ANY(%s) ORDER BY a.awarded_at, a.id""",
        [workspace_id, list(type_ids), list(contact_ids)],
    )
    for type_id, contact, *rest in rows:
        found[type_id, contact].append(Adjustment(*rest))
    return found


def voided(workspace_id: int, resets: Mapping[Owner, tuple[datetime | None, datetime]]) -> dict[Owner, int]:
    """Points of the adjustments after the earlier reset and up to the new one."""
    rows = fetch(
        """SELECT w.type, w.contact, sum(a.points)
           FROM json_to_recordset(%s::json) AS w(type bigint, contact bigint, since timestamptz, until timestamptz)
           JOIN scoring_adjustment a ON a.workspace_id = %s AND a.scoring_type_id = w.type AND a.contact_id = w.contact
                AND a.awarded_at <= w.until AND (w.since IS NULL OR a.awarded_at > w.since)
           GROUP BY 1, 2""",
        [records({"type": v, "contact": c, "since": since, "until": until} for (v, c), (since, until) in resets.items()), workspace_id],
    )
    return {(type_id, contact): int(points) for type_id, contact, points in rows}


def move(workspace_id: int, contact_id: int, into: int) -> dict[int, list[Adjustment]]:
    """Gives a contact's adjustments to another; them, by scoring type."""
    found: dict[int, list[Adjustment]] = defaultdict(list)
    rows = fetch(
        """UPDATE scoring_adjustment SET contact_id = %s WHERE workspace_id = %s AND contact_id = %s
           RETURNING scoring_type_id, id, points, awarded_at, reason""",
        [into, workspace_id, contact_id],
    )
    for type_id, *rest in rows:
        found[type_id].append(Adjustment(*rest))
    return found
