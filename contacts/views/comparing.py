"""Contacts side by side, and found to be put there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contacts import activities, people
from contacts.models import Contact, Identifier, LastSeen
from contacts.profiles import merge_traits
from contacts.views.traits import texts
from contacts.views.wording import stage_name
from leadscore.formats import counted_to
from leadscore.sql import fetch
from scoring.models import Score
from scoring.versions import Active

MOST_FOUND = 10
MOST_IDENTIFIERS = 10
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Points and stage in one scoring type."""

    scoring_type: str
    points: int
    stage: str
    rank: int
    stages: int


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one of two contacts. `activities` is exact up to MOST_COUNTED."""

    contact: Contact
    identifiers: Sequence[Identifier]
    standings: Sequence[Standing]
    activities: int
    last_activity: str
    traits: dict[str, str]

    @property
    def counted(self) -> str:
        return counted_to(self.activities, MOST_COUNTED)


@dataclass(frozen=True, slots=True)
class Difference:
    """A trait of the two, as texts, and what it is once they are one; empty where one lacks it."""

    label: str
    left: str
    right: str
    kept: str

    @property
    def differs(self) -> bool:
        return self.left != self.right


def side(contact: Contact, live: Sequence[Active]) -> Side:
    """Four queries, whatever the contact did."""
    last = LastSeen.objects.filter(workspace=contact.workspace_id, contact=contact.id).values_list("activity", flat=True).first()
    return Side(
        contact,
        list(contact.identifiers.order_by("kind", "id")[:MOST_IDENTIFIERS]),
        _standings(contact, live),
        activities.count(contact.workspace_id, contact.id, most=MOST_COUNTED + 1),
        last or "",
        texts(contact.traits, *contact.traits),
    )


def _standings(contact: Contact, live: Sequence[Active]) -> list[Standing]:
    scores = {score.version_id: score for score in Score.objects.filter(workspace=contact.workspace_id, contact=contact.id)}
    return [
        Standing(version.model.name, score.points, stage_name(version, score.rank), score.rank, len(version.model.stages))
        for version in live
        if (score := scores.get(version.id))
    ]


@dataclass(frozen=True, slots=True)
class Merged:
    """What two contacts are as one, whichever of them is kept: `called` "" without a name and an address."""

    called: str
    traits: dict[str, str]

    @classmethod
    def of(cls, workspace_id: int, left: int, right: int) -> Merged | None:
        """None where one of the two was just merged or erased."""
        both = people.load(workspace_id, [left, right])
        if len(both) < 2:
            return None
        merge_traits(both[left], both[right])
        return cls(both[left].name() or both[left].email, texts(both[left].traits, *both[left].traits))


def differences(merged: Merged, left: Side, right: Side) -> list[Difference]:
    """All traits of the two, those that differ first."""
    names = sorted(left.traits.keys() | right.traits.keys())
    rows = [
        Difference(name.replace("_", " ").capitalize(), left.traits.get(name, ""), right.traits.get(name, ""), merged.traits.get(name, ""))
        for name in names
    ]
    return sorted((row for row in rows if row.left or row.right), key=lambda row: not row.differs)


def candidates(workspace_id: int, contact_id: int, asked: str) -> list[Contact]:
    """Contacts that an identifier names exactly, then those that the words find; not the one they are looked for."""
    named = Identifier.objects.filter(workspace=workspace_id, value__in={asked, asked.lower()}).values_list("contact_id", flat=True)
    ids = list(dict.fromkeys(named[:MOST_FOUND]))
    if words := people.words(asked):
        rows = fetch("SELECT id FROM matching_contacts(%s) AS id WHERE id <> %s LIMIT %s", [words, contact_id, MOST_FOUND])
        ids += [id for (id,) in rows if id not in ids]
    shown = Contact.objects.filter(workspace=workspace_id, merged_into=None).exclude(id=contact_id).select_related("company").defer("search")
    found = shown.in_bulk(ids[: MOST_FOUND + 1])
    return [found[id] for id in ids if id in found]
