"""The page on which somebody says what each column of a file is: as it is first suggested, and as it comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from contacts import imports
from contacts.checking import Problem
from contacts.csv_cells import DATE_FORMATS, trimmed
from contacts.import_mapping import LABELS, NAMED, TARGETS, VALUE_KINDS, Column, parse
from contacts.import_suggestions import CUSTOMARY, CUSTOMARY_COMPANY, missing_in, snake, suggest
from contacts.models import Import

KIND_LABELS = {"text": "Text", "number": "Number", "boolean": "True or false", "date": "Date"}
ZONES = ("UTC", "Europe/London", "Europe/Berlin", "Europe/Oslo", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver",
         "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney")  # fmt: skip
EXAMPLES = 3
LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A column of the file as the page shows it."""

    place: int
    header: str
    examples: list[str]
    column: Column
    name: str


@dataclass(frozen=True, slots=True)
class MappingForm:
    """All that the page shows. `problems` are of the last attempt."""

    made: Import
    lines: Sequence[Line]
    options: Mapping[str, Any]
    problems: Sequence[Problem] = ()

    @property
    def targets(self) -> list[tuple[str, str, bool]]:
        """Value, words, and whether it needs a name."""
        return [(target, LABELS[target], target in NAMED) for target in TARGETS[self.made.kind]]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(kind, KIND_LABELS[kind]) for kind in VALUE_KINDS]

    @property
    def date_formats(self) -> list[tuple[str, str]]:
        return list(DATE_FORMATS.items())

    @property
    def zones(self) -> list[str]:
        return sorted({*ZONES, str(self.options["zone"])})

    @property
    def customary(self) -> list[str]:
        return sorted({*CUSTOMARY, *CUSTOMARY_COMPANY}) if self.made.kind == "contacts" else []


def suggested(made: Import, zone: str) -> MappingForm:
    """The form as it is first shown: as it was left, else by what names and cells say."""
    samples = _samples(made)
    if made.mapping:
        columns, given = list(parse(made.kind, made.mapping, made.headers).columns), made.mapping
    else:
        columns, given = suggest(made.kind, made.headers, samples), {"missing": missing_in(samples), "zone": zone}
    return MappingForm(made, _lines(made, columns, samples), _options(given))


def posted(made: Import, post: QueryDict) -> dict[str, Any]:
    """The mapping that somebody chose, as a document."""
    columns = {}
    for place, header in enumerate(made.headers):
        to = post.get(f"to.{place}", "ignore")
        named = {"name": post.get(f"name.{place}", "")} if to in NAMED else {}
        columns[header] = {"to": to, **named, "kind": post.get(f"kind.{place}", "text")}
    document = {"columns": columns, "missing": [one for line in post.get("missing", "").splitlines() if (one := line.strip())]}
    document |= {name: post.get(name, default) for name, default in (("empty", "leave"), ("dates", "iso"), ("zone", "UTC"))}
    return {**document, "decimal_comma": "decimal_comma" in post, "event": post.get("event", "").strip()}


def again(made: Import, document: Mapping[str, Any], problems: Sequence[Problem]) -> MappingForm:
    """The form with what was chosen and what is wrong with it."""
    columns = [Column(one["to"], one.get("name", ""), one["kind"]) for one in document["columns"].values()]
    return MappingForm(made, _lines(made, columns, _samples(made)), _options(document), problems)


def _samples(made: Import) -> list[list[str]]:
    """The cells of the first rows, as many of each as there are headers."""
    return [[*cells, *[""] * (len(made.headers) - len(cells))] for _, cells in imports.first_rows(made)]


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "missing": "\n".join(given.get("missing", [])), "empty": given.get("empty", "leave"), "dates": given.get("dates", "iso"),
        "zone": given.get("zone", "UTC"), "decimal_comma": given.get("decimal_comma", False), "event": given.get("event", ""),
    }  # fmt: skip


def _lines(made: Import, columns: Sequence[Column], samples: Sequence[Sequence[str]]) -> list[Line]:
    return [
        Line(place, header, _examples([cells[place] for cells in samples]), column, column.name or snake(header))
        for place, (header, column) in enumerate(zip(made.headers, columns, strict=True))
    ]


def _examples(cells: Sequence[str]) -> list[str]:
    """The first different texts of a column."""
    found = dict.fromkeys(text for cell in cells if (text := trimmed(cell)))
    return [text[:LONGEST_EXAMPLE] for text in list(found)[:EXAMPLES]]
