"""What a deed needs to know of a call, whoever read it: a tracking request, a person's edit, an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

ACTIVITY_KINDS = frozenset({"track", "page", "screen"})


class Call(Protocol):
    """One valid call. `kind` is one of track, page, screen, identify, group, alias; instants are UTC and occurred_at ≤ received_at.

    `previous_id` is the id, of either kind, that an alias says is the same person's as its `user_id`.
    `email` is the address that an identify names, trimmed and in lower case; `traits` are the contact's, for group the company's.
    """

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def anonymous_id(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def group_id(self) -> str | None: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def message_id(self) -> str: ...
    @property
    def properties(self) -> Mapping[str, Any]: ...
    @property
    def context(self) -> Mapping[str, Any]: ...
    @property
    def traits(self) -> Mapping[str, Any]: ...
    @property
    def previous_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Edit:
    """A call that a person's or a program's edit makes."""

    kind: str
    occurred_at: datetime
    received_at: datetime
    name: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    email: str | None = None
    group_id: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    previous_id: str | None = None
    message_id: str = field(default_factory=lambda: f"edit-{uuid4().hex}")


@dataclass(frozen=True, slots=True)
class Received:
    """A call and the rank of who sent it (contacts.models.Source)."""

    call: Call
    source: int

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        """(kind, value) of what the call names a contact by, in order of precedence. An alias's previous id may be of either kind."""
        call = self.call
        named = [("user_id", call.user_id), ("email", call.email), ("anonymous_id", call.anonymous_id)]
        if call.previous_id:
            named += [("user_id", call.previous_id), ("anonymous_id", call.previous_id)]
        return [(kind, value) for kind, value in named if value]

    @property
    def is_alias(self) -> bool:
        return self.call.kind == "alias"

    @property
    def is_activity(self) -> bool:
        return self.call.kind in ACTIVITY_KINDS
