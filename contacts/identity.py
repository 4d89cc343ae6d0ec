"""Which contact each call is about (docs/tracking.md, Who a call is about): what one call can decide.

`resolve` reads who holds the identifiers of a batch, locks those contacts in ascending id, reads again, and then decides call by call in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.calls import Received
from contacts.models import Source, Suspicion
from contacts.people import Person, hold, lock, new_ids
from contacts.profiles import merge_traits, replaced_by
from leadscore.sql import fetch, records, run

Name = tuple[str, str]  # (kind, value)
Pair = tuple[int, int, str, str]  # two contacts, why they may be one person (contacts.models.Suspicion), and what was named


class IdentifiersMoved(Exception):
    """Somebody else moved an identifier between reading and locking: the transaction has to start over."""


@dataclass(slots=True)
class Resolved:
    """What a batch's calls are about.

    `owners[i]` is the contact of call i, after all merges. `merged` maps each contact merged away to its survivor, which was present
    before it; `moved` are identifiers with their new holder. `undoable` are the merges that a server's alias made: the contact merged away
    with what its values took the place of. `pairs` are possible duplicates.
    """

    people: dict[int, Person]
    owners: list[int]
    merged: dict[int, int] = field(default_factory=dict)
    moved: dict[Name, int] = field(default_factory=dict)
    kept_email: set[int] = field(default_factory=set)
    undoable: dict[int, dict[str, Any]] = field(default_factory=dict)
    pairs: dict[Pair, datetime] = field(default_factory=dict)


def lock_named(workspace_id: int, calls: Sequence[Received]) -> dict[Name, int]:
    """Locks whoever the calls name, in ascending id, before they are resolved in more than one go; who holds which of the names.

    Raises:
        IdentifiersMoved: start the transaction over.
    """
    names = {name for call in calls for name in call.identifiers}
    held = holders(workspace_id, names)
    hold(workspace_id, set(held.values()))
    if holders(workspace_id, names) != held:
        raise IdentifiersMoved
    return held


def resolve(workspace_id: int, calls: Sequence[Received], *, locked: Collection[int] | None = None) -> Resolved:
    """Finds, creates and merges the contacts of the calls, in their order. Nothing is written; see `save_identifiers`.

    Args:
        locked: contacts that this transaction has locked or made already. It locks no other, for that would be out of order.

    Raises:
        IdentifiersMoved: start the transaction over.
    """
    names = {name for call in calls for name in call.identifiers}
    held = holders(workspace_id, names)
    if locked is not None and not set(held.values()) <= set(locked):
        raise IdentifiersMoved
    people = lock(workspace_id, set(held.values()))
    if holders(workspace_id, names) != held or not set(held.values()) <= people.keys():
        raise IdentifiersMoved
    walk = _Walk(held, people)
    owners = [walk.owner(index, call) for index, call in enumerate(calls)]
    return walk.finish(owners)


def identifiers(workspace_id: int, contact_id: int) -> set[Name]:
    """All that a contact is named by."""
    return set(fetch("SELECT kind, value FROM contacts_identifier WHERE workspace_id = %s AND contact_id = %s", [workspace_id, contact_id]))


def holders(workspace_id: int, names: Iterable[Name]) -> dict[Name, int]:
    """The contact that holds each of the names, of those that somebody holds."""
    rows = fetch(
        """SELECT i.kind, i.value, i.contact_id FROM json_to_recordset(%s::json) AS n(kind text, value text)
           JOIN contacts_identifier i ON i.workspace_id = %s AND i.kind = n.kind AND i.value = n.value""",
        [records({"kind": kind, "value": value} for kind, value in names), workspace_id],
    )
    return {(kind, value): contact_id for kind, value, contact_id in rows}


def owner_of(holders: Mapping[str, int | None], people: Mapping[int, Person]) -> tuple[int | None, int | None]:
    """Whose a call is, by the contact that holds each identifier it names (kind → contact, None for nobody); and who else has its address.

    None for somebody new: nobody is named, or an unknown userId (or address) comes from the device of somebody who has one already.
    """
    by_user, by_email, visitor = holders.get("user_id"), holders.get("email"), holders.get("anonymous_id")
    if known := by_user or by_email:
        return known, by_email if by_email != known else None
    person = people.get(visitor or 0)
    if person is None or (person.has_user_id and "user_id" in holders) or (person.has_email and "email" in holders):
        return None, None
    return visitor, None


class _Walk:
    """The calls of a batch one by one. New contacts have negative ids until the end."""

    def __init__(self, held: dict[Name, int], people: dict[int, Person]) -> None:
        self.held = held
        self.people = people
        self.moved: dict[Name, int] = {}
        self.merged: dict[int, int] = {}
        self.kept_email: set[int] = set()
        self.undoable: dict[int, dict[str, Any]] = {}
        self.pairs: dict[Pair, datetime] = {}
        self.created = 0

    def owner(self, index: int, received: Received) -> int:
        owner = self._alias(index, received) if received.is_alias else self._named(index, received)
        self.people[owner].seen(received.call.occurred_at)
        return owner

    def _named(self, index: int, received: Received) -> int:
        names = received.identifiers
        only = self._holder(names[0]) if len(names) == 1 else None
        return self._decide(index, received, dict(names)) if only is None else only

    def _decide(self, index: int, received: Received, named: dict[str, str]) -> int:
        holders = {kind: self._holder((kind, value)) for kind, value in named.items()}
        owner, other = owner_of(holders, self.people)
        if owner is None:
            return self._claim(self._create(received), named)
        if other:
            self.kept_email.add(index)
            self._suspect(owner, other, Suspicion.EMAIL, named["email"], received)
            named = {kind: value for kind, value in named.items() if kind != "email"}
        visitor = holders.get("anonymous_id")
        if visitor and visitor != owner and not self.people[visitor].known:
            self._merge(visitor, owner)
        return self._claim(owner, named)

    def _alias(self, index: int, received: Received) -> int:
        """Two ids are one person's. The previous one is looked up as a userId, else as an anonymousId, which it becomes where it is new."""
        user_id, previous = received.call.user_id, received.call.previous_id
        assert user_id is not None
        assert previous is not None
        kind = "anonymous_id" if self._holder(("user_id", previous)) is None else "user_id"
        if received.source == Source.SERVER:
            return self._joined(received, user_id, (kind, previous))
        if kind == "anonymous_id":
            return self._decide(index, received, {"user_id": user_id, kind: previous})
        return self._renamed(received, user_id, previous)

    def _joined(self, received: Received, user_id: str, previous: Name) -> int:
        """A server knows: whoever the two ids name are merged, and the contact of the userId survives."""
        survivor, other = self._holder(("user_id", user_id)), self._holder(previous)
        if survivor and other and survivor != other:
            self.undoable[other] = replaced_by(self.people[other], self.people[survivor])
            self._merge(other, survivor)
        owner = survivor or other or self._create(received)
        return self._claim(owner, {"user_id": user_id} if other else {"user_id": user_id, previous[0]: previous[1]})

    def _renamed(self, received: Received, user_id: str, previous: str) -> int:
        """A browser names two userIds: a new one is the known contact's as well; two known contacts are never merged on its word."""
        owner, other = self._holder(("user_id", user_id)), self._holder(("user_id", previous))
        assert other is not None
        if owner is None:
            return self._claim(other, {"user_id": user_id})
        if owner != other:
            self._suspect(owner, other, Suspicion.ALIAS, previous, received)
        return owner

    def _suspect(self, one: int, another: int, reason: str, value: str, received: Received) -> None:
        self.pairs[one, another, reason, value] = received.call.received_at

    def _create(self, received: Received) -> int:
        self.created += 1
        ref = -self.created
        self.people[ref] = Person(ref, received.call.occurred_at, is_new=True, is_changed=True)
        return ref

    def _claim(self, ref: int, named: dict[str, str]) -> int:
        person = self.people[ref]
        for name in named.items():
            if self._holder(name) != ref:
                self.held[name] = self.moved[name] = ref
                person.is_changed = True
        if not person.has_user_id and "user_id" in named:
            person.has_user_id = person.is_changed = True
        if not person.has_email and "email" in named:
            person.has_email = person.is_changed = True
        return ref

    def _merge(self, other: int, survivor: int) -> None:
        into, gone = self.people[survivor], self.people[other]
        merge_traits(into, gone)
        into.has_user_id, into.has_email = into.has_user_id or gone.has_user_id, into.has_email or gone.has_email
        self.merged[other] = survivor

    def _holder(self, name: Name) -> int | None:
        ref = self.held.get(name)
        return None if ref is None else self._survivor(ref)

    def _survivor(self, ref: int) -> int:
        while ref in self.merged:
            ref = self.merged[ref]
        return ref

    def finish(self, owners: list[int]) -> Resolved:
        """Gives new contacts their ids; those created and merged away within the batch never existed."""
        fresh = sorted((ref for ref in self.people if ref < 0 and ref not in self.merged), reverse=True)
        ids = dict(zip(fresh, new_ids(len(fresh)) if fresh else [], strict=True))

        def final(ref: int) -> int:
            ref = self._survivor(ref)
            return ids.get(ref, ref)

        for ref, id in ids.items():
            self.people[ref].id = id
        people = {final(ref): person for ref, person in self.people.items() if ref not in self.merged}
        return Resolved(
            people=people,
            owners=[final(ref) for ref in owners],
            merged={other: final(other) for other in self.merged if other > 0},
            moved={name: final(ref) for name, ref in self.moved.items()},
            kept_email=self.kept_email,
            undoable={other: replaced for other, replaced in self.undoable.items() if other > 0},
            pairs=_in_order(((final(one), final(another), reason, value), at) for (one, another, reason, value), at in self.pairs.items()),
        )


