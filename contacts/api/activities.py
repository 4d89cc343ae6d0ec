"""What a contact did."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.lookup import contact_id_of
from contacts.labels import label
from contacts.models import Activity, ActivityKind, Source
from leadscore.api.fields import IdField, ObjectField
from leadscore.api.pages import Order
from leadscore.api.resources import Listing, Resource

NEWEST = Order(("occurred_at", "message_id"), descending=True)


class ActivityShown(serializers.Serializer[Any]):
    """A call of the contact. Rules can match those of kind track, page and screen; `bot` says why one is taken for a bot's."""

    id = IdField()
    kind = serializers.ChoiceField(ActivityKind.choices)
    name = serializers.CharField()
    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field, not the serializer's own label
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    message_id = serializers.CharField()
    source = serializers.SerializerMethodField()  # type: ignore[assignment]
    properties = ObjectField(help_text="For identify and group: the traits.")
    context = ObjectField()  # type: ignore[assignment]
    bot = serializers.CharField()

    def get_label(self, activity: Activity) -> str:
        return label(activity.name, activity.properties, activity.kind)

    def get_source(self, activity: Activity) -> str:
        return str(Source(activity.source).label).lower()


class ActivityResource(Resource):
    rights = {"list": "read"}

    @extend_schema(responses=ActivityShown(many=True))
    def list(self, request: Request, contact_id: int) -> Response:
        """A contact's activities, the newest first."""
        self.query(Listing)
        contact_id = contact_id_of(request, self.workspace, contact_id)
        found = Activity.objects.filter(workspace=self.workspace, contact=contact_id, erased=False)
        return self.paged(NEWEST.page(found, request), ActivityShown)
