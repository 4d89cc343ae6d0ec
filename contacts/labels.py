"""Activities in a few words, the same in lists, on the timeline and in mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

LONGEST = 200
ANONYMOUS = "Anonymous visitor"  # what a contact is called of whom nothing else is known


def label(name: str, properties: Mapping[str, Any], kind: str = "track") -> str:
    """Says what was done: "Viewed /pricing", "Sent form Book a demo", or the activity's own name."""
    if kind == "identify":
        return "Said who they are"
    if kind == "group":
        return "Named their company"
    if kind == "alias":
        return f"Turned out to be {_text(properties, 'previousId')}"[:LONGEST]
    verb, noun = phrase(name, properties)
    return f"{verb} {noun}".strip()[:LONGEST]


def phrase(name: str, properties: Mapping[str, Any]) -> tuple[str, str]:
    """What was done, and to what; the second is empty where nothing says it."""
    match name:
        case "Page Viewed":
            return "Viewed", _path(properties) or _text(properties, "title", "name") or "a page"
        case "Screen Viewed":
            return "Viewed", _text(properties, "name") or "a screen"
        case "Form Submitted":
            return "Sent form", _text(properties, "form_name", "form", "name", "form_id", "title")
        case "File Downloaded":
            return "Downloaded", _text(properties, "title", "file_name", "file", "name") or "a file"
        case _:
            return name, _text(properties, "title", "name", "product")


def _path(properties: Mapping[str, Any]) -> str:
    given = _text(properties, "path")
    if given:
        return given
    try:
        parts = urlsplit(_text(properties, "url"))
    except ValueError:
        return ""
    return parts.path or ("/" if parts.netloc else "")


def _text(properties: Mapping[str, Any], *names: str) -> str:
    return next((value.strip() for name in names if isinstance(value := properties.get(name), str) and value.strip()), "")
