"""The OpenAPI document, the page that shows it, and the answer to paths that there are not."""

from __future__ import annotations

import functools
import json
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView

from leadscore.api.problems import PROBLEM_JSON
from scoring.api.document_schema import SCHEMA_JSON, schema, schema_address

# Swagger UI brings styles in its elements and images in its style sheet. It talks to this host alone.
VIEWER_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}


@require_safe
@cache_control(public=True, max_age=300)
def openapi(request: HttpRequest) -> HttpResponse:
    """The document, the same for everybody."""
    return HttpResponse(document(), "application/json")


@functools.cache
def document() -> bytes:
    """The whole document as JSON."""
    generator: Any = SchemaGenerator
    return json.dumps(generator().get_schema(request=None, public=True), ensure_ascii=False).encode()


@require_safe
@cache_control(public=True, max_age=300)
def scoring_type_schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of scoring type documents, the same for everybody, at an address that stays."""
    return HttpResponse(json.dumps(schema(schema_address()), ensure_ascii=False), SCHEMA_JSON)


_swagger = SpectacularSwaggerSplitView.as_view(
    url=reverse_lazy("api:openapi"),
    title="leadscore API",
    template_name="leadscore/api_docs.html",
    authentication_classes=(),
    permission_classes=(),
)


@require_safe
@csp(VIEWER_POLICY)
def viewer(request: HttpRequest) -> HttpResponseBase:
    """Swagger UI, from this host's own files."""
    return _swagger(request)


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """404 as the API answers it."""
    detail = "There is nothing at this path. Paths of the API end with a slash."
    body = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": detail, "errors": []}
    return JsonResponse(body, status=404, content_type=PROBLEM_JSON)
