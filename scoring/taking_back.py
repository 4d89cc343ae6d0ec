"""Activities that were scored and turn out to be a bot's: what they gave is taken back, before anything new is counted.

Only the slots and windows of those activities change, so nobody's history is read for it: at most NEAR of what came after, for a match that
moves up into a limit, and NEAR of what came before, for what was last heard and the reset before. Where that is not enough a job goes on
(`scoring.refilling`); until then nothing more has moved up, and the old silence and reset stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import jobs
from scoring import ledger, nearby, placing, scratch, starting_over
from scoring.awarding import Order
from scoring.engine import Activity, Change, Held, Tally, changed, has_room, heard, reset_at, without
from scoring.ledger import Place
from scoring.placing import NOTHING, Pair, Wanted

KIND = "reclassification"  # of the job
TASK = "scoring.tasks.continue_refilling"
NEAR = 100  # activities of a contact


@dataclass(frozen=True, slots=True)
class Behind:
    """What a tally keeps of the past: when something was last heard, by the names that inactivity rules ask, and the latest reset."""

    last: Mapping[str, datetime]
    reset: datetime | None


def take_back(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Sets `reread` of each to its tally without what is gone, and the ledger accordingly; opens the jobs that have to go on."""
    for pair in pairs:
        pair.reread = pair.tally or NOTHING
    unsettled = _look_back(workspace_id, [pair for pair in pairs if pair.touched.gone], t)
    _settle(workspace_id, [pair for pair in pairs if pair.touched.unsettled], t)
    freed = _take_out(workspace_id, pairs, t)
    _open_jobs(workspace_id, unsettled, _move_up(workspace_id, pairs, freed, t) if freed else {})


