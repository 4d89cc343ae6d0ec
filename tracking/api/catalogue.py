"""The catalogue of events and traits in the management API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts import catalogue
from contacts.models import CatalogueEntry, Side
from leadscore.api.pages import Order
from leadscore.api.resources import Listing, Resource

MOST_SEEN = Order(("seen", "id"), descending=True)


class CatalogueFilters(Listing):
    side = serializers.ChoiceField(Side.choices, required=False, help_text="Which names; without it, all.")
    event = serializers.CharField(required=False, max_length=200, trim_whitespace=False, help_text="Of this event, and its properties, alone.")
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the name, whatever its case.")


@extend_schema_field(OpenApiTypes.ANY)
class Value(serializers.JSONField):
    """A text, a number or a boolean."""


class CatalogueName(serializers.Serializer[Any]):
    """An event, a property of one, a context field, or a trait, as it was seen in calls."""

    side = serializers.ChoiceField(Side.choices)
    event = serializers.CharField(help_text="The event, also of a property; empty for context and traits.")
    field = serializers.SerializerMethodField(help_text="What conditions of rules call it, such as `properties.plan`; empty for an event.")
    seen = serializers.IntegerField(help_text="Calls that named it.")
    by_server = serializers.BooleanField(help_text="Whether a server sent it, too.")
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Of values: `text`, `number`, `boolean`, `list`.")
    examples = serializers.ListField(child=Value(), help_text="Values that several contacts had; none that may be personal or secret.")

    def get_field(self, entry: CatalogueEntry) -> str:
        return catalogue.field_of(entry)


class CatalogueResource(Resource):
    rights = {"list": "read"}

    @extend_schema(parameters=[CatalogueFilters], responses=CatalogueName(many=True))
    def list(self, request: Request) -> Response:
        """What was seen in calls, most often first. Some seconds behind them."""
        wanted = self.query(CatalogueFilters)
        found = catalogue.entries(self.workspace.id, wanted.get("side", ""), event=wanted.get("event", ""), words=wanted.get("q", ""))
        return self.paged(MOST_SEEN.page(found, request), CatalogueName)
