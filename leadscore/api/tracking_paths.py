"""The tracking API for the OpenAPI document. Its views are plain ones that read bodies whatever their Content-Type says."""

from __future__ import annotations

from typing import Any

from contacts.limits import MOST_ACTIVITY_NAME, MOST_IDENTIFIER, MOST_MESSAGE_ID
from tracking.payload import KINDS, MAX_BATCH, MAX_CALL, MAX_CALLS

Schema = dict[str, Any]

_NUMBER: Schema = {"type": "number", "description": "Becomes its text."}
_ID: Schema = {"anyOf": [{"type": "string", "maxLength": MOST_IDENTIFIER}, _NUMBER]}
_NAME: Schema = {"type": "string", "maxLength": MOST_ACTIVITY_NAME}
_OBJECT: Schema = {"type": "object", "additionalProperties": {}}
_SHARED: Schema = {
    "userId": {**_ID, "description": "One of userId and anonymousId is needed."},
    "anonymousId": _ID,
    "messageId": {
        "anyOf": [{"type": "string", "maxLength": MOST_MESSAGE_ID}, _NUMBER],
        "description": f"Makes the call count once, however often it is sent. At most {MOST_MESSAGE_ID} bytes of UTF-8.",
    },
    "timestamp": {"type": "string", "format": "date-time", "description": "When it happened; reception where it is missing."},
    "sentAt": {"type": "string", "format": "date-time", "description": "The sender's clock on sending, which corrects `timestamp`."},
    "context": _OBJECT,
    "writeKey": {"type": "string", "description": "Where no header has the key."},
}
_TITLED: Schema = {"name": {"type": "string"}, "category": {"type": "string"}, "properties": _OBJECT}
_OWN: dict[str, tuple[list[str], Schema, str]] = {
    "identify": ([], {"traits": _OBJECT}, "Says who a contact is."),
    "track": (["event"], {"event": {**_NAME, "minLength": 1}, "properties": _OBJECT}, "Says what a contact did."),
    "page": ([], _TITLED, "A page was viewed: the activity “Page Viewed”."),
    "screen": ([], _TITLED, "A screen was viewed: the activity “Screen Viewed”."),
    "group": (["groupId"], {"groupId": _ID, "traits": _OBJECT}, "Says which company a contact belongs to."),
    "alias": (["userId", "previousId"], {"previousId": _ID}, "Says that `previousId` is `userId` now; from a server, it merges both."),
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _call(kind: str) -> Schema:
    required, own, description = _OWN[kind]
    return {"type": "object", "description": description, **({"required": required} if required else {}), "properties": {**own, **_SHARED}}


def _name(kind: str) -> str:
    return f"Tracking{kind.title()}"


_BATCH: Schema = {
    "type": "object",
    "description": f"At most {MAX_CALLS:,} calls; `context` applies to each.",
    "required": ["batch"],
    "properties": {
        "batch": {
            "type": "array",
            "maxItems": MAX_CALLS,
            "items": {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"type": "string", "enum": list(_OWN)}},
                "additionalProperties": {},
                "description": "A call, with its `type`.",
            },
        },
        "context": _OBJECT,
        "sentAt": _SHARED["sentAt"],
        "writeKey": _SHARED["writeKey"],
    },
}
_REJECTED: Schema = {
    "type": "object",
    "required": ["index", "code", "path"],
    "properties": {"index": {"type": "integer"}, "code": {"type": "string"}, "path": {"type": "string"}},
}
_ACCEPTED: Schema = {
    "type": "object",
    "required": ["success"],
    "description": "The calls are durably stored. Of a batch, `rejected` names those that are not valid.",
    "properties": {"success": {"type": "boolean", "enum": [True]}, "rejected": {"type": "array", "items": _REJECTED}},
}
_REFUSED: Schema = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error": {
            "type": "object",
            "required": ["code", "message", "path"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "path": {"type": "string"}},
        },
    },
}
_ORIGIN = "a page of an origin that is not among the key's (`origin_not_allowed`)"
_AWAY = "The database is away; `Retry-After` says when to come again."
_REASONS = {
    "400": "Not JSON, or a call that is not valid; nothing is stored.",
    "401": "Unknown or revoked key.",
    "403": f"A secret key without the scope `track` (`scope_missing`), or {_ORIGIN}.",
    "413": f"Over {MAX_CALL // 1024} KB (one call), {MAX_BATCH // 1024} KB (a batch) or {MAX_CALLS:,} calls.",
    "429": "Over the key's rate; `Retry-After` says when to come again.",
    "503": _AWAY,
}


def _answer(description: str, schema: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _post(kind: str, name: str, description: str) -> Schema:
    answers = {"200": _answer("Stored.", "TrackingAccepted"), **{status: _answer(why, "TrackingRefused") for status, why in _REASONS.items()}}
    body = {"required": True, "content": {"application/json": {"schema": _ref(_name(kind))}}}
    return {
        "post": {
            "operationId": f"tracking_{name}", "tags": ["tracking API"], "description": description, "security": [{"writeKey": []}],
            "requestBody": body, "responses": answers,
        }
    }  # fmt: skip


TRACKING_COMPONENTS: dict[str, Schema] = {
    **{_name(kind): _call(kind) for kind in _OWN},
    "TrackingBatch": _BATCH,
    "TrackingAccepted": _ACCEPTED,
    "TrackingRefused": _REFUSED,
}

TRACKING_PATHS: dict[str, Schema] = {
    **{
        f"/v1/{name}": _post(kind, name, "Many calls at once." if kind == "batch" else _OWN[kind][2] + (" Short form." if len(name) == 1 else ""))
        for name, kind in KINDS.items()
    },
    "/v1/m": {
        "post": {
            "operationId": "tracking_metrics",
            "tags": ["tracking API"],
            "description": "Figures that Segment's browser SDK sends about itself. They are not read.",
            "security": [],
            "responses": {"200": _answer("Thanks.", "TrackingAccepted")},
        }
    },
    "/v1/projects/{writeKey}/settings": {
        "get": {
            "operationId": "tracking_settings",
            "tags": ["tracking API"],
            "description": "What Segment's browser SDK loads before it sends anything.",
            "security": [],
            "parameters": [{"name": "writeKey", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "The host that takes the calls.", "content": {"application/json": {"schema": _OBJECT}}},
                "401": _answer("Unknown or revoked key, or one that is no write key.", "TrackingRefused"),
                "403": _answer(f"To {_ORIGIN}.", "TrackingRefused"),
                "503": _answer(_AWAY, "TrackingRefused"),
            },
        }
    },
}
