"""Points by hand, in the management API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.lookup import contact_id_of
from contacts.models import Contact
from leadscore.api.fields import IdField, Strict, WholeField
from leadscore.api.resources import Resource
from scoring.adjusting import LONGEST_REASON, MOST_POINTS, adjust
from scoring.models import ScoringType


class NewAdjustment(Strict):
    scoring_type = serializers.CharField(max_length=50, help_text="Key of the scoring type.")
    points = WholeField(min_value=-MOST_POINTS, max_value=MOST_POINTS, help_text="Whole points to give, or below zero to take; not 0.")
    reason = serializers.CharField(max_length=LONGEST_REASON)

    def validate_points(self, value: int) -> int:
        if value == 0:
            raise ValidationError("0 points change nothing.", "range")
        return value


class AdjustmentShown(serializers.Serializer[Any]):
    """Points that were given or taken by hand; they count from `awarded_at` until a reset."""

    id = IdField()
    scoring_type = serializers.CharField(source="scoring_type.key")
    points = serializers.IntegerField()
    reason = serializers.CharField()
    awarded_at = serializers.DateTimeField()


class AdjustmentResource(Resource):
    rights = {"create": "adjust"}

    @extend_schema(request=NewAdjustment, responses={201: AdjustmentShown})
    def create(self, request: Request, contact_id: int) -> Response:
        """Gives points to a contact, or takes them; in a scoring type that is not published yet they count once it is."""
        contact_id = contact_id_of(request, self.workspace, contact_id)
        given = self.body(NewAdjustment)
        scoring_type = ScoringType.objects.filter(workspace=self.workspace, key=given["scoring_type"], archived_at=None).first()
        if scoring_type is None:
            raise ValidationError({"scoring_type": ["There is no such scoring type."]}, "unknown")
        try:
            made = adjust(self.workspace, contact_id, scoring_type, given["points"], given["reason"], by=self.by)
        except Contact.DoesNotExist:
            contact_id_of(request, self.workspace, contact_id)  # it was merged or erased meanwhile, which has an answer of its own
            raise
        return Response(AdjustmentShown().to_representation(made), status=201)
