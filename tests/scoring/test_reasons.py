"""An explanation in rows for a reader."""

from __future__ import annotations

from scoring.engine import Profile, explain, ledger_of
from scoring.model import Model
from scoring.reasons import Known, Reasons, reasons
from tests.scoring.contacts import NOBODY, at, did, model
from tests.scoring.documents import document, profile_rule, rule

NOW = "2026-11-21T12:00"
TITLE = {"field": "contact.job_title", "op": "present"}


def reasons_of(*rules, activities=(), profile=NOBODY, matched=None, **changes) -> Reasons:
    made: Model = model(*rules, **changes)
    explanation = explain(made, ledger_of(made, activities, at(NOW)), profile, at(NOW))
    return reasons(made, explanation, Known(document(rules=list(rules), **changes), profile, "Ada", matched=matched or {}))


def rows(found: Reasons):
    return [(section.title, section.sum, [(row.name, row.value) for row in section.reasons]) for section in found.sections]


def test_awards_of_a_rule_are_one_row_and_the_greatest_comes_first():
    found = reasons_of(
        rule(key="a", name="Viewed"), rule(key="b", name="Asked", activity="Demo", points=20),
        activities=[did(1, "2026-11-01T10:00"), did(2, "2026-11-03T10:00"), did(3, "2026-11-02T10:00", "Demo")],
    )  # fmt: skip
    assert rows(found) == [("What Ada did", 30_000, [("Asked", 20_000), ("Viewed", 10_000)])]
    row = found.sections[0].reasons[1]
    assert (row.times, row.counted, row.each, row.at, found.biggest) == (2, 2, 5, at("2026-11-03T10:00"), 20_000)


def test_a_group_is_a_section_and_what_its_bound_cut_a_row_of_it():
    groups = [{"key": "fit", "name": "Fit", "maximum": 30}]
    profile = Profile({"job_title": "CTO", "plan": "pro"}, {})
    fit = [profile_rule(key=key, name=key, points=20, group="fit", conditions=TITLE) for key in ("x", "y")]
    found = reasons_of(*fit, groups=groups, profile=profile)
    assert rows(found) == [("Fit", 30_000, [("x", 20_000), ("y", 20_000), ("Limit: “Fit” counts 30 points at most", -10_000)])]
    assert found.sections[0].reasons[2].of == 40_000


def test_the_types_own_bounds_follow_the_sections_and_all_adds_up():
    found = reasons_of(rule(points=-5, name="Careers"), activities=[did(1, "2026-11-01T10:00")])
    assert rows(found) == [("What Ada did", -5_000, [("Careers", -5_000)])]
    assert [(limit.name, limit.value, limit.of) for limit in found.limits] == [("Limit: “New leads” never counts less than 0 points", 5_000, -5_000)]
    assert sum(section.sum for section in found.sections) + sum(limit.value for limit in found.limits) == found.exact == 0


def test_what_has_run_out_is_apart_with_what_it_gave():
    dated = rule(name="Viewed", expiry={"days": 10})
    found = reasons_of(dated, activities=[did(1, "2026-11-01T10:00"), did(2, "2026-11-20T10:00")])
    assert rows(found) == [("What Ada did", 5_000, [("Viewed", 5_000)])]
    assert [(row.name, row.value, row.of, row.last_end) for row in found.expired] == [("Viewed", 0, 5_000, at("2026-11-11T10:00"))]


def test_a_profile_rule_says_the_value_that_made_it_hold():
    size = {"field": "company.employees", "op": "gte", "value": 250}
    kind = {"field": "contact.email_kind", "op": "is", "value": "business"}
    profile = Profile({"job_title": "Head of Ops", "email_kind": "business", "email": "ada@firm.test"}, {"employees": 1640})
    found = reasons_of(
        profile_rule(key="t", conditions=TITLE), profile_rule(key="s", conditions=size), profile_rule(key="k", conditions=kind), profile=profile
    )
    assert [(row.detail, row.kind) for row in found.sections[0].reasons] == [
        ("“Head of Ops”", "contact"),
        ("1,640", "company"),
        ("“ada@firm.test”", "contact"),
    ]


def test_nothing_given_or_taken_is_no_section():
    assert (reasons_of(rule()).sections, reasons_of(rule()).biggest) == ((), 0)


def test_what_has_run_out_is_not_said_to_be_over_the_limit():
    daily = rule(name="Viewed", frequency={"limit": 1, "per": "day"}, expiry={"days": 10})
    views = [did(number, when) for number, when in enumerate(("2026-11-01", "2026-11-02", "2026-11-20", "2026-11-20", "2026-11-21"), start=1)]
    found = reasons_of(daily, activities=views, matched={"r": 5})
    row = found.sections[0].reasons[0]
    assert (row.value, row.counted, row.times, row.limit) == (10_000, 2, 3, "at most once a day")
    within = reasons_of(daily, activities=views[:3], matched={"r": 3}).sections[0].reasons[0]
    assert (within.counted, within.times, within.limit) == (1, 1, "")
