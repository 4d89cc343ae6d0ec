"""What a scoring type document may hold, and with which path the rest is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from scoring.document import problems
from tests.scoring.documents import criterion, document, example, profile_rule, rule, stage

LEAF = {"field": "properties.a", "op": "is", "value": "x"}
INACTIVITY = {"key": "s", "name": "S", "when": "inactivity", "points": -1, "days": 30}
RESET = {"key": "w", "name": "W", "when": "reset", "activity": "Won"}
GROUP = {"key": "g", "name": "G"}


def found(value: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(value)]


def ruled(*rules: Any) -> dict[str, Any]:
    return document(rules=list(rules))


def limited(**frequency: Any) -> dict[str, Any]:
    return ruled(rule(frequency=frequency))


def expiring(**expiry: Any) -> dict[str, Any]:
    return ruled(rule(expiry=expiry))


def staged(*stages: Any, **changes: Any) -> dict[str, Any]:
    return document(stages=list(stages), **changes)


def graded(**grade: Any) -> dict[str, Any]:
    return document(grade=grade)


def notifying(*recipients: Any) -> dict[str, Any]:
    return staged(stage(notify=list(recipients)))


VALID = [
    example(),
    document(),
    document(description="", minimum=None, maximum=None, groups=[], rules=[], stages=[], grade=None),
    document(key="a" * 50, name="n" * 100, description="d" * 2000),
    document(key="-0-"),
    document(name="  "),
    document(minimum=-1_000_000, maximum=1_000_000),
    document(maximum=0),
    document(minimum=5, maximum=5),
    document(groups=[{**GROUP, "minimum": None, "maximum": None}]),
    document(groups=[{**GROUP, "minimum": -5, "maximum": -5}]),
    document(groups=[{**GROUP, "maximum": -5}]),
    document(groups=[{**GROUP, "key": f"g{i}"} for i in range(20)]),
    ruled(*({**RESET, "key": f"r{i}"} for i in range(200))),
    ruled(rule(points=-1000, conditions=None, frequency=None, expiry=None, group=None)),
    ruled(rule(points=1000, name="n" * 200, activity="a" * 200, conditions=LEAF)),
    document(groups=[GROUP], rules=[rule(group="g"), profile_rule(group="g"), {**INACTIVITY, "group": "g"}]),
    ruled({**INACTIVITY, "days": 3650, "times": 100, "activity": None}),
    ruled({**INACTIVITY, "days": 1, "times": 1, "activity": "Page Viewed"}),
    ruled({**RESET, "conditions": LEAF}),
    limited(limit=1, per="ever"),
    limited(limit=1000, per="day"),
    limited(limit=3, per="week", each="properties.title"),
    limited(limit=3, per="month"),
    limited(reach=3, within_days=7),
    limited(reach=1000, within_days=None),
    limited(reach=3, per="day"),
    limited(reach=3, per="week"),
    limited(reach=3, per="month"),
    expiring(days=3650),
    expiring(half_life_days=1),
    expiring(linear_days=30),
    staged(*(stage(key=f"s{i}", threshold=i) for i in range(20))),
    staged(stage(threshold=-1_000_000), stage(key="b", threshold=1_000_000)),
    staged(stage(by_grade={}, notify=[], quiet_days=0)),
    staged(stage(quiet_days=3650), grade={}),
    staged(stage(by_grade={"A+": None, "F": 40, "C-": 1_000_000}), grade={}),
    staged(stage(by_grade={"C": 90}), stage(key="b", threshold=75, by_grade={"C": 90}), grade={}),
    staged(stage(by_grade={"C": None}), stage(key="b", threshold=75, by_grade={"C": 5}), grade={}),
    notifying("team:sales", "owner", "owner-or:team:sales", "user:a@b.de", "email:x+y@mail.example.org", "owner"),
    notifying(*["owner"] * 20),
    graded(),
    graded(start="A+", criteria=[]),
    graded(criteria=[criterion(steps=-12), criterion(steps=12), criterion(steps=0)]),
    graded(criteria=[criterion()] * 50),
]

REFUSED: list[tuple[Any, list[tuple[str, str]]]] = [
    (None, [("", "null")]),
    (5, [("", "type")]),
    ([], [("", "type")]),
    ({}, [("key", "required"), ("name", "required")]),
    (document(colour="red"), [("colour", "unknown")]),
    (document(key=None), [("key", "null")]),
    (document(key=5), [("key", "type")]),
    (document(key=""), [("key", "slug")]),
    (document(key="A"), [("key", "slug")]),
    (document(key="a_b"), [("key", "slug")]),
    (document(key="a\n"), [("key", "slug")]),
    (document(key="ä"), [("key", "slug")]),
    (document(key="a" * 51), [("key", "slug")]),
    (document(name=""), [("name", "length")]),
    (document(name=None), [("name", "null")]),
    (document(name=["a"]), [("name", "type")]),
    (document(name="n" * 101), [("name", "length")]),
    (document(name="a\x00b"), [("name", "characters")]),
    (document(name="\udc00"), [("name", "characters")]),
    (document(description=None), [("description", "null")]),
    (document(description="d" * 2001), [("description", "length")]),
    (document(minimum=5.0), [("minimum", "type")]),
    (document(minimum=Decimal("5.0")), [("minimum", "type")]),
    (document(minimum=True), [("minimum", "type")]),
    (document(minimum="5"), [("minimum", "type")]),
    (document(minimum=-1_000_001), [("minimum", "range")]),
    (document(maximum=1_000_001), [("maximum", "range")]),
    (document(maximum=-1), [("maximum", "order")]),
    (document(minimum=5, maximum=4), [("maximum", "order")]),
    (document(groups=None), [("groups", "null")]),
    (document(rules=None), [("rules", "null")]),
    (document(stages={}), [("stages", "type")]),
    (document(grade=[]), [("grade", "type")]),
    (document(groups=[{**GROUP, "key": f"g{i}"} for i in range(21)]), [("groups", "length")]),
    (ruled(*({**RESET, "key": f"r{i}"} for i in range(201))), [("rules", "length")]),
    (staged(*(stage(key=f"s{i}", threshold=i) for i in range(21))), [("stages", "length")]),
    (document(groups=[GROUP, {**GROUP, "name": "H"}]), [("groups[1].key", "duplicate")]),
    (ruled(RESET, INACTIVITY, {**RESET}), [("rules[2].key", "duplicate")]),
    (staged(stage(), stage(threshold=50)), [("stages[1].key", "duplicate")]),
    (document(groups=[None]), [("groups[0]", "null")]),
    (document(groups=[{"key": "g"}]), [("groups[0].name", "required")]),
    (document(groups=[{**GROUP, "points": 5}]), [("groups[0].points", "unknown")]),
    (document(groups=[{**GROUP, "minimum": 5, "maximum": 4}]), [("groups[0].maximum", "order")]),
    (document(groups=[{**GROUP, "maximum": 1.5}]), [("groups[0].maximum", "type")]),
    (ruled("x"), [("rules[0]", "type")]),
    (ruled({}), [("rules[0].key", "required"), ("rules[0].name", "required"), ("rules[0].when", "required")]),
    (ruled(rule(when="sometimes")), [("rules[0].when", "choice")]),
    (ruled(rule(when=None)), [("rules[0].when", "null")]),
    (ruled(rule(when=["activity"])), [("rules[0].when", "choice")]),
    (ruled(rule(points=...)), [("rules[0].points", "required")]),
    (ruled(rule(points=0)), [("rules[0].points", "range")]),
    (ruled(rule(points=1001)), [("rules[0].points", "range")]),
    (ruled(rule(points=-1001)), [("rules[0].points", "range")]),
    (ruled(rule(points=5.0)), [("rules[0].points", "type")]),
    (ruled(rule(points=False)), [("rules[0].points", "type")]),
    (ruled(rule(points=None)), [("rules[0].points", "null")]),
    (ruled(rule(group="g")), [("rules[0].group", "reference")]),
    (ruled(rule(group=5)), [("rules[0].group", "type")]),
    (ruled(rule(group=["g"])), [("rules[0].group", "type")]),
    (ruled(rule(activity=...)), [("rules[0].activity", "required")]),
    (ruled(rule(activity="")), [("rules[0].activity", "length")]),
    (ruled(rule(activity=None)), [("rules[0].activity", "null")]),
    (ruled(rule(activity="a" * 201)), [("rules[0].activity", "length")]),
    (ruled(rule(days=5)), [("rules[0].days", "unknown")]),
    (ruled(rule(conditions={"all": [LEAF, {"field": "contact.a", "op": "is", "value": 1}]})), [("rules[0].conditions.all[1].field", "field")]),
    (ruled(rule(conditions={"field": "properties.a", "op": "within_last", "value": 1})), [("rules[0].conditions.op", "op")]),
    (ruled({**profile_rule(), "conditions": None}), [("rules[0].conditions", "null")]),
    (ruled({**profile_rule(), "conditions": LEAF}), [("rules[0].conditions.field", "field")]),
    (ruled({"key": "p", "name": "P", "when": "profile", "points": 1}), [("rules[0].conditions", "required")]),
    (ruled(profile_rule(frequency=None)), [("rules[0].frequency", "unknown")]),
    (ruled(profile_rule(activity="a")), [("rules[0].activity", "unknown")]),
    (ruled({**INACTIVITY, "days": 0}), [("rules[0].days", "range")]),
    (ruled({**INACTIVITY, "days": 3651}), [("rules[0].days", "range")]),
    (ruled({**INACTIVITY, "times": 101}), [("rules[0].times", "range")]),
    (ruled({**INACTIVITY, "times": None}), [("rules[0].times", "null")]),
    (ruled({**INACTIVITY, "activity": ""}), [("rules[0].activity", "length")]),
    (ruled({**INACTIVITY, "conditions": None}), [("rules[0].conditions", "unknown")]),
    (ruled({**RESET, "points": 5}), [("rules[0].points", "unknown")]),
    (ruled({**RESET, "group": None}), [("rules[0].group", "unknown")]),
    (ruled(rule(frequency=[])), [("rules[0].frequency", "type")]),
    (limited(), [("rules[0].frequency", "one_of")]),
    (limited(per="day"), [("rules[0].frequency", "one_of")]),
    (limited(limit=3), [("rules[0].frequency.per", "required")]),
    (limited(limit=0, per="day"), [("rules[0].frequency.limit", "range")]),
    (limited(limit=1001, per="day"), [("rules[0].frequency.limit", "range")]),
    (limited(limit=3, per="year"), [("rules[0].frequency.per", "choice")]),
    (limited(limit=3, per=None), [("rules[0].frequency.per", "null")]),
    (limited(limit=3, per="day", within_days=7), [("rules[0].frequency.within_days", "unknown")]),
    (limited(limit=3, per="day", reach=3), [("rules[0].frequency.reach", "unknown")]),
    (limited(limit=3, per="day", each="contact.a"), [("rules[0].frequency.each", "field")]),
    (limited(limit=3, per="day", each="properties"), [("rules[0].frequency.each", "field")]),
    (limited(limit=3, per="day", each=None), [("rules[0].frequency.each", "null")]),
    (limited(reach=3), [("rules[0].frequency.within_days", "required")]),
    (limited(reach=0, within_days=7), [("rules[0].frequency.reach", "range")]),
    (limited(reach=3, within_days=0), [("rules[0].frequency.within_days", "range")]),
    (limited(reach=3, within_days=3651), [("rules[0].frequency.within_days", "range")]),
    (limited(reach=3, per="ever"), [("rules[0].frequency.per", "choice")]),
    (limited(reach=3, per="day", within_days=7), [("rules[0].frequency.per", "unknown")]),
    (limited(reach=3, within_days=7, each="properties.a"), [("rules[0].frequency.each", "unknown")]),
    (ruled(rule(expiry=90)), [("rules[0].expiry", "type")]),
    (expiring(), [("rules[0].expiry", "one_of")]),
    (expiring(days=1, linear_days=1), [("rules[0].expiry", "one_of")]),
    (expiring(days=0), [("rules[0].expiry.days", "range")]),
    (expiring(half_life_days=3651), [("rules[0].expiry.half_life_days", "range")]),
    (expiring(linear_days=None), [("rules[0].expiry.linear_days", "null")]),
    (expiring(days=1, weeks=1), [("rules[0].expiry.weeks", "unknown")]),
    (staged(5), [("stages[0]", "type")]),
    (staged({}), [("stages[0].key", "required"), ("stages[0].name", "required"), ("stages[0].threshold", "required")]),
    (staged(stage(threshold=None)), [("stages[0].threshold", "null")]),
    (staged(stage(threshold=40.0)), [("stages[0].threshold", "type")]),
    (staged(stage(threshold=1_000_001)), [("stages[0].threshold", "range")]),
    (staged(stage(), stage(key="b")), [("stages[1].threshold", "order")]),
    (staged(stage(), stage(key="b", threshold=39)), [("stages[1].threshold", "order")]),
    (staged(stage(by_grade=None)), [("stages[0].by_grade", "null")]),
    (staged(stage(by_grade={"C": 5})), [("stages[0].by_grade", "reference")]),
    (staged(stage(by_grade={"E": 5}), grade={}), [("stages[0].by_grade.E", "unknown")]),
    (staged(stage(by_grade={"C": 5.5}), grade={}), [("stages[0].by_grade.C", "type")]),
    (staged(stage(by_grade={"C": 1_000_001}), grade={}), [("stages[0].by_grade.C", "range")]),
    (staged(stage(), stage(key="b", threshold=75, by_grade={"C": 39, "D": 40}), grade={}), [("stages[1].by_grade.C", "order")]),
    (staged(stage(by_grade={"C": 80}), stage(key="b", threshold=75), grade={}), [("stages[0].by_grade.C", "order")]),
    (
        staged(stage(by_grade={"F": 80}), stage(key="b", threshold=75, by_grade={"F": None}), stage(key="c", threshold=79), grade={}),
        [("stages[0].by_grade.F", "order")],
    ),
    (staged(stage(quiet_days=-1)), [("stages[0].quiet_days", "range")]),
    (staged(stage(quiet_days=3651)), [("stages[0].quiet_days", "range")]),
    (staged(stage(quiet_days=None)), [("stages[0].quiet_days", "null")]),
    (staged(stage(notify=None)), [("stages[0].notify", "null")]),
    (staged(stage(notify="owner")), [("stages[0].notify", "type")]),
    (notifying(*["owner"] * 21), [("stages[0].notify", "length")]),
    (notifying("owner", None, 5), [("stages[0].notify[1]", "null"), ("stages[0].notify[2]", "type")]),
    *[
        (notifying(recipient), [("stages[0].notify[0]", "recipient")])
        for recipient in [
            "Owner", "owner ", "owner:", "team", "team:", "team:Sales", "owner-or:sales", "owner-or:team:", "user:anna", "user:a@",
            "email:a b@c.de", "email:a@b@c.de", "email:@b.de", "email:a@b..de", "email:Anna <a@b.de>", "sms:1234", "team:sales\n",
        ]
    ],
    (notifying("email:" + "a" * 190 + "@b.de"), [("stages[0].notify[0]", "length")]),
    (graded(start="E"), [("grade.start", "choice")]),
    (graded(start=None), [("grade.start", "null")]),
    (graded(criteria=None), [("grade.criteria", "null")]),
    (graded(scale=[]), [("grade.scale", "unknown")]),
    (graded(criteria=[criterion()] * 51), [("grade.criteria", "length")]),
    (graded(criteria=[5]), [("grade.criteria[0]", "type")]),
    (graded(criteria=[{}]), [(f"grade.criteria[0].{key}", "required") for key in ("name", "steps", "conditions")]),
    (graded(criteria=[criterion(), criterion(steps=13)]), [("grade.criteria[1].steps", "range")]),
    (graded(criteria=[criterion(steps="2")]), [("grade.criteria[0].steps", "type")]),
    (graded(criteria=[criterion(conditions=None)]), [("grade.criteria[0].conditions", "null")]),
    (graded(criteria=[criterion(conditions={"any": [LEAF]})]), [("grade.criteria[0].conditions.any[0].field", "field")]),
    (graded(criteria=[criterion(weight=1)]), [("grade.criteria[0].weight", "unknown")]),
    (
        {"key": "A", "rules": [rule(points=0, frequency={"limit": 0, "per": "x"}), profile_rule(group="none")], "stages": [stage(name="")]},
        [
            ("name", "required"),
            ("key", "slug"),
            ("rules[0].points", "range"),
            ("rules[0].frequency.limit", "range"),
            ("rules[0].frequency.per", "choice"),
            ("rules[1].group", "reference"),
            ("stages[0].name", "length"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize("value", VALID)
def test_valid_documents_have_no_problems(value: Any) -> None:
    assert found(value) == []


@pytest.mark.parametrize(("value", "expected"), REFUSED)
def test_every_refusal_names_its_path(value: Any, expected: list[tuple[str, str]]) -> None:
    assert found(value) == expected


def test_of_many_problems_the_first_thousand_are_named() -> None:
    wrong = document(**{f"x{number}": 1 for number in range(1_001)})
    assert [problem.path for problem in problems(wrong)] == [f"x{number}" for number in range(1_000)]
