"""Edits of a draft are undone and done again, whoever made them; versions become the draft again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.audit import By
from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from scoring import draft_history, drafts, undoing
from scoring.models import DraftEdit, ScoringType, Version
from tests.scoring.conftest import DOCUMENT, publish
from tests.scoring.documents import document, stage
from tests.tenancy.rows import fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(workspace: Workspace, alice: User) -> Iterator[None]:
    with workspace_scope(workspace.id):
        drafts.create(workspace, at(40), by=alice)
        yield


def at(threshold: int) -> dict[str, Any]:
    return document(stages=[stage(threshold=threshold)])


def edit(workspace: Workspace, threshold: int, by: By) -> ScoringType:
    return drafts.save(workspace, "new-leads", at(threshold), by=by)


def standing(workspace: Workspace) -> tuple[int, int]:
    """The threshold in the draft, and its revision."""
    held = ScoringType.objects.get(workspace=workspace)
    return held.draft["stages"][0]["threshold"], held.draft_revision


def test_an_undone_edit_is_a_new_revision(workspace: Workspace, inside: None, alice: User) -> None:
    edit(workspace, 45, alice)
    undoing.undo(workspace, "new-leads", by=alice)
    assert standing(workspace) == (40, 3)


def test_edits_are_undone_and_done_again_in_their_order(workspace: Workspace, inside: None, alice: User) -> None:
    for threshold in (45, 50, 55):
        edit(workspace, threshold, alice)
    seen = []
    for turn in (undoing.undo, undoing.undo, undoing.redo, undoing.undo, undoing.undo, undoing.redo, undoing.redo, undoing.redo):
        turn(workspace, "new-leads", by=alice)
        seen.append(standing(workspace)[0])
    assert seen == [50, 45, 50, 45, 40, 45, 50, 55]
    with pytest.raises(undoing.NothingThere):
        undoing.redo(workspace, "new-leads", by=alice)


def test_it_says_whose_edit_it_would_undo(workspace: Workspace, inside: None, alice: User, bob: User) -> None:
    edit(workspace, 45, alice)
    edit(workspace, 50, bob)
    steps = draft_history.steps(ScoringType.objects.get(workspace=workspace))
    assert (str(steps["undo"]), steps["redo"]) == ("“Hot”: from 50 instead of 45 (by Bob Baker)", None)
    undone = undoing.undo(workspace, "new-leads", by=alice)
    assert (draft_history.step_of(undone).author, standing(workspace)[0]) == ("Bob Baker", 45)
    steps = draft_history.steps(ScoringType.objects.get(workspace=workspace))
    assert [str(one) for one in steps.values()] == ["“Hot”: from 45 instead of 40 (by Alice Archer)", "“Hot”: from 50 instead of 45 (by Bob Baker)"]


def test_an_edit_after_an_undo_ends_what_could_be_done_again(workspace: Workspace, inside: None, alice: User) -> None:
    edit(workspace, 45, alice)
    undoing.undo(workspace, "new-leads", by=alice)
    edit(workspace, 50, alice)
    with pytest.raises(undoing.NothingThere):
        undoing.redo(workspace, "new-leads", by=alice)
    undoing.undo(workspace, "new-leads", by=alice)
    assert standing(workspace)[0] == 40


def test_an_undo_of_what_was_not_seen_is_refused(workspace: Workspace, inside: None, alice: User, bob: User) -> None:
    seen = edit(workspace, 45, alice).draft_revision
    edit(workspace, 50, bob)
    with pytest.raises(drafts.Stale):
        undoing.undo(workspace, "new-leads", by=alice, revision=seen)
    assert standing(workspace) == (50, 3)


def test_what_says_the_same_is_no_edit_to_undo(workspace: Workspace, inside: None, alice: User) -> None:
    edit(workspace, 40, alice)
    with pytest.raises(undoing.NothingThere):
        undoing.undo(workspace, "new-leads", by=alice)


def test_the_oldest_edits_are_forgotten(workspace: Workspace, inside: None, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_history, "MOST_EDITS", 3)
    for threshold in (45, 50, 55, 60, 65):
        edit(workspace, threshold, alice)
    for _ in range(3):
        undoing.undo(workspace, "new-leads", by=alice)
    with pytest.raises(undoing.NothingThere):
        undoing.undo(workspace, "new-leads", by=alice)
    assert standing(workspace)[0] == 50


def test_edits_of_other_types_and_workspaces_are_left_alone(
    workspace: Workspace, elsewhere: Workspace, alice: User, charlie: User, now: Any
) -> None:
    fill(elsewhere, charlie, "umbrella", now)
    with workspace_scope(workspace.id):
        for key in ("new-leads", "partners"):
            drafts.create(workspace, document(key=key), by=alice)
            drafts.save(workspace, key, document(key=key, maximum=50), by=alice)
        undoing.undo(workspace, "new-leads", by=alice)
        assert {one.key: one.draft.get("maximum") for one in ScoringType.objects.all()} == {"new-leads": None, "partners": 50}
    with workspace_scope(elsewhere.id):
        assert [one.changes for one in DraftEdit.objects.all()] == [["umbrella changed"]]


def test_undoing_is_in_the_audit_log(workspace: Workspace, inside: None, alice: User, bob: User) -> None:
    edit(workspace, 45, alice)
    undoing.undo(workspace, "new-leads", by=bob)
    undoing.redo(workspace, "new-leads", by=bob)
    told = [(one.action, one.actor, one.data["changes"]) for one in AuditEntry.objects.order_by("-id")[:2]]
    changes = ["“Hot”: from 45 instead of 40"]
    assert told == [("scoring_type.edit_redone", bob, changes), ("scoring_type.edit_undone", bob, changes)]


def test_discarding_can_be_undone(workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        edited = {**DOCUMENT, "maximum": 77}
        drafts.save(workspace, "new-leads", edited, by=alice)
        drafts.discard(workspace, "new-leads", by=alice)
        undoing.undo(workspace, "new-leads", by=alice)
        assert ScoringType.objects.get(workspace=workspace).draft == edited


def test_an_earlier_version_becomes_the_draft(workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    publish(workspace, {**DOCUMENT, "maximum": 77})
    with workspace_scope(workspace.id):
        restored = drafts.restore_version(workspace, "new-leads", 1, by=alice)
        assert (restored.draft, restored.published.number) == (DOCUMENT, 2)
        entry = AuditEntry.objects.latest("id")
        assert (entry.action, entry.actor, entry.data["version"]) == ("scoring_type.version_restored", alice, 1)
        undoing.undo(workspace, "new-leads", by=alice)
        assert ScoringType.objects.get(workspace=workspace).draft["maximum"] == 77


def test_only_versions_that_are_there_are_restored_and_over_no_edit_unseen(workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        with pytest.raises(Version.DoesNotExist):
            drafts.restore_version(workspace, "new-leads", 2, by=alice)
        seen = ScoringType.objects.get(workspace=workspace).draft_revision
        drafts.save(workspace, "new-leads", {**DOCUMENT, "maximum": 77}, by=alice)
        with pytest.raises(drafts.Stale):
            drafts.restore_version(workspace, "new-leads", 1, by=alice, revision=seen)
