"""Lists in pages that begin at a place, not at a number: rows that come or go meanwhile neither repeat nor hide others."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Field, Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from contacts import checking
from contacts.values import instant_of, iso
from leadscore.api.problems import invalid

SIZE = 50
MOST = 200
CURSOR, LIMIT = "cursor", "limit"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Values of a row's ordering columns; the page follows it, or precedes it."""

    values: tuple[int | str, ...]
    back: bool = False

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([int(self.back), *self.values]).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for what no page's address holds."""
        try:
            back, *values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        except (ValueError, TypeError, RecursionError, binascii.Error):
            return None
        return cls(tuple(values), back == 1) if back in (0, 1) and all(_plain(value) for value in values) else None


def _plain(value: object) -> bool:
    if isinstance(value, str):
        return not any(checking.text(value, "", shortest=0, longest=300))  # what PostgreSQL takes, control characters of a name among it
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) < value < 2**63


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the cursors of the pages beside them, None where there is none."""

    rows: Sequence[Any]
    next: str | None
    previous: str | None

    def body(self, request: Request, results: Sequence[Any]) -> dict[str, Any]:
        """The page as it is answered."""
        return {"next": _link(request, self.next), "previous": _link(request, self.previous), "results": results}


@dataclass(frozen=True, slots=True)
class Order:
    """Columns of a model that together are unique, all in one direction."""

    columns: tuple[str, ...]
    descending: bool = False

    def page(self, rows: QuerySet[Any], request: Request) -> Page:
        """The page that the request asks for."""
        size, cursor = asked_size(request), self._cursor(rows.model, request)
        back = cursor is not None and cursor.back
        ordered = rows.order_by(*(("-" if self.descending != back else "") + column for column in self.columns))
        found = list(ordered.filter(self._beyond(cursor) if cursor else Q())[: size + 1])
        kept, more = found[:size], len(found) > size
        if back:
            kept.reverse()
        if not kept:
            return Page([], None, None)
        following = back or more
        preceding = more if back else cursor is not None
        return Page(kept, self._of(kept[-1], back=False) if following else None, self._of(kept[0], back=True) if preceding else None)

    def _beyond(self, cursor: Cursor) -> Q:
        """Past the cursor. The first column is bounded on its own, which an index answers; the row itself and its equals are left out."""
        word = "lt" if self.descending != cursor.back else "gt"
        first, *rest = self.columns
        if not rest:
            return Q(**{f"{first}__{word}": cursor.values[0]})
        behind = Q(**{first: cursor.values[0], f"{rest[0]}__{'gte' if word == 'lt' else 'lte'}": cursor.values[1]})
        return Q(**{f"{first}__{word}e": cursor.values[0]}) & ~behind

    def _of(self, row: Model, *, back: bool) -> str:
        values = (getattr(row, column) for column in self.columns)
        return str(Cursor(tuple(iso(value) if isinstance(value, datetime) else value for value in values), back))

    def _cursor(self, model: type[Model], request: Request) -> Cursor | None:
        text = request.query_params.get(CURSOR)
        if text is None:
            return None
        cursor = Cursor.read(text)
        if cursor is None or len(cursor.values) != len(self.columns):
            raise bad_cursor()
        return Cursor(tuple(_of_column(model, column, value) for column, value in zip(self.columns, cursor.values, strict=True)), cursor.back)


def _of_column(model: type[Model], column: str, value: int | str) -> Any:
    field = model._meta.get_field(column)
    assert isinstance(field, Field)
    try:
        read = instant_of(value) if isinstance(field, DateTimeField) else field.to_python(value)
    except ValidationError:
        raise bad_cursor() from None
    if read is None:
        raise bad_cursor()
    return read


def asked_size(request: Request) -> int:
    """Rows a page. Raises Invalid."""
    text = request.query_params.get(LIMIT, str(SIZE))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise invalid(LIMIT, "range", f"This must be a whole number from 1 to {MOST}.")
    return int(text)


def bad_cursor() -> Exception:
    return invalid(CURSOR, "invalid", "This is no page's cursor. Take it from the `next` or `previous` of a page.")


def _link(request: Request, cursor: str | None) -> str | None:
    here = request.build_absolute_uri()
    return replace_query_param(here, CURSOR, cursor) if cursor else None


class Pages(BasePagination):
    """What the OpenAPI document says of every list."""

    PARAMETERS = (CURSOR, LIMIT)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": CURSOR, "in": "query", "required": False, "schema": {"type": "string"},
             "description": "Where the page begins, from `next` or `previous` of another."},
            {"name": LIMIT, "in": "query", "required": False,
             "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": SIZE}, "description": "Rows a page."},
        ]  # fmt: skip

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
