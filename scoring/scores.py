"""From awards and a profile to points, grade and stage (docs/how-scores-work.md). Pure.

Values are whole thousandths of a point; sums of integers do not depend on their order. A *tally* is what a score row
keeps, so that a score is computed from the row and the profile without reading the ledger again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from contacts.values import instant_of
from scoring.awarding import Award, Change
from scoring.model import SCALE, InactivityRule, Model, ProfileRule, Stage
from scoring.tallies import Adjustment, Days, Tally
from scoring.worth import THOUSANDTHS, day_of, faded, fading_sum, next_midnight, next_span, rounded, spans

SPREAD_SECONDS = 50 * 60  # over which the sweep comes to those whose points fade: what lists sort by is at most an hour old


class Profile(NamedTuple):
    """A contact's present profile as conditions see it, built-in fields included."""

    contact: Mapping[str, object]
    company: Mapping[str, object]

    @property
    def facts(self) -> dict[str, Mapping[str, object]]:
        return {"contact": self.contact, "company": self.company}


class GroupSum(NamedTuple):
    """A group's sum before and after its bounds, in thousandths."""

    key: str
    sum: int
    bounded: int


class Outcome(NamedTuple):
    """A score at an instant: `exact` and `total` in thousandths, with and before the type's bounds; rank 0 is no stage."""

    points: int
    exact: int
    grade: str | None
    stage: str | None
    rank: int
    groups: tuple[GroupSum, ...]
    total: int


def tally(
    model: Model,
    awards: Iterable[Award],
    t: datetime,
    *,
    last: Mapping[str, datetime] | None = None,
    reset: datetime | None = None,
    adjustments: Iterable[Adjustment] = (),
) -> Tally:
    """The tally at `t` of a whole ledger, with what was last heard and the latest reset (see awarding.heard, reset_at)."""
    given = [one for one in adjustments if one.awarded_at <= t and (reset is None or one.awarded_at > reset)]
    start = Tally({}, last=last or {}, reset=reset, adjusted=sum(one.points for one in given))
    return changed(model, start, [Change(added=tuple(awards))], t)


def moved(model: Model, tally: Tally, expired: Mapping[int, int], t: datetime) -> Tally:
    """The tally after time passed, given how many awards of each rule have expired meanwhile; days faded to nothing are left out."""
    if not expired and not tally.fading:
        return tally
    alive = {**tally.alive, **{rule: tally.alive.get(rule, 0) - count for rule, count in expired.items()}}
    return tally.with_counts(_whole(alive), _living(model, tally.fading, t))


def changed(model: Model, tally: Tally, changes: Iterable[Change], t: datetime) -> Tally:
    """A tally that was brought to `t` (see `moved`), after changes of the ledger. What is not after its reset counts nothing."""
    counts, fading = dict(tally.alive), {rule: dict(days) for rule, days in tally.fading.items()}
    reset, fades = tally.reset, model.fading
    for change in changes:
        for awards, step in ((change.added, 1), (change.dropped, -1)):
            for award in awards:
                if not award.alive(t) or (reset is not None and award.awarded_at <= reset):
                    continue
                if award.rule in fades:
                    _count_day(fading.setdefault(award.rule, {}), day_of(award.awarded_at), step)
                else:
                    counts[award.rule] = counts.get(award.rule, 0) + step
    return tally.with_counts(_whole(counts), _living(model, fading, t) if fading else fading)


def _count_day(days: dict[int, int], day: int, step: int) -> None:
    days[day] = days.get(day, 0) + step


def voided(tally: Tally, reset: datetime, alive: Mapping[int, int], fading: Mapping[int, Days], adjusted: int) -> Tally:
    """The tally after a reset later than its own, given what of it that reset voids: awards by rule (and day), points of adjustments."""
    left = {**tally.alive, **{rule: tally.alive.get(rule, 0) - count for rule, count in alive.items()}}
    days = {rule: _less(counted, fading.get(rule, {})) for rule, counted in tally.fading.items()}
    return Tally(_whole(left), {rule: kept for rule, kept in days.items() if kept}, tally.last, reset, tally.adjusted - adjusted)


