"""What the columns of an imported file are: the document that says it, what is wrong with one, and its parsed form. Pure.

    {"columns": {"E-mail": {"to": "email"}, "Visits": {"to": "trait", "name": "visits", "kind": "number"}},
     "missing": ["Select"], "empty": "leave", "dates": "iso", "zone": "UTC", "decimal_comma": false, "event": ""}

Columns that are not named are left out. `event` is the name of all activities, where no column has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contacts.checking import Problem, Problems, choice, keys, text, under, wrong_kind
from contacts.csv_cells import DATE_FORMATS
from contacts.trait_names import BUILT_IN, SNAKE_CASE

IDENTIFIERS = ("user_id", "email", "anonymous_id")
NAMED = ("trait", "company_trait", "property")  # these say under which name a cell is kept
TARGETS: Mapping[str, tuple[str, ...]] = {
    "contacts": ("ignore", *IDENTIFIERS, "trait", "company_id", "company_trait"),
    "activities": ("ignore", *IDENTIFIERS, "event", "occurred_at", "message_id", "property"),
}
VALUE_KINDS = ("text", "number", "boolean", "date")
EMPTY = ("leave", "clear")
MOST_NAME = 100
MOST_MISSING = 50


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is: one of TARGETS, the name where that is one of NAMED, and the kind of its values."""

    to: str = "ignore"
    name: str = ""
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Columns:
    """A valid document. `columns` by their place in the file; `missing` in small letters; `event` is "" where a column has it."""

    kind: str
    columns: tuple[Column, ...]
    missing: frozenset[str] = frozenset()
    clear: bool = False
    dates: str = "iso"
    zone: str = "UTC"
    decimal_comma: bool = False
    event: str = ""

    @property
    def company_by_name(self) -> bool:
        """Whether a company's name is its id as well, for no column has one."""
        return all(column.to != "company_id" for column in self.columns)


def parse(kind: str, document: Mapping[str, Any], headers: Sequence[str]) -> Columns:
    """The parsed form of a document in which `problems` finds nothing."""
    given = document["columns"]
    return Columns(
        kind,
        tuple(_column(given[header]) if header in given else Column() for header in headers),
        frozenset(value.strip().lower() for value in document.get("missing", [])),
        document.get("empty", "leave") == "clear",
        document.get("dates", "iso"),
        document.get("zone", "UTC"),
        document.get("decimal_comma", False),
        document.get("event", "").strip(),
    )


def _column(given: Mapping[str, Any]) -> Column:
    to, kind = given["to"], given.get("kind", "text")
    name = given.get("name", "").strip() if to in NAMED else ""
    return Column(to, name if to == "property" else SNAKE_CASE.get(name, name), kind)


def problems(kind: str, document: object, headers: Sequence[str]) -> list[Problem]:
    """Everything that keeps a document from being used for a file with these headers."""
    if not isinstance(document, Mapping):
        return [wrong_kind(document, "", "an object")]
    found = list(_shape(kind, document, headers))
    return found or list(_whole(parse(kind, document, headers)))


def _shape(kind: str, document: Mapping[str, Any], headers: Sequence[str]) -> Problems:
    yield from keys(document, "", required=("columns",), optional=("missing", "empty", "dates", "zone", "decimal_comma", "event"))
    yield from _columns(kind, document.get("columns"), headers) if "columns" in document else ()
    yield from _missing(document.get("missing", []))
    yield from choice(document.get("empty", "leave"), "empty", EMPTY)
    yield from choice(document.get("dates", "iso"), "dates", tuple(DATE_FORMATS))
    yield from text(document.get("event", ""), "event", shortest=0)
    if not isinstance(document.get("decimal_comma", False), bool):
        yield wrong_kind(document["decimal_comma"], "decimal_comma", "true or false")
    if not is_zone(document.get("zone", "UTC")):
        yield Problem("zone", "unknown", "This is no time zone's name, such as Europe/Oslo.")


def is_zone(name: object) -> bool:
    try:
        return isinstance(name, str) and bool(ZoneInfo(name))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return False


def _columns(kind: str, given: object, headers: Collection[str]) -> Problems:
    if not isinstance(given, Mapping):
        yield wrong_kind(given, "columns", "an object")
        return
    for header, column in given.items():
        at = under("columns", header)
        if header not in headers:
            yield Problem(at, "unknown", "The file has no such column.")
        elif not isinstance(column, Mapping):
            yield wrong_kind(column, at, "an object")
        else:
            yield from _one(kind, column, at)


def _one(kind: str, column: Mapping[str, Any], at: str) -> Problems:
    yield from keys(column, at, required=("to",), optional=("name", "kind"))
    yield from choice(column.get("to"), f"{at}.to", TARGETS[kind]) if "to" in column else ()
    yield from choice(column.get("kind", "text"), f"{at}.kind", VALUE_KINDS)
    name = column.get("name", "")
    wrong = list(text(name, f"{at}.name", shortest=0, longest=MOST_NAME))
    yield from wrong
    if not wrong and column.get("to") in NAMED:
        yield from _name(name.strip(), column["to"], f"{at}.name")


def _name(name: str, to: str, at: str) -> Problems:
    if not name:
        yield Problem(at, "required", "Say under which name it is kept.")
    elif to == "trait" and SNAKE_CASE.get(name, name) in BUILT_IN:
        yield Problem(at, "built_in", f"“{name}” is worked out by leadscore and cannot be set.")
    elif to == "trait" and name == "email":
        yield Problem(at, "email", "An e-mail address identifies: choose “E-mail address” for this column.")


def _missing(given: object) -> Problems:
    if not isinstance(given, list) or len(given) > MOST_MISSING:
        yield wrong_kind(given, "missing", f"a list of at most {MOST_MISSING} texts")
        return
    for place, value in enumerate(given):
        yield from text(value, f"missing[{place}]")


def _whole(mapping: Columns) -> Iterator[Problem]:
    """What is missing or there twice."""
    used = [column.to for column in mapping.columns]
    if not set(IDENTIFIERS) & set(used):
        yield Problem("columns", "no_identifier", "No column says who it is: choose one that is a userId, an e-mail address or an anonymousId.")
    once = [(column.to, column.name) for column in mapping.columns if column.to != "ignore"]
    for to, name in sorted({target for target in once if once.count(target) > 1}):
        yield Problem("columns", "twice", f"Two columns are the same: {LABELS[to]}{f' “{name}”' if name else ''}.")
    if "company_trait" in used and "company_id" not in used and ("company_trait", "name") not in once:
        yield Problem("columns", "no_company", "Columns about the company need one with the company's id, or with its name.")
    if mapping.kind == "activities":
        yield from _of_activities(mapping, used)


def _of_activities(mapping: Columns, used: Collection[str]) -> Iterator[Problem]:
    if "event" in used and mapping.event:
        yield Problem("event", "twice", "The name comes from a column. Leave one of the two out.")
    if "event" not in used and not mapping.event:
        yield Problem("event", "required", "Say what was done: a column with the names, or one name for all rows.")
    if "occurred_at" not in used:
        yield Problem("columns", "no_time", "No column says when it happened.")


LABELS: Mapping[str, str] = {
    "ignore": "Leave out",
    "user_id": "userId",
    "email": "E-mail address",
    "anonymous_id": "anonymousId",
    "trait": "Trait",
    "company_id": "Company's id",
    "company_trait": "Company's trait",
    "event": "What was done",
    "occurred_at": "When it happened",
    "message_id": "messageId",
    "property": "Property",
}
"""What people call each target."""
