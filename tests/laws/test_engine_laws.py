"""The laws of the pure core: nothing JSON breaks it, order and batches do not matter, lines add up, nothing is late."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import condition_problems, conditions, values
from contacts.condition_problems import Side
from contacts.names import name_looks_fake
from scoring import document, engine, sentences
from scoring.engine import Activity, Adjustment, Award, Change, Held, Outcome, Profile, Tally
from scoring.model import ActivityRule, Model
from tests.laws.scoring_documents import (
    BASE,
    crowded_documents,
    crowded_histories,
    documents,
    facts,
    fading_documents,
    histories,
    json_values,
    nodes,
    profile_nodes,
    profiles,
    scalars,
    turning_documents,
    turning_histories,
)

ZONES = st.sampled_from(("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia"))
LATER = BASE + timedelta(days=60)
MICROSECOND = timedelta(microseconds=1)
NOBODY = Profile({"created_at": BASE.isoformat()}, {})

# A busy machine must not fail a law.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(json_values)
def test_any_json_is_answered_as_a_document_and_as_conditions(value: Any) -> None:
    sides: tuple[Side, ...] = ("activity", "profile")
    found = document.problems(value) + [problem for side in sides for problem in condition_problems.problems(value, at="c", side=side)]
    assert all(problem.code and problem.message and problem.path.encode() is not None for problem in found)


@unhurried
@given(documents(), json_values, st.data())
def test_a_document_with_any_json_put_into_it_is_answered_and_read_back(whole: dict[str, Any], value: Any, data: st.DataObject) -> None:
    spoilt = _with(whole, value, data)
    assert isinstance(document.problems(spoilt), list)
    assert all(isinstance(line, str) for line in sentences.differences(whole, spoilt) + sentences.differences(spoilt, whole))
    rules = spoilt.get("rules") if isinstance(spoilt, dict) else None
    assert all(str(sentences.rule_sentence(rule)) for rule in (rules if isinstance(rules, list) else []))


def _with(whole: Any, value: Any, data: st.DataObject) -> Any:
    """A copy of a document in which one place, drawn from it, holds the value."""
    if isinstance(whole, (dict, list)) and whole and data.draw(st.integers(0, 5)):
        places = sorted(whole) if isinstance(whole, dict) else range(len(whole))
        place: Any = data.draw(st.sampled_from(places))
        members = dict(whole) if isinstance(whole, dict) else dict(enumerate(whole))
        members[place] = _with(members[place], value, data)
        return members if isinstance(whole, dict) else list(members.values())
    return value


@unhurried
@given(json_values)
def test_any_json_has_a_sentence(value: Any) -> None:
    assert str(sentences.rule_sentence(value))
    assert isinstance(str(sentences.condition_sentence(value)), str)
    assert sentences.differences(value, value) == []


@unhurried
@given(documents(), ZONES)
def test_valid_documents_have_no_problems_and_parse(whole: dict[str, Any], zone: str) -> None:
    assert document.problems(whole) == []
    model = document.parse(whole, zone)
    assert [rule.key for rule in model.rules] == [rule["key"] for rule in whole["rules"]]


@unhurried
@given(nodes("contact", "company", "properties", "context", levels=4), facts, facts)
def test_negating_a_group_negates_its_answer(node: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> None:
    known = {"properties": one, "context": other, "contact": one, "company": other}
    answer = conditions.compile(node)(known, BASE)
    assert conditions.compile({"none": [node]})(known, BASE) is not answer
    assert conditions.compile({"all": [node, node]})(known, BASE) is answer


@unhurried
@given(profile_nodes, json_values)
def test_any_fact_is_answered(node: dict[str, Any], value: Any) -> None:
    test = conditions.compile(node)
    assert test({"contact": {"a": value, "b": value, "c": [value]}, "company": {}}, BASE) in (True, False)


@unhurried
@given(st.text("ab*", min_size=1, max_size=8), st.text("ab", max_size=12))
def test_globs_fit_what_the_same_regular_expression_fits(pattern: str, text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None
    leaf = {"field": "properties.a", "op": "matches", "value": pattern}
    assert conditions.compile(leaf)({"properties": {"a": text}, "context": {}}, BASE) is expected


@unhurried
@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: -400 < number.adjusted() < 400))
def test_the_text_of_a_number_is_plain_short_and_exact(number: Decimal) -> None:
    text = values.text_of(number)
    assert text is not None
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", text)
    assert Decimal(text) == number
    assert values.number_of(text) == number


@unhurried
@given(scalars | st.text(st.characters(exclude_categories=())))
def test_every_scalar_has_the_text_that_its_own_condition_finds(value: Any) -> None:
    leaf = {"field": "contact.a", "op": "is", "value": value}
    if condition_problems.problems(leaf, at="", side="profile") == []:
        assert conditions.compile(leaf)({"contact": {"a": value}, "company": {}}, BASE) is True
    assert name_looks_fake(value, value) in (True, False)


@unhurried
@given(profile_nodes, st.fixed_dictionaries({"contact": facts, "company": facts}), st.floats(0, 1), st.integers(0, 60))
def test_relative_dates_never_flip_before_they_say(node: dict[str, Any], known: dict[str, Any], share: float, days: int) -> None:
    t = BASE + timedelta(days=days)
    flip = conditions.next_flip(conditions.relative_leaves(node), known, t) or t + timedelta(days=9000)
    assert flip > t
    test = conditions.compile(node)
    assert test(known, min(t + (flip - t) * share, flip - MICROSECOND)) is test(known, t)


class Shell:
    """What keeps the ledger and the tally between batches, as the database does."""

    def __init__(self, model: Model, t: datetime) -> None:
        self.model, self.t, self.tally = model, t, Tally({})
        self.ledger: set[Award] = set()
        self.seen: set[str] = set()

    def receive(self, batch: Iterable[Activity], t: datetime) -> None:
        """Brings the tally to `t`, then takes in what is new of a batch."""
        self.tally, self.t = engine.moved(self.model, Tally.from_json(self.tally.to_json()), self._expired(t), t), t
        new = list({activity.message_id: activity for activity in batch if activity.message_id not in self.seen}.values())
        self.seen |= {activity.message_id for activity in new}
        self._start_over(engine.reset_at(self.model, new, t), t)
        self.tally = self.tally.heard(engine.heard(self.model, new, t))
        by_rule: dict[int, list[Activity]] = defaultdict(list)
        for activity in new:
            for rule in engine.matches(self.model, activity):
                by_rule[rule.position].append(activity)
        changes = [change for position, activities in by_rule.items() for change in self._place(position, activities)]
        self.tally = engine.changed(self.model, self.tally, changes, t)

    def _expired(self, t: datetime) -> Counter[int]:
        ended = (award for award in self.ledger if award.expires_at is not None and self.t < award.expires_at <= t)
        return Counter(award.rule for award in ended if self.tally.reset is None or award.awarded_at > self.tally.reset)

    def _start_over(self, reset: datetime | None, t: datetime) -> None:
        before = self.tally.reset
        if reset is None or (before is not None and reset <= before):
            return
        taken = [one for one in self.ledger if one.alive(t) and one.awarded_at <= reset and (before is None or one.awarded_at > before)]
        alive = Counter(one.rule for one in taken if one.rule not in self.model.fading)
        fading: dict[int, Counter[int]] = defaultdict(Counter)
        for one in taken:
            if one.rule in self.model.fading:
                fading[one.rule][one.awarded_at.toordinal()] += 1
        self.tally = engine.voided(self.tally, reset, alive, fading, 0)

    def _place(self, position: int, activities: list[Activity]) -> list[Change]:
        """By slot, as the database's shell does: what is full before all that is new is not placed, and what comes before is only counted."""
        rule = self.model.rules[position]
        assert isinstance(rule, ActivityRule)
        by_slot: dict[str, list[Activity]] = defaultdict(list)
        for activity in activities:
            by_slot[engine.slot_of(rule, activity)].append(activity)
        changes = []
        for slot, new in by_slot.items():
            held = self._held(rule, slot, new)
            if not engine.is_past(rule, held, new):
                changes.append(engine.place(rule, held.entries, new, held.before))
                self.ledger = self.ledger.difference(changes[-1].dropped).union(changes[-1].added)
        return changes

    def _held(self, rule: ActivityRule, slot: str, new: list[Activity]) -> Held:
        if rule.frequency is None:
            return Held()
        mine = sorted((award for award in self.ledger if award.rule == rule.position), key=lambda award: award.order)
        if window := engine.window_of(rule):
            first, last = (ends(activity.occurred_at for activity in new) for ends in (min, max))
            return Held(0, [award for award in mine if award.counts or first - window <= award.awarded_at <= last + window])
        start = min(activity.order for activity in new)
        there = [award for award in mine if award.slot == slot]
        return Held(sum(award.order < start for award in there), [award for award in there if award.order >= start])


