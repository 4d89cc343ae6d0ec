"""Keys of the tracking and the management API: a write key is public, a secret key is known by its hash alone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts import origins
from accounts.access import SCOPES, KeyFacts
from accounts.audit import By, change, person, record
from accounts.models import Key, KeyKind, Workspace
from accounts.scope import workspace_scope

PREFIXES = {KeyKind.WRITE: "wk_", KeyKind.SECRET: "sk_"}
FASTEST = 10_000  # requests a second that a workspace may give a key; an operator may give it more
_SHOWN = 11  # of a secret key, to tell it from another
_TOUCH_EVERY = timedelta(minutes=1)


class UnknownScope(ValueError):
    """A scope that `accounts.access.SCOPES` does not name."""


class NotOfThisKey(ValueError):
    """What a key of this kind cannot have, or a rate that no workspace may give. `field` of `edit` says which; the argument why, for people."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def issue(
    workspace: Workspace,
    kind: str,
    name: str,
    scopes: Iterable[str],
    by: By,
    now: datetime,
    *,
    requests_per_second: int | None = None,
    allowed_origins: Sequence[str] | None = None,
) -> tuple[Key, str]:
    """A new key and its text. A secret key's text is not kept: this is the only time it can be shown.

    Args:
        scopes: of a secret key, from `accounts.access.SCOPES`; a write key always has `track` alone.
        requests_per_second, allowed_origins: as of `edit`; None for the usual.

    Raises:
        UnknownScope, NotOfThisKey: nothing was made.
    """
    granted = ["track"] if kind == KeyKind.WRITE else _known(scopes)
    limits = _given(requests_per_second=requests_per_second, allowed_origins=allowed_origins)
    _check(kind, limits)
    token = PREFIXES[KeyKind(kind)] + secrets.token_hex(20)
    with workspace_scope(workspace.id):
        key = Key.objects.create(
            workspace=workspace,
            kind=kind,
            name=name,
            prefix=token[:_SHOWN],
            token_hash=hash_of(token),
            public_token=token if kind == KeyKind.WRITE else None,
            scopes=granted,
            created_by=person(by),
            created_at=now,
            **limits,
        )
        record(workspace.id, "key.created", name, by, {"kind": kind, "prefix": key.prefix, "scopes": granted, **limits})
    return key, token


def _given(**fields: Any) -> dict[str, Any]:
    """Those that are not None, lists as the database keeps them."""
    return {field: value if isinstance(value, str | int) else list(value) for field, value in fields.items() if value is not None}


def _known(scopes: Iterable[str]) -> list[str]:
    asked = set(scopes)
    if unknown := asked - SCOPES.keys():
        raise UnknownScope(", ".join(sorted(unknown)))
    return [scope for scope in SCOPES if scope in asked]


def find(token: str) -> KeyFacts | None:
    """The key with this text, revoked or not; one query by its hash, outside any scope."""
    row = Key.objects.filter(token_hash=hash_of(token)).values_list(
        "id", "workspace_id", "kind", "scopes", "requests_per_second", "allowed_origins", "revoked_at", "last_used_at"
    )
    for key_id, workspace_id, kind, scopes, rate, allowed, revoked_at, last_used_at in row:
        return KeyFacts(key_id, workspace_id, kind, tuple(scopes), rate, tuple(allowed), revoked_at is not None, last_used_at)
    return None


def edit(
    key: Key,
    *,
    by: By,
    name: str | None = None,
    requests_per_second: int | None = None,
    allowed_origins: Sequence[str] | None = None,
) -> bool:
    """Changes what is given; the collector follows within `tracking.senders.REMEMBERED_SECONDS`. False where nothing is another than before.

    Args:
        requests_per_second: 1 to `FASTEST`, or what the key has now.
        allowed_origins: of a write key, from `accounts.origins.read`; empty lets calls come from anywhere.

    Raises:
        NotOfThisKey: nothing was changed.
    """
    wanted = _given(name=name, requests_per_second=requests_per_second, allowed_origins=allowed_origins)
    with workspace_scope(key.workspace_id):
        before = Key.objects.select_for_update(no_key=True).get(id=key.id)
        changed = {field: value for field, value in wanted.items() if value != getattr(before, field)}
        _check(before.kind, changed)
        if changed:
            Key.objects.filter(id=key.id).update(**changed)
            changes = {field: change(getattr(before, field), value) for field, value in changed.items()}
            record(key.workspace_id, "key.changed", changed.get("name", before.name), by, changes)
    return bool(changed)


def _check(kind: str, changed: Mapping[str, Any]) -> None:
    if not 1 <= changed.get("requests_per_second", 1) <= FASTEST:
        raise NotOfThisKey("requests_per_second", f"A key makes 1 to {FASTEST:,} requests a second.")
    if changed.get("allowed_origins") and kind != KeyKind.WRITE:
        raise NotOfThisKey("allowed_origins", "Only write keys have allowed origins.")
    if (count := len(changed.get("allowed_origins", []))) > origins.MOST:
        raise NotOfThisKey("allowed_origins", f"These are {count} origins; a key has at most {origins.MOST}.")


def revoke(key: Key, by: By, now: datetime) -> bool:
    """From now on the key is refused. False if it already was."""
    with workspace_scope(key.workspace_id):
        revoked = Key.objects.filter(id=key.id, revoked_at=None).update(revoked_at=now)
        if revoked:
            record(key.workspace_id, "key.revoked", key.name, by, {"kind": key.kind, "prefix": key.prefix})
    return bool(revoked)


def touch(key: KeyFacts, now: datetime) -> None:
    """Notes that the key was used; writes at most once a minute, however many requests come."""
    before = now - _TOUCH_EVERY
    if key.last_used_at is None or key.last_used_at < before:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
        Key.objects.filter(stale, id=key.id).update(last_used_at=now)


def hash_of(token: str) -> str:
    """SHA-256 in hex. The text has 160 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
