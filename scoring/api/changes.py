"""Stage changes: of one contact, and of all as a feed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.lookup import contact_id_of
from leadscore.api.fields import MOST_ID, IdField
from leadscore.api.pages import Order
from leadscore.api.resources import Listing, Resource
from scoring import feed
from scoring.models import Cause, Direction, StageChange

NEWEST = Order(("at", "id"), descending=True)
OLDEST = Order(("id",))


class FeedFilters(Listing):
    after = serializers.IntegerField(
        min_value=0, max_value=MOST_ID, required=False, help_text="Only changes with a greater id: where a reader goes on that has read to the end."
    )


class StageChangeShown(serializers.Serializer[Any]):
    """A stage entered or left, with the score as it was recorded then."""

    id = IdField()
    contact = IdField(source="contact_id")
    scoring_type = serializers.CharField(source="scoring_type.key")
    version = serializers.IntegerField(source="version.number")
    direction = serializers.ChoiceField(Direction.choices)
    stage = serializers.CharField()
    stage_name = serializers.CharField()
    points = serializers.IntegerField()
    grade = serializers.CharField(allow_null=True)
    cause = serializers.ChoiceField(Cause.choices)
    at = serializers.DateTimeField()


class StageChangeResource(Resource):
    rights = {"list": "read", "history": "read"}
    queried = ("list", "history")

    @extend_schema(parameters=[FeedFilters], responses=StageChangeShown(many=True))
    def list(self, request: Request) -> Response:
        """All stage changes of the workspace, the oldest first."""
        given = self.query(FeedFilters)
        changes = feed.settled(self.workspace.id).filter(id__gt=given.get("after", 0)).select_related("scoring_type", "version")
        return self.paged(OLDEST.page(changes, request), StageChangeShown)

    @extend_schema(responses=StageChangeShown(many=True))
    def history(self, request: Request, contact_id: int) -> Response:
        """A contact's stage changes, the newest first, with the points that were recorded."""
        self.query(Listing)
        contact_id = contact_id_of(request, self.workspace, contact_id)
        changes = StageChange.objects.filter(workspace=self.workspace, contact=contact_id).select_related("scoring_type", "version")
        return self.paged(NEWEST.page(changes, request), StageChangeShown)
