"""The scoring type document as the OpenAPI document describes it (scoring semantics §2)."""

from __future__ import annotations

from typing import Any

from scoring.model import SCALE
from scoring.models import VersionState

Schema = dict[str, Any]

SLUG: Schema = {"type": "string", "pattern": "^[a-z0-9-]{1,50}$"}
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
BOUND: Schema = {"type": "integer", "minimum": -1_000_000, "maximum": 1_000_000, "nullable": True}
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


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_CONDITIONS: Schema = {
    "type": "object",
    "description": "One of `all`, `any`, `none` with a list of nodes, or a leaf of `field`, `op` and (but for present, absent, is_true, is_false)"
    " `value`. At most 5 levels and 50 leaves.",
    "properties": {
        **{word: {"type": "array", "items": ref("Conditions")} for word in ("all", "any", "none")},
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
    when={"type": "string", "enum": ["activity", "profile", "inactivity", "reset"]},
    points={**_integer(-1_000, 1_000), "description": "Not 0. Every rule but reset has them."},
    group={**SLUG, "nullable": True},
    activity={**TEXT, "nullable": True, "description": "The activity's name, case included. Inactivity rules may have none: any activity."},
    conditions=_NULLABLE_CONDITIONS,
    frequency={
        "nullable": True,
        "description": "Of activity rules: `limit` and `per`, with an optional `each`; or `reach` with `within_days` or `per`.",
        **_object(
            [],
            limit=_integer(1, 1_000),
            reach=_integer(1, 1_000),
            per={"type": "string", "enum": ["ever", "day", "week", "month"]},
            each={"type": "string"},
            within_days={**_integer(1, 3_650), "nullable": True},
        ),
    },
    expiry={
        "nullable": True,
        "description": "Of activity rules; exactly one of the three.",
        **_object([], days=_integer(1, 3_650), half_life_days=_integer(1, 3_650), linear_days=_integer(1, 3_650)),
    },
    days=_integer(1, 3_650),
    times={**_integer(1, 100), "default": 1},
)

_STAGE = _object(
    ["key", "name", "threshold"],
    key=SLUG,
    name=TEXT,
    threshold=_integer(-1_000_000, 1_000_000),
    by_grade={"type": "object", "additionalProperties": BOUND, "default": {}},
    notify={**_list(20, {"type": "string"}), "description": "team:<key>, owner, owner-or:team:<key>, user:<e-mail>, email:<address>."},
    quiet_days={**_integer(0, 3_650), "default": 30},
)

_GRADE = _object(
    [],
    start={**GRADE, "default": "D"},
    criteria=_list(50, _object(["name", "steps", "conditions"], name=TEXT, steps=_integer(-12, 12), conditions=ref("Conditions"))),
)

_DOCUMENT = _object(
    ["key", "name"],
    key=SLUG,
    name={"type": "string", "minLength": 1, "maxLength": 100},
    description={"type": "string", "maxLength": 2_000, "default": ""},
    minimum={**BOUND, "default": 0},
    maximum=BOUND,
    groups=_list(20, _object(["key", "name"], key=SLUG, name=TEXT, minimum=BOUND, maximum=BOUND)),
    rules=_list(200, ref("Rule")),
    stages=_list(20, ref("Stage")),
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