@unhurried
@given(turning_documents() | crowded_documents() | documents(), ZONES, turning_histories() | crowded_histories() | histories(), st.data())
def test_the_incremental_score_is_the_score_from_scratch_whatever_the_order_and_the_batches(
    whole: dict[str, Any], zone: str, history: list[Activity], data: st.DataObject
) -> None:
    model, t = document.parse(whole, zone), BASE + timedelta(days=31)
    repeated = history + (data.draw(st.lists(st.sampled_from(history), max_size=3)) if history else [])
    calls = data.draw(st.permutations(repeated))
    shell = Shell(model, t)
    while calls:
        size = data.draw(st.integers(1, len(calls)))
        shell.receive(calls[:size], t)
        calls = calls[size:]
        t += timedelta(hours=data.draw(st.integers(0, 120)))
    shell.receive([], t)
    scratch = engine.ledger_of(model, reversed(repeated), t)
    explanation = engine.explain(model, scratch, NOBODY, t)
    assert {award for award in shell.ledger if award.counts} == {award for award in scratch.awards if award.counts}
    assert len(scratch.awards) == len(set(scratch.awards))
    assert shell.tally == explanation.tally
    assert engine.outcome(model, shell.tally, NOBODY, t) == explanation.outcome


@unhurried
@given(
    turning_documents() | documents(),
    ZONES,
    turning_histories() | histories(),
    profiles,
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=3),
    st.integers(0, 80),
)
def test_lines_and_cuts_add_up_to_the_score_before_rounding(
    whole: dict[str, Any], zone: str, history: list[Activity], profile: Profile, adjusted: list[tuple[int, int]], days: int
) -> None:
    model, t = document.parse(whole, zone), BASE + timedelta(days=days)
    adjustments = [Adjustment(number, points, BASE + timedelta(days=day)) for number, (day, points) in enumerate(adjusted)]
    explanation = engine.explain(model, engine.ledger_of(model, history, t, adjustments), profile, t)
    assert sum(line.value for line in explanation.lines) + sum(cut.value for cut in explanation.cuts) == explanation.outcome.exact


