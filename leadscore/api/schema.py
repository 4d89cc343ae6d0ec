"""How resources become the OpenAPI document. `leadscore.settings` names these to drf-spectacular."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from accounts.access import SCOPES, Right
from leadscore.api.problems import PROBLEM_JSON
from leadscore.api.resources import Resource
from leadscore.api.tracking_paths import TRACKING_COMPONENTS, TRACKING_PATHS
from scoring.api.document_schema import SCHEMA_JSON
from scoring.api.documents import COMPONENTS

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). `errors` names each field, query parameter or header that is wrong.",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {"path": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
REFUSALS = {
    "400": "Something in the request is not valid.",
    "401": "Neither a valid key nor somebody signed in.",
    "403": "The key or the person may not do this.",
    "404": "There is no such thing in the workspace.",
    "503": "The database is away; `Retry-After` says when to come again.",
}
WITH_BODY = {"413": "The body is too large.", "415": "The body is of a type that is not read here."}
MOVED = {"308": "The contact was merged; `Location` is the same path of the one that it is part of now."}


class ResourceSchema(AutoSchema):
    """Adds what all resources share: the right needed, and how they refuse."""

    def get_summary(self) -> str:
        return str(super().get_description()).rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's own has this form
        right = self._right()
        scopes = [f"`{scope}`" for scope, rights in SCOPES.items() if right in rights]
        return f"Needs the right `{right}`, which keys of the scope {' or '.join(scopes)} have."

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0].replace("-", " ")]

    def get_operation_id(self) -> str:
        words = self.path.removeprefix("/api/v1/").strip("/").replace("-", "_").split("/")
        named = [word for word in words if not word.startswith("{")]
        action = self._resource.action
        return "_".join(named if named[-1] == action else [*named, action])

    def _right(self) -> Right:
        return self._resource.rights[self._resource.action]

    @property
    def _resource(self) -> Resource:
        assert isinstance(self.view, Resource)
        return self.view

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        refusals = dict(REFUSALS)
        if self.method in ("POST", "PUT", "PATCH"):
            refusals |= WITH_BODY
        if any(isinstance(one, OpenApiParameter) and one.name == "If-Match" for one in self.get_override_parameters()):
            refusals["412"] = "It was saved by somebody else since."
        if "{contact_id}" in self.path:
            refusals |= MOVED
        if self._resource.again:
            refusals["409"] = "Another request changed the same things meanwhile."
        answers = super()._get_response_bodies(direction)
        return {**answers, **{status: _problem(why) for status, why in refusals.items()}}


SCORING_TYPE_SCHEMA = {
    "get": {
        "operationId": "scoring_type_schema",
        "tags": ["scoring types"],
        "description": "The JSON Schema (2020-12) of scoring type documents, for editors and validators; the same for everybody.",
        "security": [],
        "responses": {"200": {"description": "The schema.", "content": {SCHEMA_JSON: {"schema": {"type": "object", "additionalProperties": {}}}}}},
    }
}


def _problem(why: str) -> dict[str, Any]:
    return {"description": why, "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A secret key, or a session with the header that names the workspace."""

    target_class = "leadscore.api.authentication.KeyAuthentication"
    name = "secretKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "A secret key: `sk_…`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Both are needed: the cookie says who, the header where."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    priority = 1
    name = ["session", "workspace"]

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {"session": [], "workspace": []}

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "Somebody signed in; unsafe methods need X-CSRFToken as well."},
            {"type": "apiKey", "in": "header", "name": "X-Workspace", "description": "The workspace, as its addresses name it."},
        ]


def add_what_is_described_by_hand(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The tracking API and the schema of documents, which are no resources; the scoring type document; problems."""
    result["paths"] = {**result["paths"], "/api/v1/scoring-type.schema.json": SCORING_TYPE_SCHEMA, **TRACKING_PATHS}
    components = result["components"]
    components["schemas"] = dict(sorted({**components["schemas"], "Problem": PROBLEM, **COMPONENTS, **TRACKING_COMPONENTS}.items()))
    components["securitySchemes"]["writeKey"] = {
        "type": "http",
        "scheme": "basic",
        "description": "A key as the user name, with an empty password. Else `X-Write-Key`, else `writeKey` in the body.",
    }
    return result
