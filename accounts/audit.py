"""The audit log: one row for each deed of a person or a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.access import KeyFacts
from accounts.models import AuditEntry, User

MOST_TARGET = 200

By = User | KeyFacts | None
"""Who does a deed: a person, a key, or nobody (a command, a schedule)."""


def record(workspace_id: int, action: str, target: object, by: By, data: Mapping[str, Any] | None = None) -> None:
    """Adds a row to the workspace's audit log. Call it in the deed's own transaction, inside the workspace's scope.

    Args:
        action: thing and deed in the past tense, such as `key.revoked`.
        target: what it was done to, as a person would name it.
        data: more of it, JSON; what was changed is a `change`.
    """
    AuditEntry.objects.create(
        workspace_id=workspace_id,
        action=action,
        target=str(target)[:MOST_TARGET],
        actor=person(by),
        key_id=by.id if isinstance(by, KeyFacts) else None,
        data=dict(data or {}),
    )


def change(before: object, after: object) -> dict[str, object]:
    """How an entry's data says that a value was changed."""
    return {"from": before, "to": after}


def person(by: By) -> User | None:
    """The person, where it was one."""
    return by if isinstance(by, User) else None
