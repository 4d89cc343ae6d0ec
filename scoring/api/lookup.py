"""The scoring type that an address names, and the document that a request sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404

from accounts.models import Workspace
from leadscore.api.problems import Invalid
from scoring.api.documents import READ_ONLY
from scoring.document import problems
from scoring.models import ScoringType


def type_of(workspace: Workspace, key: str) -> ScoringType:
    """The type with its published version; 404 for none and for an archived one."""
    found = ScoringType.objects.filter(workspace=workspace, key=key, archived_at=None).select_related("published").first()
    if found is None:
        raise Http404
    return found


def document_of(given: Any) -> dict[str, Any]:
    """The document sent, without what answers add to it. Raises Invalid, with every problem."""
    document = {key: value for key, value in given.items() if key not in READ_ONLY} if isinstance(given, Mapping) else given
    if found := problems(document):
        raise Invalid(found)
    return dict(document)
