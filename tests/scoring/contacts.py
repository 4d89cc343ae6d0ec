"""Activities and profiles for tests of the engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scoring.document import parse, problems
from scoring.engine import Activity, Profile
from scoring.model import Model
from tests.scoring.documents import document

NOBODY = Profile({}, {})


def model(*rules: Any, zone: str = "UTC", **changes: Any) -> Model:
    """The model of a valid document with these rules."""
    whole = document(rules=list(rules), **changes)
    assert problems(whole) == []
    return parse(whole, zone)


def at(text: str) -> datetime:
    """An instant in UTC: `2026-11-21T09:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def did(number: int, when: str | datetime, name: str = "Page Viewed", **properties: Any) -> Activity:
    """An activity whose id and message_id follow from its number."""
    instant = at(when) if isinstance(when, str) else when
    return Activity(number, name, instant, f"m{number}", properties, {})
