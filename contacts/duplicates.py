"""Pairs of known contacts that may be one person: noted as calls name both, listed, dismissed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from contacts.identity import Pair
from contacts.models import Suspicion
from leadscore.sql import fetch, records, run

MOST = 100
MOST_REASONS = 10

# Each row with the contacts that its two stand for now.
_PRESENT = """(SELECT d.id, least(f.id, s.id) AS first, greatest(f.id, s.id) AS second, d.reason, d.value, d.at, d.dismissed_at
    FROM contacts_duplicate d
    JOIN contacts_contact fc ON fc.workspace_id = d.workspace_id AND fc.id = d.first_id
    JOIN contacts_contact sc ON sc.workspace_id = d.workspace_id AND sc.id = d.second_id
    CROSS JOIN LATERAL (SELECT coalesce(fc.merged_into_id, fc.id) AS id) f
    CROSS JOIN LATERAL (SELECT coalesce(sc.merged_into_id, sc.id) AS id) s
    WHERE d.workspace_id = %s AND d.dismissed_at IS NULL AND f.id <> s.id) d"""


@dataclass(frozen=True, slots=True)
class Suspected:
    """A pair with the latest ten reasons that were not dismissed: (reason, value) of each."""

    first: int
    second: int
    at: datetime
    reasons: tuple[tuple[Suspicion, str], ...]


def note(workspace_id: int, pairs: Mapping[Pair, datetime]) -> None:
    """Notes pairs with when each was last seen. One that was dismissed for the same reason stays dismissed."""
    if pairs:
        rows = [dict(zip(("first", "second", "reason", "value"), pair, strict=True), at=at) for pair, at in pairs.items()]
        run(
            """INSERT INTO contacts_duplicate AS d (workspace_id, first_id, second_id, reason, value, at)
               SELECT %s, r.first, r.second, r.reason, r.value, r.at
               FROM json_to_recordset(%s::json) AS r(first bigint, second bigint, reason text, value text, at timestamptz)
               ORDER BY r.first, r.second, r.reason, r.value
               ON CONFLICT (workspace_id, first_id, second_id, reason, value) DO UPDATE SET at = greatest(d.at, excluded.at)
               WHERE d.dismissed_at IS NULL""",
            [workspace_id, records(rows)],
        )


def suspected(workspace_id: int, *, pair: tuple[int, int] | None = None) -> list[Suspected]:
    """The pairs that nobody has dismissed or merged, the latest first, at most MOST; or one pair alone."""
    only = "WHERE d.first = %s AND d.second = %s" if pair else ""
    rows = fetch(
        f"""SELECT d.first, d.second, max(d.at), (array_agg(d.reason || ' ' || d.value ORDER BY d.at DESC, d.id))[:%s]
            FROM {_PRESENT} {only}
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s""",
        [MOST_REASONS, workspace_id, *(sorted(pair) if pair else ()), MOST],
    )
    return [Suspected(first, second, at, tuple(_reason(one) for one in reasons)) for first, second, at, reasons in rows]


def _reason(said: str) -> tuple[Suspicion, str]:
    reason, _, value = said.partition(" ")
    return Suspicion(reason), value


def count(workspace_id: int) -> int:
    """How many pairs there are to look at."""
    return int(fetch(f"SELECT count(DISTINCT (d.first, d.second)) FROM {_PRESENT}", [workspace_id])[0][0])


def dismiss(workspace: Workspace, one: int, another: int, *, by: By, now: datetime) -> bool:
    """Says that the two are different people, for every reason known so far. False where there was nothing to dismiss."""
    first, second = sorted((one, another))
    dismissed = run(
        f"""UPDATE contacts_duplicate SET dismissed_at = %s WHERE workspace_id = %s AND id IN (
                SELECT d.id FROM {_PRESENT} WHERE d.first = %s AND d.second = %s)""",
        [now, workspace.id, workspace.id, first, second],
    )
    if dismissed:
        audit.record(workspace.id, "duplicate.dismissed", f"{first} and {second}", by)
    return bool(dismissed)
