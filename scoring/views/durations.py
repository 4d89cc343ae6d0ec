"""How long publishing will take, by how long it took the last time."""

from __future__ import annotations

from scoring.models import Version

MINUTE = 60
HOUR = 60 * MINUTE


def expected(live: Version | None) -> str:
    """`~40 s`, `~3 min`, `~2 h`; empty where no version has gone live yet."""
    if live is None or live.live_at is None:
        return ""
    seconds = max(1, round((live.live_at - live.created_at).total_seconds()))
    if seconds < 2 * MINUTE:
        return f"~{seconds} s"
    return f"~{round(seconds / MINUTE)} min" if seconds < 2 * HOUR else f"~{round(seconds / HOUR)} h"
