"""Uploaded files: stored in chunks of rows, and dropped when imported, when old, or row by row when somebody is erased."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.csv_cells import trimmed
from contacts.csv_reading import Unreadable, read
from contacts.models import Import, ImportChunk, ImportState
from leadscore.exact_json import dumps, loads
from leadscore.sql import fetch, run

MOST_BYTES = 25 * 1024 * 1024
RANGE = 1_000  # rows of a chunk: one transaction of the import
KEPT = timedelta(days=30)
IDLE = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)  # nobody is at work on it, and somebody may yet begin

Rows = list[tuple[int, list[str]]]
Fault = tuple[int, list[str], str, str]  # row, cells, "refused" or "warning", reason


class CannotDiscard(Exception):
    """The import is at work, or over."""


class RowsGone(Exception):
    """A part of the file that is to be imported is not there any more."""


def store(workspace: Workspace, kind: str, file_name: str, raw: bytes, *, by: By) -> Import:
    """Keeps an uploaded file. Call it inside the workspace's scope, in a transaction that is given up when it raises.

    Raises:
        Unreadable: the file is too large, or no table.
    """
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 2**20} MB. Split it.")
    table = read(raw)
    made = Import.objects.create(
        workspace=workspace, kind=kind, file_name=_clean(file_name), encoding=table.encoding, delimiter=table.delimiter,
        headers=table.headers, created_by=audit.person(by),
    )  # fmt: skip
    made.rows = sum(_store_chunk(made, number, rows) for number, rows in enumerate(_chunks(table.rows)))
    if not made.rows:
        raise Unreadable("The file has a header and no row below it.")
    made.save(update_fields=["rows"])
    audit.record(workspace.id, "import.uploaded", made.file_name, by, {"import": made.id, "kind": kind, "rows": made.rows})
    return made


def _clean(name: str) -> str:
    return name.replace("\0", "").encode("utf-8", "replace").decode()[-200:] or "file.csv"


def _chunks(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Rows]:
    while chunk := list(islice(rows, RANGE)):
        yield chunk


def _store_chunk(made: Import, number: int, rows: Rows) -> int:
    ImportChunk.objects.create(workspace_id=made.workspace_id, source=made, number=number, rows=pack(rows))
    return len(rows)


def pack(value: object) -> bytes:
    """JSON, compressed. Halves of pairs, which no encoding of text has, cannot come out of a decoded file."""
    return zlib.compress(dumps(value).encode(), 6)


def unpack(packed: bytes | memoryview) -> Any:
    """What was packed; an empty list for what was dropped."""
    return loads(zlib.decompress(bytes(packed))) if packed else []


def chunk_of(made: Import, number: int, *, lock: bool = False) -> ImportChunk | None:
    """A chunk of the file; None behind its end, or once it was dropped."""
    chunks = ImportChunk.objects.select_for_update() if lock else ImportChunk.objects.all()
    return chunks.filter(workspace=made.workspace_id, source=made, number=number).first()


def first_rows(made: Import) -> Rows:
    """The rows of the first chunk, for suggestions and previews."""
    chunk = chunk_of(made, 0)
    return unpack(chunk.rows) if chunk else []


def save_notes(made: Import, number: int, notes: object) -> None:
    _of(made).filter(number=number).update(notes=pack(notes))


def save_faults(made: Import, number: int, faults: Sequence[Fault]) -> None:
    """Replaces what an earlier pass found wrong with the chunk."""
    _of(made).filter(number=number).update(faults=pack(faults) if faults else b"")


def faults(made: Import) -> Iterator[Fault]:
    """What the last pass found wrong, in the order of the file, read chunk by chunk."""
    numbers = list(_of(made).exclude(faults=b"").order_by("number").values_list("number", flat=True))
    for number in numbers:
        yield from unpack(_of(made).values_list("faults", flat=True).get(number=number))


def _of(made: Import) -> Any:
    return ImportChunk.objects.filter(workspace=made.workspace_id, source=made)


def drop_rows(made: Import) -> None:
    """Forgets the file after it was imported; of the rows only the faulty ones stay, until they are old."""
    _of(made).update(rows=b"", notes=b"")


def discard(made: Import, *, by: By) -> None:
    """Drops a file that is not wanted.

    Raises:
        CannotDiscard: it is at work, or it was imported.
    """
    if not Import.objects.filter(workspace=made.workspace_id, id=made.id, state__in=IDLE).update(state=ImportState.DISCARDED):
        raise CannotDiscard
    _of(made).delete()
    audit.record(made.workspace_id, "import.discarded", made.file_name, by, {"import": made.id})


def purge(workspace_id: int, before: datetime) -> None:
    """Drops what is kept of files that were uploaded before an instant. Those that waited for somebody are discarded with that."""
    with workspace_scope(workspace_id):
        old = Import.objects.filter(workspace=workspace_id, created_at__lt=before)
        old.filter(state__in=IDLE).update(state=ImportState.DISCARDED)  # first: whoever begins to import one of them now is too late
        ImportChunk.objects.filter(workspace=workspace_id, source__in=old.filter(state__in=[ImportState.DONE, ImportState.DISCARDED])).delete()


def forget(workspace_id: int, identifiers: Iterable[tuple[str, str]]) -> None:
    """Takes every row that has one of a contact's identifiers out of all that is kept of files. Before the contact is locked."""
    names = {value.lower() for _, value in identifiers}
    if not names:
        return
    places = fetch("SELECT source_id, number FROM contacts_importchunk WHERE workspace_id = %s ORDER BY source_id, number", [workspace_id])
    for source_id, number in places:
        _forget_in(workspace_id, source_id, number, names)


def _forget_in(workspace_id: int, source_id: int, number: int, names: set[str]) -> None:
    where = "WHERE workspace_id = %s AND source_id = %s AND number = %s"
    found = fetch(f"SELECT rows, faults FROM contacts_importchunk {where} FOR UPDATE", [workspace_id, source_id, number])
    for packed_rows, packed_faults in found:
        rows, faulty = unpack(packed_rows), unpack(packed_faults)
        kept, still_faulty = [row for row in rows if not _names(row[1], names)], [row for row in faulty if not _names(row[1], names)]
        if len(kept) < len(rows) or len(still_faulty) < len(faulty):
            packed = [pack(part) if part else b"" for part in (kept, still_faulty)]
            run(f"UPDATE contacts_importchunk SET rows = %s, faults = %s {where}", [*packed, workspace_id, source_id, number])


def _names(cells: Sequence[str], names: set[str]) -> bool:
    return any(trimmed(cell).lower() in names for cell in cells)
