"""What a scoring type's document needs to be of use: the events and traits that its rules ask about, where they come from, and whether the
workspace has received them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contacts.conditions import leaves
from contacts.models import CatalogueEntry, Side
from scoring.condition_sentences import label

Name = tuple[str, str, str]  # side, event, path: as the catalogue of what was received has them

_BUILT_OF = {"email_kind": ("email",), "email_domain": ("email",), "name_looks_fake": ("first_name", "last_name")}
_ALWAYS_THERE = frozenset({"created_at"})
_SIDES = {"contact": Side.CONTACT, "company": Side.COMPANY, "properties": Side.PROPERTY, "context": Side.CONTEXT}

# Where events and traits come from, as far as that is the same everywhere.
_USUAL = {
    "Page Viewed": "The snippet and Segment's SDKs send it by themselves.",
    "Form Submitted": "The snippet sends it where it has data-forms.",
    "File Downloaded": "The snippet sends it where it has data-downloads.",
    "Email Opened": "Your mail program sends it.",
    "Email Link Clicked": "Your mail program sends it.",
    "Unsubscribed": "Your mail program sends it.",
    "Newsletter Subscribed": "Your site or your mail program sends it.",
    "Trial Started": "Your product sends it.",
    "Demo Requested": "Your site or your CRM sends it.",
    "Consultation Requested": "Your site or your CRM sends it.",
    "Webinar Attended": "Your webinar program or your CRM sends it.",
    "Product Viewed": "Your shop sends it.",
    "Product Added": "Your shop sends it.",
    "Product Added to Wishlist": "Your shop sends it.",
    "Order Completed": "Your shop sends it.",
}
_OF_EVENTS = "Your site or your server sends it with a track call."
_OF_SIDES = {
    Side.CONTACT: "An identify call, a form, an import or a person sets it.",
    Side.COMPANY: "A group call, an import or your CRM sets it.",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A property of an event that rules ask about."""

    path: str
    received: bool


@dataclass(frozen=True, slots=True)
class Need:
    """An event or a trait. `side` is event, contact or company; `words` is what people call it."""

    side: str
    name: str
    words: str
    source: str
    received: bool
    parts: tuple[Part, ...] = ()


def names(document: Mapping[str, Any]) -> list[Name]:
    """What the rules and the grade of a valid document ask about, in their order."""
    return list(dict.fromkeys(_names(document)))


def needs(document: Mapping[str, Any], sources: Mapping[str, str], there: Collection[Name]) -> list[Need]:
    """Each event with its properties that are asked about, and each trait.

    Args:
        sources: by an event's name or a field, where it comes from, where that is not as usual.
        there: what has been received.
    """
    wanted = names(document)
    return [_need(name, wanted, there, sources) for name in wanted if name[0] in (Side.EVENT, Side.CONTACT, Side.COMPANY)]


def received(workspace_id: int, wanted: Collection[Name]) -> set[Name]:
    """Those of the names that the workspace was sent, by its catalogue, which is some seconds behind the calls. One statement."""
    events, paths = ([name[place] for name in wanted] for place in (1, 2))
    entries = CatalogueEntry.objects.filter(
        workspace=workspace_id, side__in={side for side, _, _ in wanted}, event__in=set(events), path__in=set(paths)
    )
    return set(entries.values_list("side", "event", "path")) & set(wanted)


def _need(name: Name, wanted: Collection[Name], there: Collection[Name], sources: Mapping[str, str]) -> Need:
    side, event, path = name
    if side == Side.EVENT:
        parts = tuple(Part(one[2], one in there) for one in wanted if one[0] == Side.PROPERTY and one[1] == event)
        return Need("event", event, event, sources.get(event, _USUAL.get(event, _OF_EVENTS)), name in there, parts)
    field = f"{side}.{path}"
    return Need(side, path, label(field), sources.get(field, _OF_SIDES[Side(side)]), name in there)


def _names(document: Mapping[str, Any]) -> Iterator[Name]:
    for rule in document.get("rules", []):
        event = rule.get("activity")
        if event:
            yield (Side.EVENT.value, event, "")
        for leaf in leaves(rule.get("conditions")):
            yield from _names_of(leaf["field"], event or "")
        if each := (rule.get("frequency") or {}).get("each"):
            yield from _names_of(each, event or "")
    for criterion in (document.get("grade") or {}).get("criteria", []):
        for leaf in leaves(criterion["conditions"]):
            yield from _names_of(leaf["field"], "")


def _names_of(field: str, event: str) -> Iterator[Name]:
    """What has to be received for a field to have a value: for a built-in one, what it is made of."""
    root, _, path = field.partition(".")
    side = _SIDES[root]
    if side == Side.CONTACT and path in _ALWAYS_THERE:
        return
    for made_of in _BUILT_OF.get(path, (path,)) if side == Side.CONTACT else (path,):
        yield (side.value, event if side == Side.PROPERTY else "", made_of)
