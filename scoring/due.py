"""What time alone changes: contacts whose stage may be due are found by `next_due_at` and brought to the present."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from accounts.scope import workspace_scope
from contacts import people
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch, run
from scoring.rescoring import Touched, rescore
from scoring.versions import active

RANGE = 1_000  # contacts a transaction
FORGOTTEN = 20_000  # score rows a transaction


def bring_up_to_date(workspace_id: int, clock: Clock = database_now) -> int:
    """Rescores the contacts whose time has come, from the earliest, in one transaction of at most 1,000; their number. Call again until it is 0.

    Several workers may do so at once: what one holds, the others pass over.
    """
    with workspace_scope(workspace_id):
        versions = active(workspace_id)
        _forget_inactive(workspace_id, [version.id for version in versions], clock())
        locked = people.load(workspace_id, _lock_due(workspace_id, [version.id for version in versions], clock()))
        rescore(workspace_id, versions, [Touched(person) for person in locked.values()], clock())
        return len(locked)


def _lock_due(workspace_id: int, version_ids: list[int], t: datetime) -> list[int]:
    """Locks the first contacts that are due and free. Since it waits for nobody, they need no order.

    Each is locked while the scores that are due are walked through in their order, by its id (LATERAL, OFFSET 0): as a plain join PostgreSQL may
    read all contacts, or lock all that are due. A contact that is due in several types is taken at its first, so that it counts once.
    """
    rows = fetch(
        """SELECT c.id FROM (
               SELECT contact_id, version_id, next_due_at FROM scoring_score
               WHERE workspace_id = %(workspace)s AND next_due_at <= %(t)s ORDER BY next_due_at OFFSET 0) s
           CROSS JOIN LATERAL (
               SELECT id FROM contacts_contact WHERE workspace_id = %(workspace)s AND id = s.contact_id AND merged_into_id IS NULL AND NOT EXISTS (
                   SELECT FROM scoring_score earlier
                   WHERE earlier.workspace_id = %(workspace)s AND earlier.version_id = ANY(%(versions)s) AND earlier.contact_id = s.contact_id
                     AND (earlier.next_due_at, earlier.version_id) < (s.next_due_at, s.version_id) OFFSET 0)
               FOR UPDATE SKIP LOCKED) c
           WHERE s.version_id = ANY(%(versions)s) LIMIT %(range)s""",
        {"workspace": workspace_id, "t": t, "versions": version_ids, "range": RANGE},
    )
    return [row[0] for row in rows]


def how_many(workspace_id: int, most: int, clock: Clock = database_now) -> int:
    """How many scores are due, counted up to `most`."""
    with workspace_scope(workspace_id):
        ((count,),) = fetch(
            "SELECT count(*) FROM (SELECT FROM scoring_score WHERE workspace_id = %s AND next_due_at <= %s LIMIT %s) due",
            [workspace_id, clock(), most],
        )
        return int(count)


def _forget_inactive(workspace_id: int, version_ids: list[int], t: datetime) -> None:
    """Scores of archived types and of versions that are no longer live wait for nothing; some at a time, and whose row is free."""
    run(
        """UPDATE scoring_score SET next_due_at = NULL WHERE workspace_id = %s AND (version_id, contact_id) IN (
               SELECT version_id, contact_id FROM scoring_score WHERE workspace_id = %s AND next_due_at <= %s AND version_id <> ALL(%s)
               LIMIT %s FOR UPDATE SKIP LOCKED)""",
        [workspace_id, workspace_id, t, version_ids, FORGOTTEN],
    )


def apply_company_changes(workspace_id: int, clock: Clock = database_now) -> bool:
    """Applies one changed company's traits to up to 1,000 of its contacts; whether there was one.

    The company's row says where the job has come. A change meanwhile sends it back to the start. Companies take turns, so that one that
    changes all the time, which whoever has the public write key can bring about, keeps no other waiting.
    """
    with workspace_scope(workspace_id):
        versions = active(workspace_id)
        company = fetch(
            "SELECT id, rescored_to FROM contacts_company WHERE workspace_id = %s AND rescored_to IS NOT NULL ORDER BY turn_at, id LIMIT 1",
            [workspace_id],
        )
        if not company:
            return False
        ((company_id, reached),) = company
        rows = fetch(
            """SELECT id FROM contacts_contact WHERE workspace_id = %s AND company_id = %s AND id > %s AND merged_into_id IS NULL
               ORDER BY id LIMIT %s""",
            [workspace_id, company_id, reached, RANGE],
        )
        contact_ids = [row[0] for row in rows]
        people.lock(workspace_id, contact_ids)
        if not _hold(workspace_id, company_id, reached):
            return True
        rescore(workspace_id, versions, [Touched(person) for person in people.load(workspace_id, contact_ids).values()], clock())
        _refresh_search(workspace_id, contact_ids)
        run(
            "UPDATE contacts_company SET rescored_to = %s, turn_at = clock_timestamp() WHERE workspace_id = %s AND id = %s",
            [contact_ids[-1] if len(contact_ids) == RANGE else None, workspace_id, company_id],
        )
        return True


def _hold(workspace_id: int, company_id: int, reached: int) -> bool:
    """Locks the company, so that its traits stay what they are while they are applied; False where the job has moved meanwhile."""
    return bool(
        fetch(
            "SELECT 1 FROM contacts_company WHERE workspace_id = %s AND id = %s AND rescored_to = %s FOR UPDATE", [workspace_id, company_id, reached]
        )
    )


def _refresh_search(workspace_id: int, contact_ids: Collection[int]) -> None:
    """A contact is found by its company's name, which may be what changed."""
    renamed = people.load(workspace_id, contact_ids)
    for person in renamed.values():
        person.is_changed = True
    people.save(workspace_id, renamed.values())
