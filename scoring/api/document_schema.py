"""The JSON Schema (2020-12) of the scoring type document: for editors that check and complete while one writes.

Made of what the OpenAPI document says (`scoring.api.documents`), with what that version of OpenAPI cannot say added: what each kind of rule
takes, what each op's value is, how deep conditions go.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from contacts.condition_problems import GROUPS, MOST_DAYS, MOST_LEVELS, MOST_VALUES, RELATIVE, ROOTS, Side
from scoring.api.documents import COMPONENTS, TEXT, Schema
from scoring.model import SCALE
from scoring.rule_problems import KINDS, LIMIT_PERIODS, REACH_PERIODS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_JSON = "application/schema+json"
DESCRIPTION = (
    "A leadscore scoring type. Not all that is wrong with one can be said here. leadscore itself checks as well: that keys are unique in their list"
    " and a rule's group is there; that thresholds rise, for each grade too, and no minimum or first number of `between` is above its other end;"
    " that there are at most 50 conditions in 200 groups in one place; that whole numbers are written without a fraction (5, not 5.0);"
    " that dates are in the calendar; that texts have no NUL; and, when it is published, that teams and members named are there."
)

_SCALAR: Schema = {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": 200}
_SCALARS: Schema = {"type": "array", "items": _SCALAR, "minItems": 1, "maxItems": MOST_VALUES}
_WORDS: Schema = {**TEXT, "pattern": r"\S"}
_NUMBER: Schema = {"type": "number"}
_DATE: Schema = {**TEXT, "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|\s*$)"}
_DAYS: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_DAYS}

# What each op's `value` is; None where there is none.
VALUES: dict[str, Schema | None] = {
    **dict.fromkeys(("is", "is_not"), _SCALAR),
    **dict.fromkeys(("in", "not_in"), _SCALARS),
    **dict.fromkeys(("contains", "not_contains", "starts_with", "ends_with"), _WORDS),
    "matches": TEXT,
    **dict.fromkeys(("gt", "gte", "lt", "lte"), _NUMBER),
    "between": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    **dict.fromkeys(("before", "after"), _DATE),
    **dict.fromkeys(RELATIVE, _DAYS),
    **dict.fromkeys(("present", "absent", "is_true", "is_false"), None),
}
_RECIPIENT = {**TEXT, "pattern": "^(owner|(owner-or:)?team:[a-z0-9-]{1,50}|(user|email):[^\\s@]+@[^\\s@]+)$"}


def schema_address() -> str:
    """Where this installation publishes the schema."""
    return f"{settings.SITE_URL}{reverse('api:scoring-type-schema')}"


def schema_comment() -> str:
    """What editors of YAML look for to find the schema."""
    return f"yaml-language-server: $schema={schema_address()}"


def schema(address: str) -> Schema:
    """The whole schema, which names `address` as its own."""
    document = _modern(COMPONENTS["ScoringTypeDocument"])
    document["properties"] |= {
        "rules": {**document["properties"]["rules"], "items": _ref("rule")},
        "stages": {**document["properties"]["stages"], "items": _ref("stage")},
        "grade": _graded(document["properties"]["grade"]),
    }
    return {
        "$schema": DIALECT, "$id": address, "title": "leadscore scoring type", **document, "description": DESCRIPTION, **_BY_GRADE_NEEDS_GRADE,
        "$defs": {"rule": _by_kind(), **{f"{kind}Rule": _rule(kind) for kind in KINDS}, "stage": _stage(), **_conditions("activity"),
                  **_conditions("profile")},
    }  # fmt: skip


# Thresholds by grade, some of them, only where the type has a grade.
_BY_GRADE_NEEDS_GRADE: Schema = {
    "if": {"not": {"required": ["grade"], "properties": {"grade": {"type": "object"}}}},
    "then": {"properties": {"stages": {"items": {"properties": {"by_grade": {"maxProperties": 0}}}}}},
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _modern(part: Any) -> Any:
    """OpenAPI's `nullable` as this dialect says it. Components are replaced by whoever names them."""
    if isinstance(part, list):
        return [_modern(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: _modern(value) for key, value in part.items() if key != "nullable"}
    if part.get("nullable") is True and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def _graded(grade: Schema) -> Schema:
    criteria = grade["properties"]["criteria"]
    item = {**criteria["items"], "properties": {**criteria["items"]["properties"], "conditions": _ref("profileConditions1")}}
    return {**grade, "properties": {**grade["properties"], "criteria": {**criteria, "items": item}}}


def _by_kind() -> Schema:
    """A rule by its `when`, so that what is wrong is told of that kind alone."""
    kinds = [{"if": {"properties": {"when": {"const": kind}}, "required": ["when"]}, "then": _ref(f"{kind}Rule")} for kind in KINDS]
    return {"type": "object", "required": ["key", "name", "when"], "properties": {"when": {"enum": list(KINDS)}}, "allOf": kinds}


def _rule(kind: str) -> Schema:
    required, optional = KINDS[kind]
    known = _modern(COMPONENTS["Rule"]["properties"])
    stricter = {
        "when": {"const": kind},
        "points": {**known["points"], "not": {"const": 0}},
        "activity": {**TEXT, "type": ["string", "null"] if kind == "inactivity" else "string"},
        "conditions": _ref("profileConditions1") if kind == "profile" else {"anyOf": [{"type": "null"}, _ref("activityConditions1")]},
        "frequency": _frequency(known["frequency"]),
        "expiry": {**known["expiry"], "minProperties": 1, "maxProperties": 1},
    }
    names = ("key", "name", "when", *required, *optional)
    return {
        "type": "object", "required": ["key", "name", "when", *required], "additionalProperties": False,
        "properties": {name: stricter.get(name, known[name]) for name in names},
    }  # fmt: skip


def _frequency(known: Schema) -> Schema:
    values = {**known["properties"], "each": _field("activity")}

    def form(required: list[str], periods: tuple[str, ...] = (), *optional: str) -> Schema:
        narrowed = {**values, "per": {"enum": list(periods)}}
        return {"type": "object", "required": required, "additionalProperties": False,
                "properties": {name: narrowed[name] for name in (*required, *optional)}}  # fmt: skip

    forms = [form(["limit", "per"], LIMIT_PERIODS, "each"), form(["reach", "within_days"]), form(["reach", "per"], REACH_PERIODS)]
    return {"description": known["description"], "anyOf": [{"type": "null"}, *forms]}


def _stage() -> Schema:
    known = _modern(COMPONENTS["Stage"])
    by_grade = {**known["properties"]["by_grade"], "propertyNames": {"enum": list(SCALE)}}
    notify = {**known["properties"]["notify"], "items": _RECIPIENT}
    return {**known, "properties": {**known["properties"], "by_grade": by_grade, "notify": notify}}


def _field(side: Side) -> Schema:
    return {**TEXT, "pattern": rf"^({'|'.join(ROOTS[side])})(\.[^.]+)+$"}


def _conditions(side: Side) -> dict[str, Schema]:
    """A definition for each level: a leaf, or a group of what the next level holds, which on the last is nothing."""
    levels = range(1, MOST_LEVELS + 1)
    return {f"{side}Condition": _leaf(side), **{f"{side}Conditions{level}": _level(side, level) for level in levels}}


def _level(side: Side, level: int) -> Schema:
    members: Schema = {"items": _ref(f"{side}Conditions{level + 1}")} if level < MOST_LEVELS else {"maxItems": 0}
    group = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False,
             "properties": {word: {"type": "array", **members} for word in GROUPS}}  # fmt: skip
    return {"type": "object", "if": {"anyOf": [{"required": [word]} for word in GROUPS]}, "then": group, "else": _ref(f"{side}Condition")}


def _leaf(side: Side) -> Schema:
    ops = [op for op in VALUES if side == "profile" or op not in RELATIVE]
    return {
        "type": "object",
        "required": ["field", "op"],
        "additionalProperties": False,
        "properties": {"field": _field(side), "op": {"enum": ops}, "value": True},
        "allOf": [{"if": {"properties": {"op": {"const": op}}, "required": ["op"]}, "then": _valued(VALUES[op])} for op in ops],
    }


def _valued(value: Schema | None) -> Schema:
    if value is None:
        return {"not": {"required": ["value"]}}
    return {"required": ["value"], "properties": {"value": value}}
