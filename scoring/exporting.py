"""Scoring type documents as files: JSON and YAML, every number exactly as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from leadscore import exact_json, exact_yaml

Format = Literal["json", "yaml"]
FORMATS: tuple[Format, ...] = ("json", "yaml")
MEDIA_TYPES: Mapping[Format, str] = {"json": "application/json", "yaml": "application/yaml"}


# How a person would write a document down; the database keeps no order of keys.
_ORDER = (
    "key", "name", "description", "when", "activity", "field", "op", "value", "steps", "points", "days", "times", "group", "start", "threshold",
    "by_grade", "minimum", "maximum", "all", "any", "none", "conditions", "limit", "reach", "per", "within_days", "each", "frequency", "expiry",
    "notify", "quiet_days", "groups", "rules", "stages", "grade", "criteria",
)  # fmt: skip
_RANKS = {key: rank for rank, key in enumerate(_ORDER)}


@dataclass(frozen=True, slots=True)
class File:
    """A document to download."""

    name: str
    media_type: str
    text: str


def as_file(document: Mapping[str, Any], stem: str, format: Format, comment: str) -> File:
    """The document as a file called `stem`, for people to read and change. `comment` is a line above YAML; JSON has no place for one."""
    ordered = in_order(document)
    text = exact_yaml.dumps(ordered, comment=comment) if format == "yaml" else exact_json.dumps(ordered, indented=True) + "\n"
    return File(f"{stem}.{format}", MEDIA_TYPES[format], text)


def in_order(value: Any) -> Any:
    """The same with the keys of each object in the order in which people write and read them; those of no document last, as they were."""
    if isinstance(value, Mapping):
        return {key: in_order(value[key]) for key in sorted(value, key=lambda key: _RANKS.get(key, len(_RANKS)))}
    return [in_order(member) for member in value] if isinstance(value, list) else value
