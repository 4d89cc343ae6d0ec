"""Points given or taken by hand: one contact, one scoring type, a reason (docs/how-scores-work.md)."""

from __future__ import annotations

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from contacts import people
from contacts.models import Contact
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from scoring.engine import Adjustment
from scoring.models import Adjustment as Row
from scoring.models import ScoringType
from scoring.rescoring import Touched, rescore
from scoring.versions import active

MOST_POINTS = 1_000  # either way
LONGEST_REASON = 200


def adjust(
    workspace: Workspace, contact_id: int, scoring_type: ScoringType, points: int, reason: str, *, by: By, clock: Clock = database_now
) -> Row:
    """Gives or takes 1 to 1,000 whole points, and records a stage that this enters or leaves. Call it inside the workspace's scope.

    Raises:
        Contact.DoesNotExist: there is none, or it was merged into another.
    """
    versions = active(workspace.id)
    person = people.lock(workspace.id, [contact_id]).get(contact_id)
    if person is None:
        raise Contact.DoesNotExist
    t = clock()
    key_id = by.id if by is not None and audit.person(by) is None else None
    row = Row.objects.create(
        workspace=workspace, scoring_type=scoring_type, contact_id=contact_id, points=points, reason=reason, author=audit.person(by), key_id=key_id,
        awarded_at=t,
    )  # fmt: skip
    audit.record(workspace.id, "contact.adjusted", contact_id, by, {"scoring_type": scoring_type.key, "points": points, "reason": reason})
    touched = Touched(person, adjustments={scoring_type.id: [Adjustment(row.id, points, t, reason)]})
    rescore(workspace.id, versions, [touched], t)
    return row
