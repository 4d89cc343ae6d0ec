"""The audit log: who did what, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import WorkspaceRequest, workspace_view
from accounts.models import AuditEntry

PAGE = 50


@workspace_view("audit")
def audit(request: WorkspaceRequest) -> HttpResponse:
    entries = AuditEntry.objects.filter(workspace=request.workspace).select_related("actor", "key").order_by("-id")
    after = request.GET.get("after", "")
    if after.isdecimal():
        entries = entries.filter(id__lt=min(int(after), 2**63 - 1))
    page = list(entries[: PAGE + 1])
    more = f"?after={page[PAGE - 1].id}" if len(page) > PAGE else ""
    shown = [(entry, list(details(entry.data))) for entry in page[:PAGE]]
    context = {"entries": shown, "shown": f"{len(shown)} deeds", "next": more, "newest": "?" if after else ""}
    return render(request, "accounts/audit.html", context)


def details(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an entry says beside its target, in words: a pair of old and new as a change."""
    for name, value in data.items():
        if isinstance(value, dict) and value.keys() == {"from", "to"}:
            value = f"{_words(value['from'])} → {_words(value['to'])}"
        if (words := _words(value)) != "":
            yield name.replace("_", " "), words


def _words(value: object) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
