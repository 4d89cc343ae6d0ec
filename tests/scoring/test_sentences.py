"""Rules, conditions and differences between documents in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from scoring.sentences import Part, condition_sentence, differences, rule_reason, rule_sentence
from scoring.wording import Sentence, say, strong
from tests.scoring.documents import PRICING, criterion, document, example, profile_rule, rule, stage


def leaf(field: str, op: str, value: Any = ...) -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if value is ... else {"value": value})


INDUSTRY = leaf("company.industry", "is", "Software")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (
            rule(conditions=PRICING, frequency={"limit": 3, "per": "day"}, expiry={"days": 90}),
            "5 points for viewing a page whose address contains /pricing, at most 3 times a day, for 90 days",
        ),
        (rule(points=1), "1 point for viewing a page"),
        (rule(points=-1), "−1 point for viewing a page"),
        (rule(points=-25, activity="Webinar Attended"), "−25 points for Webinar Attended"),
        (rule(points=1000, frequency={"limit": 1, "per": "ever"}), "1,000 points for viewing a page, at most once in all"),
        (rule(frequency={"limit": 2, "per": "week"}), "5 points for viewing a page, at most 2 times a week"),
        (rule(frequency={"limit": 1, "per": "month"}), "5 points for viewing a page, at most once a month"),
        (
            rule(activity="File Downloaded", frequency={"limit": 1, "per": "ever", "each": "properties.title"}, expiry={"half_life_days": 30}),
            "5 points for downloading a file, at most once in all for each title, halving every 30 days",
        ),
        (rule(expiry={"linear_days": 1}), "5 points for viewing a page, fading to nothing over 1 day"),
        (rule(frequency={"reach": 3, "within_days": 7}), "5 points for viewing a page, once, when it is there 3 times within 7 days"),
        (rule(frequency={"reach": 3, "within_days": None}), "5 points for viewing a page, once, when it is there 3 times"),
        (rule(frequency={"reach": 2, "per": "week"}), "5 points for viewing a page, the 2nd time within a week"),
        (rule(frequency={"reach": 11, "per": "day"}), "5 points for viewing a page, the 11th time within a day"),
        (
            rule(activity="Form Submitted", conditions=leaf("properties.form_name", "is", "Book a demo")),
            "5 points for sending a form where the form name is Book a demo",
        ),
        (
            rule(conditions={"all": [*PRICING["all"], leaf("context.campaign.name", "in", ["spring", "autumn"])]}),
            "5 points for viewing a page where the address contains /pricing and the campaign name is spring or autumn",
        ),
        (profile_rule(), "20 points when the job title contains director"),
        (
            {"key": "s", "name": "S", "when": "inactivity", "days": 30, "points": -10, "times": 3},
            "−10 points for every 30 silent days, up to 3 times",
        ),
        ({"key": "s", "name": "S", "when": "inactivity", "days": 30, "points": -10}, "−10 points after 30 silent days"),
        (
            {"key": "s", "name": "S", "when": "inactivity", "days": 7, "points": -1, "times": 2, "activity": "Signed In"},
            "−1 point for every 7 days without Signed In, up to 2 times",
        ),
        ({"key": "w", "name": "W", "when": "reset", "activity": "Order Completed"}, "start again at zero on Order Completed"),
        (
            {"key": "w", "name": "W", "when": "reset", "activity": "Order Completed", "conditions": leaf("properties.total", "gte", 1500)},
            "start again at zero on Order Completed where the total is at least 1,500",
        ),
    ],
)
def test_a_rule_is_one_sentence(written: Any, sentence: str) -> None:
    assert str(rule_sentence(written)) == sentence


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (None, "a rule not written yet"),
        ({}, "… points for …"),
        ({"when": "activity", "points": 5, "activity": "Page Viewed", "conditions": {"all": [{}]}}, "5 points for viewing a page whose … …"),
        ({"when": "profile", "points": "x"}, "x points when …"),
        ({"when": "profile", "points": 5, "conditions": {"any": [leaf("contact.city", "is")]}}, "5 points when the city is …"),
        ({"when": "inactivity", "points": -5}, "−5 points after … silent days"),
        ({"when": "reset"}, "start again at zero on …"),
        ({"when": "activity", "points": 5, "activity": "A", "frequency": {}, "expiry": {}}, "5 points for A, at most … times …, for … days"),
    ],
)
def test_an_unfinished_rule_is_read_back_with_gaps(draft: Any, sentence: str) -> None:
    assert str(rule_sentence(draft)) == sentence


def test_what_the_marketer_chose_is_strong() -> None:
    assert list(rule_reason(rule(conditions=PRICING, frequency={"limit": 3, "per": "day"}))) == [
        Part("for viewing a page whose address contains ", False),
        Part("/pricing", True),
        Part(", at most 3 times a day", False),
    ]


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        (None, ""),
        ({"all": []}, "anything holds"),
        ({"none": []}, "anything holds"),
        ({"any": []}, "nothing holds"),
        (leaf("contact.city", "is_not", "Rome"), "the city is not Rome"),
        (leaf("contact.city", "in", ["Rome"]), "the city is Rome"),
        (leaf("contact.city", "not_in", ["Rome", "Oslo"]), "the city is none of Rome and Oslo"),
        (leaf("contact.city", "in", list("abcdefgh")), "the city is a, b, c, d, e, f or 2 more"),
        (leaf("contact.city", "not_contains", "x"), "the city does not contain x"),
        (leaf("contact.city", "starts_with", "x"), "the city begins with x"),
        (leaf("contact.city", "ends_with", "x"), "the city ends with x"),
        (leaf("contact.city", "matches", "x*"), "the city begins with x"),
        (leaf("contact.city", "matches", "*x"), "the city ends with x"),
        (leaf("contact.city", "matches", "x"), "the city is x"),
        (leaf("contact.city", "matches", "x*y"), "the city matches x*y"),
        (leaf("contact.city", "matches", "*"), "the city matches *"),
        (leaf("contact.age", "gt", Decimal("2.50")), "the age is more than 2.5"),
        (leaf("contact.age", "lt", -5), "the age is less than −5"),
        (leaf("contact.age", "lte", 10_000), "the age is at most 10,000"),
        (leaf("contact.year", "is", 2026), "the year is 2026"),
        (leaf("company.employees", "between", [250, 1000]), "the company's number of employees is between 250 and 1,000"),
        (leaf("contact.trial_ends", "within_next", 1), "the trial ends is within the next 1 day"),
        (leaf("contact.created_at", "within_last", 30), "the first contact is within the last 30 days"),
        (leaf("contact.created_at", "before", "2026-01-01"), "the first contact is before 2026-01-01"),
        (leaf("contact.phone", "present"), "the phone is given"),
        (leaf("contact.phone", "absent"), "the phone is not given"),
        (leaf("contact.customer", "is_true"), "the customer is true"),
        (leaf("contact.customer", "is", True), "the customer is yes"),
        (leaf("contact.email_kind", "is", "business"), "the e-mail address is a business one"),
        (leaf("contact.email_kind", "is_not", "free"), "the e-mail address is not a free one"),
        (leaf("contact.email_kind", "is", "missing"), "the e-mail address is missing"),
        (leaf("contact.name_looks_fake", "is_true"), "the name looks made up"),
        (leaf("contact.name_looks_fake", "is_false"), "the name does not look made up"),
        (
            {"any": [leaf("contact.job_title", "contains", word) for word in ("ops", "logistics", "depot")]},
            "the job title contains ops, logistics or depot",
        ),
        ({"all": [INDUSTRY, leaf("contact.city", "is", "Rome")]}, "the company's industry is Software and the city is Rome"),
        (
            {"all": [{"any": [INDUSTRY, leaf("contact.city", "is", "Rome")]}, leaf("contact.phone", "present")]},
            "(the company's industry is Software or the city is Rome) and the phone is given",
        ),
        ({"none": [INDUSTRY, leaf("contact.city", "is", "Rome")]}, "it is not so that the company's industry is Software or the city is Rome"),
        (5, "…"),
        ({"all": 5}, "anything holds"),
        (leaf("contact.city", "is", "x" * 200), "the city is " + "x" * 79 + "…"),
    ],
)
def test_conditions_in_words(node: Any, sentence: str) -> None:
    assert str(condition_sentence(node)) == sentence


def test_many_pieces_of_one_weight_become_one_part() -> None:
    assert say(*["ab", "", Part("", strong=True)] * 300_000, strong("c"), strong("d")) == Sentence((Part("ab" * 300_000), Part("cd", strong=True)))


def test_the_same_document_has_no_differences() -> None:
    assert differences(example(), example()) == []


def test_a_default_spelled_out_is_no_difference() -> None:
    spelled = document(
        description="", minimum=0, maximum=None, rules=[rule(group=None)], stages=[stage(notify=[], by_grade={}, quiet_days=30)], grade=None
    )
    assert differences(document(rules=[rule()], stages=[stage()]), spelled) == []


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (document(name="A"), document(name="B"), ["The name “B” instead of “A”"]),
        (document(), document(description="x"), ["The description is another one"]),
        (document(), document(minimum=None, maximum=1000), ["The lowest score no bound instead of 0", "The highest score 1,000 instead of no bound"]),
        (document(), document(groups=[{"key": "g", "name": "G"}]), ["New group “G”"]),
        (
            document(groups=[{"key": "g", "name": "G"}]),
            document(groups=[{"key": "g", "name": "H", "maximum": 5}]),
            ["Group “G” is now called “H”", "“H”: at most 5 instead of no bound"],
        ),
        (document(rules=[rule()]), document(), ["Removed rule “R”"]),
        (document(), document(rules=[rule()]), ["New rule “R”: 5 points for viewing a page"]),
        (document(rules=[rule()]), document(rules=[rule(points=4)]), ["“R”: 4 points instead of 5 points"]),
        (
            document(rules=[rule()]),
            document(rules=[rule(frequency={"limit": 3, "per": "day"}, expiry={"days": 90})]),
            ["“R”: at most 3 times a day instead of every time", "“R”: for 90 days instead of for good"],
        ),
        (document(rules=[rule()]), document(rules=[rule(conditions=PRICING)]), ["“R”: if the address contains /pricing instead of anything"]),
        (
            document(rules=[rule(conditions=leaf("properties.a", "is", 1))]),
            document(rules=[rule(conditions=leaf("properties.a", "is", True))]),
            ["“R”: if the a is yes instead of the a is 1"],
        ),
        (
            document(rules=[rule()]),
            document(rules=[rule(activity="Signed Up", group="g")]),
            ["“R”: for “Signed Up” instead of “Page Viewed”", "“R”: in group “g” instead of no group"],
        ),
        (
            document(rules=[rule(group="g")], groups=[{"key": "g", "name": "Who they are"}]),
            document(rules=[rule()], groups=[{"key": "g", "name": "Who they are"}]),
            ["“R”: in no group instead of group “Who they are”"],
        ),
        (
            document(rules=[rule(key="p")]),
            document(rules=[profile_rule(name="R")]),
            ["“R”: now 20 points when the job title contains director, instead of 5 points for viewing a page"],
        ),
        (
            document(rules=[rule(key="a", name="A"), rule(key="b", name="B")]),
            document(rules=[rule(key="b", name="B"), rule(key="a", name="A")]),
            ["The rules stand in another order"],
        ),
        (document(stages=[stage()]), document(stages=[stage(threshold=45)]), ["“Hot”: from 45 instead of 40"]),
        (document(), document(stages=[stage(threshold=1500)]), ["New stage “Hot” from 1,500"]),
        (
            document(stages=[stage(by_grade={"C": 90, "F": None})]),
            document(stages=[stage(by_grade={"C": 95}, notify=["owner", "team:sales"], quiet_days=0)]),
            [
                "“Hot”: grade C from 95 instead of from 90",
                "“Hot”: grade F as any other instead of never",
                "“Hot”: tells owner, team:sales instead of nobody",
                "“Hot”: quiet for 0 days instead of 30 days",
            ],
        ),
        (document(), document(grade={}), ["Contacts are graded now"]),
        (document(), document(grade={"start": "C"}), ["Contacts are graded now", "The grade starts at C instead of D"]),
        (document(grade={}), document(), ["No grade any more"]),
        (document(grade={}), document(grade={"start": "C"}), ["The grade starts at C instead of D"]),
        (
            document(grade={"criteria": [criterion(), criterion(name="Old")]}),
            document(grade={"criteria": [criterion(steps=3), criterion(name="New", steps=1)]}),
            [
                "Removed criterion “Old”",
                "“Software industry”: 3 steps when the company's industry is Software instead of 2 steps when the company's industry is Software",
                "New criterion “New”: 1 step when the company's industry is Software",
            ],
        ),
    ],
)  # fmt: skip
def test_differences_in_words(old: Any, new: Any, lines: list[str]) -> None:
    assert differences(old, new) == lines
