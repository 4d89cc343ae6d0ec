"""Which activities a scoring type awards (scoring semantics §4.1). Pure.

Everything is ordered by (`occurred_at`, `message_id`); code points of a `str` sort as the bytes of its UTF-8 do. An award's
*slot* is the period its rule's limit counts in, in the version's time zone: `2026-11-21` for a day, `w2026-11-16` (the
Monday) for a week, `2026-11` for a month, and "" for `ever` and for a rule without a limit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scoring.model import ActivityRule, Expiry, Model

Order = tuple[datetime, str]


class Unscorable(ValueError):
    """The model has parts that this release cannot score; publishing refuses those."""


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


class Award(NamedTuple):
    """One ledger entry: `rule` is a position in the document; at `expires_at` it is worth nothing, None: never."""

    rule: int
    activity: int
    awarded_at: datetime
    message_id: str
    slot: str
    expires_at: datetime | None

    @property
    def order(self) -> Order:
        return (self.awarded_at, self.message_id)

    def alive(self, t: datetime) -> bool:
        """Whether it exists at `t` and has not become worthless."""
        return self.awarded_at <= t and (self.expires_at is None or t < self.expires_at)


@dataclass(frozen=True, slots=True)
class Change:
    """What activities did to the awards of one rule: a late match can push others out of a full limit."""

    added: tuple[Award, ...] = ()
    dropped: tuple[Award, ...] = ()


def matches(model: Model, activity: Activity) -> tuple[ActivityRule, ...]:
    """The rules an activity matches: its name exactly, and their conditions."""
    if model.unscored:
        raise Unscorable(f"this release cannot score {', '.join(model.unscored)}")
    rules = model.by_activity.get(activity.name)
    if rules is None:
        return ()
    facts = {"properties": activity.properties, "context": activity.context}
    return tuple(rule for rule in rules if rule.test(facts, activity.occurred_at))


def slot_of(rule: ActivityRule, activity: Activity) -> str:
    """The period of the rule's limit that the activity counts in."""
    per = rule.frequency.per if rule.frequency else "ever"
    if per == "ever":
        return ""
    day = activity.occurred_at.astimezone(rule.zone).date()
    if per == "day":
        return day.isoformat()
    if per == "month":
        return day.isoformat()[:7]
    return f"w{day - timedelta(days=day.weekday())}"


def award(rule: ActivityRule, activity: Activity, slot: str) -> Award:
    """The ledger entry of a match."""
    expires_at = _expires_at(rule.expiry, activity.occurred_at)
    return Award(rule.position, activity.id, activity.occurred_at, activity.message_id, slot, expires_at)


def _expires_at(expiry: Expiry | None, awarded_at: datetime) -> datetime | None:
    if expiry is None:
        return None
    if expiry.days is None:
        raise Unscorable("only an expiry in days can be scored")
    try:
        return awarded_at + timedelta(days=expiry.days)
    except OverflowError:  # after the year 9999, which is never
        return None


def limit_of(rule: ActivityRule) -> int | None:
    """How many matches of a slot are awarded; None for all."""
    if rule.frequency is None:
        return None
    if rule.frequency.limit is None or rule.frequency.each is not None:
        raise Unscorable("only a plain limit can be scored")
    return rule.frequency.limit


def place(rule: ActivityRule, latest: Sequence[Award], new: Iterable[Activity]) -> Change:
    """What new matches of a rule change in the ledger.

    `latest` holds all awards of the rule in the slots of `new` (at most `limit` a slot; none need be given where there is
    no limit). Matches already awarded, and repeated ones, change nothing.
    """
    limit = limit_of(rule)
    if limit is None and not latest:
        return Change(tuple(award(rule, activity, "") for activity in {activity.id: activity for activity in new}.values()))
    slots = defaultdict[str, dict[Order, Award]](dict)
    for old in latest:
        slots[old.slot][old.order] = old
    known = {old.activity for old in latest}
    for activity in new:
        if activity.id not in known:
            slot = slot_of(rule, activity)
            slots[slot][activity.order] = award(rule, activity, slot)
    kept = [slot[order] for slot in slots.values() for order in sorted(slot)[:limit]]
    remaining = {one.activity for one in kept}
    added = tuple(one for one in kept if one.activity not in known)
    return Change(added, tuple(old for old in latest if old.activity not in remaining))


def is_past(rule: ActivityRule, latest: Sequence[Award], new: Sequence[Activity]) -> bool:
    """Whether one slot is full of matches before all of the new ones, which then change nothing: the usual case, told without placing them.

    `latest` holds the slot's awards in order, `new` matches of the same slot.
    """
    limit = limit_of(rule)
    return limit is not None and len(latest) >= limit and latest[-1].order < min(activity.order for activity in new)


def awards(model: Model, activities: Iterable[Activity], t: datetime) -> list[Award]:
    """All awards at `t`, from scratch, in order; activities may come in any order and more than once."""
    known = {activity.order: activity for activity in activities if activity.occurred_at <= t}
    taken: Counter[tuple[int, str]] = Counter()
    ledger = []
    for _, activity in sorted(known.items()):
        for rule in matches(model, activity):
            slot, limit = slot_of(rule, activity), limit_of(rule)
            taken[rule.position, slot] += 1
            if limit is None or taken[rule.position, slot] <= limit:
                ledger.append(award(rule, activity, slot))
    return ledger
