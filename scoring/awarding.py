"""Which activities a scoring type awards (docs/how-scores-work.md). Pure.

Everything is ordered by (`occurred_at`, `message_id`); code points of a `str` sort as the bytes of its UTF-8 do. Beside awards the ledger
keeps the matches that `reach` still counts: entries that are worth nothing (`counts` is False).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scoring.model import ActivityRule, Model
from scoring.slots import REACHED
from scoring.slots import slot_of as slot_at
from scoring.worth import ends_at

Order = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing a contact did; not a bot's, not erased. `occurred_at` is aware."""

    id: int
    name: str
    occurred_at: datetime
    message_id: str
    properties: Mapping[str, Any]
    context: Mapping[str, Any]

    @property
    def order(self) -> Order:
        return (self.occurred_at, self.message_id)

    @property
    def facts(self) -> dict[str, Mapping[str, Any]]:
        return {"properties": self.properties, "context": self.context}


class Award(NamedTuple):
    """One ledger entry: `rule` is a position in the document; at `expires_at` it is worth nothing, None: never, or by fading."""

    rule: int
    activity: int
    awarded_at: datetime
    message_id: str
    slot: str
    expires_at: datetime | None
    counts: bool = True

    @property
    def order(self) -> Order:
        return (self.awarded_at, self.message_id)

    def alive(self, t: datetime) -> bool:
        """Whether it counts at `t` and has not expired. What fades may be worth nothing all the same."""
        return self.counts and self.awarded_at <= t and (self.expires_at is None or t < self.expires_at)


class Held(NamedTuple):
    """What the ledger holds around new matches of a slot: how many entries come before all of them, and the others."""

    before: int = 0
    entries: Sequence[Award] = ()


class Change(NamedTuple):
    """What activities did to the ledger of one rule: a late match can push others out of a full limit."""

    added: tuple[Award, ...] = ()
    dropped: tuple[Award, ...] = ()


def matches(model: Model, activity: Activity) -> tuple[ActivityRule, ...]:
    """The rules an activity matches: its name exactly, and their conditions."""
    rules = model.alike.get(activity.name)
    return () if rules is None else rules.matching(activity)


def slot_of(rule: ActivityRule, activity: Activity) -> str:
    """The slot that the activity's match is counted in."""
    return slot_at(rule, activity.occurred_at, activity.facts) if rule.frequency else ""


def award(rule: ActivityRule, activity: Activity, slot: str, *, counts: bool = True) -> Award:
    """The ledger entry of a match. One that fades, or does not count, never expires: time takes nothing at once from what it gives."""
    expires_at = ends_at(rule.expiry, activity.occurred_at) if counts and not rule.fades else None
    return Award(rule.position, activity.id, activity.occurred_at, activity.message_id, slot, expires_at, counts)


def window_of(rule: ActivityRule) -> timedelta | None:
    """The days within which `reach` counts; None for every other frequency, whose slots say all."""
    frequency = rule.frequency
    if frequency is None or frequency.reach is None or frequency.within_days is None:
        return None
    return timedelta(days=frequency.within_days)


def most_of(rule: ActivityRule) -> int | None:
    """How many matches of a slot the ledger keeps; None for all."""
    return None if rule.frequency is None else rule.frequency.limit or rule.frequency.reach


def place(rule: ActivityRule, latest: Sequence[Award], new: Iterable[Activity], before: int = 0) -> Change:
    """What new matches of a rule change in the ledger.

    `latest` holds all entries of the rule in the slots of `new`; for `reach` within days those of the window around `new`, and the award
    where there is one. No entry need be given for a rule without a frequency. Matches already there, and repeated ones, change nothing.
    Where `new` is of one slot, the entries that come before all of it may be left out and counted by `before`: their places stay theirs.
    """
    known = {old.activity for old in latest}
    fresh = list({activity.id: activity for activity in new if activity.id not in known}.values())
    window = window_of(rule)
    if window is not None:
        return _place_in_window(rule, window, latest, fresh)
    if rule.frequency is None:
        return Change(tuple(award(rule, activity, "") for activity in fresh))
    return _place_in_slots(rule, latest, fresh, before)


def _place_in_slots(rule: ActivityRule, latest: Sequence[Award], fresh: Sequence[Activity], before: int) -> Change:
    """The earliest of each slot stay: all of them awards of a limit, the last of them alone the award of `reach`."""
    if not latest and len(fresh) == 1:  # most matches are alone in their slot
        return Change(tuple(_kept(rule, slot_of(rule, fresh[0]), fresh, before)))
    slots = defaultdict[str, dict[Order, Award | Activity]](dict)
    for old in latest:
        slots[old.slot][old.order] = old
    for activity in fresh:
        slots[slot_of(rule, activity)][activity.order] = activity
    kept = [entry for slot, entries in slots.items() for entry in _kept(rule, slot, [entries[order] for order in sorted(entries)], before)]
    held, after = set(latest), set(kept)
    return Change(tuple(one for one in kept if one not in held), tuple(old for old in latest if old not in after))


def _kept(rule: ActivityRule, slot: str, entries: Sequence[Award | Activity], before: int) -> Iterable[Award]:
    reach, most = rule.frequency and rule.frequency.reach, most_of(rule) or 0
    for place, entry in enumerate(entries[: max(0, most - before)], start=before + 1):
        counts = not reach or place == reach
        if isinstance(entry, Activity):
            yield award(rule, entry, slot, counts=counts)
        elif entry.counts == counts:
            yield entry
        else:
            yield entry._replace(counts=counts, expires_at=ends_at(rule.expiry, entry.awarded_at) if counts and not rule.fades else None)