def given_back(tally: Tally, reset: datetime | None, alive: Mapping[int, int], fading: Mapping[int, Days], adjusted: int) -> Tally:
    """The tally after its reset turned out to be none, given the reset before it and what the one that is none had voided."""
    counts = {rule: tally.alive.get(rule, 0) + alive.get(rule, 0) for rule in {*tally.alive, *alive}}
    days = {rule: _more(tally.fading.get(rule, {}), fading.get(rule, {})) for rule in {*tally.fading, *fading}}
    return Tally(counts, days, tally.last, reset, tally.adjusted + adjusted)


def _more(days: Days, given: Days) -> Days:
    return {day: days.get(day, 0) + given.get(day, 0) for day in {*days, *given}}


def _less(days: Days, voided: Days) -> Days:
    return {day: count - voided.get(day, 0) for day, count in days.items() if count > voided.get(day, 0)}


def _whole(counts: Mapping[int, int]) -> Mapping[int, int]:
    if any(count < 0 for count in counts.values()):
        raise ValueError(f"more awards taken from a tally than it has: {counts}")
    return {rule: count for rule, count in counts.items() if count}


def _living(model: Model, fading: Mapping[int, Days], t: datetime) -> Mapping[int, Days]:
    """The days whose awards are still worth something."""
    today = day_of(t)
    living = {
        rule: {day: count for day, count in days.items() if count and today - day < model.fading[rule]} for rule, days in fading.items()
    }
    if any(count < 0 for days in living.values() for count in days.values()):
        raise ValueError(f"more awards taken from a tally than it has: {fading}")
    return {rule: days for rule, days in living.items() if days}


def holding(model: Model, profile: Profile, t: datetime) -> tuple[ProfileRule, ...]:
    """The profile rules whose conditions hold, in the document's order."""
    facts = profile.facts
    return tuple(rule for rule in model.profile_rules if rule.test(facts, t))


def outcome(model: Model, tally: Tally, profile: Profile, t: datetime) -> Outcome:
    """Points, grade and stage at `t`."""
    return summed(model, values(model, tally, profile, t), tally.adjusted, grade_of(model, profile, t))


def summed(model: Model, values: Mapping[int, int], adjusted: int, grade: str | None) -> Outcome:
    """The outcome of what each rule gives (see `values`) and of points by hand, at a grade."""
    sums = _sums(model, values)
    if adjusted:
        sums[None] = sums.get(None, 0) + adjusted * THOUSANDTHS
    return bounded(model, sums, grade)


def values(model: Model, tally: Tally, profile: Profile, t: datetime) -> dict[int, int]:
    """What each rule that fires gives at `t`, in thousandths, by the rule's position and before any bounds."""
    points = {position: model.rules[position].points * THOUSANDTHS * count for position, count in tally.alive.items()}  # type: ignore[union-attr]
    points |= {rule.position: rule.points * THOUSANDTHS for rule in holding(model, profile, t)}
    for position, days in tally.fading.items():
        points[position] = fading_sum(model.awarding(position), days, t)
    for rule in model.silences:
        if value := silence(rule, tally, profile, t):
            points[rule.position] = value
    return points


def silence(rule: InactivityRule, tally: Tally, profile: Profile, t: datetime) -> int:
    """What an inactivity rule gives or takes, in thousandths."""
    last = heard_last(rule, tally, profile)
    return rule.points * THOUSANDTHS * spans(rule, last, t) if last else 0


def heard_last(rule: InactivityRule, tally: Tally, profile: Profile) -> datetime | None:
    """When the silence began: with the last activity that counts, or else with the contact."""
    return tally.last.get(rule.activity or "") or instant_of(profile.contact.get("created_at"))


def _sums(model: Model, values: Mapping[int, int]) -> dict[str | None, int]:
    """The values of each group, and of the rules in none (None), before bounds."""
    sums: dict[str | None, int] = {}
    for position, value in values.items():
        group = model.rules[position].group  # type: ignore[union-attr]
        sums[group] = sums.get(group, 0) + value
    return sums


def bounded(model: Model, sums: Mapping[str | None, int], grade: str | None) -> Outcome:
    """The outcome of group sums in thousandths (None: rules in no group); a group without any is bounded too."""
    groups = tuple(GroupSum(group.key, raw := sums.get(group.key, 0), _bound(raw, group.minimum, group.maximum)) for group in model.groups)
    total = sums.get(None, 0) + sum(group.bounded for group in groups)
    exact = _bound(total, model.minimum, model.maximum)
    points = rounded(exact)
    rank, stage = stage_at(model, points, grade)
    return Outcome(points, exact, grade, stage.key if stage else None, rank, groups, total)


