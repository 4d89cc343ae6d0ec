"""The log of messages, read in pages: newest first, each page found by the place of its neighbour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from notifications.models import Message, MessageState

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a reader asks for → states.
STATES: Mapping[str, tuple[MessageState, ...]] = {
    "waiting": (MessageState.QUEUED, MessageState.SENDING),
    "sent": (MessageState.SENT,),
    "kept": (MessageState.KEPT,),
    "failed": (MessageState.REFUSED, MessageState.GAVE_UP),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Of one message in the log. Its text stands in a page's address."""

    created_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.created_at - EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """None for what no page's address holds."""
        found = re.fullmatch(r"([0-9]{1,17})-([0-9]{1,18})", text, re.ASCII)
        return cls(EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters: "" and None mean all. `state` is one of STATES; `recipient` a part of an address."""

    state: str = ""
    scoring_type_id: int | None = None
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`newer` and `older` are the places at which its neighbours begin, None where there is none."""

    messages: list[Message]
    newer: Place | None
    older: Place | None


def page(workspace_id: int, wanted: Wanted, *, after: Place | None = None, before: Place | None = None, size: int = PAGE) -> Page:
    """The messages that follow `after` (older) or precede `before` (newer), else the newest."""
    found = _wanted(Message.objects.filter(workspace_id=workspace_id).defer("text", "html"), wanted)
    if before:
        rows = list(found.filter(_newer(before)).order_by("created_at", "id")[: size + 1])
        return _page(rows[:size][::-1], newer=len(rows) > size, older=True)
    rows = list((found.filter(_older(after)) if after else found).order_by("-created_at", "-id")[: size + 1])
    return _page(rows[:size], newer=after is not None, older=len(rows) > size)


def _wanted(messages: QuerySet[Message], wanted: Wanted) -> QuerySet[Message]:
    if wanted.state:
        messages = messages.filter(state__in=STATES[wanted.state])
    if wanted.scoring_type_id is not None:
        messages = messages.filter(scoring_type_id=wanted.scoring_type_id)
    return messages.filter(recipient__contains=wanted.recipient.lower()) if wanted.recipient else messages


def _older(place: Place) -> Q:
    return Q(created_at__lte=place.created_at) & ~Q(created_at=place.created_at, id__gte=place.id)


def _newer(place: Place) -> Q:
    return Q(created_at__gte=place.created_at) & ~Q(created_at=place.created_at, id__lte=place.id)


def _page(messages: list[Message], *, newer: bool, older: bool) -> Page:
    if not messages:
        return Page([], None, None)
    first, last = messages[0], messages[-1]
    return Page(
        messages,
        Place(first.created_at, first.id) if newer else None,
        Place(last.created_at, last.id) if older else None,
    )
