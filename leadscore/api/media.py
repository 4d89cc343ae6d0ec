"""JSON in and out, and YAML where a resource takes it, every number exactly as it was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from leadscore import exact_yaml
from leadscore.api.problems import PROBLEM_JSON, Fault, Invalid, invalid
from leadscore.exact_json import dumps
from tracking.json_in import BadRequest, parse_json
from tracking.json_in import TooLarge as UnkeepablyLarge

JSON = "application/json"
YAML = "application/yaml"
YAML_TOO = ("application/x-yaml", "text/yaml", "text/x-yaml")  # what it was called before it was registered
MOST_BYTES = 4 * 1024 * 1024


class TooLarge(APIException):
    status_code = 413
    default_detail = f"The body is larger than {MOST_BYTES:,} bytes."
    default_code = "too_large"


class ExactJSONParser(BaseParser):
    """Whole numbers become int, others Decimal; refuses what PostgreSQL cannot store, and deeper nesting than anything here has."""

    media_type = JSON

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return parse_json(_whole(stream))
        except BadRequest as error:
            raise Invalid([Fault(error.path, error.code, error.message)]) from error
        except UnkeepablyLarge as error:
            raise TooLarge(error.message) from error


class YAMLParser(BaseParser):
    """YAML that says what JSON can say; see `leadscore.exact_yaml`."""

    media_type = YAML

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return exact_yaml.loads(_whole(stream))
        except exact_yaml.Unreadable as error:
            raise Invalid([Fault(error.path, error.code, error.message)]) from error


def _whole(stream: Any) -> bytes:
    body: bytes = stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge
    return body


class ExactJSONRenderer(BaseRenderer):
    """Decimals stand as the numbers they are."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else dumps(data).encode()


class YAMLRenderer(ExactJSONRenderer):
    """Problems stay JSON, whatever was asked for. `comment` is a line above each answer."""

    media_type = YAML
    format = "yaml"
    comment = ""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        response = (renderer_context or {}).get("response")
        if data is None or (response is not None and response.content_type == PROBLEM_JSON):
            return super().render(data, accepted_media_type, renderer_context)
        return exact_yaml.dumps(data, comment=self.comment).encode()


class AlwaysJSON(BaseContentNegotiation):
    """There is one representation, so no Accept header is a reason to refuse."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if kind == parser.media_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return next(iter(renderers)), JSON


class JSONOrYAML(AlwaysJSON):
    """What `?format=` names, else what Accept prefers, else JSON: the first renderer."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        listed = list(parsers)
        if (request.content_type or "").partition(";")[0].strip().lower() in YAML_TOO:
            return next((parser for parser in listed if parser.media_type == YAML), None)
        return super().select_parser(request, listed)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        offered = {renderer.media_type: renderer for renderer in renderers}
        chosen = offered.get(self._wanted(request, offered), next(iter(offered.values())))
        return chosen, str(chosen.media_type)

    def _wanted(self, request: Request, offered: Mapping[Any, BaseRenderer]) -> str:
        named = request.query_params.get("format")
        formats = {renderer.format: media_type for media_type, renderer in offered.items()}
        if named in formats:
            return str(formats[named])
        if named is not None and len(offered) > 1:
            raise invalid("format", "invalid_choice", f"This must be one of {', '.join(map(str, formats))}.")
        preferred = request._request.get_preferred_type([JSON, YAML, *YAML_TOO])
        return YAML if preferred in YAML_TOO else preferred or JSON
