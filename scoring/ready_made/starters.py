"""The ready-made scoring types, read from their files. Each brings a made-up lead, whose points a test holds it to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from leadscore import exact_yaml

FOLDER = Path(__file__).parent / "types"
# In the order of the gallery.
KEYS = (
    "b2b-saas", "saas-trial", "e-commerce", "education", "b2b-enterprise", "content-engagement", "score-and-grade", "bant", "matrix", "lamb-or-spam",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Did:
    """Something that the made-up lead did, so many days ago."""

    event: str
    days_ago: int
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lead:
    """A made-up lead: traits, what it did, in words, and the points, stage (a key) and grade that come of it."""

    name: str
    story: str
    contact: Mapping[str, Any]
    company: Mapping[str, Any]
    did: Sequence[Did]
    points: int
    stage: str
    grade: str | None


@dataclass(frozen=True, slots=True)
class Starter:
    """A ready-made scoring type: its title in the gallery, for whom it is, its document. `sources` says where events and fields come from, by
    their names.
    """

    key: str
    title: str
    whom: str
    document: Mapping[str, Any]
    sources: Mapping[str, str]
    lead: Lead


@cache
def starters() -> tuple[Starter, ...]:
    return tuple(map(_read, KEYS))


def find(key: str) -> Starter | None:
    return next((one for one in starters() if one.key == key), None)


def _read(key: str) -> Starter:
    told = exact_yaml.loads((FOLDER / f"{key}.yaml").read_bytes())
    return Starter(key, told["title"], told["for"], told["document"], told["sources"], _lead(told["lead"]))


def _lead(told: Mapping[str, Any]) -> Lead:
    did = tuple(Did(one["event"], one.get("days_ago", 0), one.get("properties", {})) for one in told["did"])
    return Lead(told["name"], told["story"], told["contact"], told["company"], did, told["points"], told["stage"], told.get("grade"))
