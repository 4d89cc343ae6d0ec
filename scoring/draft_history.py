"""The edits of a draft, to undo and to do again; whoever made them. Bounded: the oldest ones are forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.audit import By, person
from scoring.models import DraftEdit, ScoringType

MOST_EDITS = 100


@dataclass(frozen=True, slots=True)
class Step:
    """An edit as it is offered: what it changed, in words, who made it, and when."""

    changes: Sequence[str]
    author: str
    at: datetime

    def __str__(self) -> str:
        return f"{'; '.join(self.changes) or 'an edit'} (by {self.author})"


def remember(held: ScoringType, changes: Sequence[str], by: By) -> None:
    """Notes that the draft of a held type is about to be edited. What was undone before can no longer be done again."""
    edits = DraftEdit.objects.filter(workspace=held.workspace_id, scoring_type=held)
    edits.filter(is_undone=True).delete()
    DraftEdit.objects.create(workspace_id=held.workspace_id, scoring_type=held, document=held.draft, changes=changes, author=person(by))
    kept = edits.order_by("-id").values("id")[:MOST_EDITS]
    edits.exclude(id__in=kept).delete()


def last(scoring_type: ScoringType, *, undone: bool) -> DraftEdit | None:
    """The latest edit that was not undone; or, of those `undone`, the one that is to be done again first."""
    edits = DraftEdit.objects.filter(workspace=scoring_type.workspace_id, scoring_type=scoring_type, is_undone=undone)
    return edits.select_related("author").order_by("id" if undone else "-id").first()


def steps(scoring_type: ScoringType) -> dict[str, Step | None]:
    """What can be undone and done again: `undo`, `redo`."""
    return {name: _step(last(scoring_type, undone=undone)) for name, undone in (("undo", False), ("redo", True))}


def _step(edit: DraftEdit | None) -> Step | None:
    return step_of(edit) if edit else None


def step_of(edit: DraftEdit) -> Step:
    return Step(edit.changes, str(edit.author) if edit.author else "the API", edit.at)
