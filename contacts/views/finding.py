"""The contact that a path names."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.access import WorkspaceRequest
from contacts.models import Contact


def contact_of(request: WorkspaceRequest, contact_id: int) -> Contact:
    """The contact, also one that was merged into another. Not of this workspace, or erased → 404."""
    known = Contact.objects.select_related("company", "owner").defer("search", "trait_orders", "company__trait_orders")
    return get_object_or_404(known, workspace=request.workspace, id=contact_id)


def present_contact(request: WorkspaceRequest, contact_id: int) -> Contact:
    """The contact to be changed; one that was merged into another → 404."""
    return get_object_or_404(Contact.objects.defer("search"), workspace=request.workspace, id=contact_id, merged_into=None)
