"""The contact that a path names."""

from __future__ import annotations

from django.http import Http404
from django.urls import reverse
from rest_framework.request import Request

from accounts.models import Workspace
from contacts.models import Contact
from leadscore.api.problems import Moved


def contact_id_of(request: Request, workspace: Workspace, contact_id: int) -> int:
    """The id, if there is such a contact.

    Raises:
        Http404: there is none in the workspace.
        Moved: it was merged; the same path of the survivor is the answer.
    """
    found = Contact.objects.filter(workspace=workspace, id=contact_id).only("merged_into_id").first()
    if found is None:
        raise Http404
    if found.merged_into_id is None:
        return contact_id
    match = request._request.resolver_match
    assert match is not None
    path = reverse(match.view_name, kwargs={**match.kwargs, "contact_id": found.merged_into_id})
    query = request.META.get("QUERY_STRING", "")
    raise Moved(request.build_absolute_uri(f"{path}?{query}" if query else path))
