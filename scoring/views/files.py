"""Scoring types as files: downloaded, and taken in as a new type or as the draft of one that there is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from leadscore.exact_json import dumps
from leadscore.query_text import query_text
from scoring import drafts
from scoring.api.document_schema import schema_address, schema_comment
from scoring.differences import differences
from scoring.exporting import FORMATS, as_file
from scoring.models import ScoringType
from scoring.views import page, reading
from scoring.views.versions import find_version

MOST_TOLD = 200  # problems
MOST_SHOWN = 200_000  # characters of a file that come back into the field, to be mended there


@require_safe
@workspace_view("read")
def export_draft(request: WorkspaceRequest, key: str) -> HttpResponse:
    return _download(request, page.find(request, key).draft, f"{key}-draft")


@require_safe
@workspace_view("read")
def export_version(request: WorkspaceRequest, key: str, number: int) -> HttpResponse:
    return _download(request, find_version(page.find(request, key), number).document, f"{key}-{number}")


def _download(request: WorkspaceRequest, document: dict[str, Any], stem: str) -> HttpResponse:
    """The document as JSON, or as YAML with `?format=yaml`; 404 for any other format."""
    asked = request.GET.get("format", "json")
    format = next((one for one in FORMATS if one == asked), None)
    if format is None:
        raise Http404("no such format")
    file = as_file(document, stem, format, schema_comment())
    return HttpResponse(file.text, content_type=file.media_type, headers={"Content-Disposition": f'attachment; filename="{file.name}"'})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("scoring")
def take_in(request: WorkspaceRequest) -> HttpResponse:
    """The form; sent, a new type, or the differences that a draft would be replaced with; agreed to, the replaced draft."""
    if request.method != "POST":
        return _form(request)
    content = _sent(request)
    if not content:
        return _form(request, missing="Choose a file, or paste a document.")
    try:
        document = reading.read(content)
    except reading.Refused as refused:
        return _form(request, content, told=refused.problems)
    into = query_text(request.POST, "into")
    return _replace(request, page.find(request, into), document) if into else _make(request, document)


def _sent(request: WorkspaceRequest) -> bytes:
    """The file, else what was pasted. Of a file that is too large no more is read than shows that it is."""
    file = request.FILES.get("file")
    if isinstance(file, UploadedFile):
        content: bytes = file.read(reading.MOST_BYTES + 1)
        return content
    return request.POST.get("text", "").strip().encode()


def _form(request: WorkspaceRequest, content: bytes = b"", **more: Any) -> HttpResponse:
    types = ScoringType.objects.filter(workspace=request.workspace, archived_at=None).order_by("name", "id")
    told = more.get("told", [])
    shown = {
        "types": types, "into": request.POST.get("into", request.GET.get("into", "")), "most": reading.MOST_BYTES // 1024**2,
        "text": content.decode("utf-8", "replace")[:MOST_SHOWN], "schema": schema_address(), "more_told": max(0, len(told) - MOST_TOLD),
        **more, "told": told[:MOST_TOLD],
    }  # fmt: skip
    return render(request, "scoring/import.html", shown, status=422 if more else 200)


def _make(request: WorkspaceRequest, document: dict[str, Any]) -> HttpResponse:
    made = drafts.create_freely(request.workspace, document, by=request.user)
    taken = f" Its key is {made.key}, for {document['key']} is taken." if made.key != document["key"] else ""
    messages.success(request, f"{made.name} is imported as a draft.{taken} Nothing is scored by it until you publish.")
    return redirect("scoring:edit", request.workspace.slug, made.key)


def _replace(request: WorkspaceRequest, scoring_type: ScoringType, document: dict[str, Any]) -> HttpResponse:
    """Asks first; agreed to, replaces the draft, unless that was saved meanwhile: then asks again."""
    taken = {**document, "key": scoring_type.key}
    if not request.POST.get("agreed"):
        return _ask(request, scoring_type, taken, document["key"])
    try:
        page.save(request, scoring_type, taken)
    except drafts.Stale:
        return _ask(request, page.find(request, scoring_type.key), taken, document["key"], stale=True)
    messages.success(request, f"The draft of {scoring_type.name} is what was imported. Nothing is scored by it until you publish.")
    return redirect("scoring:edit", request.workspace.slug, scoring_type.key)


def _ask(request: WorkspaceRequest, scoring_type: ScoringType, taken: dict[str, Any], key: str, *, stale: bool = False) -> HttpResponse:
    """What would be different; `key` is the one that the document came with."""
    shown = {
        "type": scoring_type, "live": scoring_type.published, "changes": differences(scoring_type.draft, taken), "text": dumps(taken),
        "other_key": key if key != scoring_type.key else "", "stale": stale,
    }  # fmt: skip
    return render(request, "scoring/import_replace.html", shown, status=409 if stale else 200)
