"""What rules matched lately among some contacts, by the engine's own tests and awards. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scoring.engine import Activity, Profile, awards, matches, tally
from scoring.model import ActivityRule, InactivityRule, Model, ProfileRule, ResetRule, Rule
from scoring.scores import silence

DAYS = 30
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Insight:
    """What one rule matched, as counted among `sampled` of `contacts_in_all` contacts.

    An activity or reset rule: `activities` of `contacts` in the last DAYS, of which `gave` were awarded; `days` has the matches of each day, the
    oldest first. A profile or inactivity rule: `contacts` for which it gives something now. `examples`: contacts, those of the latest matches.
    `is_cut`: some of them had done more than was read.
    """

    kind: str
    contacts: int = 0
    activities: int = 0
    gave: int = 0
    days: tuple[int, ...] = ()
    examples: tuple[int, ...] = ()
    sampled: int = 0
    contacts_in_all: int = 0
    is_cut: bool = False

    @property
    def is_exact(self) -> bool:
        return self.sampled >= self.contacts_in_all and not self.is_cut

    @property
    def is_activity(self) -> bool:
        return self.kind in ("activity", "reset")

    @property
    def matches(self) -> int:
        """What a line says of the rule: activities, or contacts."""
        return self.in_all(self.activities if self.is_activity else self.contacts)

    @property
    def left_out(self) -> int:
        return self.activities - self.gave

    def in_all(self, count: int) -> int:
        """What a count stands for among all contacts: of a sample, to three digits, for it is known no better."""
        if not self.sampled or self.sampled >= self.contacts_in_all:
            return count
        stands_for = round(count * self.contacts_in_all / self.sampled)
        return round(stands_for, min(0, 3 - len(str(stands_for))))

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Insight:
        return cls(**{**state, "days": tuple(state["days"]), "examples": tuple(state["examples"])})


@dataclass(frozen=True, slots=True)
class Sample:
    """Contacts taken at random of `of`, with what rules look at: activities in order, or profiles and when each was last heard."""

    of: int
    histories: Mapping[int, Sequence[Activity]] = field(default_factory=dict)
    profiles: Mapping[int, Profile] = field(default_factory=dict)
    heard: Mapping[int, Mapping[str, datetime]] = field(default_factory=dict)
    is_cut: bool = False


def of_activities(model: Model, sample: Sample, t: datetime) -> dict[int, Insight]:
    """The insight into each activity and reset rule, by its position."""
    since = t - timedelta(days=DAYS)
    counts = {rule.position: _Count(rule) for rule in model.rules if isinstance(rule, ActivityRule | ResetRule)}
    for contact, history in sample.histories.items():
        awarded = {(one.rule, one.activity) for one in awards(model, history, t) if one.counts}
        for activity in history:
            if activity.occurred_at > since:
                for rule in _matches(model, activity):
                    counts[rule.position].add(contact, activity, since, (rule.position, activity.id) in awarded)
    return {position: count.insight(sample) for position, count in counts.items()}


def _matches(model: Model, activity: Activity) -> Iterator[ActivityRule | ResetRule]:
    yield from matches(model, activity)
    yield from (rule for rule in model.resets.get(activity.name, ()) if rule.test(activity.facts, activity.occurred_at))


class _Count:
    """What has been counted of a rule so far."""

    def __init__(self, rule: ActivityRule | ResetRule) -> None:
        self.kind = "reset" if isinstance(rule, ResetRule) else "activity"
        self.gave = 0
        self.days = Counter[int]()
        self.latest: dict[int, datetime] = {}

    def add(self, contact: int, activity: Activity, since: datetime, gave: bool) -> None:
        self.gave += gave
        self.days[min(DAYS - 1, (activity.occurred_at - since) // timedelta(days=1))] += 1
        self.latest[contact] = activity.occurred_at  # histories are in order

    def insight(self, sample: Sample) -> Insight:
        latest = sorted(self.latest, key=lambda contact: (self.latest[contact], contact), reverse=True)
        days = tuple(self.days[day] for day in range(DAYS))
        return Insight(
            self.kind, len(self.latest), self.days.total(), self.gave, days, tuple(latest[:EXAMPLES]), len(sample.histories), sample.of, sample.is_cut
        )


def of_profiles(model: Model, sample: Sample, t: datetime) -> dict[int, Insight]:
    """The insight into each profile and inactivity rule, by its position."""
    rules = [rule for rule in model.rules if isinstance(rule, ProfileRule | InactivityRule)]
    found: dict[int, list[int]] = {rule.position: [] for rule in rules}
    for contact in sorted(sample.profiles, reverse=True):
        profile = sample.profiles[contact]
        for rule in rules:
            if _gives(model, rule, profile, sample.heard.get(contact, {}), t):
                found[rule.position].append(contact)
    return {
        rule.position: Insight(
            "profile" if isinstance(rule, ProfileRule) else "inactivity", len(found[rule.position]), examples=tuple(found[rule.position][:EXAMPLES]),
            sampled=len(sample.profiles), contacts_in_all=sample.of,
        )
        for rule in rules
    }  # fmt: skip


def _gives(model: Model, rule: Rule, profile: Profile, heard: Mapping[str, datetime], t: datetime) -> bool:
    if isinstance(rule, ProfileRule):
        return rule.test(profile.facts, t)
    assert isinstance(rule, InactivityRule), "the other kinds ask for activities"
    return silence(rule, tally(model, (), t, last=heard), profile, t) != 0
