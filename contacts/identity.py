"""Which contact each call is about: scoring semantics §7, the rows that one call can decide.

`resolve` reads who holds the identifiers of a batch, locks those contacts in ascending id, reads again, and then decides call by call in memory.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from contacts.calls import Received
from contacts.people import Person, lock, new_ids
from contacts.profiles import merge_traits
from leadscore.sql import fetch, records, run

Name = tuple[str, str]  # (kind, value)


class IdentifiersMoved(Exception):
    """Somebody else moved an identifier between reading and locking: the transaction has to start over."""


@dataclass(slots=True)
class Resolved:
    """What a batch's calls are about.

    `owners[i]` is the contact of call i, after all merges. `merged` maps each contact merged away to its survivor, which was present
    before it; `moved` are identifiers with their new holder.
    """

    people: dict[int, Person]
    owners: list[int]
    merged: dict[int, int] = field(default_factory=dict)
    moved: dict[Name, int] = field(default_factory=dict)
    kept_email: set[int] = field(default_factory=set)


def resolve(workspace_id: int, calls: Sequence[Received]) -> Resolved:
    """Finds, creates and merges the contacts of the calls, in their order. Nothing is written; see `save_identifiers`.

    Raises:
        IdentifiersMoved: start the transaction over.
    """
    names = {name for call in calls for name in call.identifiers}
    held = _holders(workspace_id, names)
    people = lock(workspace_id, set(held.values()))
    if _holders(workspace_id, names) != held or not set(held.values()) <= people.keys():
        raise IdentifiersMoved
    walk = _Walk(held, people)
    owners = [walk.owner(index, call) for index, call in enumerate(calls)]
    return walk.finish(owners)


def _holders(workspace_id: int, names: Iterable[Name]) -> dict[Name, int]:
    rows = fetch(
        """SELECT i.kind, i.value, i.contact_id FROM json_to_recordset(%s::json) AS n(kind text, value text)
           JOIN contacts_identifier i ON i.workspace_id = %s AND i.kind = n.kind AND i.value = n.value""",
        [records({"kind": kind, "value": value} for kind, value in names), workspace_id],
    )
    return {(kind, value): contact_id for kind, value, contact_id in rows}


class _Walk:
    """The calls of a batch one by one. New contacts have negative ids until the end."""

    def __init__(self, held: dict[Name, int], people: dict[int, Person]) -> None:
        self.held = held
        self.people = people
        self.moved: dict[Name, int] = {}
        self.merged: dict[int, int] = {}
        self.kept_email: set[int] = set()
        self.created = 0

    def owner(self, index: int, received: Received) -> int:
        names = received.identifiers
        only = self._holder(names[0]) if len(names) == 1 else None
        owner = self._decide(index, received, dict(names)) if only is None else only
        self.people[owner].seen(received.call.occurred_at)
        return owner

    def _decide(self, index: int, received: Received, named: dict[str, str]) -> int:
        holders = {kind: self._holder((kind, value)) for kind, value in named.items()}
        known = holders.get("user_id") or holders.get("email")
        if known:
            return self._of_known(index, known, named, holders)
        visitor = holders.get("anonymous_id")
        if visitor is None or self._is_another_person(self.people[visitor], named):
            return self._claim(self._create(received), named)
        return self._claim(visitor, named)

    def _of_known(self, index: int, known: int, named: dict[str, str], holders: dict[str, int | None]) -> int:
        by_email, visitor = holders.get("email"), holders.get("anonymous_id")
        if by_email and by_email != known:
            self.kept_email.add(index)
            named = {kind: value for kind, value in named.items() if kind != "email"}
        if visitor and visitor != known and not self.people[visitor].known:
            self._merge(visitor, known)
        return self._claim(known, named)

    @staticmethod
    def _is_another_person(holder: Person, named: dict[str, str]) -> bool:
        """An unknown userId (or address) on the device of somebody who has one already."""
        return (holder.has_user_id and "user_id" in named) or (holder.has_email and "email" in named)

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
        merge_traits(self.people[survivor], self.people[other])
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
        )


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
