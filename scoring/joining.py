"""Two contacts made one by a person or a program, and taken apart again within 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from accounts import audit
from accounts.audit import By
from accounts.jobs import fail, finish, hold
from accounts.models import Job, Workspace
from accounts.scope import workspace_scope
from contacts import companies, people, unmerging
from contacts import merging as contact_merging
from contacts.models import Contact, Merge, MergeCause
from contacts.profiles import merge_traits, replaced_by
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import run
from scoring import carrying, judging, merging
from scoring.rescoring import Touched, rescore
from scoring.versions import Active, active


class SameContact(Exception):
    """A contact cannot be merged into itself."""


class CannotUndo(Exception):
    """There is no such merge that can be undone (any longer): never remembered, undone already, more than 30 days ago."""


class MergedOn(Exception):
    """The survivor was itself merged into another contact since: that merge has to be undone first."""


class BeingRecomputed(Exception):
    """A job is at work on the survivor's history: a merge can be undone when it is done."""


def merge(workspace: Workspace, contact_id: int, into: int, *, by: By, clock: Clock = database_now) -> None:
    """Merges a contact into another, which survives. Of long histories only who is who, and the profile, at once: a job moves and counts what the
    other did (`scoring.carrying`). Call it inside the workspace's scope.

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
    long = merging.carry_over(workspace.id, {contact_id: into}, {contact_id: replaced}, MergeCause.PERSON, author.id if author else None)
    survivor.is_recomputing |= into in long
    audit.record(workspace.id, "contact.merged", contact_id, by, {"into": into})
    touched = {into: Touched(survivor, merged=True, from_scratch=into not in long)}
    if not long:  # else the job does at its end
        judging.look_at_all(workspace.id, touched)
    rescore(workspace.id, versions, touched.values(), clock())


def undo(workspace: Workspace, contact_id: int, *, out_of: int | None = None, by: By, clock: Clock = database_now) -> int | None:
    """Takes a contact out again of the one that it was merged into; of a long history by a job, whose id is returned. Call it inside the
    workspace's scope.

    Args:
        contact_id: of the contact that was merged away.
        out_of: the survivor that is meant; None for whichever it is.

    Raises:
        CannotUndo, MergedOn, BeingRecomputed.
    """
    versions = active(workspace.id)
    found = _hold(workspace.id, contact_id)
    if found is None or out_of not in (None, found.survivor_id) or found.undo_until <= clock():
        raise CannotUndo
    if not _leads_straight(found):
        raise MergedOn
    survivor_id = found.survivor_id
    if _rests(workspace.id, survivor_id):
        raise BeingRecomputed
    audit.record(workspace.id, "contact.unmerged", contact_id, by, {"from": survivor_id})
    if contact_merging.is_long(workspace.id, survivor_id):
        contact_merging.rest(workspace.id, [survivor_id])
        author = audit.person(by)
        return carrying.begin(workspace.id, carrying.UNMERGE, {contact_id: survivor_id}, author.id if author else None)[0]
    _take_apart(found, versions, clock)
    return None


def _take_apart(found: Merge, versions: Sequence[Active], clock: Clock, *, is_net: bool = False) -> None:
    other, survivor = unmerging.split(found)
    merging.give_back(found.workspace_id, other.id, survivor.id)
    found.delete()
    touched = {
        other.id: Touched(other, merged=True, from_scratch=True),
        survivor.id: Touched(survivor, merged=True, from_scratch=True, is_net=is_net),
    }
    judging.look_at_all(found.workspace_id, touched)
    rescore(found.workspace_id, versions, touched.values(), clock())


def advance(workspace_id: int, job_id: int, clock: Clock = database_now) -> bool:
    """Does the next range of the job of a long merge, or of undoing one, in one transaction; whether there is more to do at once.

    False also where another worker holds the job, or it has ended.
    """
    with workspace_scope(workspace_id):
        versions = active(workspace_id)
        job = hold(workspace_id, job_id)
        if job is None:
            return False
        if job.kind == carrying.UNMERGE:
            return _undo(job, versions, clock)
        people.hold(workspace_id, {job.params["other"], job.params["into"]})
        return carrying.carry(job, versions, clock)


def _undo(job: Job, versions: Sequence[Active], clock: Clock) -> bool:
    """Undoes a long merge, which is one transaction: what is left to the survivor can only be counted anew."""
    found = _hold(job.workspace_id, job.params["other"])
    people.hold(job.workspace_id, {job.params["into"]})
    is_net = carrying.release(job)
    if found is None or found.survivor_id != job.params["into"] or not _leads_straight(found):
        fail(job, "The merge cannot be undone any more: the contact that survived it was merged or erased since.")
        return False
    _take_apart(found, versions, clock, is_net=is_net)
    finish(job, {"contact": job.params["other"]})
    return False


def give_up(workspace_id: int, job_id: int, error: Exception) -> None:
    """Ends the job of undoing a merge, which has changed nothing yet. A merge goes on, however often its job fails: it is half done."""
    with workspace_scope(workspace_id):
        job = hold(workspace_id, job_id)
        if job and job.kind == carrying.UNMERGE:
            people.hold(workspace_id, {job.params["into"]})
            carrying.release(job)
            fail(job, f"The merge was not undone: {type(error).__name__}: {error}")


def _rests(workspace_id: int, contact_id: int) -> bool:
    return Contact.objects.filter(workspace=workspace_id, id=contact_id, recomputing_since__isnull=False).exists()


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
