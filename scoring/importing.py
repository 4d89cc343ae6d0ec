"""Importing an uploaded file: checked first, which changes nothing, then run. Both are jobs of one chunk a transaction, so that any worker can go on.

Each row that changes something is a server's call dated when the run was begun, and is scored like one; the stage changes have cause `import`, so
nobody is told of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from accounts import audit, jobs
from accounts.audit import By
from accounts.jobs import fail, finish, hold, open_job, progress
from accounts.models import Job, Workspace
from accounts.scope import workspace_scope
from contacts import import_mapping, import_rows, imports
from contacts.checking import Faulty
from contacts.import_mapping import Columns
from contacts.import_notes import Notes, Noting
from contacts.import_rows import Refused, Row
from contacts.models import Import, ImportState
from contacts.overtaking import OVERTAKEN
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from scoring import import_plans
from scoring.import_plans import Planned, Run
from scoring.intake import take_in
from scoring.versions import active

CHECK, RUN = "import_check", "import"
KINDS = (CHECK, RUN)
COUNTS = ("new", "updated", "unchanged", "refused", "warnings", "new_contacts")  # the last: contacts that activities add
TRIES = 10


class NotReady(Exception):
    """The import is at work, over, or its columns have not been chosen."""


class BadMapping(Faulty):
    """The mapping cannot be used for the file. `problems` says where."""


def check(made: Import, mapping: Mapping[str, Any], *, by: By) -> Job:
    """Begins to find out what a file would change, without changing it; the job. Call it inside the workspace's scope.

    Raises:
        BadMapping, NotReady.
    """
    held = _held(made, ImportState.UPLOADED, ImportState.CHECKED)
    _map(held, mapping)
    return _begin(held, CHECK, ImportState.CHECKING, by)


def run(made: Import, mapping: Mapping[str, Any] | None = None, *, by: By, clock: Clock = database_now) -> Job:
    """Begins to import a file; the job. One that stopped is gone on with under its first instant. Call it inside the workspace's scope.

    Args:
        mapping: for a file of which nothing was imported yet.

    Raises:
        BadMapping, NotReady.
    """
    held = _held(made, ImportState.CHECKED, ImportState.FAILED if mapping is None else ImportState.UPLOADED)
    if mapping is not None:
        _map(held, mapping)
    if not held.mapping:
        raise NotReady
    held.instant = held.instant or clock()
    audit.record(held.workspace_id, "import.begun", held.file_name, by, {"import": held.id, "kind": held.kind, "rows": held.rows})
    return _begin(held, RUN, ImportState.RUNNING, by)


def _held(made: Import, *states: ImportState) -> Import:
    """The import, locked, in one of these states. Raises NotReady."""
    held = Import.objects.select_for_update().filter(workspace=made.workspace_id, id=made.id, state__in=states).first()
    if held is None:
        raise NotReady
    return held


def _map(held: Import, mapping: Mapping[str, Any]) -> None:
    if found := import_mapping.problems(held.kind, mapping, held.headers):
        raise BadMapping(found)
    held.mapping = dict(mapping)


def _begin(held: Import, kind: str, state: ImportState, by: By) -> Job:
    job = open_job(held.workspace_id, kind, held.file_name, held.rows, by, {"import": held.id})
    held.job, held.state, held.counts = job, state, dict.fromkeys(COUNTS, 0)
    held.save()
    jobs.wake_on_commit("scoring.tasks.continue_importing", held.workspace_id, job.id)
    return job


def stalled(workspace_id: int) -> list[int]:
    """Open jobs of imports that no worker has touched for a while."""
    return jobs.stalled(workspace_id, KINDS)


def advance(workspace_id: int, job_id: int, clock: Clock = database_now) -> bool:
    """Does the next range of a job in one transaction; whether there is more to do.

    False also where another worker holds the job, or it has ended.
    """
    for attempt in range(TRIES):
        try:
            return _advance(workspace_id, job_id, clock)
        except OVERTAKEN:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


def _advance(workspace_id: int, job_id: int, clock: Clock) -> bool:
    with workspace_scope(workspace_id):
        may_take_in = _lock_for_rows(workspace_id, job_id)
        job = hold(workspace_id, job_id)
        if job is None:
            return False
        if job.phase == "rows" and not may_take_in:  # it came to that just now
            return True
        made = Import.objects.get(workspace=workspace_id, id=job.params["import"])
        columns = import_mapping.parse(made.kind, made.mapping or {}, made.headers)
        run = Run(made.id, made.instant or clock(), _secret(workspace_id))
        return _range(job, made, columns, run, clock) if job.phase == "rows" else _note(job, made, columns, run)


def _secret(workspace_id: int) -> bytes:
    return Workspace.objects.values_list("import_secret", flat=True).get(id=workspace_id).bytes


def _lock_for_rows(workspace_id: int, job_id: int) -> bool:
    """Takes the locks of the workspace's models, which come before the job's, if the job is at its rows: the first pass reads a whole file."""
    is_at_rows = Job.objects.filter(workspace=workspace_id, id=job_id, phase="rows").exists()
    if is_at_rows:
        active(workspace_id)
    return is_at_rows


def give_up(workspace_id: int, job_id: int, error: Exception) -> None:
    """Ends a job that cannot go on. What was imported stays, and the rest can be imported later."""
    with workspace_scope(workspace_id):
        job = hold(workspace_id, job_id)
        if job:
            fail(job, f"The import stopped: {type(error).__name__}: {error}")
            state = ImportState.UPLOADED if job.kind == CHECK else ImportState.FAILED
            Import.objects.filter(workspace=workspace_id, id=job.params["import"]).update(state=state)


def _note(job: Job, made: Import, columns: Columns, run: Run) -> bool:
    """The first pass: what rows have to do with each other, kept beside each chunk."""
    noting = Noting()
    see = noting.see if made.kind == "contacts" else noting.see_activities
    number = 0
    while chunk := imports.chunk_of(made, number):
        see(one for one in _read(made, columns, imports.unpack(chunk.rows), run) if isinstance(one, Row))
        number += 1
    for place, notes in enumerate(noting.chunks):
        imports.save_notes(made, place, notes.document())
    return progress(job, 0, 0, phase="rows")


def _range(job: Job, made: Import, columns: Columns, run: Run, clock: Clock) -> bool:
    chunk = imports.chunk_of(made, job.cursor, lock=True)
    if chunk is None:
        if job.cursor * imports.RANGE < made.rows:
            raise imports.RowsGone("rows of the file are not kept any more")
        return _finish(job, made, clock)
    rows: imports.Rows = imports.unpack(chunk.rows)
    notes = Notes.read(imports.unpack(chunk.notes))
    planned, faults = _plan(made, columns, rows, notes, run)
    if job.kind == RUN:
        counted = take_in(made.workspace_id, [call for one in planned for call in one.calls], clock, cause="import").keys()
        planned = [import_plans.without_effect(one, counted) for one in planned]
    imports.save_faults(made, chunk.number, faults)
    _count(job, made, planned, faults)
    return progress(job, job.done + len(rows), job.cursor + 1)


def _read(made: Import, columns: Columns, rows: imports.Rows, run: Run) -> Iterator[Row | imports.Fault]:
    for number, cells in rows:
        try:
            yield import_rows.read(columns, made.headers, number, cells, run.at, run.secret)
        except Refused as refused:
            yield number, cells, "refused", str(refused)


def _plan(made: Import, columns: Columns, rows: imports.Rows, notes: Notes, run: Run) -> tuple[list[Planned], list[imports.Fault]]:
    """What the good rows would change, and what is to be said of rows, in their order."""
    cells = dict(rows)
    good: list[Row] = []
    faults: list[imports.Fault] = []
    for one in _read(made, columns, rows, run):
        if not isinstance(one, Row):
            faults.append(one)
        elif one.number in notes.repeated:
            faults.append((one.number, cells[one.number], "refused", notes.repeated[one.number]))
        else:
            good.append(one)
    if made.kind == "contacts":
        planned = import_plans.contacts(made.workspace_id, run, good, notes)
    else:
        planned = import_plans.past_activities(made.workspace_id, run, good, notes)
    faults += [(one.row.number, cells[one.row.number], "warning", one.warning) for one in planned if one.warning]
    return planned, sorted(faults, key=lambda fault: fault[0])


def _count(job: Job, made: Import, planned: list[Planned], faults: list[imports.Fault]) -> None:
    """Adds the range's counts to the import's and, for whoever watches the job, to the job's."""
    found = Counter(one.outcome for one in planned)
    found["refused"] = sum(fault[2] == "refused" for fault in faults)
    found["warnings"] = len(faults) - found["refused"]
    found["new_contacts"] = sum(one.adds_contact for one in planned)
    made.counts = {name: made.counts.get(name, 0) + found[name] for name in COUNTS}
    made.save(update_fields=["counts"])
    Job.objects.filter(workspace=job.workspace_id, id=job.id).update(result=_result(made))


def _result(made: Import) -> dict[str, Any]:
    return {"import": made.id, **made.counts, "errors": f"/api/v1/contacts/import/{made.id}/errors/"}


def _finish(job: Job, made: Import, clock: Clock) -> bool:
    made.state = ImportState.CHECKED
    if job.kind == RUN:
        made.state, made.finished_at = ImportState.DONE, clock()
        imports.drop_rows(made)
        audit.record(made.workspace_id, "import.done", made.file_name, job.created_by, {"import": made.id, **made.counts})
    made.save(update_fields=["state", "finished_at"])
    finish(job, _result(made))
    return False
