"""The published JSON Schema: whatever is valid validates against it, and what it can tell is wrong it refuses."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from jsonschema import Draft202012Validator

from contacts.condition_problems import OPS
from scoring import document
from scoring.api.document_schema import VALUES, schema
from scoring.api.documents import STATES
from tests.laws.scoring_documents import crowded_documents, documents, turning_documents
from tests.scoring.documents import criterion, example, profile_rule, rule, stage

ADDRESS = "https://leads.example.com/api/v1/scoring-type.schema.json"
VALIDATOR = Draft202012Validator(schema(ADDRESS))


@given(documents() | crowded_documents() | turning_documents())
def test_every_valid_document_validates(whole: dict[str, Any]) -> None:
    assert document.problems(whole) == []
    assert [error.message for error in VALIDATOR.iter_errors(whole)] == []


@pytest.mark.parametrize("state", STATES)
def test_what_the_api_adds_to_a_document_validates(state: str) -> None:
    assert VALIDATOR.is_valid({**example(), "version": None, "published_version": 3, "state": state})


def _leaf(side: str = "activity", **leaf: Any) -> dict[str, Any]:
    if side == "profile":
        return {"rules": [profile_rule(conditions={"field": "contact.a", **leaf})]}
    return {"rules": [rule(conditions={"field": "properties.a", **leaf})]}


def _deep(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"field": "properties.a", "op": "present"}
    for _ in range(levels - 1):
        node = {"all": [node]}
    return {"rules": [rule(conditions=node)]}


WRONG: list[dict[str, Any]] = [
    {"key": None}, {"key": "Big"}, {"key": ""}, {"name": ""}, {"name": "n" * 101}, {"name": None}, {"colour": "red"}, {"description": 5},
    {"minimum": 1.5}, {"minimum": 2_000_000}, {"minimum": True}, {"maximum": "5"}, {"groups": [{"key": "g"}]}, {"groups": {}},
    {"stages": [stage(key=f"s{place}") for place in range(21)]}, {"rules": [{}]}, {"rules": [5]},
    {"rules": [rule(when="never")]}, {"rules": [rule(points=0)]}, {"rules": [rule(points=1001)]}, {"rules": [rule(points=...)]},
    {"rules": [rule(activity=None)]}, {"rules": [rule(activity="")]}, {"rules": [rule(days=3)]}, {"rules": [rule(group="G")]},
    {"rules": [rule(frequency={})]}, {"rules": [rule(frequency={"limit": 0, "per": "day"})]}, {"rules": [rule(frequency={"limit": 1})]},
    {"rules": [rule(frequency={"limit": 1, "per": "year"})]}, {"rules": [rule(frequency={"reach": 2})]},
    {"rules": [rule(frequency={"reach": 2, "per": "ever"})]}, {"rules": [rule(frequency={"reach": 2, "per": "day", "within_days": 3})]},
    {"rules": [rule(frequency={"limit": 1, "per": "day", "each": "contact.a"})]}, {"rules": [rule(expiry={})]},
    {"rules": [rule(expiry={"days": 1, "linear_days": 2})]}, {"rules": [rule(expiry={"days": 4000})]},
    {"rules": [profile_rule(conditions=None)]}, {"rules": [profile_rule(frequency={"limit": 1, "per": "day"})]},
    {"rules": [{"key": "s", "name": "S", "when": "inactivity", "points": -1}]},
    {"rules": [{"key": "s", "name": "S", "when": "inactivity", "points": -1, "days": 1, "times": 101}]},
    {"rules": [{"key": "s", "name": "S", "when": "inactivity", "points": -1, "days": 1, "conditions": None}]},
    {"rules": [{"key": "s", "name": "S", "when": "reset", "activity": "Won", "points": 1}]},
    {"stages": [stage(threshold=None)]}, {"stages": [stage(notify=["sales"])]}, {"stages": [stage(notify=["team:"])]},
    {"stages": [stage(notify=["owner"] * 21)]}, {"stages": [stage(quiet_days=-1)]}, {"stages": [stage(by_grade={"C": 50})]},
    {"grade": {}, "stages": [stage(by_grade={"E": 50})]}, {"grade": {}, "stages": [stage(by_grade=None)]}, {"grade": {"start": "E"}},
    {"grade": {"criteria": [criterion(steps=13)]}}, {"grade": {"criteria": [criterion(conditions=None)]}},
    {"grade": {"criteria": [criterion(conditions={"field": "properties.a", "op": "present"})]}},
    _leaf(op="like", value="a"), _leaf(op="is"), _leaf(op="is", value=None), _leaf(op="is", value=[]), _leaf(op="in", value=[]),
    _leaf(op="contains", value=" "), _leaf(op="gt", value="5"), _leaf(op="gt", value=True), _leaf(op="between", value=[1]),
    _leaf(op="before", value="soon"), _leaf(op="present", value=1), _leaf(op="within_last", value=3), _leaf("profile", op="within_last", value=0),
    _leaf(field="contact.a", op="present"), _leaf(field="properties", op="present"), _leaf(field="properties.a..b", op="present"),
    _leaf("profile", field="properties.a", op="present"), {"rules": [rule(conditions={"all": [], "any": []})]}, {"rules": [rule(conditions={})]},
    {"rules": [rule(conditions={"all": {}})]}, {"rules": [rule(conditions={"all": [None]})]}, _deep(6),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: json.dumps(wrong)[:60])
def test_what_is_wrong_is_refused_by_both(wrong: dict[str, Any]) -> None:
    whole = {"key": "k", "name": "N", **copy.deepcopy(wrong)}
    assert document.problems(whole) != []
    assert not VALIDATOR.is_valid(whole)


def test_five_levels_are_not_too_many() -> None:
    whole = {"key": "k", "name": "N", **_deep(5)}
    assert (document.problems(whole), VALIDATOR.is_valid(whole)) == ([], True)


def test_what_it_cannot_check_is_said() -> None:
    unsaid: list[dict[str, Any]] = [
        {"rules": [rule(), rule()]}, {"rules": [rule(group="gone")]}, {"stages": [stage(), stage(key="h", threshold=1)]},
        {"minimum": 5, "maximum": 1}, _leaf(op="between", value=[2, 1]),
        {"rules": [rule(conditions={"all": [{"field": "properties.a", "op": "present"}] * 51})]},
        _leaf(op="before", value="2026-02-31"), {"name": "\x00"},
    ]  # fmt: skip
    for wrong in unsaid:
        whole = {"key": "k", "name": "N", **wrong}
        assert (document.problems(whole) != [], VALIDATOR.is_valid(whole)) == (True, True), wrong
    assert "Not all that is wrong with one can be said here" in schema(ADDRESS)["description"]


def test_it_knows_every_op() -> None:
    assert {op: value is None for op, value in VALUES.items()} == {op: check is None for op, check in OPS.items()}


def test_it_is_served_to_everybody_at_the_address_that_it_names(settings: Any) -> None:
    settings.SITE_URL = "https://leads.example.com"
    answer = Client().get("/api/v1/scoring-type.schema.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/schema+json")
    assert json.loads(answer.content) == schema(ADDRESS)
    Draft202012Validator.check_schema(json.loads(answer.content))
