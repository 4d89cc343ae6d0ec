"""Scoring types put away and brought back."""

from __future__ import annotations

from django.db.models.functions import Now

from accounts.audit import By, record
from accounts.models import Workspace
from accounts.scope import workspace_scope
from scoring import drafts, publishing
from scoring.models import ScoringType
from scoring.versions import hold_models


def archive(workspace: Workspace, key: str, *, by: By) -> ScoringType:
    """Puts a type away: contacts are no longer scored by it, nobody is told, and a version being computed is called off.

    What happens meanwhile is not scored, so its version is no longer live either: restored, it has to be published again. What contacts did,
    the stages on record and points by hand stay; awards and scores, which publishing computes from that, are deleted by a job.

    Raises:
        ScoringType.DoesNotExist: there is none with this key, or it is archived.
    """
    with workspace_scope(workspace.id):
        hold_models(workspace.id)
        held = drafts.hold(workspace, key, None, alone=True)
        publishing.put_away(held, by)
        ScoringType.objects.filter(workspace=workspace, id=held.id).update(published=None, archived_at=Now())
        record(workspace.id, "scoring_type.archived", held.name, by, {"key": key})
        held.refresh_from_db()
    return held


def restore(workspace: Workspace, key: str, *, by: By) -> ScoringType:
    """Brings an archived type back with its draft and its versions, none of them live.

    Raises:
        ScoringType.DoesNotExist: there is no archived one with this key.
    """
    with workspace_scope(workspace.id):
        held = workspace.scoring_types.select_for_update(no_key=True).get(key=key, archived_at__isnull=False)
        ScoringType.objects.filter(workspace=workspace, id=held.id).update(archived_at=None)
        record(workspace.id, "scoring_type.restored", held.name, by, {"key": key})
        held.refresh_from_db()
    return held