def _look_back(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> set[int]:
    """Finds what was heard before what is gone, and the reset before; the contacts where that lies further back than NEAR."""
    asked = {pair.place: behind for pair in pairs if (behind := _leaning(pair, t))}
    instants: dict[int, datetime] = {}
    for (_, contact), behind in asked.items():
        instants[contact] = max([*behind.last.values(), *filter(None, [behind.reset, instants.get(contact)])])
    found = nearby.before(workspace_id, instants, NEAR) if instants else {}
    fresh, unsettled = {}, set()
    for pair in pairs:
        if behind := asked.get(pair.place):
            rows = found.get(pair.touched.person.id, [])
            fresh[pair.place], whole = _earlier(pair, behind, [row.activity for row in rows if row.counts], len(rows) < NEAR, t)
            unsettled |= set() if whole else {pair.touched.person.id}
    _set(workspace_id, pairs, fresh, t)
    return unsettled


def _leaning(pair: Pair, t: datetime) -> Behind | None:
    """What of the tally leans on an activity that is gone; None for nothing."""
    tally, gone, model = pair.reread or NOTHING, pair.touched.gone, pair.version.model
    last = {name: at for name, at in heard(model, gone, t).items() if tally.last.get(name) == at}
    reset = tally.reset if tally.reset is not None and reset_at(model, gone, t) == tally.reset else None
    return Behind(last, reset) if last or reset else None


def _earlier(pair: Pair, leaning: Behind, activities: Sequence[Activity], is_all: bool, t: datetime) -> tuple[Behind, bool]:
    """What the tally leans on instead, by these activities, and whether that is sure; what is not found in a part of them stays as it is."""
    tally, model, new = pair.reread or NOTHING, pair.version.model, {activity.id for activity in pair.touched.activities}
    known = [activity for activity in activities if activity.id not in new]
    last, reset = heard(model, known, t), reset_at(model, known, t)
    sure = is_all or (leaning.last.keys() <= last.keys() and (leaning.reset is None or reset is not None))
    dropped = {name for name in leaning.last if is_all or name in last}
    kept = {name: at for name, at in tally.last.items() if name not in dropped} | {name: last[name] for name in dropped & last.keys()}
    return Behind(kept, reset if leaning.reset and (is_all or reset) else tally.reset), sure


def _settle(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    """Finds what was last heard, and the latest reset, in all that contacts did: what only a job has the time for."""
    contacts = sorted({pair.touched.person.id for pair in pairs})
    if not contacts:
        return
    last = scratch.heard(workspace_id, [pair.version.model for pair in pairs], contacts, t)
    histories = ledger.histories(workspace_id, contacts, {name for pair in pairs for name in pair.version.model.resets}, t)
    fresh = {}
    for pair in pairs:
        model, contact = pair.version.model, pair.touched.person.id
        fresh[pair.place] = Behind(scratch.asked(model, last[contact]), reset_at(model, histories[contact], t))
    _set(workspace_id, pairs, fresh, t)


def _set(workspace_id: int, pairs: Sequence[Pair], fresh: Mapping[Place, Behind], t: datetime) -> None:
    """Has tallies lean on what is found. Before the ledger is changed, which still holds what a reset that is none had voided."""
    changed = [pair for pair in pairs if pair.place in fresh]
    resets: dict[Place, tuple[int, Tally, datetime | None]] = {}
    for pair in changed:
        before, behind = pair.reread or NOTHING, fresh[pair.place]
        pair.reread = before._replace(last=behind.last)
        if behind.reset != before.reset:
            resets[pair.place] = (pair.version.type_id, pair.reread, behind.reset)
    if resets:
        given = starting_over.without_reset(workspace_id, {pair.version.id: pair.version.model for pair in changed}, resets, t)
        for pair in changed:
            pair.reread = given.get(pair.place, pair.reread)


def _take_out(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> dict[int, Order]:
    """Takes the entries of what is gone out of the ledger; contact → the first place that became free where later matches may move up."""
    wanted: Wanted = {}
    for pair in pairs:
        if free := placing.sort(pair, pair.touched.gone, wanted):
            pair.changes.append(Change(dropped=tuple(free)))
    held = placing.held_of(workspace_id, wanted)
    freed: dict[int, Order] = {}
    for slot, (pair, rule, gone) in wanted.items():
        found = held.get(slot, Held())
        change = without(rule, found, {activity.id for activity in gone})
        pair.changes.append(change)
        if has_room(rule, found, change):
            contact, first = pair.touched.person.id, min(activity.order for activity in gone)
            freed[contact] = min(first, freed.get(contact, first))
    _write(workspace_id, pairs, t)
    return freed


def _move_up(workspace_id: int, pairs: Sequence[Pair], freed: Mapping[int, Order], t: datetime) -> dict[int, int]:
    """Places what comes next, as far as NEAR; contact → the last of it, where there is more. What is new comes on top, as a step of its own."""
    found = nearby.after(workspace_id, freed, NEAR)
    wanted: Wanted = {}
    for pair in pairs:
        new = {activity.id for activity in pair.touched.activities}
        rows = found.get(pair.touched.person.id, [])
        placing.sort(pair, [row.activity for row in rows if row.counts and row.activity.id not in new], wanted)
    placing.place_in_slots(workspace_id, wanted)
    _write(workspace_id, pairs, t)
    return {contact: rows[-1].activity.id for contact, rows in found.items() if len(rows) == NEAR}


def _write(workspace_id: int, pairs: Sequence[Pair], t: datetime) -> None:
    placing.write(workspace_id, pairs)
    for pair in pairs:
        pair.reread, pair.changes = changed(pair.version.model, pair.reread or NOTHING, pair.changes, t), []


def _open_jobs(workspace_id: int, unsettled: set[int], further: Mapping[int, int]) -> None:
    """One for each contact. Several of a contact make room for the one that is furthest back."""
    wanted = [
        (f"contact {contact}", {"contact": contact, "after": further.get(contact), "unsettled": contact in unsettled})
        for contact in sorted({*unsettled, *further})
    ]
    if wanted:
        for job_id in jobs.open_jobs(workspace_id, KIND, wanted):
            jobs.wake_on_commit(TASK, workspace_id, job_id)
