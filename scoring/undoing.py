"""Undoing the last edit of a draft, and doing it again. Each makes a new revision."""

from __future__ import annotations

from accounts.audit import By, record
from accounts.models import Workspace
from accounts.scope import workspace_scope
from scoring.draft_history import last
from scoring.drafts import hold, replace
from scoring.models import DraftEdit, ScoringType


class NothingThere(Exception):
    """There is no edit to undo, or to do again."""


def undo(workspace: Workspace, key: str, *, by: By, revision: int | None = None) -> DraftEdit:
    """Takes the draft's last edit back, whoever made it.

    Args:
        revision: what `draft_revision` was when the edit was looked at; None undoes whatever is the last one.

    Raises:
        Stale, NothingThere, ScoringType.DoesNotExist.
    """
    return _turn(workspace, key, by, revision, undone=False)


def redo(workspace: Workspace, key: str, *, by: By, revision: int | None = None) -> DraftEdit:
    """Makes the edit that was undone last once more.

    Raises:
        Stale, NothingThere, ScoringType.DoesNotExist.
    """
    return _turn(workspace, key, by, revision, undone=True)


def _turn(workspace: Workspace, key: str, by: By, revision: int | None, *, undone: bool) -> DraftEdit:
    with workspace_scope(workspace.id):
        held = hold(workspace, key, revision)
        edit = last(held, undone=undone)
        if edit is None:
            raise NothingThere(key)
        _exchange(held, edit)
        action = "scoring_type.edit_redone" if undone else "scoring_type.edit_undone"
        record(workspace.id, action, held.name, by, {"key": key, "changes": edit.changes})
    return edit


def _exchange(held: ScoringType, edit: DraftEdit) -> None:
    """The draft becomes what the edit keeps, and the edit keeps what the draft was."""
    document, edit.document, edit.is_undone = edit.document, held.draft, not edit.is_undone
    edit.save(update_fields=["document", "is_undone"])
    replace(held, document)