def _bound(value: int, minimum: int | None, maximum: int | None) -> int:
    if minimum is not None:
        value = max(value, minimum * THOUSANDTHS)
    return value if maximum is None else min(value, maximum * THOUSANDTHS)


def grade_of(model: Model, profile: Profile, t: datetime) -> str | None:
    """The grade: from its start by the steps of all criteria that hold, stopping at the ends only at last."""
    if model.grade is None:
        return None
    facts = profile.facts
    steps = sum(criterion.steps for criterion in model.grade.criteria if criterion.test(facts, t))
    return SCALE[min(max(SCALE.index(model.grade.start) + steps, 0), len(SCALE) - 1)]


def stage_at(model: Model, points: int, grade: str | None) -> tuple[int, Stage | None]:
    """Rank and stage of a score: the last in order whose effective threshold is reached; (0, None) where none is."""
    for rank in range(len(model.stages), 0, -1):
        threshold = model.stages[rank - 1].effective(grade)
        if threshold is not None and threshold <= points:
            return rank, model.stages[rank - 1]
    return 0, None


def award_value(model: Model, award: Award, reset: datetime | None, t: datetime) -> int:
    """What one entry of the ledger is worth, in thousandths."""
    rule = model.awarding(award.rule)
    if not award.alive(t) or (reset is not None and award.awarded_at <= reset):
        return 0
    return faded(rule, day_of(t) - day_of(award.awarded_at)) if rule.fades else rule.points * THOUSANDTHS


def shifted(model: Model, reached: Outcome, by: Mapping[str | None, int]) -> Outcome:
    """The outcome where the sums of groups (None: of the rules in none) are so many thousandths more, at the same grade."""
    sums: dict[str | None, int] = {group.key: group.sum for group in reached.groups}
    sums[None] = reached.total - sum(group.bounded for group in reached.groups)
    return bounded(model, {group: value + by.get(group, 0) for group, value in sums.items()}, reached.grade)


def next_due(model: Model, tally: Tally, profile: Profile, next_expiry: datetime | None, t: datetime) -> datetime | None:
    """The earliest instant at which time alone could change the score: may be early, never late; None for never.

    `next_expiry` is the earliest `expires_at` after `t` among the contact's awards.
    """
    return _first(_next_turn(model, tally, profile, next_expiry, t), next_midnight(t) if tally.fading else None)


def next_sweep(
    model: Model, tally: Tally, profile: Profile, reached: Outcome, next_expiry: datetime | None, t: datetime, contact: int
) -> datetime | None:
    """When the sweep has to come to a contact whose outcome at `t` is `reached`: never later than time alone can change the stage; None for never.

    Midnight is due for those whose stage it changes. The points of all others fade at the same midnight: they wait for a moment of their
    own within the hour after it, so that neither stages nor the database have to wait for them.
    """
    turn = _next_turn(model, tally, profile, next_expiry, t)
    fades = next_midnight(t) if tally.fading else None
    if fades is None or (turn is not None and turn <= fades):
        return turn
    if _faded_to(model, tally, reached, t, fades).rank != reached.rank:
        return fades
    return _first(turn, fades + timedelta(seconds=1 + contact % SPREAD_SECONDS))


def _faded_to(model: Model, tally: Tally, reached: Outcome, t: datetime, then: datetime) -> Outcome:
    """The outcome at a later instant if nothing changes but what fades."""
    by: dict[str | None, int] = {}
    for position, days in tally.fading.items():
        rule = model.awarding(position)
        by[rule.group] = by.get(rule.group, 0) + fading_sum(rule, days, then) - fading_sum(rule, days, t)
    return shifted(model, reached, by)


def _next_turn(model: Model, tally: Tally, profile: Profile, next_expiry: datetime | None, t: datetime) -> datetime | None:
    """The earliest instant at which something but fading could change the score."""
    flips = [leaf.next_flip(profile.facts, t) for leaf in model.relative]
    silent = [next_span(rule, last, t) for rule in model.silences if (last := heard_last(rule, tally, profile))]
    return _first(*flips, *silent, next_expiry)


def _first(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
