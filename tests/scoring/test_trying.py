"""What a trial says of each rule: what it gave, or the one thing that stood in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contacts.causes import causes
from scoring.cause_sentences import causes_sentence
from scoring.document import parse, problems
from scoring.engine import Activity, Profile, ledger_of
from scoring.trial_sentences import activity_reason, criterion_reason, reason, stage_reason
from scoring.trying import Trial, try_out
from tests.scoring.contacts import NOBODY, at, did
from tests.scoring.documents import PRICING, criterion, document, profile_rule, rule, stage

T = at("2026-11-21T12:00")
ENGINEER = Profile({"job_title": "Engineer", "created_at": "2026-11-01T12:00:00Z"}, {"industry": "Software", "employees": 40})


def attempt(*activities: Activity, rules: list[dict[str, Any]], profile: Profile = NOBODY, **changes: Any) -> Trial:
    whole = document(rules=rules, **changes)
    assert problems(whole) == []
    model = parse(whole, "UTC")
    return try_out(whole, model, activities, ledger_of(model, activities, T), profile, T)


def told(trial: Trial) -> tuple[str, int, str]:
    (one,) = trial.rules
    return one.verdict, one.value, str(reason(one))


def test_a_profile_rule_names_the_condition_that_failed_with_the_value_found() -> None:
    trial = attempt(rules=[profile_rule()], profile=ENGINEER)
    assert told(trial) == ("failed", 0, "The job title is “Engineer”, which does not contain “director”.")


def test_a_profile_rule_that_holds_says_by_what() -> None:
    trial = attempt(rules=[profile_rule(conditions={"field": "company.employees", "op": "between", "value": [10, 50]})], profile=ENGINEER)
    assert told(trial) == ("gives", 20_000, "The company's number of employees is 40, which is between 10 and 50.")


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        ({"field": "contact.phone", "op": "is", "value": "1"}, "the phone is not given, so it is not “1”"),
        ({"field": "contact.phone", "op": "present"}, "the phone is not given"),
        ({"field": "contact.job_title", "op": "absent"}, "the job title is given, as “Engineer”"),
        ({"field": "contact.job_title", "op": "is_not", "value": "engineer"}, "the job title is “Engineer”, which is “engineer”"),
        ({"field": "contact.job_title", "op": "in", "value": ["CTO", "CEO"]}, "the job title is “Engineer”, which is neither “CTO” nor “CEO”"),
        ({"field": "company.employees", "op": "gte", "value": 100}, "the company's number of employees is 40, which is not at least 100"),
        ({"field": "contact.created_at", "op": "within_last", "value": 7},
         "the first contact is “2026-11-01T12:00:00Z”, which is not within the last 7 days"),
        ({"field": "contact.job_title", "op": "is_true"}, "the job title is “Engineer”, which is not true"),
        ({"field": "contact.name_looks_fake", "op": "is_true"}, "the name does not look made up"),
        ({"none": [{"field": "contact.job_title", "op": "contains", "value": "eng"}, {"field": "contact.phone", "op": "present"}]},
         "the job title is “Engineer”, which contains “eng” (excluded)"),
        ({"all": [{"field": "contact.job_title", "op": "present"}, {"any": [{"field": "contact.phone", "op": "present"}]}]},
         "the phone is not given"),
        ({"any": [{"field": "contact.phone", "op": "present"}, {"field": "contact.city", "op": "is", "value": "Oslo"}]},
         "the phone is not given and the city is not given, so it is not “Oslo”"),
        ({"any": [{"field": "contact.job_title", "op": "contains", "value": one} for one in ("vp", "cto", "ceo")]},
         "the job title is “Engineer”, which does not contain “vp”, “cto” or “ceo”"),
        ({"any": []}, ""),
    ],
)  # fmt: skip
def test_failing_conditions_in_words(node: dict[str, Any], sentence: str) -> None:
    assert str(causes_sentence(causes(node, ENGINEER.facts, T), failed=True)) == sentence


def test_an_activity_rule_says_that_there_is_no_such_activity() -> None:
    assert told(attempt(did(1, T, "page viewed"), rules=[rule()])) == ("nothing", 0, "Nothing was done by the name “Page Viewed”.")


def test_an_activity_rule_names_the_condition_that_the_latest_failed() -> None:
    trial = attempt(did(1, T, url="/blog"), did(2, T - timedelta(days=1), url="/jobs"), rules=[rule(conditions=PRICING)])
    assert told(trial) == ("failed", 0, "None of 2 activities matched. Of the latest, the address is “/blog”, which does not match “*/pricing*”.")


def test_over_the_limit_expired_faded_voided_and_failed_are_told_apart() -> None:
    priced = [did(n, T - timedelta(minutes=n), url="/pricing") for n in range(3)]
    limited = rule(conditions=PRICING, frequency={"limit": 1, "per": "day"})
    trial = attempt(*priced, did(9, T, url="/"), rules=[limited])
    assert told(trial) == ("gives", 5_000, "3 of 4 matched: 1 gave points and 2 are over the limit, at most once a day.")
    assert [str(activity_reason(one, trial.rules[0])) for one in trial.rules[0].tested] == [
        "the address is “/”, which does not match “*/pricing*”", "over the limit, at most once a day", "over the limit, at most once a day",
        "gave points",
    ]  # fmt: skip
    old = did(1, T - timedelta(days=90))
    assert told(attempt(old, rules=[rule(expiry={"days": 30})])) == ("expired", 0, "1 activity matched: 1 has expired, for 30 days.")
    assert told(attempt(old, rules=[rule(expiry={"linear_days": 30})])) == (
        "faded", 0, "1 activity matched: 1 has faded to nothing, fading to nothing over 30 days.",
    )  # fmt: skip


def test_a_reset_says_what_it_took_and_when_it_did_nothing() -> None:
    reset = {"key": "won", "name": "Won", "when": "reset", "activity": "Order Completed"}
    trial = attempt(did(1, "2026-11-01T00:00"), did(2, "2026-11-02T00:00", "Order Completed"), rules=[rule(), reset])
    assert [(one.verdict, str(reason(one))) for one in trial.rules] == [
        ("voided", "1 activity matched: 1 gave points until a reset."),
        ("resets", "1 activity matched: everything began again at zero with it."),
    ]
    assert told(attempt(rules=[reset])) == ("nothing", 0, "Nothing was done by the name “Order Completed”.")


def test_matches_that_count_towards_a_number_say_so() -> None:
    trial = attempt(did(1, T), did(2, T - timedelta(days=1)), rules=[rule(frequency={"reach": 3, "within_days": 7})])
    sentence = "2 activities matched: 2 count towards the number that gives points, once, when it is there 3 times within 7 days."
    assert told(trial) == ("counts", 0, sentence)


def test_a_silence_says_how_long_it_is() -> None:
    silent = {"key": "s", "name": "S", "when": "inactivity", "days": 7, "points": -2, "times": 2}
    assert told(attempt(did(1, T - timedelta(days=3)), rules=[silent])) == (
        "silent", 0, "Something was last heard 3 days ago; 7 silent days make the first turn.",
    )  # fmt: skip
    assert told(attempt(did(1, T - timedelta(days=30)), rules=[silent])) == (
        "gives", -4_000, "Something was last heard 30 days ago: that is 2 times 7 days, and no more than 2 times count.",
    )  # fmt: skip
    assert told(attempt(rules=[silent], profile=ENGINEER)) == (
        "gives", -4_000, "Nothing was heard since the first contact, 20 days ago: that is 2 times 7 days.",
    )  # fmt: skip
    assert told(attempt(rules=[silent])) == ("unknown", 0, "Nobody knows since when nothing was heard.")


def test_activities_after_the_instant_do_not_exist_and_are_counted() -> None:
    trial = attempt(did(1, T + timedelta(hours=1)), did(2, T), rules=[rule()])
    assert (trial.rules[0].value, trial.rules[0].seen, trial.later) == (5_000, 1, 1)


def test_a_bound_is_a_cut_and_the_sum_is_the_score() -> None:
    group = {"key": "g", "name": "G", "maximum": 30}
    trial = attempt(rules=[profile_rule(group="g", points=50, conditions={"all": []})], groups=[group], profile=ENGINEER)
    assert (told(trial)[1], [(cut.group, cut.value) for cut in trial.explanation.cuts]) == (50_000, [("g", -20_000)])
    assert trial.explanation.outcome.points == 30


def test_criteria_and_stages_tell_what_is_reached_and_what_the_grade_bars() -> None:
    stages = [stage(key="a", threshold=5), stage(key="b", threshold=40), stage(key="c", threshold=60, by_grade={"C-": None})]
    missing = {"field": "contact.city", "op": "is", "value": "Oslo"}
    grade = {"start": "D", "criteria": [criterion(), criterion(name="City", conditions=missing)]}
    trial = attempt(did(1, T), rules=[rule(points=9)], profile=ENGINEER, stages=stages, grade=grade)
    assert trial.explanation.outcome.grade == "C-"
    assert [(one.name, one.holds, str(criterion_reason(one))) for one in trial.criteria] == [
        ("Software industry", True, "The company's industry is “Software”."),
        ("City", False, "The city is not given, so it is not “Oslo”."),
    ]
    assert [(one.stage.key, one.is_present, stage_reason(one, 9, "C-")) for one in trial.stages] == [
        ("a", True, "reached"), ("b", False, "31 points short"), ("c", False, "grade C- never gets here"),
    ]  # fmt: skip
