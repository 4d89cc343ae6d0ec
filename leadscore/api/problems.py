"""How the API says no: RFC 9457 problem details that name each field."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from contacts.checking import MOST_FAULTS, Problem

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a request: a path in its body, a query parameter or a header."""

    path: str
    code: str
    message: str


class Invalid(exceptions.APIException):
    """400, with the faults found, the first 1,000 of them."""

    status_code = HTTPStatus.BAD_REQUEST
    default_detail = "Something in the request is not valid."

    def __init__(self, faults: Iterable[Fault | Problem]) -> None:
        super().__init__()
        self.faults = [Fault(fault.path, fault.code, fault.message) for fault in islice(faults, MOST_FAULTS)]


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "Another request changed the same things meanwhile. Send it again."


class PreconditionFailed(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "It was changed meanwhile; nothing was saved. Read it again and repeat the change."


class Unavailable(exceptions.APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database cannot do this at the moment. Nothing was changed; send it again."


class Moved(exceptions.APIException):
    """308: what was asked for is somewhere else now."""

    status_code = HTTPStatus.PERMANENT_REDIRECT
    default_detail = "It is part of another one now."

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


def invalid(path: str, code: str, message: str) -> Invalid:
    """One fault."""
    return Invalid([Fault(path, code, message)])


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The exception handler of all resources; None for what is nobody's mistake but the server's."""
    known = _known(error)
    if known is None:
        return None
    faults = [_fields(fault) for fault in islice(_faults(known), MOST_FAULTS)]
    status = HTTPStatus(known.status_code)
    detail = Invalid.default_detail if isinstance(known, exceptions.ValidationError) else str(known.detail)
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, "errors": faults}
    return Response(body, status.value, headers=_headers(known), content_type=PROBLEM_JSON)


def _known(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, SuspiciousOperation):
        return exceptions.ParseError("The request has too many parts, or one that no client of ours sends.")
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("the database cannot carry out a request", exc_info=error)
        return Unavailable()
    return error if isinstance(error, exceptions.APIException) else None


def _faults(error: exceptions.APIException) -> Iterable[Fault]:
    if isinstance(error, Invalid):
        return error.faults
    return _leaves(error.detail, "") if isinstance(error, exceptions.ValidationError) else []


def _fields(fault: Fault) -> dict[str, str]:
    return {"path": fault.path, "code": fault.code, "message": fault.message}


def _leaves(detail: Any, path: str) -> Iterator[Fault]:
    """The faults of a serializer: `traits.email`, `members[2]`."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            own = f"[{key}]" if isinstance(key, int) else "" if key == "non_field_errors" else f".{key}" if path else str(key)
            yield from _leaves(inner, path + own)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _leaves(inner, path if isinstance(inner, str) else f"{path}[{index}]")
    else:
        yield Fault(path, detail.code or "invalid", str(detail))


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, Moved):
        headers["Location"] = error.location
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return headers
