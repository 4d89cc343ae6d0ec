"""Scoring types and their drafts: made, and saved without losing another's edit.

A draft may be stored while something is wrong with it, so that work on it can go on later; publishing refuses it. Who wants only
valid documents asks `scoring.document.problems` first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.audit import By, record
from accounts.models import Workspace
from accounts.scope import workspace_scope
from leadscore.slugs import free_slug
from scoring.differences import differences
from scoring.document_problems import MOST_NAME
from scoring.draft_history import remember
from scoring.models import ScoringType

MOST_CHANGES_TOLD = 20
COPY = " (copy)"
TRIES = 5  # others may take a key between the look for a free one and the taking


class KeyTaken(Exception):
    """The workspace has a scoring type with this key, perhaps an archived one."""


class AnotherKey(Exception):
    """The document has another key than the scoring type it is saved in. Keys stay what they are."""


class Stale(Exception):
    """The draft was saved by somebody else meanwhile; nothing was changed. `revision` is what it is at now."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"the draft is at revision {revision}")
        self.revision = revision


def starting_document(key: str, name: str) -> dict[str, Any]:
    """What a new type begins with: three stages for the two teams that every workspace starts with, and no rules."""
    stages = [
        {"key": "cold", "name": "Cold leads", "threshold": 10, "notify": [], "quiet_days": 30},
        {"key": "hot", "name": "Hot leads", "threshold": 40, "notify": ["team:marketing"], "quiet_days": 30},
        {"key": "mql", "name": "Marketing qualified leads", "threshold": 75, "notify": ["team:sales"], "quiet_days": 30},
    ]
    return {"key": key, "name": name, "description": "", "groups": [], "rules": [], "stages": stages}


def free_key(workspace: Workspace, name: str) -> str:
    """A key made from the name that no type of the workspace has. Call it inside the workspace's scope."""
    return free_slug(name, set(workspace.scoring_types.values_list("key", flat=True)), "scoring-type")


def create(workspace: Workspace, document: Mapping[str, Any], *, by: By) -> ScoringType:
    """A scoring type with this draft and no version; `key` and `name` are those of the document.

    Raises:
        KeyTaken.
    """
    with workspace_scope(workspace.id):
        try:
            with transaction.atomic():
                made = ScoringType.objects.create(workspace=workspace, key=document["key"], name=document["name"], draft=document)
        except IntegrityError as error:
            raise KeyTaken(document["key"]) from error
        record(workspace.id, "scoring_type.created", made.name, by, {"key": made.key})
    return made


def create_freely(workspace: Workspace, document: Mapping[str, Any], *, by: By) -> ScoringType:
    """As `create`, under the document's key, or where that is taken under one made from it.

    Raises:
        KeyTaken: others were faster, again and again.
    """
    with workspace_scope(workspace.id):
        for tries_left in reversed(range(TRIES)):
            try:
                return create(workspace, {**document, "key": _free_key_like(workspace, document["key"])}, by=by)
            except KeyTaken:
                if not tries_left:
                    raise
    raise AssertionError("the last try returns or raises")


def _free_key_like(workspace: Workspace, key: str) -> str:
    """The key itself where no type of the workspace has it."""
    return free_key(workspace, key) if workspace.scoring_types.filter(key=key).exists() else key


def duplicate(workspace: Workspace, key: str, *, by: By) -> ScoringType:
    """A type of its own whose draft is a copy of this one's draft.

    Raises:
        ScoringType.DoesNotExist: there is none with this key, or it is archived.
    """
    with workspace_scope(workspace.id):
        original = workspace.scoring_types.get(key=key, archived_at=None)
        name = original.name[: MOST_NAME - len(COPY)] + COPY
        return create_freely(workspace, {**original.draft, "key": key, "name": name}, by=by)


def save(workspace: Workspace, key: str, document: Mapping[str, Any], *, by: By, revision: int | None = None) -> ScoringType:
    """Replaces the draft; a document that says the same changes nothing, its revision neither. It can be undone (`scoring.undoing`).

    Args:
        revision: what `draft_revision` was when the edit began; None replaces whatever is there.

    Raises:
        Stale, AnotherKey, ScoringType.DoesNotExist (an archived type's draft is not edited).
    """
    if document.get("key") != key:
        raise AnotherKey(key)
    with workspace_scope(workspace.id):
        held = hold(workspace, key, revision)
        _edit(held, document, "scoring_type.edited", by)
    return held


def hold(workspace: Workspace, key: str, revision: int | None, *, alone: bool = False) -> ScoringType:
    """The type, locked until the transaction ends, with its draft at this revision.

    Args:
        alone: against drains too, which hold the row's key. An edit of the draft is nothing to them.

    Raises:
        Stale, ScoringType.DoesNotExist.
    """
    held = workspace.scoring_types.select_for_update(no_key=not alone).get(key=key, archived_at=None)
    if revision is not None and revision != held.draft_revision:
        raise Stale(held.draft_revision)
    return held


def _edit(held: ScoringType, document: Mapping[str, Any], action: str, by: By, **more: object) -> None:
    """Makes this the draft of a held type, unless it says what the draft says."""
    if _text(held.draft) == _text(document):
        return
    changes = differences(held.draft, document)[:MOST_CHANGES_TOLD]
    remember(held, changes, by)
    replace(held, document)
    record(held.workspace_id, action, held.name, by, {"key": held.key, **more, "changes": changes})


def replace(held: ScoringType, document: Mapping[str, Any]) -> None:
    """Makes this the draft of a held type, at the next revision."""
    name = document.get("name")
    named = {"name": name} if isinstance(name, str) and 1 <= len(name) <= MOST_NAME else {}
    replaced = {**named, "draft": document, "draft_revision": held.draft_revision + 1, "draft_saved_at": Now()}
    ScoringType.objects.filter(workspace=held.workspace_id, id=held.id).update(**replaced)
    held.refresh_from_db()


def _text(document: object) -> str:
    """Text by which documents are told apart; the order of an object's keys is no difference, `1`, `1.0` and `"1.0"` are."""
    return json.dumps(document, sort_keys=True, default=lambda number: ["number", str(number)])


def discard(workspace: Workspace, key: str, *, by: By, revision: int | None = None) -> ScoringType:
    """Makes the draft what the published version is. A type that was never published keeps its draft.

    Raises:
        Stale, ScoringType.DoesNotExist.
    """
    with workspace_scope(workspace.id):
        published = workspace.scoring_types.select_related("published").get(key=key, archived_at=None)
        document = published.published.document if published.published else published.draft
        return save(workspace, key, document, by=by, revision=revision)


def restore_version(workspace: Workspace, key: str, number: int, *, by: By, revision: int | None = None) -> ScoringType:
    """Makes the draft what a version is. Contacts are scored by it again once it is published.

    Raises:
        Stale, ScoringType.DoesNotExist, Version.DoesNotExist.
    """
    with workspace_scope(workspace.id):
        held = hold(workspace, key, revision)
        _edit(held, held.versions.get(number=number).document, "scoring_type.version_restored", by, version=number)
    return held
