"""Who sends: a key's text → the workspace that its calls go to, remembered for a short while in this process."""

from __future__ import annotations

import time
from dataclasses import dataclass

from accounts import keys
from accounts.access import KeyFacts
from accounts.models import KeyKind
from contacts.models import Source
from leadscore.clock import approximate_now

REMEMBERED_SECONDS = 30.0  # a changed rate, scope or list of origins is seen this late; a revoked key is refused at once, by `inbox.store`
UNKNOWN_SECONDS = 2.0
MOST_REMEMBERED = 10_000
LONGEST = 100  # characters of what is looked up, more than twice a key's; with MOST_REMEMBERED it bounds what strangers can make a process keep


@dataclass(frozen=True, slots=True)
class Sender:
    """A key that is not revoked, as far as this process knows."""

    key_id: int
    workspace_id: int
    source: Source
    may_track: bool
    requests_per_second: int
    allowed_origins: tuple[str, ...]


_remembered: dict[str, tuple[float, Sender | None]] = {}  # a key's text → until when, who


def find(token: str, *, anew: bool = False) -> Sender | None:
    """The sender of a key's text; None for a key that is unknown or revoked. `anew` trusts no earlier answer."""
    if len(token) > LONGEST or not token.isascii():
        return None
    until, sender = (0.0, None) if anew else _remembered.get(token, (0.0, None))
    if time.monotonic() < until:
        return sender
    sender = _look_up(token)
    if len(_remembered) >= MOST_REMEMBERED:  # of made-up keys, most likely; the true ones are looked up again
        _remembered.clear()
    _remembered[token] = time.monotonic() + (REMEMBERED_SECONDS if sender else UNKNOWN_SECONDS), sender
    return sender


def forget() -> None:
    """Makes the next request of every key look it up."""
    _remembered.clear()


def _look_up(token: str) -> Sender | None:
    """Reads the key and notes its use. A key in use is looked up twice a minute, so that its use is noted about once a minute."""
    key = keys.find(token)
    if key is None or key.revoked:
        return None
    keys.touch(key, approximate_now())
    return Sender(key.id, key.workspace_id, _source(key), "track" in key.scopes, key.requests_per_second, key.allowed_origins)


def _source(key: KeyFacts) -> Source:
    return Source.BROWSER if key.kind == KeyKind.WRITE else Source.SERVER
