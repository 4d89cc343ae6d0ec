"""What tests of imports share: a file given as rows, put in and worked through at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from contacts import imports
from contacts.models import Import
from scoring import importing

CONTACTS = {"columns": {
    "id": {"to": "user_id"}, "mail": {"to": "email"}, "first": {"to": "trait", "name": "first_name"}, "role": {"to": "trait", "name": "job_title"},
    "visits": {"to": "trait", "name": "visits", "kind": "number"}, "firm": {"to": "company_id"},
    "firm name": {"to": "company_trait", "name": "name"}, "industry": {"to": "company_trait", "name": "industry"},
}, "missing": ["Select"]}  # fmt: skip
ACTIVITIES = {"columns": {
    "mail": {"to": "email"}, "what": {"to": "event"}, "when": {"to": "occurred_at"}, "mid": {"to": "message_id"},
    "url": {"to": "property", "name": "url"},
}}  # fmt: skip


def csv_of(headers: Sequence[str], *rows: Sequence[object]) -> bytes:
    return "\n".join(",".join(str(cell) for cell in row) for row in [headers, *rows]).encode()


def store(workspace: Workspace, raw: bytes, by: User, kind: str = "contacts") -> Import:
    with workspace_scope(workspace.id):
        return imports.store(workspace, kind, "leads.csv", raw, by=by)


def work(workspace: Workspace, job: Job) -> None:
    while importing.advance(workspace.id, job.id):
        pass


def narrowed(mapping: dict[str, Any], made: Import) -> dict[str, Any]:
    """The mapping without columns that the file lacks."""
    return {**mapping, "columns": {header: one for header, one in mapping["columns"].items() if header in made.headers}}


def check(workspace: Workspace, made: Import, by: User, mapping: dict[str, Any] = CONTACTS) -> dict[str, int]:
    with workspace_scope(workspace.id):
        job = importing.check(made, narrowed(mapping, made), by=by)
    work(workspace, job)
    return counts(made)


def put_in(workspace: Workspace, raw: bytes, by: User, mapping: dict[str, Any] = CONTACTS, kind: str = "contacts") -> tuple[Import, dict[str, int]]:
    """Imports a file without checking it first; the counts without those of 0."""
    made = store(workspace, raw, by, kind)
    with workspace_scope(workspace.id):
        job = importing.run(made, narrowed(mapping, made), by=by)
    work(workspace, job)
    return made, counts(made)


def counts(made: Import) -> dict[str, int]:
    with workspace_scope(made.workspace_id):
        made.refresh_from_db()
        return {name: count for name, count in made.counts.items() if count}


def reasons(made: Import) -> list[tuple[int, str, str]]:
    with workspace_scope(made.workspace_id):
        return [(row, result, reason) for row, _, result, reason in imports.faults(made)]
