"""Domains whose earliest company may have changed: their contacts are looked through, moved to that company and rescored."""

from __future__ import annotations

from accounts.scope import workspace_scope
from contacts import belonging, companies, people
from contacts.models import MailKind
from contacts.people import Person
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch, run
from scoring.rescoring import Touched, rescore
from scoring.versions import active

RANGE = 1_000  # contacts a transaction

Change = tuple[str, int, int]  # domain, the contact that was reached, and how often it was asked for


def apply_domain_changes(workspace_id: int, clock: Clock = database_now) -> bool:
    """Moves up to 1,000 contacts of one domain in one transaction; whether there was a domain. Call again until it is False."""
    with workspace_scope(workspace_id):
        change = _next(workspace_id)
    if change is None:
        return False
    if change[1] == 0:
        with workspace_scope(workspace_id):
            belonging.await_lookups(workspace_id)
    with workspace_scope(workspace_id):
        _advance(workspace_id, change, clock)
    return True


def _next(workspace_id: int) -> Change | None:
    """The domain whose turn it is. It has had it then, whatever comes of it: one that is asked for all the time keeps no other waiting."""
    rows = fetch("SELECT domain, reached, asked FROM contacts_domainchange WHERE workspace_id = %s ORDER BY turn_at, id LIMIT 1", [workspace_id])
    if not rows:
        return None
    run("UPDATE contacts_domainchange SET turn_at = clock_timestamp() WHERE workspace_id = %s AND domain = %s", [workspace_id, rows[0][0]])
    return rows[0]


def _advance(workspace_id: int, change: Change, clock: Clock) -> None:
    versions = active(workspace_id)
    domain, reached, _ = change
    contact_ids = _others_than(workspace_id, domain, belonging.earliest(workspace_id, [domain]).get(domain), reached)
    locked = people.lock(workspace_id, contact_ids)
    of_domain = [person for person in locked.values() if belonging.sought(person) == domain]
    before = {person.id: person.company_id for person in of_domain}
    companies.settle(workspace_id, of_domain)
    moved: list[Person] = [person for person in of_domain if person.company_id != before[person.id]]
    if not _hold(workspace_id, change):
        return
    people.save(workspace_id, moved)
    rescore(workspace_id, versions, [Touched(person) for person in moved], clock())
    if len(contact_ids) == RANGE:
        run("UPDATE contacts_domainchange SET reached = %s WHERE workspace_id = %s AND domain = %s", [contact_ids[-1], workspace_id, domain])
    else:
        run("DELETE FROM contacts_domainchange WHERE workspace_id = %s AND domain = %s", [workspace_id, domain])


def _others_than(workspace_id: int, domain: str, company_id: int | None, reached: int) -> list[int]:
    """The next contacts of a domain that no group call put into a company, and that belong to another one than this."""
    rows = fetch(
        """SELECT id FROM contacts_contact
           WHERE workspace_id = %s AND email_domain = ANY(%s) AND id > %s AND company_id IS DISTINCT FROM %s
             AND company_order IS NULL AND merged_into_id IS NULL AND email_kind = %s
           ORDER BY id LIMIT %s""",
        [workspace_id, belonging.spellings(domain), reached, company_id, MailKind.BUSINESS, RANGE],
    )
    return [id for (id,) in rows]


def _hold(workspace_id: int, change: Change) -> bool:
    """Locks the queue's row; False where the domain was asked for again meanwhile, or another worker went on with it."""
    domain, reached, asked = change
    return bool(
        fetch(
            "SELECT 1 FROM contacts_domainchange WHERE workspace_id = %s AND domain = %s AND reached = %s AND asked = %s FOR UPDATE",
            [workspace_id, domain, reached, asked],
        )
    )
