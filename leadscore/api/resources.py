"""The base of all resources: lets in who may, and opens the workspace's scope around handler and rendering."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import serializers, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import SCOPES, KeyFacts, Right
from accounts.audit import By
from accounts.models import KeyKind, Workspace
from accounts.scope import workspace_scope
from leadscore.api.authentication import Asker, KeyAuthentication, asker
from leadscore.api.fields import Strict
from leadscore.api.media import AlwaysJSON, ExactJSONParser, ExactJSONRenderer
from leadscore.api.pages import Pages
from leadscore.api.problems import Conflict, Fault, Invalid, answer

TRIES = 5


class Resource(viewsets.ViewSet):
    """`rights` names what each action needs; `queried` are those that take query parameters, which they read by `query`.

    `again` are the exceptions after which a whole request is tried once more.
    """

    rights: ClassVar[Mapping[str, Right]]
    queried: ClassVar[Collection[str]] = ("list",)
    again: ClassVar[tuple[type[Exception], ...]] = ()

    authentication_classes = (KeyAuthentication, SessionAuthentication)
    permission_classes = ()
    parser_classes: tuple[type[BaseParser], ...] = (ExactJSONParser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (ExactJSONRenderer,)
    content_negotiation_class = AlwaysJSON
    pagination_class = Pages
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    asker: Asker

    @property
    def workspace(self) -> Workspace:
        return self.asker.workspace

    @property
    def by(self) -> By:
        return self.asker.by

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.asker = asker(request)
        if self.action in self.rights:
            self.need(self.rights[self.action])
            if self.action not in self.queried:
                self._know_parameters(())

    def need(self, right: Right) -> None:
        """Raises PermissionDenied (403) unless who asks has the right."""
        if right not in self.asker.rights:
            raise PermissionDenied(_lacking(right, self.by))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As the framework's, but the answer is rendered before the workspace's scope closes, and nothing of a refused request stays."""
        self.args, self.kwargs, self.headers = args, kwargs, self.default_response_headers
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(self.request, *args, **kwargs)
            return self._in_scope(self.request)
        except Exception as error:  # noqa: BLE001 - the handler raises again what it does not know
            response = self.handle_exception(error)
        return rendered(self.finalize_response(self.request, response, *args, **kwargs))

    @property
    def default_response_headers(self) -> dict[str, str]:
        """What is one workspace's is not kept for another by a cache on the way."""
        return {**super().default_response_headers, "Cache-Control": "private, no-cache"}

    def get_exception_handler(self) -> Any:
        return answer

    def _in_scope(self, request: Request) -> HttpResponseBase:
        name = str(request.method).lower()
        handler = getattr(self, name, None) if name in self.http_method_names else None
        handler = handler or self.http_method_not_allowed
        for _ in range(TRIES):
            try:
                with workspace_scope(self.workspace.id):
                    response = handler(request, *self.args, **self.kwargs)
                    return rendered(self.finalize_response(request, response, *self.args, **self.kwargs))
            except self.again:
                continue
        raise Conflict

    def body(self, kind: type[Strict]) -> dict[str, Any]:
        """The request's body, checked. Raises ValidationError, with the path of all that is wrong."""
        given = kind(data=self.request.data, context={"workspace": self.workspace})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def query(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The query's parameters, checked; those not given are missing."""
        self._know_parameters([*kind().fields, *(Pages.PARAMETERS if issubclass(kind, Listing) else ())])
        given = kind(data=self.request.query_params.dict(), context={"workspace": self.workspace})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _know_parameters(self, known: Collection[str]) -> None:
        """Raises Invalid for any other in the query: ignoring one would answer too much, or do what was not asked for."""
        unknown = [name for name in self.request.query_params if name not in known]
        if unknown:
            raise Invalid(Fault(name[:100], "unknown", "There is no such parameter.") for name in unknown)

    def paged(self, page: Any, kind: type[serializers.Serializer[Any]]) -> Response:
        """A page (see `leadscore.api.pages`) as the answer."""
        shown = kind(context={"workspace": self.workspace})
        return Response(page.body(self.request, [shown.to_representation(row) for row in page.rows]))


def _lacking(right: Right, by: By) -> str:
    """Why who asks may not, in words; to a write key what kind of key may."""
    if not (isinstance(by, KeyFacts) and by.kind == KeyKind.WRITE):
        return f"This needs the right “{right}”."
    *others, last = [f"`{scope}`" for scope, rights in SCOPES.items() if right in rights]
    scopes = f"{', '.join(others)} or {last}" if others else last
    return f"This is a write key, which only sends calls. Use a secret key with the scope {scopes}."


def rendered(response: HttpResponseBase) -> HttpResponseBase:
    return response.render() if isinstance(response, Response) else response


class Listing(serializers.Serializer[Any]):
    """The parameters of a list: those of its pages, and what a subclass adds."""
