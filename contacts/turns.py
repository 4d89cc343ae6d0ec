"""Which calls of a batch can be applied together, where some have to find stored what came before them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from contacts.calls import Received
from contacts.identity import Name

Node = Name | int  # an identifier, or a contact that holds some


def in_turn(calls: Sequence[Received], held: Mapping[Name, int], waits: Callable[[Received], bool]) -> list[list[Received]]:
    """The calls in as few groups as can be, to be applied one after the other.

    A call that `waits` is in a later group than all calls before it that may be about the same people: those that share an identifier or a contact
    with it, directly or through other calls. Calls of the same people stay in their order; others have nothing to do with each other.

    Args:
        held: contact that holds each identifier, before the batch.
    """
    kin = _kin(calls, held)
    groups: list[list[Received]] = []
    places: dict[Node, int] = {}
    for received in calls:
        people = _root(kin, received.identifiers[0])
        place = places.get(people, -1)
        places[people] = place = place + 1 if waits(received) or place < 0 else place
        if place == len(groups):
            groups.append([])
        groups[place].append(received)
    return groups


def _kin(calls: Sequence[Received], held: Mapping[Name, int]) -> dict[Node, Node]:
    """A forest in which all that may be about the same people has one root."""
    kin: dict[Node, Node] = {}
    for received in calls:
        first, *more = received.identifiers
        nodes: list[Node] = [*more, *(held[name] for name in received.identifiers if name in held)]
        for node in nodes:
            one, another = _root(kin, first), _root(kin, node)
            if one != another:
                kin[another] = one
    return kin


def _root(kin: dict[Node, Node], node: Node) -> Node:
    """The root of a node; the way to it is made shorter for the next."""
    root = node
    while root in kin:
        root = kin[root]
    while node != root:
        kin[node], node = root, kin[node]
    return root
