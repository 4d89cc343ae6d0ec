"""How the tracking paths answer: JSON in the protocol's form, to pages of any site."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from tracking.payload import Accepted, BadRequest, TooLarge

log = logging.getLogger(__name__)

PREFLIGHT_SECONDS = 86_400  # browsers cap this by themselves
JSON = "application/json"

View = Callable[..., HttpResponse]


class Refused(Exception):
    """A request that is not accepted: its status, and what the answer says."""

    def __init__(self, status: int, code: str, message: str, path: str = "", retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.path, self.retry_after = status, code, message, path, retry_after


def tracking_path(*methods: str) -> Callable[[View], View]:
    """Makes a view one that any site's pages may use from a browser, and that answers whatever was refused."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def wrapper(request: HttpRequest, **kwargs: str) -> HttpResponse:
            if request.method in methods:
                response = _answered(view, request, kwargs)
            elif request.method == "OPTIONS":
                response = _preflight(request, methods)
            else:
                response = _refusal(Refused(405, "method_not_allowed", f"Use {' or '.join(methods)}."))
                response["Allow"] = ", ".join((*methods, "OPTIONS"))
            response["Access-Control-Allow-Origin"] = "*"  # no cookie is read here, so there is nobody to protect
            response["Content-Length"] = str(len(response.content))  # else servers send chunks
            return response

        return wrapper

    return decorate


def success(accepted: Accepted) -> HttpResponse:
    """The answer once the good calls are stored; it names the others."""
    if not accepted.rejected:
        return thanks()
    rejected = [{"index": call.index, "code": call.code, "path": call.path} for call in accepted.rejected]
    return answer(200, {"success": True, "rejected": rejected})


def thanks() -> HttpResponse:
    return HttpResponse(b'{"success": true}', JSON)


def answer(status: int, content: Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(json.dumps(content), JSON, status)


def _answered(view: View, request: HttpRequest, kwargs: dict[str, str]) -> HttpResponse:
    try:
        return view(request, **kwargs)
    except Refused as refused:
        return _refusal(refused)
    except TooLarge as error:
        return _refusal(Refused(413, error.code, error.message))
    except BadRequest as error:
        return _refusal(Refused(400, error.code, error.message, error.path))
    except UnreadablePostError:
        return _refusal(Refused(400, "incomplete", "The body ended too early."))
    except (OperationalError, InterfaceError, InternalError) as error:
        log.error("The database is away; a request was not accepted: %s", error)
        return _refusal(Refused(503, "unavailable", "Nothing can be stored at the moment.", retry_after=1))


def _refusal(refused: Refused) -> HttpResponse:
    error = {"code": refused.code, "message": refused.message, "path": refused.path}
    response = answer(refused.status, {"success": False, "error": error})
    if refused.retry_after is not None:
        response["Retry-After"] = str(refused.retry_after)
        response["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def _preflight(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """Browsers ask before they send what a form could not, such as a key in a header."""
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = ", ".join(methods)
    response["Access-Control-Allow-Headers"] = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    response["Vary"] = "Access-Control-Request-Headers"
    return response
