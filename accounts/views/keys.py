"""Keys: making, showing once, editing, revoking."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from accounts.forms import KeyEditForm, KeyForm
from accounts.keys import NotOfThisKey, issue
from accounts.keys import edit as edit_key
from accounts.keys import revoke as revoke_key
from accounts.models import Key
from leadscore import clock


@never_cache
@workspace_view("keys")
def keys(request: WorkspaceRequest) -> HttpResponse:
    """The answer to a POST is the page with the new key's text on it: it is stored nowhere, so no later page could show it."""
    form, made, token = KeyForm(request.POST or None), None, ""
    if form.is_valid():
        wanted = form.cleaned_data
        made, token = issue(request.workspace, wanted["kind"], wanted["name"], wanted["scopes"], request.user, clock.now())
        form = KeyForm()
    listed = Key.objects.filter(workspace=request.workspace).select_related("created_by").order_by("-revoked_at", "-id")
    context = {"keys": listed, "form": form, "made": made, "token": token}
    return render(request, "accounts/keys.html", context, status=422 if form.errors else 200)


@workspace_view("keys")
def edit(request: WorkspaceRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(Key, id=key_id, workspace=request.workspace, revoked_at=None)
    form = KeyEditForm(request.POST or None, key=key)
    if form.is_valid() and _edited(request, key, form):
        return redirect("accounts:keys", request.workspace.slug)
    return render(request, "accounts/key.html", {"key": key, "form": form}, status=422 if form.errors else 200)


def _edited(request: WorkspaceRequest, key: Key, form: KeyEditForm) -> bool:
    """Changes the key; what it cannot have is said at its field."""
    try:
        changed = edit_key(key, by=request.user, **form.cleaned_data)
    except NotOfThisKey as refused:
        form.add_error(refused.field, str(refused))
        return False
    if changed:
        messages.success(request, f"{form.cleaned_data['name']} is saved. Calls follow it within 30 seconds.")
    return True


@require_POST
@workspace_view("keys")
def revoke(request: WorkspaceRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(Key, id=key_id, workspace=request.workspace)
    if revoke_key(key, request.user, clock.now()):
        messages.success(request, f"{key.name} is revoked. Calls with it are refused from now on.")
    return redirect("accounts:keys", request.workspace.slug)
