"""Activities taken for a bot's, or no longer, after they were scored: what they gave is taken back, or given (cause `reclassification`)."""

from __future__ import annotations

from collections.abc import Collection

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from contacts import marking, people
from contacts.calls import ACTIVITY_KINDS
from contacts.marking import Marked
from contacts.models import Activity, Contact
from contacts.people import Person
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from scoring import judging
from scoring.rescoring import Touched, rescore
from scoring.versions import Active, active

LONGEST_REASON = 200


def mark(
    workspace: Workspace, contact_id: int, activity_id: int, *, is_bot: bool, reason: str = "", by: By, clock: Clock = database_now
) -> bool:
    """Says that a bot did an activity, or that none did; whether this changes what it is taken for. It outranks every rule. Call it inside the
    workspace's scope.

    Raises:
        Contact.DoesNotExist: there is none, or it was merged into another.
        Activity.DoesNotExist: the contact has no such activity.
    """
    versions, person = _hold(workspace.id, contact_id, activity_id)
    marked = marking.by_person(workspace.id, contact_id, activity_id, is_bot=is_bot, reason=reason, by=by)
    audit.record(workspace.id, "activity.marked" if is_bot else "activity.unmarked", activity_id, by, {"contact": contact_id, "reason": reason})
    return _rescored(workspace.id, versions, person, marked, clock)


def leave_to_rules(workspace: Workspace, contact_id: int, activity_id: int, *, by: By, clock: Clock = database_now) -> bool:
    """Takes back what a person said of an activity, so that the rules decide again; whether this changes what it is taken for. Call it inside the
    workspace's scope.

    Raises:
        Contact.DoesNotExist, Activity.DoesNotExist.
    """
    versions, person = _hold(workspace.id, contact_id, activity_id)
    marked = marking.leave_to_rules(workspace.id, activity_id, contact_id)
    audit.record(workspace.id, "activity.left_to_rules", activity_id, by, {"contact": contact_id})
    return _rescored(workspace.id, versions, person, marked, clock)


def _hold(workspace_id: int, contact_id: int, activity_id: int) -> tuple[list[Active], Person]:
    versions = active(workspace_id)
    person = people.lock(workspace_id, [contact_id]).get(contact_id)
    if person is None:
        raise Contact.DoesNotExist
    if not Activity.objects.filter(workspace=workspace_id, contact=contact_id, id=activity_id, kind__in=ACTIVITY_KINDS, erased=False).exists():
        raise Activity.DoesNotExist
    return versions, person


def _rescored(workspace_id: int, versions: list[Active], person: Person, marked: Marked, clock: Clock) -> bool:
    touched = Touched(person, cause="reclassification")
    judging.take_notice(workspace_id, {person.id: touched}, marked)
    if marked.contacts:
        rescore(workspace_id, versions, [touched], clock())
    return bool(marked.contacts)


def judge_anew(workspace_id: int, contact_ids: Collection[int], clock: Clock = database_now) -> int:
    """Has the rule for mail scanners look at these contacts again, after its settings changed; how many changed. One transaction of the caller's.

    Contacts for which the rule says what it said before are neither locked nor rescored.
    """
    versions = active(workspace_id)
    suspects = marking.apply_rule(workspace_id, dict.fromkeys(contact_ids), dry=True).contacts
    locked = people.lock(workspace_id, sorted(suspects))
    touched = {id: Touched(person, cause="reclassification") for id, person in locked.items()}
    marked = marking.apply_rule(workspace_id, dict.fromkeys(touched))
    judging.take_notice(workspace_id, touched, marked)
    rescore(workspace_id, versions, [touched[id] for id in sorted(marked.contacts)], clock())
    return len(marked.contacts)
