"""Trying a model decides nothing of its own: every rule appears once, and what is told adds up to the engine's score."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import conditions
from contacts.causes import causes
from scoring import document, engine
from scoring.engine import Activity, Profile
from scoring.trial_sentences import activity_reason, criterion_reason, reason, stage_reason
from scoring.trying import LISTED, try_out
from tests.laws.scoring_documents import BASE, crowded_documents, crowded_histories, documents, histories, nodes, profiles

LATER = BASE + timedelta(days=60)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
models = st.tuples(documents(), histories()) | st.tuples(crowded_documents(), crowded_histories())


@unhurried
@given(models, profiles, st.integers(0, 70))
def test_each_rule_appears_once_and_everything_adds_up_to_the_engines_score(
    drawn: tuple[dict[str, Any], list[Activity]], profile: Profile, days: int
) -> None:
    (whole, history), t = drawn, BASE + timedelta(days=days)
    model = document.parse(whole, "Europe/Berlin")
    ledger = engine.ledger_of(model, history, t)
    trial, outcome = try_out(whole, model, history, ledger, profile, t), engine.explain(model, ledger, profile, t).outcome
    assert trial.explanation.outcome == outcome
    assert [one.rule.key for one in trial.rules] == [rule["key"] for rule in whole["rules"]]
    assert sum(one.value for one in trial.rules) + sum(cut.value for cut in trial.explanation.cuts) == outcome.exact
    for one in trial.rules:
        assert str(reason(one))
        assert all(str(activity_reason(tested, one)) for tested in one.tested)
        assert (one.verdict in ("gives", "resets")) >= bool(one.value)
        if 0 < one.seen <= LISTED:
            assert sum(tested.value for tested in one.tested) == one.value
    assert sum(one.steps for one in trial.criteria if one.holds) == sum(
        one["steps"] for one in (whole.get("grade") or {}).get("criteria", []) if conditions.compile(one["conditions"])(profile.facts, t)
    )
    assert all(str(criterion_reason(one)) for one in trial.criteria)
    assert [one.stage.key for one in trial.stages if one.is_present] == ([outcome.stage] if outcome.stage else [])
    assert all(stage_reason(one, outcome.points, outcome.grade) for one in trial.stages)


@unhurried
@given(nodes("contact", "company", levels=3), profiles)
def test_the_leaves_named_are_those_that_decided(node: dict[str, Any], profile: Profile) -> None:
    """Were each of them the other way round, so would the conditions be; and none of them is told wrongly."""
    told = causes(node, profile.facts, LATER)
    for cause in told:
        assert conditions.compile(cause.leaf)(profile.facts, LATER) is cause.holds
    group = next(iter(node)) if "field" not in node else ""
    if group in ("all", "any", "none") and not any(isinstance(member, dict) and "field" not in member for member in node[group]):
        holds = conditions.compile(node)(profile.facts, LATER)
        decisive = holds is not (group == "none")
        assert [cause.leaf for cause in told] == [one for one in node[group] if conditions.compile(one)(profile.facts, LATER) is decisive]
