"""The scoring type that an address or a query names, and the document that a request sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404

from accounts.models import Workspace
from leadscore.api.problems import Invalid, invalid
from scoring.api.documents import READ_ONLY
from scoring.document import problems
from scoring.models import ScoringType
from scoring.versions import Active, live


def type_of(workspace: Workspace, key: str) -> ScoringType:
    """The type with its published version; 404 for none and for an archived one."""
    found = ScoringType.objects.filter(workspace=workspace, key=key, archived_at=None).select_related("published").first()
    if found is None:
        raise Http404
    return found


def live_version(workspace_id: int, key: str) -> Active:
    """The live version of the type that the query parameter `scoring_type` names. Raises Invalid where there is none."""
    found = live(workspace_id, keys=[key])
    if not found:
        raise invalid("scoring_type", "unknown", "There is no published scoring type with this key.")
    return found[0]


def document_of(given: Any) -> dict[str, Any]:
    """The document sent, without what answers add to it. Raises Invalid, with every problem."""
    document = {key: value for key, value in given.items() if key not in READ_ONLY} if isinstance(given, Mapping) else given
    if found := problems(document):
        raise Invalid(found)
    return dict(document)
