"""What was taken for a bot's lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.calling import CALLED_BY
from contacts.labels import ANONYMOUS, label
from leadscore.exact_json import loads
from leadscore.sql import fetch

MOST_COUNTED = 10_000
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Caught:
    """A mark on record. `who`: the person or key that made it, "" for the rule."""

    contact_id: int
    contact: str
    text: str
    reason: str
    who: str
    is_bot: bool
    had_counted: bool
    occurred_at: datetime
    at: datetime


def counts(workspace_id: int, since: datetime) -> list[tuple[str, int]]:
    """How many activities received since then are taken for a bot's, by why, the most first; of the latest MOST_COUNTED."""
    rows = fetch(
        """SELECT bot, count(*) FROM (SELECT bot FROM contacts_activity WHERE workspace_id = %s AND bot <> '' AND received_at >= %s
                                      ORDER BY received_at DESC LIMIT %s) latest GROUP BY 1""",
        [workspace_id, since, MOST_COUNTED],
    )
    found: Counter[str] = Counter()
    for bot, number in rows:
        found["marked by hand" if bot.startswith("by hand") else bot] += number
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]


def latest(workspace_id: int, since: datetime) -> list[Caught]:
    """The latest marks by the rule for mail scanners and by people, the newest first."""
    rows = fetch(
        f"""SELECT c.id, coalesce(nullif(c.name, ''), nullif(c.email, ''), nullif({CALLED_BY}, ''), '{ANONYMOUS}'),
                  a.name, a.kind, a.properties::text, m.reason, coalesce(nullif(u.name, ''), u.email, k.name, ''), m.is_bot, m.had_counted,
                  a.occurred_at, m.at
           FROM contacts_botmark m
           JOIN contacts_activity a ON a.workspace_id = m.workspace_id AND a.id = m.activity_id
           JOIN contacts_contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
           LEFT JOIN accounts_user u ON u.id = m.author_id LEFT JOIN accounts_key k ON k.id = m.key_id
           WHERE m.workspace_id = %s AND m.at >= %s ORDER BY m.at DESC, m.id DESC LIMIT %s""",
        [workspace_id, since, SHOWN],
    )
    return [_caught(row) for row in rows]


def _caught(row: Sequence[object]) -> Caught:
    contact_id, contact, name, kind, properties, *rest = row
    return Caught(contact_id, contact, label(name, loads(properties), kind), *rest)  # type: ignore[arg-type]


def of_contact(workspace_id: int, contact_id: int) -> dict[int, bool]:
    """The contact's activities that are taken for a bot's, at most MOST_COUNTED; with whether each was scored before that."""
    rows = fetch(
        """SELECT a.id, coalesce(m.had_counted, false) FROM contacts_activity a
           LEFT JOIN contacts_botmark m ON m.workspace_id = a.workspace_id AND m.activity_id = a.id
           WHERE a.workspace_id = %s AND a.contact_id = %s AND a.bot <> '' AND NOT a.erased LIMIT %s""",
        [workspace_id, contact_id, MOST_COUNTED],
    )
    return dict(rows)