def _place_in_window(rule: ActivityRule, window: timedelta, latest: Sequence[Award], fresh: Sequence[Activity]) -> Change:
    """The award goes to the first match that makes the number full; matches behind it are not kept."""
    reached = next((old for old in latest if old.counts), None)
    early = [activity for activity in fresh if reached is None or activity.order < reached.order]
    entries: dict[Order, Award | Activity] = {old.order: old for old in latest if not old.counts} | {one.order: one for one in early}
    full = _first_full(rule, window, sorted(order for order in entries if reached is None or order < reached.order))
    added = [award(rule, one, "", counts=False) for one in early if full is None or one.order < full]
    if full is None:
        return Change(tuple(added))
    entry = entries[full]
    dropped = [old for old in (reached, entry) if isinstance(old, Award)]
    return Change((*added, _reaching(rule, entry)), tuple(dropped))


def without(rule: ActivityRule, held: Held, gone: Collection[int]) -> Change:
    """What activities that no longer count take out of one slot, whose entries `held` has from the first of them on; for `reach` within days, out
    of the window around them. The award of a number that is no longer reached becomes a match like the others.
    """
    lost = [old for old in held.entries if old.activity in gone]
    left = [old for old in held.entries if old.activity not in gone]
    if not lost:
        return Change()
    window = window_of(rule)
    if window is not None:
        return _out_of_window(window, lost, left)
    kept = set(_kept(rule, held.entries[0].slot, sorted(left, key=lambda one: one.order), held.before))
    return Change(tuple(kept.difference(held.entries)), tuple(set(held.entries) - kept))


def _out_of_window(window: timedelta, lost: Sequence[Award], left: Sequence[Award]) -> Change:
    """The number was reached by exactly as many matches as it takes, so one less within the days before it is too few."""
    reached = next((old for old in left if old.counts), None)
    if reached is None or not any(old.order < reached.order and reached.awarded_at - old.awarded_at < window for old in lost):
        return Change(dropped=tuple(lost))
    return Change((reached._replace(slot="", counts=False, expires_at=None),), (*lost, reached))


def has_room(rule: ActivityRule, held: Held, taken: Change) -> bool:
    """Whether matches may move up after this was taken out: the slot was full, or the number was reached."""
    if window_of(rule) is None:
        return bool(taken.dropped) and held.before + len(held.entries) >= (most_of(rule) or 0)
    return any(old.counts for old in taken.dropped)


def _reaching(rule: ActivityRule, entry: Award | Activity) -> Award:
    if isinstance(entry, Activity):
        return award(rule, entry, REACHED)
    return entry._replace(slot=REACHED, counts=True, expires_at=None if rule.fades else ends_at(rule.expiry, entry.awarded_at))


def _first_full(rule: ActivityRule, window: timedelta, orders: Sequence[Order]) -> Order | None:
    """The first of the matches (in order) for which it and those before it less than the window older make the number."""
    assert rule.frequency is not None, "only frequencies reach"
    start = 0
    for place, order in enumerate(orders):
        while order[0] - orders[start][0] >= window:
            start += 1
        if place - start + 1 >= (rule.frequency.reach or 1):
            return order
    return None


def is_past(rule: ActivityRule, held: Held, new: Sequence[Activity]) -> bool:
    """Whether what a frequency counts was full before all of the new matches (of one slot), which then change nothing: the usual case, told
    without placing them.
    """
    if window_of(rule) is None:
        return held.before >= (most_of(rule) or held.before + 1)
    first = min(activity.order for activity in new)
    return any(old.counts and old.order < first for old in held.entries)


def awards(model: Model, activities: Iterable[Activity], t: datetime) -> list[Award]:
    """The whole ledger at `t`, from scratch, in order; activities may come in any order and more than once."""
    known = {activity.order: activity for activity in activities if activity.occurred_at <= t}
    matched: dict[tuple[int, str], list[Activity]] = defaultdict(list)
    for _, activity in sorted(known.items()):
        for rule in matches(model, activity):
            matched[rule.position, slot_of(rule, activity)].append(activity)
    ledger: list[Award] = []
    for (position, _), found in matched.items():
        matched_by = model.rules[position]
        assert isinstance(matched_by, ActivityRule), "only activity rules match"
        ledger += place(matched_by, [], found).added
    return sorted(ledger, key=lambda one: (*one.order, one.rule))


def reset_at(model: Model, activities: Iterable[Activity], t: datetime) -> datetime | None:
    """The latest instant up to `t` at which an activity started the contact again at zero."""
    found = (one.occurred_at for one in activities if one.occurred_at <= t and resets(model, one))
    return max(found, default=None)


def resets(model: Model, activity: Activity) -> bool:
    """Whether an activity starts the contact again at zero."""
    return any(rule.test(activity.facts, activity.occurred_at) for rule in model.resets.get(activity.name, ()))


def heard(model: Model, activities: Iterable[Activity], t: datetime) -> dict[str, datetime]:
    """When something was last heard up to `t`, as the inactivity rules ask: by an activity's name, and by "" of any that is not passive."""
    asked = {rule.activity for rule in model.silences}
    last: dict[str, datetime] = {}
    for activity in activities if asked else ():
        if activity.occurred_at > t:
            continue
        if activity.name in asked:
            last[activity.name] = max(last.get(activity.name, activity.occurred_at), activity.occurred_at)
        if None in asked and activity.context.get("passive") is not True:
            last[""] = max(last.get("", activity.occurred_at), activity.occurred_at)
    return last