@unhurried
@given(turning_documents() | documents(), turning_histories() | histories(), profiles, st.integers(0, 80), st.floats(0, 1))
def test_nothing_changes_before_it_is_due(whole: dict[str, Any], history: list[Activity], profile: Profile, days: int, share: float) -> None:
    model, t = document.parse(whole, "UTC"), BASE + timedelta(days=days)
    ledger = engine.ledger_of(model, history, t)
    expiry = min((award.expires_at for award in ledger.awards if award.expires_at and award.expires_at > t), default=None)
    explanation = engine.explain(model, ledger, profile, t)
    due = engine.next_due(model, explanation.tally, profile, expiry, t) or t + timedelta(days=9000)
    assert due > t
    assert engine.explain(model, ledger, profile, min(t + (due - t) * share, due - MICROSECOND)).outcome == explanation.outcome


@unhurried
@given(
    fading_documents() | turning_documents() | documents(), turning_histories() | histories(), profiles, st.integers(0, 30), st.floats(0, 1),
    st.integers(0, 9999),
)  # fmt: skip
def test_no_stage_changes_before_the_sweep_comes_and_no_points_wait_for_it_longer_than_an_hour(
    whole: dict[str, Any], history: list[Activity], profile: Profile, days: int, share: float, contact: int
) -> None:
    model, t = document.parse(whole, "UTC"), BASE + timedelta(days=days)
    ledger = engine.ledger_of(model, history, t)
    expiry = min((award.expires_at for award in ledger.awards if award.expires_at and award.expires_at > t), default=None)
    now = engine.explain(model, ledger, profile, t)
    due = engine.next_due(model, now.tally, profile, expiry, t)
    sweep = engine.next_sweep(model, now.tally, profile, now.outcome, expiry, t, contact)
    assert (due is None) == (sweep is None)
    if due and sweep:
        assert due <= sweep <= due + timedelta(hours=1)
        for then in (due, t + (sweep - t) * share, sweep - MICROSECOND):
            assert then >= sweep or engine.explain(model, ledger, profile, then).outcome.rank == now.outcome.rank


def _outcome(model: Model, history: list[Activity], profile: Profile, t: datetime) -> Outcome:
    return engine.explain(model, engine.ledger_of(model, history, t), profile, t).outcome


@unhurried
@given(documents(), histories(), st.lists(profiles, min_size=1, max_size=5), st.lists(st.integers(0, 40), min_size=5, max_size=5))
def test_stages_on_record_are_never_above_the_one_reached_and_none_is_entered_twice(
    whole: dict[str, Any], history: list[Activity], profiles: list[Profile], days: list[int]
) -> None:
    model = document.parse(whole, "UTC")
    entered: list[str] = []
    before: str | None = None
    for profile, day in zip(profiles, days, strict=False):
        t = BASE + timedelta(days=day)
        after = _outcome(model, history, profile, t)
        entered_now, left_now = engine.passed(model, entered, before, after)
        assert set(left_now) <= set(entered)
        entered = [key for key in entered if key not in left_now] + [stage.key for stage in entered_now]
        ranks = [rank for rank, stage in enumerate(model.stages, start=1) if stage.key in entered]
        assert len(entered) == len(set(entered)) == len(ranks)
        assert all(rank <= after.rank for rank in ranks)
        before = after.stage


@unhurried
@given(documents(), histories(), profiles)
def test_a_default_spelled_out_changes_nothing(whole: dict[str, Any], history: list[Activity], profile: Profile) -> None:
    defaults = {
        "activity": {"group": None, "frequency": None, "expiry": None}, "profile": {"group": None},
        "inactivity": {"group": None, "times": 1, "activity": None}, "reset": {"conditions": None},
    }  # fmt: skip
    spelled = {"description": "", **whole}
    spelled["rules"] = [defaults[rule["when"]] | rule for rule in whole["rules"]]
    spelled["stages"] = [{"notify": [], "quiet_days": 30, **stage} for stage in whole["stages"]]
    assert document.problems(spelled) == []
    assert sentences.differences(whole, spelled) == []
    model, same = document.parse(whole, "UTC"), document.parse(spelled, "UTC")
    assert engine.ledger_of(same, history, LATER) == engine.ledger_of(model, history, LATER)
    assert _outcome(same, history, profile, LATER) == _outcome(model, history, profile, LATER)
