"""A workspace's name and time zone, and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from accounts.forms import DeleteForm, WorkspaceForm
from accounts.workspaces import change_settings, delete_workspace


@workspace_view("read", post="settings")
def settings(request: WorkspaceRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, instance=request.workspace)
    if form.is_valid():
        change_settings(request.workspace, form.cleaned_data["name"], form.cleaned_data["time_zone"], request.user)
        messages.success(request, "Settings saved.")
        return redirect("accounts:settings", request.workspace.slug)
    return _page(request, form, DeleteForm(slug=request.workspace.slug))


@require_POST
@workspace_view("delete_workspace")
def delete(request: WorkspaceRequest) -> HttpResponse:
    form = DeleteForm(request.POST, slug=request.workspace.slug)
    if form.is_valid():
        delete_workspace(request.workspace)
        messages.success(request, f"{request.workspace.name} and all its data are deleted.")
        return redirect("accounts:start")
    return _page(request, WorkspaceForm(instance=request.workspace), form)


def _page(request: WorkspaceRequest, form: WorkspaceForm, deleting: DeleteForm) -> HttpResponse:
    wrong = form.errors or deleting.errors
    return render(request, "accounts/settings.html", {"form": form, "deleting": deleting}, status=422 if wrong else 200)
