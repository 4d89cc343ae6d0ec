"""Taking calls in: identities, activities, profiles, companies, scores, stages and messages, inside the caller's transaction."""
from __future__ import annotations

from collections.abc import Sequence

from contacts import activities, companies, people, profiles
from contacts import merging as contact_merging
from contacts.calls import Received
from contacts.identity import Resolved, resolve, save_identifiers
from leadscore.clock import Clock
from scoring import merging
from scoring.engine import Activity
from scoring.rescoring import Touched, rescore
from scoring.versions import active

EMAIL = frozenset({"email"})


def take_in(workspace_id: int, calls: Sequence[Received], clock: Clock, *, cause: str | None = None) -> dict[str, int]:
    """Processes calls in order; those whose message_id was processed before are left out.

    Args:
        cause: of the stage changes that the calls make; None for what the calls themselves say.

    Returns:
        message_id → contact of each call that counted.

    Raises:
        IdentifiersMoved, MessageIdTaken: another writer was faster; start the transaction over.
    """
    versions = active(workspace_id)
    counted = activities.first_of_each(calls, activities.taken(workspace_id, {call.call.message_id for call in calls}))
    if not counted:
        return {}
    resolved = resolve(workspace_id, counted)
    touched = _apply(workspace_id, counted, resolved, cause)
    t = max([clock(), *(received.call.received_at for received in counted)])
    rescore(workspace_id, versions, list(touched.values()), t)
    return {received.call.message_id: owner for received, owner in zip(counted, resolved.owners, strict=True)}


def _apply(workspace_id: int, calls: Sequence[Received], resolved: Resolved, cause: str | None) -> dict[int, Touched]:
    """Writes all but the scores; what each contact has to be rescored for."""
    touched = {owner: Touched(resolved.people[owner], cause=cause) for owner in sorted({*resolved.owners, *resolved.merged.values()})}
    for index, (received, owner) in enumerate(zip(calls, resolved.owners, strict=True)):
        person = resolved.people[owner]
        activities.note_last(received, person)
        if received.call.kind == "identify":
            profiles.identify(person, received, but=EMAIL if index in resolved.kept_email else frozenset())
    companies.apply(workspace_id, [(received, resolved.people[owner]) for received, owner in zip(calls, resolved.owners, strict=True)])
    people.save(workspace_id, resolved.people.values())
    contact_merging.move(workspace_id, resolved.merged)
    merging.move(workspace_id, resolved.merged)
    save_identifiers(workspace_id, resolved.moved, resolved.people)
    ids = activities.store(workspace_id, calls, resolved.owners)
    for received, owner, id in zip(calls, resolved.owners, ids, strict=True):
        if received.is_activity:
            _note(touched[owner], received, id)
    for survivor in set(resolved.merged.values()):
        touched[survivor].merged = touched[survivor].from_scratch = True
    return touched


def _note(touched: Touched, received: Received, id: int) -> None:
    call = received.call
    touched.activities.append(Activity(id, call.name or "", call.occurred_at, call.message_id, call.properties, call.context))
    touched.received[id] = call.received_at
