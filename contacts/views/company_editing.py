"""Companies made and changed by people."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import WorkspaceRequest, workspace_view
from contacts import company_editing
from contacts.forms import CompanyForm
from contacts.models import Company


@workspace_view("contacts")
def add(request: WorkspaceRequest) -> HttpResponse:
    form = CompanyForm(request.POST or None)
    if form.is_valid():
        group_id = form.cleaned_data["group_id"] or None
        made = company_editing.create_or_update(request.workspace, group_id=group_id, traits=form.changes(), by=request.user)
        known = "It was known already; what you typed is saved."
        messages.success(request, "Added. Contacts with its domain join within seconds." if made.is_new else known)
        return redirect("contacts:company", request.workspace.slug, made.id)
    return render(request, "companies/form.html", {"form": form}, status=422 if form.errors else 200)


@workspace_view("contacts")
def edit(request: WorkspaceRequest, company_id: int) -> HttpResponse:
    company = get_object_or_404(Company.objects.defer("search"), workspace=request.workspace, id=company_id)
    form = CompanyForm(request.POST or None, company=company)
    if form.is_valid() and _edited(request, company, form):
        messages.success(request, "Saved. The points of its people follow within seconds.")
        return redirect("contacts:company", request.workspace.slug, company.id)
    return render(request, "companies/form.html", {"form": form, "company": company}, status=422 if form.errors else 200)


def _edited(request: WorkspaceRequest, company: Company, form: CompanyForm) -> bool:
    """Saves the changed fields; an id that is another company's is said at its field."""
    changes, group_id = form.changes(), form.cleaned_data.get("group_id") or None
    try:
        if changes or group_id:
            company_editing.edit(request.workspace, company.id, changes, group_id=group_id, by=request.user)
    except company_editing.GroupIdTaken:
        form.add_error("group_id", "Another company has this id.")
    return not form.errors
