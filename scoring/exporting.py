"""Scoring type documents as files: JSON and YAML, every number exactly as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from leadscore import exact_json, exact_yaml

Format = Literal["json", "yaml"]
FORMATS: tuple[Format, ...] = ("json", "yaml")
MEDIA_TYPES: Mapping[Format, str] = {"json": "application/json", "yaml": "application/yaml"}


@dataclass(frozen=True, slots=True)
class File:
    """A document to download."""

    name: str
    media_type: str
    text: str


def as_file(document: Mapping[str, Any], stem: str, format: Format, comment: str) -> File:
    """The document as a file called `stem`, for people to read and change. `comment` is a line above YAML; JSON has no place for one."""
    text = exact_yaml.dumps(document, comment=comment) if format == "yaml" else exact_json.dumps(document, indented=True) + "\n"
    return File(f"{stem}.{format}", MEDIA_TYPES[format], text)
