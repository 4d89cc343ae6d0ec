"""Companies named by group calls: found or created, their traits set, and contacts put into them; and those that contacts belong to by domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts import belonging
from contacts.belonging import domain_key
from contacts.calls import Received
from contacts.people import Order, Person, company_fields, search_terms, unaccented
from contacts.profiles import order_of, set_traits
from leadscore.exact_json import loads
from leadscore.sql import fetch, records, run

First = tuple[datetime, str]  # occurred_at and message_id of the earliest call that names a company
Named = Sequence[tuple[Received, Person]]


@dataclass(slots=True)
class Group:
    """A company while it is being worked on. `first`, `domain` and `domain_rank` are as stored."""

    id: int
    group_id: str | None
    first: First
    domain: str
    domain_rank: int
    traits: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    differs: bool = False
    is_new: bool = False

    def text(self, trait: str) -> str:
        value = self.traits.get(trait)
        return value.strip()[:255] if isinstance(value, str) else ""

    def set(self, traits: Mapping[str, Any], order: Order) -> None:
        """Takes what a call says of the company."""
        earlier = dict(self.traits)
        set_traits(self.traits, self.orders, traits, order)
        self.differs |= self.traits != earlier

    @property
    def domain_now(self) -> str:
        return domain_key(self.traits.get("domain"))

    @property
    def domain_rank_now(self) -> int:
        return int(self.orders["domain"][0]) if "domain" in self.orders else 0

    def moves_up(self, first: First) -> bool:
        """Whether it is named first now, or what says its domain ranks higher than before: it may be the earliest with its domain."""
        return first < self.first or self.domain_rank_now > self.domain_rank


def apply(workspace_id: int, calls: Named, people: Iterable[Person]) -> None:
    """Applies the group calls among `calls`: each to its company's traits and to its person's membership. Of the other `people`, those
    whose address is of another domain than before go to the company that has it.

    A company whose traits came out different is left marked, for the job that rescores its other contacts; one that is new to its domain
    leaves the domain queued, for the job that looks for its contacts.
    """
    named = [(received, person) for received, person in calls if received.call.kind == "group" and received.call.group_id]
    callers = {person.id for _, person in named}
    _put(workspace_id, named, belonging.unsettled(person for person in people if person.id not in callers))


def settle(workspace_id: int, people: Iterable[Person]) -> None:
    """Puts locked contacts into the companies that they belong to by domain, whatever was known of that; those of group calls stay."""
    _put(workspace_id, [], [person for person in people if person.company_order is None])


def _put(workspace_id: int, named: Named, seeking: Sequence[Person]) -> None:
    found = belonging.look_up(workspace_id, seeking)
    groups = _lock(workspace_id, _firsts(named), found.values()) if named or found else []
    by_group_id = {group.group_id: group for group in groups}
    for received, person in named:
        _apply(by_group_id[received.call.group_id], received, person)
    by_id = {group.id: group for group in groups}
    for person in seeking:
        _belong(person, by_id.get(found.get(belonging.sought(person), 0)))
    if named:
        save(workspace_id, [by_group_id[received.call.group_id] for received, _ in named], _firsts(named))


def _firsts(named: Named) -> dict[str, First]:
    """groupId → the earliest of these calls that names it."""
    firsts: dict[str, First] = {}
    for received, _ in named:
        call = received.call
        group_id, first = call.group_id or "", (call.occurred_at, call.message_id)
        firsts[group_id] = min(first, firsts.get(group_id, first))
    return firsts


def _apply(group: Group, received: Received, person: Person) -> None:
    order = order_of(received)
    group.set(received.call.traits, order)
    person.remember()
    if person.company_order is None or person.company_order < order:
        person.company_id, person.company_order = group.id, order
        person.is_changed = True
    if person.company_id == group.id:
        person.company_traits = company_fields(group.traits, None, None)
        person.is_changed = True


def _belong(person: Person, group: Group | None) -> None:
    """By domain. A company that gave the domain up meanwhile has left it queued."""
    home = group if group and group.domain_now == belonging.sought(person) else None
    if person.company_id != (home and home.id):
        person.join(home.id if home else None, company_fields(home.traits, None, None) if home else {})


def _lock(workspace_id: int, firsts: Mapping[str, First], ids: Iterable[int]) -> list[Group]:
    """The companies of these groupIds, made where there are none, and those of the ids; locked in ascending id."""
    if firsts:
        rows = [{"group": group_id, "at": at, "call": message_id} for group_id, (at, message_id) in sorted(firsts.items())]
        run(
            """INSERT INTO contacts_company (workspace_id, group_id, name, domain, traits, trait_orders, created_at, first_call)
               SELECT %s, g."group", '', '', '{}', '{}', g.at, g.call
               FROM json_to_recordset(%s::json) AS g("group" text, at timestamptz, call text)
               ON CONFLICT (workspace_id, group_id) DO NOTHING""",
            [workspace_id, records(rows)],
        )
    return hold(workspace_id, ids, firsts)


def hold(workspace_id: int, ids: Iterable[int], group_ids: Collection[str] = ()) -> list[Group]:
    """Locks companies in ascending id and loads them."""
    rows = fetch(
        """SELECT id, group_id, created_at, first_call, domain, domain_rank, traits::text, trait_orders::text FROM contacts_company
           WHERE workspace_id = %(workspace)s AND id IN (
               SELECT id FROM contacts_company WHERE workspace_id = %(workspace)s AND group_id = ANY(%(groups)s)
               UNION ALL SELECT unnest(%(ids)s::bigint[])) ORDER BY id FOR UPDATE""",
        {"workspace": workspace_id, "groups": sorted(group_ids), "ids": sorted(set(ids))},
    )
    return [
        Group(id, group_id, (at, call), domain, rank, loads(traits), loads(orders)) for id, group_id, at, call, domain, rank, traits, orders in rows
    ]


def save(workspace_id: int, groups: Iterable[Group], firsts: Mapping[str, First]) -> None:
    """Writes locked companies, with the earliest calls that are known to name them now, and queues the domains that this may concern."""
    by_id = {group.id: group for group in groups}
    queued: set[str] = set()
    rows = []
    for group in by_id.values():
        first, domain = min(group.first, firsts.get(group.group_id or "", group.first)), group.domain_now
        if domain != group.domain or group.moves_up(first):
            queued |= {domain, group.domain}
        rows.append({
            "id": group.id, "name": group.text("name"), "domain": domain, "rank": group.domain_rank_now, "traits": group.traits,
            "orders": group.orders, "differs": group.differs, "at": first[0], "call": first[1], **_found_by(workspace_id, group, domain),
        })  # fmt: skip
    run(
        """UPDATE contacts_company c SET name = r.name, domain = r.domain, domain_rank = r.rank, traits = r.traits, trait_orders = r.orders,
               created_at = r.at, first_call = r.call, sorted_as = r.sorted_as, search = array_to_tsvector(r.search),
               rescored_to = CASE WHEN r.differs THEN 0 ELSE c.rescored_to END
           FROM json_to_recordset(%s::json) AS r(id bigint, name text, domain text, rank smallint, traits jsonb, orders jsonb, differs boolean,
                                                 at timestamptz, call text, sorted_as text, search text[])
           WHERE c.workspace_id = %s AND c.id = r.id""",
        [records(rows), workspace_id],
    )
    belonging.queue(workspace_id, queued)


def _found_by(workspace_id: int, group: Group, domain: str) -> dict[str, Any]:
    """What lists sort and find it by."""
    name, group_id = group.text("name"), group.group_id or ""
    return {"sorted_as": unaccented(name or group_id or domain)[:255], "search": search_terms(workspace_id, name, domain, group_id)}
