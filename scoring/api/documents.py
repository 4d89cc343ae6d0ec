"""The scoring type document as the OpenAPI document describes it (docs/scoring.md), of the numbers that the checks use.

`scoring.api.document_schema` makes the JSON Schema of it, which says more than OpenAPI 3.0 can.
"""

from __future__ import annotations

from typing import Any

from contacts.condition_problems import GROUPS, MOST_DAYS, MOST_GROUPS, MOST_LEAVES, MOST_LEVELS
from scoring.checks import MOST_POINTS
from scoring.document_problems import MOST, MOST_DESCRIPTION, MOST_NAME
from scoring.model import SCALE
from scoring.models import VersionState
from scoring.rule_problems import EXPIRIES, KINDS, LIMIT_PERIODS, MOST_AWARDS, MOST_RULE_POINTS, MOST_TIMES
from scoring.stage_problems import MOST_CRITERIA, MOST_RECIPIENTS, MOST_STEPS

Schema = dict[str, Any]

SLUG: Schema = {"type": "string", "pattern": "^[a-z0-9-]{1,50}$"}
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
BOUND: Schema = {"type": "integer", "minimum": -MOST_POINTS, "maximum": MOST_POINTS, "nullable": True}
GRADE: Schema = {"type": "string", "enum": list(SCALE)}
DRAFT = "draft"
STATES = [DRAFT, *VersionState.values]


def _object(required: list[str], **properties: Schema) -> Schema:
    needed: Schema = {"required": required} if required else {}
    return {"type": "object", **needed, "properties": properties, "additionalProperties": False}


def _list(most: int, item: Schema) -> Schema:
    return {"type": "array", "items": item, "maxItems": most}


def _integer(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


DAYS = _integer(1, MOST_DAYS)


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_CONDITIONS: Schema = {
    "type": "object",
    "description": "One of `all`, `any`, `none` with a list of nodes, or a leaf of `field`, `op` and (but for present, absent, is_true, is_false)"
    f" `value`. At most {MOST_LEVELS} levels, {MOST_LEAVES} leaves and {MOST_GROUPS} groups.",
    "properties": {
        **{word: {"type": "array", "items": ref("Conditions")} for word in GROUPS},
        "field": {"type": "string"},
        "op": {"type": "string"},
        "value": {},
    },
    "additionalProperties": False,
}
_NULLABLE_CONDITIONS: Schema = {"nullable": True, "allOf": [ref("Conditions")]}

_RULE = _object(
    ["key", "name", "when"],
    key=SLUG,
    name=TEXT,
    when={"type": "string", "enum": list(KINDS)},
    points={**_integer(-MOST_RULE_POINTS, MOST_RULE_POINTS), "description": "Not 0. Every rule but reset has them."},
    group={**SLUG, "nullable": True},
    activity={**TEXT, "nullable": True, "description": "The activity's name, case included. Inactivity rules may have none: any activity."},
    conditions=_NULLABLE_CONDITIONS,
    frequency={
        "nullable": True,
        "description": "Of activity rules: `limit` and `per`, with an optional `each`; or `reach` with `within_days` or `per`.",
        **_object(
            [],
            limit=_integer(1, MOST_AWARDS),
            reach=_integer(1, MOST_AWARDS),
            per={"type": "string", "enum": list(LIMIT_PERIODS)},
            each={"type": "string"},
            within_days={**DAYS, "nullable": True},
        ),
    },
    expiry={
        "nullable": True,
        "description": "Of activity rules; exactly one of the three.",
        **_object([], **dict.fromkeys(EXPIRIES, DAYS)),
    },
    days=DAYS,
    times={**_integer(1, MOST_TIMES), "default": 1},
)

_STAGE = _object(
    ["key", "name", "threshold"],
    key=SLUG,
    name=TEXT,
    threshold=_integer(-MOST_POINTS, MOST_POINTS),
    by_grade={"type": "object", "additionalProperties": BOUND, "default": {}},
    notify={**_list(MOST_RECIPIENTS, {"type": "string"}), "description": "team:<key>, owner, owner-or:team:<key>, user:<e-mail>, email:<address>."},
    quiet_days={**_integer(0, MOST_DAYS), "default": 30},
)

_GRADE = _object(
    [],
    start={**GRADE, "default": "D"},
    criteria=_list(
        MOST_CRITERIA,
        _object(["name", "steps", "conditions"], name=TEXT, steps=_integer(-MOST_STEPS, MOST_STEPS), conditions=ref("Conditions")),
    ),
)

_DOCUMENT = _object(
    ["key", "name"],
    key=SLUG,
    name={"type": "string", "minLength": 1, "maxLength": MOST_NAME},
    description={"type": "string", "maxLength": MOST_DESCRIPTION, "default": ""},
    minimum={**BOUND, "default": 0},
    maximum=BOUND,
    groups=_list(MOST["groups"], _object(["key", "name"], key=SLUG, name=TEXT, minimum=BOUND, maximum=BOUND)),
    rules=_list(MOST["rules"], ref("Rule")),
    stages=_list(MOST["stages"], ref("Stage")),
    grade={"nullable": True, **_GRADE},
)

_READ_ONLY: Schema = {
    "version": {"type": "integer", "nullable": True, "description": "Number of the version shown; null for the draft."},
    "published_version": {"type": "integer", "nullable": True, "description": "Number of the version that scores contacts now."},
    "state": {"type": "string", "enum": STATES},
}

COMPONENTS: dict[str, Schema] = {
    "Conditions": _CONDITIONS,
    "Rule": _RULE,
    "Stage": _STAGE,
    "ScoringTypeDocument": {
        **_DOCUMENT,
        "description": "What is sent. `version`, `published_version` and `state` may come along, as they were answered, and are ignored.",
        "properties": {**_DOCUMENT["properties"], **_READ_ONLY},
    },
    "ScoringType": {
        "type": "object",
        "description": "A scoring type's document and what it is: a draft, which may be unfinished, or a version.",
        "required": ["key", *_READ_ONLY],
        "properties": {**{key: {} for key in _DOCUMENT["properties"]}, "key": SLUG, **_READ_ONLY},
    },
}

READ_ONLY = tuple(_READ_ONLY)
