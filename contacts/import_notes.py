"""What the rows of a file have to do with each other, found in one pass before they are imported in ranges. Pure.

A contact has one row: a further one that names the same identifier is refused, so that the outcome does not depend on where ranges end, and importing
the file again changes nothing. Companies are named by many rows: of each trait the last that says it counts, and the first row that names the
company carries it. An activity counts once: of rows with one messageId the first. What a row adds somebody by is known before ranges are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contacts.import_rows import Row


@dataclass(slots=True)
class Notes:
    """Of one chunk. `repeated`: row → why it is refused; `companies`: row → the traits of its company that it carries, for the others carry none.

    Of activities: `again`, rows whose messageId an earlier row has; `first`, rows that name nobody whom an earlier row names.
    """

    repeated: dict[int, str] = field(default_factory=dict)
    companies: dict[int, dict[str, Any]] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)
    first: set[int] = field(default_factory=set)

    def document(self) -> dict[str, Any]:
        return {
            "repeated": list(self.repeated.items()), "companies": list(self.companies.items()), "again": sorted(self.again),
            "first": sorted(self.first),
        }  # fmt: skip

    @classmethod
    def read(cls, document: Any) -> Notes:
        """What `document` gave; of a file without notes, none."""
        if not document:
            return cls()
        return cls(dict(document["repeated"]), dict(document["companies"]), set(document.get("again", [])), set(document.get("first", [])))


KIND_WORDS = {"user_id": "userId", "email": "e-mail address", "anonymous_id": "anonymousId"}


class Noting:
    """Goes through a file's chunks in order. `chunks` are complete when all have been seen: a later row may add to what an earlier one carries."""

    def __init__(self) -> None:
        self.chunks: list[Notes] = []
        self._first: dict[tuple[str, str], int] = {}
        self._companies: dict[str, dict[str, Any]] = {}
        self._message_ids: set[str] = set()

    def see_activities(self, rows: Iterable[Row]) -> None:
        notes = Notes()
        self.chunks.append(notes)
        for row in rows:
            if row.message_id in self._message_ids:
                notes.again.add(row.number)
                continue
            self._message_ids.add(row.message_id)
            if not any(name in self._first for name in row.names):
                notes.first.add(row.number)
            self._first.update(dict.fromkeys(row.names, row.number))

    def see(self, rows: Iterable[Row]) -> None:
        notes = Notes()
        self.chunks.append(notes)
        for row in rows:
            earlier = next((name for name in row.names if name in self._first), None)
            if earlier:
                notes.repeated[row.number] = f"It names the same {KIND_WORDS[earlier[0]]} as row {self._first[earlier]}, which counts."
                continue
            self._first.update(dict.fromkeys(row.names, row.number))
            self._see_company(row, notes)

    def _see_company(self, row: Row, notes: Notes) -> None:
        if row.group_id is None:
            return
        if row.group_id not in self._companies:
            self._companies[row.group_id] = notes.companies[row.number] = {}
        carried = self._companies[row.group_id]
        carried.update({name: value for name, value in row.company.items() if value is not None or name not in carried})
