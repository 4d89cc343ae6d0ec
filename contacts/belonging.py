"""Which company a contact belongs to that no group call put into one: the earliest with the domain of its business address (docs/tracking.md).

A contact finds its company when its address comes or changes; companies that come or change find their contacts by a queue of domains
(`scoring.belonging`). The two cannot miss each other: whoever looks a company up holds the workspace's lookups (shared) until its own change
is committed, and the queue, before it reads which contacts there are, waits for all who hold them. What is found after that wait was
committed before it, and who looks up after it sees the company.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from contacts.mail_kinds import domain_of
from contacts.models import MailKind
from contacts.people import Person
from leadscore.sql import fetch, run

LOOKUPS = 0xD0A1  # first key of the advisory lock that stands for a workspace's lookups of companies by domain; the second is the workspace
LONGEST = 254

_host = re.compile(r"(?:[a-z][a-z0-9+.-]*://|//)?+(?:[^@/?#\s]*@)?([^:/?#\s]+)(?:[:/?#].*)?").fullmatch


def domain_key(domain: object) -> str:
    """What a company's trait `domain` is found by: in small letters, without scheme, user, “www.”, port and path. "" where it names none."""
    found = _host(domain.strip().lower()) if isinstance(domain, str) and len(domain) <= LONGEST else None
    return bare(found[1]) if found else ""


def bare(domain: str) -> str:
    """A domain without its “www.”; one that is nothing else before its ending, such as www.com, keeps it."""
    rest = domain.removeprefix("www.")
    return rest if "." in rest else domain


def sought(person: Person) -> str:
    """The domain by which the contact belongs to a company; "" where a group call decides, and without a business address."""
    if person.company_order is not None or not person.email or person.profile()["email_kind"] != MailKind.BUSINESS:
        return ""
    return bare(domain_of(person.email[:LONGEST]))


def spellings(domain: str) -> list[str]:
    """The domains of addresses that stand for a key."""
    return [domain, f"www.{domain}"]


def unsettled(people: Iterable[Person]) -> list[Person]:
    """Of those that no group call put into a company, whoever is new or whose address is of another domain or kind than it was."""
    return [person for person in people if person.company_order is None and _may_move(person)]


def _may_move(person: Person) -> bool:
    if person.before is None:
        return person.is_new and bool(person.email)
    was, now = person.before[0], person.profile()
    return bool(was["email_domain"] != now["email_domain"] or was["email_kind"] != now["email_kind"])


def look_up(workspace_id: int, people: Iterable[Person]) -> dict[str, int]:
    """Domain → the earliest company that has it, as far as these contacts seek one. Nothing is read where none does.

    The contacts are locked, no company is yet. Domains of companies can change until the companies are locked.
    """
    domains = {sought(person) for person in people} - {""}
    if not domains:
        return {}
    hold_lookups(workspace_id)
    return earliest(workspace_id, domains)


def hold_lookups(workspace_id: int) -> None:
    """Announces that this transaction looks companies up. After the contacts are locked, before any company is."""
    fetch("SELECT pg_advisory_xact_lock_shared(%s, hashint8(%s))", [LOOKUPS, workspace_id])


def earliest(workspace_id: int, domains: Collection[str]) -> dict[str, int]:
    """Domain → the company with it that was named first, by (occurred_at, message_id) of the calls that name it.

    One that a server said has the domain goes before all that only browsers say it of: else whoever has the public write key would take
    a company's people with a call of last year.
    """
    rows = fetch(
        """SELECT d.domain, first.id FROM unnest(%s::text[]) AS d(domain)
           CROSS JOIN LATERAL (SELECT id FROM contacts_company c WHERE c.workspace_id = %s AND c.domain = d.domain AND c.domain <> ''
                               ORDER BY c.domain_rank DESC, c.created_at, c.first_call, c.id LIMIT 1) first""",
        [sorted(domains), workspace_id],
    )
    return dict(rows)


def await_lookups(workspace_id: int) -> None:
    """Waits until whoever looks companies up in the workspace has committed. In a transaction of its own, which holds nothing else."""
    fetch("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOOKUPS, workspace_id])


def queue(workspace_id: int, domains: Collection[str]) -> None:
    """Has the contacts of domains looked through, from the first one on: which company is the earliest with them may have changed.

    The last rows that a transaction locks, in the domains' order.
    """
    found: Sequence[str] = sorted(set(domains) - {""})
    if found:
        run(
            """INSERT INTO contacts_domainchange AS q (workspace_id, domain) SELECT %s, d.domain FROM unnest(%s::text[]) AS d(domain)
               ON CONFLICT (workspace_id, domain) DO UPDATE SET reached = 0, asked = q.asked + 1""",
            [workspace_id, found],
        )
