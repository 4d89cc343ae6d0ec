"""Traits by the latest call: the one naming a trait with the greatest (rank, occurred_at, message_id)."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.calls import Received
from contacts.models import Source
from contacts.people import Order, Person
from leadscore.sql import stamp


def order_of(received: Received) -> Order:
    """What decides between two calls that name the same trait; compares as a list."""
    return [received.source, stamp(received.call.occurred_at), received.call.message_id]


MOST_TRAITS = 500  # that browsers can give a contact or a company; anybody has the write key, and every call reads and writes them all


def set_traits(traits: dict[str, Any], orders: dict[str, Order], named: Mapping[str, Any], order: Order) -> None:
    """Sets each named trait whose present value comes from a lesser call. A browser's new names past the most are left out."""
    for name, value in named.items():
        earlier = orders.get(name)
        if earlier is None and len(orders) >= MOST_TRAITS and order[0] == Source.BROWSER:
            continue
        if earlier is None or earlier < order:
            traits[name], orders[name] = value, order


def replaced_by(other: Person, survivor: Person) -> dict[str, Any]:
    """What a merge is about to put other values in the place of, of the survivor's; for undoing it."""
    orders = survivor.trait_orders
    replaced = [name for name, order in other.trait_orders.items() if name in orders and orders[name] < order]
    return {
        "traits": {name: [survivor.traits.get(name), orders[name]] for name in replaced},
        "company": [survivor.company_id, survivor.company_order],
        "created_at": survivor.created_at,
        "owner": survivor.owner_id,
    }


def merge_traits(survivor: Person, other: Person) -> None:
    """The survivor's traits become what they were if all calls of both had been its own."""
    survivor.remember()
    for name, order in other.trait_orders.items():
        set_traits(survivor.traits, survivor.trait_orders, {name: other.traits.get(name)}, order)
    if other.company_order and (survivor.company_order is None or survivor.company_order < other.company_order):
        survivor.company_id, survivor.company_order = other.company_id, other.company_order
        survivor.company_traits = other.company_traits
    survivor.created_at = min(survivor.created_at, other.created_at)
    survivor.owner_id = survivor.owner_id or other.owner_id
    if other.last_seen_at and (survivor.last_seen_at is None or survivor.last_seen_at < other.last_seen_at):
        survivor.last_seen_at, survivor.last_activity = other.last_seen_at, other.last_activity
        survivor.is_seen = True
    survivor.is_changed = True


def identify(person: Person, received: Received, *, but: frozenset[str] = frozenset()) -> None:
    """Applies an identify call's traits. `but` names traits to leave alone."""
    named = {name: value for name, value in received.call.traits.items() if name not in but}
    if named:
        person.remember()
        set_traits(person.traits, person.trait_orders, named, order_of(received))
        person.is_changed = True
