"""Companies named by group calls: found or created, their traits set, and contacts put into them."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.calls import Received
from contacts.people import Order, Person, company_fields
from contacts.profiles import order_of, set_traits
from leadscore.exact_json import loads
from leadscore.sql import fetch, records, run


@dataclass(slots=True)
class Group:
    """A company while it is being worked on."""

    id: int
    traits: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    differs: bool = False

    def text(self, trait: str) -> str:
        value = self.traits.get(trait)
        return value.strip()[:255] if isinstance(value, str) else ""


def apply(workspace_id: int, calls: Sequence[tuple[Received, Person]]) -> None:
    """Applies the group calls among `calls`: each to its company's traits and to its person's membership.

    A company whose traits came out different is left marked, for the job that rescores its other contacts.
    """
    named = [(received, person) for received, person in calls if received.call.kind == "group" and received.call.group_id]
    if not named:
        return
    groups = _lock(workspace_id, {received.call.group_id or "" for received, _ in named})
    for received, person in named:
        _apply(groups[received.call.group_id or ""], received, person)
    _save(workspace_id, groups.values())


def _apply(group: Group, received: Received, person: Person) -> None:
    order = order_of(received)
    earlier = dict(group.traits)
    set_traits(group.traits, group.orders, received.call.traits, order)
    group.differs |= group.traits != earlier
    person.remember()
    if person.company_order is None or person.company_order < order:
        person.company_id, person.company_order = group.id, order
        person.is_changed = True
    if person.company_id == group.id:
        person.company_traits = company_fields(group.traits, None, None)
        person.is_changed = True


def _lock(workspace_id: int, group_ids: set[str]) -> dict[str, Group]:
    run(
        """INSERT INTO contacts_company (workspace_id, group_id, name, domain, traits, trait_orders)
           SELECT %s, g.id, '', '', '{}', '{}' FROM unnest(%s::text[]) WITH ORDINALITY AS g(id, place) ORDER BY g.place
           ON CONFLICT (workspace_id, group_id) DO NOTHING""",
        [workspace_id, sorted(group_ids)],
    )
    rows = fetch(
        """SELECT group_id, id, traits::text, trait_orders::text FROM contacts_company
           WHERE workspace_id = %s AND group_id = ANY(%s) ORDER BY id FOR UPDATE""",
        [workspace_id, sorted(group_ids)],
    )
    return {group_id: Group(id, loads(traits), loads(orders)) for group_id, id, traits, orders in rows}


def _save(workspace_id: int, groups: Iterable[Group]) -> None:
    rows = [
        {
            "id": group.id, "name": group.text("name"), "domain": group.text("domain").lower()[:255],
            "traits": group.traits, "orders": group.orders, "differs": group.differs,
        }
        for group in groups
    ]  # fmt: skip
    run(
        """UPDATE contacts_company c SET name = r.name, domain = r.domain, traits = r.traits, trait_orders = r.orders,
               rescored_to = CASE WHEN r.differs THEN 0 ELSE c.rescored_to END
           FROM json_to_recordset(%s::json) AS r(id bigint, name text, domain text, traits jsonb, orders jsonb, differs boolean)
           WHERE c.workspace_id = %s AND c.id = r.id""",
        [records(rows), workspace_id],
    )
