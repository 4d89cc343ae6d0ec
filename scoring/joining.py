"""Two contacts made one by a person or a program, and taken apart again within 30 days."""
from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts import companies, people, unmerging
from contacts.models import Contact, Merge, MergeCause
from contacts.profiles import merge_traits, replaced_by
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import run
from scoring import judging, merging
from scoring.rescoring import Touched, rescore
from scoring.versions import active


class SameContact(Exception):
    """A contact cannot be merged into itself."""


class CannotUndo(Exception):
    """There is no such merge that can be undone (any longer): never remembered, undone already, more than 30 days ago."""


class MergedOn(Exception):
    """The survivor was itself merged into another contact since: that merge has to be undone first."""


def merge(workspace: Workspace, contact_id: int, into: int, *, by: By, clock: Clock = database_now) -> None:
    """Merges a contact into another, which survives. Call it inside the workspace's scope.

    Raises:
        SameContact.
        Contact.DoesNotExist: one of them is not there, or was merged into another; the argument is its id.
    """
    if contact_id == into:
        raise SameContact
    versions = active(workspace.id)
    locked = people.lock(workspace.id, [contact_id, into])
    for id in (contact_id, into):
        if id not in locked:
            raise Contact.DoesNotExist(id)
    other, survivor = locked[contact_id], locked[into]
    replaced = replaced_by(other, survivor)
    merge_traits(survivor, other)
    survivor.has_user_id, survivor.has_email = survivor.has_user_id or other.has_user_id, survivor.has_email or other.has_email
    companies.apply(workspace.id, [], [survivor])
    people.save(workspace.id, [survivor])
    author = audit.person(by)
    merging.carry_over(workspace.id, {contact_id: into}, {contact_id: replaced}, MergeCause.PERSON, author.id if author else None)
    audit.record(workspace.id, "contact.merged", contact_id, by, {"into": into})
    touched = {into: Touched(survivor, merged=True, from_scratch=True)}
    judging.look_at_all(workspace.id, touched)
    rescore(workspace.id, versions, touched.values(), clock())


def undo(workspace: Workspace, contact_id: int, *, out_of: int | None = None, by: By, clock: Clock = database_now) -> None:
    """Takes a contact out again of the one that it was merged into. Call it inside the workspace's scope.

    Args:
        contact_id: of the contact that was merged away.
        out_of: the survivor that is meant; None for whichever it is.

    Raises:
        CannotUndo, MergedOn.
    """
    versions = active(workspace.id)
    found = _hold(workspace.id, contact_id)
    if found is None or out_of not in (None, found.survivor_id) or found.undo_until <= clock():
        raise CannotUndo
    if not _leads_straight(found):
        raise MergedOn
    other, survivor = unmerging.split(found)
    merging.give_back(workspace.id, other.id, survivor.id)
    found.delete()
    audit.record(workspace.id, "contact.unmerged", contact_id, by, {"from": survivor.id})
    touched = {person.id: Touched(person, merged=True, from_scratch=True) for person in (other, survivor)}
    judging.look_at_all(workspace.id, touched)
    rescore(workspace.id, versions, touched.values(), clock())


def _hold(workspace_id: int, contact_id: int) -> Merge | None:
    """The merge of a contact, after the rows of all whom undoing it concerns are locked, in ascending id."""
    found = Merge.objects.filter(workspace=workspace_id, other=contact_id)
    row = found.first()
    if row is None:
        return None
    people.hold(workspace_id, {row.other_id, row.survivor_id, *row.merged})
    return found.filter(survivor=row.survivor_id).first()


def _leads_straight(found: Merge) -> bool:
    """Whether the contact is still part of the one it was merged into, and that one of no other."""
    return Contact.objects.filter(workspace=found.workspace_id, id=found.other_id, merged_into=found.survivor_id).exists()


def undoable(workspace_id: int, survivor_id: int, now: datetime) -> QuerySet[Merge]:
    """The merges into a contact that can be undone."""
    shown = ("workspace", "survivor", "cause", "at", "undo_until", "other__name", "other__email", "author__name", "author__email")
    known = Merge.objects.filter(workspace=workspace_id, survivor=survivor_id, undo_until__gt=now, other__merged_into=survivor_id)
    return known.select_related("other", "author").only(*shown)


def forget(workspace_id: int, clock: Clock = database_now) -> int:
    """Deletes what was kept of merges that can no longer be undone; how many."""
    with workspace_scope(workspace_id):
        return run("DELETE FROM contacts_merge WHERE workspace_id = %s AND undo_until <= %s", [workspace_id, clock()])
