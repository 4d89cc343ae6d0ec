"""Traits by the latest call: the one naming a trait with the greatest (rank, occurred_at, message_id)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.calls import Received
from contacts.models import Source
from contacts.people import Order, Person
from leadscore.exact_json import dumps
from leadscore.sql import stamp


def order_of(received: Received) -> Order:
    """What decides between two calls that name the same trait; compares as a list."""
    return [received.source, stamp(received.call.occurred_at), received.call.message_id]


MOST_TRAITS = 500  # beyond which what browsers say gives way; anybody has the write key, and every call reads and writes them all
LONGEST_TRAIT = 4_000  # characters of the name and the value, as JSON, of what a browser says
CUSTOMARY = frozenset(
    {"email", "first_name", "last_name", "name", "phone", "job_title", "country", "city", "domain", "industry", "employees", "revenue"}
)
"""Traits that never give way: those that every site means (docs/scoring.md, Conditions)."""


def set_traits(traits: dict[str, Any], orders: dict[str, Order], named: Mapping[str, Any], order: Order) -> None:
    """Sets each named trait whose present value comes from a lesser call; then those past the most give way."""
    for name, value in named.items():
        earlier = orders.get(name)
        if (earlier is None or earlier < order) and (order[0] != Source.BROWSER or _is_bearable(name, value)):
            traits[name], orders[name] = value, order
    if len(orders) > MOST_TRAITS:
        _give_way(traits, orders)


def _is_bearable(name: str, value: Any) -> bool:
    """Decided by the trait alone: what had room beside others at the time would depend on the order in which calls arrive."""
    return len(name) + len(value if isinstance(value, str) else dumps(value)) <= LONGEST_TRAIT


def _give_way(traits: dict[str, Any], orders: dict[str, Order]) -> None:
    """Takes out the traits past the most that browsers said least lately, by the order of calls.

    A name's order only rises, so one that gave way and is named again comes back just when it would not have given way at all, and with the
    value of its latest call: whatever the order of arrival, the same names are left.
    """
    by_browsers = sorted((order, name) for name, order in orders.items() if order[0] == Source.BROWSER and name not in CUSTOMARY)
    for _, name in by_browsers[: len(orders) - MOST_TRAITS]:
        del traits[name], orders[name]


def replaced_by(other: Person, survivor: Person) -> dict[str, Any]:
    """What a merge is about to put other values in the place of, of the survivor's, or may crowd out; for undoing it."""
    theirs, is_crowded = other.trait_orders, len(survivor.trait_orders.keys() | other.trait_orders.keys()) > MOST_TRAITS
    replaced = {
        name: [survivor.traits.get(name), order]
        for name, order in survivor.trait_orders.items()
        if (name in theirs and order < theirs[name]) or (is_crowded and order[0] == Source.BROWSER)
    }
    return {
        "traits": replaced,
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
