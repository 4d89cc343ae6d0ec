"""Which calls name somebody, read more loosely than to process them: what was set aside may be no valid call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from contacts.identity import Name
from tracking.fields import identifier
from tracking.json_in import Invalid, Piece
from tracking.payload import Body

IDS = (("userId", ("user_id",)), ("anonymousId", ("anonymous_id",)), ("previousId", ("user_id", "anonymous_id")))


def places(body: Body, names: Collection[Name]) -> list[int]:
    """Where in a body the calls stand that name one of these."""
    return [place for place, piece in enumerate(body.calls) if _does(piece, body.envelope.context, names)]


def _does(piece: Piece, shared: Mapping[str, Any], names: Collection[Name]) -> bool:
    if not isinstance(piece.value, dict):
        return mentions(piece.raw.encode("utf-8", "surrogateescape"), names)
    return not set(_named(piece.value, shared)).isdisjoint(names)


def _named(fields: dict[str, Any], shared: Mapping[str, Any]) -> Iterable[Name]:
    for key, kinds in IDS:
        if value := _id(fields, key):
            yield from ((kind, value) for kind in kinds)
    for holder in (fields, fields.get("context"), shared):
        traits = holder.get("traits") if isinstance(holder, Mapping) else None
        email = traits.get("email") if isinstance(traits, Mapping) else None
        if isinstance(email, str):
            yield "email", email.strip().lower()


def _id(fields: dict[str, Any], key: str) -> str | None:
    try:
        return identifier(fields, key, "")
    except Invalid:
        return None


def mentions(raw: bytes, names: Iterable[Name]) -> bool:
    """Whether bytes that cannot be read hold one of the names as a whole text."""
    lower = raw.lower()
    return any(f'"{value.lower()}"'.encode() in lower for _, value in names)
