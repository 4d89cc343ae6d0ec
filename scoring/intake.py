"""Taking calls in: identities, activities, profiles, companies, scores, stages and messages, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contacts import activities, belonging, companies, duplicates, marking, people, profiles, scanners
from contacts.bots import bot_of
from contacts.calls import Received
from contacts.identity import Resolved, lock_named, resolve, save_identifiers
from contacts.models import MergeCause, Source
from contacts.turns import in_turn
from leadscore.clock import Clock
from scoring import judging, merging
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
    touched: dict[int, Touched] = {}
    owners: dict[str, int] = {}
    held = lock_named(workspace_id, counted) if any(map(_is_alias, counted)) else None
    runs = [counted] if held is None else in_turn(counted, held, _is_alias)
    locked = None if held is None else set(held.values())
    if len(runs) > 1:  # each kind of lock before the next: a run must not wait for lookups while an earlier one's companies are held
        belonging.hold_lookups(workspace_id)
    for run in runs:
        resolved = resolve(workspace_id, run, locked=locked)
        if locked is not None:
            locked |= resolved.people.keys()
        touched = _joined(touched, _apply(workspace_id, run, resolved, cause), resolved.merged)
        if resolved.merged and owners:
            owners = {id: resolved.merged.get(owner, owner) for id, owner in owners.items()}
        owners |= {received.call.message_id: owner for received, owner in zip(run, resolved.owners, strict=True)}
    _judge(workspace_id, touched)
    t = max([clock(), *(received.call.received_at for received in counted)])
    rescore(workspace_id, versions, list(touched.values()), t)
    return owners


def _is_alias(received: Received) -> bool:
    """It merges two contacts in a way that can be undone: what came before has to be stored first, as that of whoever it was."""
    return received.is_alias and received.source == Source.SERVER


def _joined(earlier: dict[int, Touched], later: dict[int, Touched], merged: Mapping[int, int]) -> dict[int, Touched]:
    """What contacts have to be rescored for, after one more run. All runs of a transaction are one step."""
    for id, one in earlier.items():
        into = later.setdefault(merged.get(id, id), one)
        if into is not one:
            if id not in merged or into.from_scratch:  # else a job will move and count what the other did
                into.activities = one.activities + into.activities
                into.received = one.received | into.received
                into.mailed = one.mailed + into.mailed
            into.merged |= one.merged
            if id not in merged:
                into.from_scratch |= one.from_scratch
                into.person.before = one.person.before or into.person.before
    return later


def _apply(workspace_id: int, calls: Sequence[Received], resolved: Resolved, cause: str | None) -> dict[int, Touched]:
    """Writes all but the scores; what each contact has to be rescored for."""
    touched = {owner: Touched(resolved.people[owner], cause=cause) for owner in sorted({*resolved.owners, *resolved.merged.values()})}
    bots = [bot_of(received) for received in calls]
    for index, (received, owner) in enumerate(zip(calls, resolved.owners, strict=True)):
        person = resolved.people[owner]
        if not bots[index]:
            activities.note_last(received, person)
        if received.call.kind == "identify":
            profiles.identify(person, received, but=EMAIL if index in resolved.kept_email else frozenset())
    pairs = [(received, resolved.people[owner]) for received, owner in zip(calls, resolved.owners, strict=True)]
    companies.apply(workspace_id, pairs, resolved.people.values())
    people.save(workspace_id, resolved.people.values())
    long = merging.carry_over(workspace_id, resolved.merged, resolved.undoable, MergeCause.ALIAS, step_cause=cause)
    save_identifiers(workspace_id, resolved.moved, resolved.people)
    duplicates.note(workspace_id, resolved.pairs)
    ids = activities.store(workspace_id, calls, resolved.owners, bots, resolved.kept_email)
    for received, owner, id, bot in zip(calls, resolved.owners, ids, bots, strict=True):
        if received.is_activity:
            _note(touched[owner], received, id, bot)
    for survivor in set(resolved.merged.values()):
        touched[survivor].merged, touched[survivor].from_scratch = True, survivor not in long
        touched[survivor].person.is_recomputing |= survivor in long
    return touched


def _note(touched: Touched, received: Received, id: int, bot: str) -> None:
    call = received.call
    if scanners.concerns(call.name, call.properties, call.context):
        touched.mailed.append(call.occurred_at)
    if not bot:
        touched.activities.append(Activity(id, call.name or "", call.occurred_at, call.message_id, call.properties, call.context))
        touched.received[id] = call.received_at


def _judge(workspace_id: int, touched: Mapping[int, Touched]) -> None:
    """Has the rule for mail scanners look at the contacts that got e-mails or were merged; what is a scanner's is not scored, or no longer.

    Where a job carries the merge out, it has the rule look at the whole when all is there.
    """
    mailed = {id: None if one.from_scratch else one.mailed for id, one in touched.items() if one.mailed or one.from_scratch}
    if mailed:
        new = {id for one in touched.values() for id in one.received}
        judging.take_notice(workspace_id, touched, marking.apply_rule(workspace_id, mailed, new=new))
