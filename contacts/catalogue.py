"""Looking into the catalogue: which events, properties and traits a workspace was sent, how often, and examples of their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from contacts.models import CatalogueEntry, Side
from leadscore.sql import fetch

ROOTS = {Side.PROPERTY: "properties", Side.CONTEXT: "context", Side.CONTACT: "contact", Side.COMPANY: "company"}

_MOST_FIRST = "by_server DESC, seen DESC, event, path"


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, those seen most first, and how many fit in all."""

    entries: list[CatalogueEntry]
    fitting: int


def field_of(entry: CatalogueEntry) -> str:
    """What a condition calls it; "" for an event."""
    root = ROOTS.get(Side(entry.side))
    return f"{root}.{entry.path}" if root else ""


def entries(workspace_id: int, side: str, *, event: str = "", words: str = "") -> QuerySet[CatalogueEntry]:
    """The names of a side ("" for all), of one event where that is given, that hold the words, whatever their case."""
    found = CatalogueEntry.objects.filter(workspace=workspace_id)
    if side:
        found = found.filter(side=side)
    if event:
        found = found.filter(event=event)
    if words:
        found = found.filter(Q(path__icontains=words) | Q(side=Side.EVENT, event__icontains=words))
    return found


def page(workspace_id: int, side: str, most: int, *, event: str = "", words: str = "") -> Page:
    """The first of them by how often they were seen."""
    found = entries(workspace_id, side, event=event, words=words)
    return Page(list(found.order_by("-seen", "event", "path")[:most]), found.count())


def events(workspace_id: int, most: int) -> list[str]:
    """Names of the events seen most; those that servers sent go first, for nobody else can have made them up."""
    statement = f"SELECT event FROM contacts_catalogueentry WHERE workspace_id = %s AND side = 'event' ORDER BY {_MOST_FIRST} LIMIT %s"
    return [name for (name,) in fetch(statement, [workspace_id, most])]


def fields(workspace_id: int, sides: Sequence[str], most: int) -> list[str]:
    """Paths of the fields seen most in any event, as conditions write them."""
    rows = fetch(
        """SELECT side, path FROM contacts_catalogueentry WHERE workspace_id = %s AND side = ANY(%s)
           GROUP BY side, path ORDER BY bool_or(by_server) DESC, sum(seen) DESC, side, path LIMIT %s""",
        [workspace_id, list(sides), most],
    )
    return [f"{ROOTS[Side(side)]}.{path}" for side, path in rows]
