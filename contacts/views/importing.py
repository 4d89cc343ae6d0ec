"""Importing a file: upload, columns, check, run, result; and the history of it."""

from __future__ import annotations

from itertools import islice

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts import imports
from contacts.csv_reading import Unreadable
from contacts.models import Import, ImportKind, ImportState
from contacts.views import import_form
from contacts.views.exporting import csv_answer, fault_lines
from leadscore.htmx import wants_fragment
from scoring import importing

HISTORY = 50
PREVIEW_ROWS = 5
SHOWN_FAULTS = 10
AT_WORK = (ImportState.CHECKING, ImportState.RUNNING)


@workspace_view("contacts")
def start(request: WorkspaceRequest) -> HttpResponse:
    """The form to upload a file, and what was imported before."""
    wrong = ""
    if request.method == "POST":
        made = _uploaded(request)
        if isinstance(made, Import):
            return redirect("contacts:import_columns", request.workspace.slug, made.id)
        wrong = made
    history = Import.objects.filter(workspace=request.workspace).select_related("created_by").defer("mapping", "headers").order_by("-id")[:HISTORY]
    context = {
        "history": history, "wrong": wrong, "kinds": ImportKind.choices, "kind": request.POST.get("kind", ImportKind.CONTACTS),
        "most": imports.MOST_BYTES // 2**20,
    }  # fmt: skip
    return render(request, "contacts/import/start.html", context, status=422 if wrong else 200)


def _uploaded(request: WorkspaceRequest) -> Import | str:
    """The stored file, or in words why there is none."""
    file, kind = request.FILES.get("file"), request.POST.get("kind", "")
    if not isinstance(file, UploadedFile):
        return "Choose a file."
    if kind not in ImportKind.values:
        return "Say what the rows are."
    if (file.size or 0) > imports.MOST_BYTES:
        return f"The file is larger than {imports.MOST_BYTES // 2**20} MB. Split it."
    try:
        with transaction.atomic():
            return imports.store(request.workspace, kind, file.name or "file.csv", file.read(), by=request.user)
    except Unreadable as error:
        return str(error)


@workspace_view("contacts")
def columns(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """What each column is; posted, the file is checked."""
    made = _import(request, import_id)
    if made.state not in (ImportState.UPLOADED, ImportState.CHECKED):
        return redirect("contacts:import", request.workspace.slug, made.id)
    form = import_form.suggested(made, request.workspace.time_zone)
    if request.method == "POST":
        document = import_form.posted(made, request.POST)
        try:
            importing.check(made, document, by=request.user)
            return redirect("contacts:import", request.workspace.slug, made.id)
        except importing.BadMapping as bad:
            form = import_form.again(made, document, bad.problems)
        except importing.NotReady:
            return redirect("contacts:import", request.workspace.slug, made.id)
    preview = [cells[: len(made.headers)] for _, cells in imports.first_rows(made)[:PREVIEW_ROWS]]
    context = {"made": made, "form": form, "preview": preview}
    return render(request, "contacts/import/columns.html", context, status=422 if form.problems else 200)


@require_GET
@vary_on_headers("HX-Request")
@workspace_view("contacts")
def shown(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """How far an import has come, and what it did; for htmx that part alone."""
    made = _import(request, import_id)
    if made.state == ImportState.UPLOADED and not (made.job and made.job.error):
        return redirect("contacts:import_columns", request.workspace.slug, made.id)
    job = made.job
    share = min(99, 100 * job.done // job.total) if job and job.total else 0
    context = {
        "made": made, "job": job, "share": share, "at_work": made.state in AT_WORK, "counts": _counts(made),
        "changes": made.counts.get("new", 0) + made.counts.get("updated", 0),
        "faulty": made.counts.get("refused", 0) + made.counts.get("warnings", 0),
        "faults": [] if made.state in AT_WORK else list(islice(imports.faults(made), SHOWN_FAULTS)),
    }  # fmt: skip
    return render(request, "contacts/import/_state.html" if wants_fragment(request) else "contacts/import/show.html", context)


def _counts(made: Import) -> list[tuple[str, int]]:
    """The counts with their words, as the state of the import has it."""
    kept = "Unchanged" if made.kind == ImportKind.CONTACTS else "There already"
    words = {"new": "New", "updated": "Updated", "unchanged": kept, "refused": "Refused", "warnings": "With a warning"}
    if made.kind == ImportKind.ACTIVITIES:
        del words["updated"]
        words["new_contacts"] = "New contacts"
    return [(words[name], made.counts.get(name, 0)) for name in words]


@require_POST
@workspace_view("contacts")
def run(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    made = _import(request, import_id)
    try:
        importing.run(made, by=request.user)
    except importing.NotReady:
        messages.warning(request, "This import cannot be begun now.")
    return redirect("contacts:import", request.workspace.slug, made.id)


@require_POST
@workspace_view("contacts")
def discard(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    made = _import(request, import_id)
    try:
        imports.discard(made, by=request.user)
        messages.success(request, f"{made.file_name} is discarded; nothing of it is kept.")
    except imports.CannotDiscard:
        messages.warning(request, "It is at work or over, and cannot be discarded.")
    return redirect("contacts:import_start", request.workspace.slug)


@require_GET
@workspace_view("contacts")
def errors(request: WorkspaceRequest, import_id: int) -> StreamingHttpResponse:
    """The rows that were refused or have a warning, each with the reason, as a file."""
    made = _import(request, import_id)
    return csv_answer(request.workspace.id, f"errors-{made.id}.csv", lambda: fault_lines(made))


def _import(request: WorkspaceRequest, import_id: int) -> Import:
    return get_object_or_404(Import.objects.select_related("job", "created_by"), workspace=request.workspace, id=import_id)
