"""JSON in and out, every number exactly as it was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from leadscore.api.problems import Fault, Invalid
from leadscore.exact_json import dumps
from tracking.json_in import BadRequest, parse_json
from tracking.json_in import TooLarge as UnkeepablyLarge

JSON = "application/json"
MOST_BYTES = 4 * 1024 * 1024


class TooLarge(APIException):
    status_code = 413
    default_detail = f"The body is larger than {MOST_BYTES:,} bytes."
    default_code = "too_large"


class ExactJSONParser(BaseParser):
    """Whole numbers become int, others Decimal; refuses what PostgreSQL cannot store, and deeper nesting than anything here has."""

    media_type = JSON

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            return parse_json(body)
        except BadRequest as error:
            raise Invalid([Fault(error.path, error.code, error.message)]) from error
        except UnkeepablyLarge as error:
            raise TooLarge(error.message) from error


class ExactJSONRenderer(BaseRenderer):
    """Decimals stand as the numbers they are."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else dumps(data).encode()


class AlwaysJSON(BaseContentNegotiation):
    """There is one representation, so no Accept header is a reason to refuse."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if kind == parser.media_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return next(iter(renderers)), JSON
