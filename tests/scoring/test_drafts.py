"""Deeds on drafts: nothing is lost, nothing is scored by what was put away."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from scoring import archiving, drafts, publishing
from scoring.models import ScoringType, VersionState
from tests.scoring.conftest import DOCUMENT, publish
from tests.scoring.documents import document, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(workspace: Workspace, alice: User) -> Iterator[ScoringType]:
    with workspace_scope(workspace.id):
        yield drafts.create(workspace, document(), by=alice)


def test_a_new_type_has_a_draft_and_no_version(draft: ScoringType) -> None:
    assert (draft.key, draft.name, draft.draft_revision, draft.published) == ("new-leads", "New leads", 1, None)


def test_a_key_is_taken_only_once(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    with pytest.raises(drafts.KeyTaken):
        drafts.create(workspace, document(name="Another"), by=alice)


def test_a_key_of_an_archived_type_stays_taken(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    archiving.archive(workspace, "new-leads", by=alice)
    with pytest.raises(drafts.KeyTaken):
        drafts.create(workspace, document(), by=alice)
    assert drafts.free_key(workspace, "New leads") == "new-leads-2"


@pytest.mark.parametrize(
    ("name", "key"), [("Partners", "partners"), ("Größe & Co_2", "groe-co-2"), ("日本", "scoring-type"), ("x" * 90, "x" * 40)]
)
def test_a_key_is_made_from_the_name(workspace: Workspace, name: str, key: str) -> None:
    with workspace_scope(workspace.id):
        assert drafts.free_key(workspace, name) == key


def test_a_starting_document_can_be_published_as_it_is(workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        assert publishing.obstacles(workspace.id, drafts.starting_document("partners", "Partners")) == []


def test_saving_counts_the_revision_and_takes_over_the_name(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    saved = drafts.save(workspace, "new-leads", document(name="Newcomers"), by=alice, revision=1)
    assert (saved.name, saved.draft["name"], saved.draft_revision) == ("Newcomers", "Newcomers", 2)
    assert saved.draft_saved_at > draft.draft_saved_at


def test_a_save_on_top_of_another_persons_save_is_refused(draft: ScoringType, workspace: Workspace, alice: User, bob: User) -> None:
    drafts.save(workspace, "new-leads", document(name="Alice's"), by=alice, revision=1)
    with pytest.raises(drafts.Stale) as refused:
        drafts.save(workspace, "new-leads", document(name="Bob's"), by=bob, revision=1)
    assert refused.value.revision == 2
    assert ScoringType.objects.get(workspace=workspace).name == "Alice's"


def test_a_save_without_a_revision_replaces_whatever_is_there(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    drafts.save(workspace, "new-leads", document(name="First"), by=alice)
    assert drafts.save(workspace, "new-leads", document(name="Second"), by=alice).draft_revision == 3


def test_saving_what_is_there_changes_nothing(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    assert drafts.save(workspace, "new-leads", {"name": "New leads", "key": "new-leads"}, by=alice).draft_revision == 1
    assert not AuditEntry.objects.filter(workspace=workspace, action="scoring_type.edited").exists()


def test_a_number_and_its_text_are_different_drafts(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    for revision, value in enumerate((Decimal("1.0"), "1.0", 1, True), start=2):
        conditions = {"field": "properties.size", "op": "is", "value": value}
        saved = drafts.save(workspace, "new-leads", document(rules=[rule(conditions=conditions)]), by=alice)
        stored = saved.draft["rules"][0]["conditions"]["value"]
        assert (saved.draft_revision, stored, type(stored)) == (revision, value, type(value))


def test_a_draft_may_be_stored_with_problems(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    unfinished = document(rules=[rule(points="many")], name="")
    saved = drafts.save(workspace, "new-leads", unfinished, by=alice)
    assert (saved.draft, saved.name) == (unfinished, "New leads")
    with pytest.raises(publishing.CannotPublish):
        publishing.publish(workspace, "new-leads", by=alice)


def test_a_key_cannot_be_changed(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    with pytest.raises(drafts.AnotherKey):
        drafts.save(workspace, "new-leads", document(key="other"), by=alice)


def test_the_audit_log_says_what_was_changed(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    drafts.save(workspace, "new-leads", document(maximum=100), by=alice)
    entry = AuditEntry.objects.get(workspace=workspace, action="scoring_type.edited")
    assert (entry.actor, entry.data) == (alice, {"key": "new-leads", "changes": ["The highest score 100 instead of no bound"]})


def test_an_archived_type_is_neither_saved_nor_archived_again(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    archiving.archive(workspace, "new-leads", by=alice)
    with pytest.raises(ScoringType.DoesNotExist):
        drafts.save(workspace, "new-leads", document(name="Late"), by=alice)
    with pytest.raises(ScoringType.DoesNotExist):
        archiving.archive(workspace, "new-leads", by=alice)


def test_archiving_calls_off_a_version_that_is_being_computed(draft: ScoringType, workspace: Workspace, alice: User) -> None:
    job = publishing.publish(workspace, "new-leads", by=alice)
    archiving.archive(workspace, "new-leads", by=alice)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The scoring type was archived.")
    assert draft.versions.get().state == VersionState.SUPERSEDED


@pytest.mark.django_db(transaction=True)
def test_a_restored_type_is_a_draft_that_has_to_be_published_again(workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        archiving.archive(workspace, "new-leads", by=alice)
        restored = archiving.restore(workspace, "new-leads", by=alice)
        assert (restored.archived_at, restored.published, restored.draft["name"]) == (None, None, "New leads")
        assert [version.state for version in restored.versions.all()] == [VersionState.RETIRED]


@pytest.mark.django_db(transaction=True)
def test_discarding_brings_the_published_document_back(workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", {**DOCUMENT, "rules": []}, by=alice)
        assert drafts.discard(workspace, "new-leads", by=alice).draft == DOCUMENT
