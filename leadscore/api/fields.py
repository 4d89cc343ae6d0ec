"""Fields and serializers that several resources use."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

MOST_ID = 2**63 - 1


class Strict(serializers.Serializer[Any]):
    """A body in which every key means something; an unknown one is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = [key for key in data if key not in self.fields] if isinstance(data, Mapping) else []
        if unknown:
            raise ValidationError({key[:100]: [ErrorDetail("There is no such field.", "unknown")] for key in unknown})
        return super().to_internal_value(data)


class IdField(serializers.IntegerField):
    """The number of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MOST_ID, **options})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeField(serializers.IntegerField):
    """A whole number in a body: no text that spells one, and no 5.0."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "number", "description": "Points, in thousandths at the finest."})
class PointsField(serializers.Field[Any, Any, Any, Any]):
    """A whole number of thousandths, shown as points."""

    def to_representation(self, value: int) -> Decimal | int:
        return value // 1000 if value % 1000 == 0 else Decimal(value).scaleb(-3).normalize()


@extend_schema_field({"type": "object", "additionalProperties": {}})
class ObjectField(serializers.Field[Any, Any, Any, Any]):
    """Any JSON object, every number as it was sent."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValidationError("This must be an object.", "wrong_kind")
        return data

    def to_representation(self, value: Any) -> Any:
        return value