def _in_order(pairs: Iterable[tuple[Pair, datetime]]) -> dict[Pair, datetime]:
    """Each pair with the lesser id first; what has become one contact meanwhile is none."""
    return {(min(one, another), max(one, another), *why): at for (one, another, *why), at in pairs if one != another}  # type: ignore[misc]


def save_identifiers(workspace_id: int, moved: dict[Name, int], locked: Collection[int]) -> None:
    """Gives each identifier to its new holder.

    An identifier of nobody cannot be locked, so another writer may have claimed it meanwhile: what is held by a contact that is not among
    the `locked` is never taken from it.

    Raises:
        IdentifiersMoved: start the transaction over.
    """
    rows = [{"kind": kind, "value": value, "contact": contact} for (kind, value), contact in sorted(moved.items())]
    if not rows:
        return
    written = run(
        """INSERT INTO contacts_identifier AS i (workspace_id, kind, value, contact_id)
           SELECT %s, n.kind, n.value, n.contact FROM json_to_recordset(%s::json) AS n(kind text, value text, contact bigint)
           ON CONFLICT (workspace_id, kind, value) DO UPDATE SET contact_id = excluded.contact_id WHERE i.contact_id = ANY(%s)""",
        [workspace_id, records(rows), sorted(locked)],
    )
    if written != len(rows):
        raise IdentifiersMoved
