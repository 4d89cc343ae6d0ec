"""A contact's scores with everything that makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.lookup import contact_id_of
from contacts.models import Contact
from contacts.values import instant_of, iso
from leadscore import clock
from leadscore.api.fields import PointsField
from leadscore.api.resources import Resource
from scoring.api.lookup import live_version
from scoring.engine import Line
from scoring.explanation import Explained, of_contact


class InstantField(serializers.DateTimeField):
    """A date or date-time as conditions take it; without an offset it is UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        read = instant_of(value)
        if read is None:
            self.fail("invalid", format="2026-11-21T10:00:00Z")
        return read


class AddressedInstantField(InstantField):
    """An instant in a query: a plus that was not encoded arrives as a space."""

    def to_internal_value(self, value: Any) -> datetime:
        return super().to_internal_value(value if instant_of(value) else "+".join(value.rsplit(" ", 1)))


class ScoreFilters(serializers.Serializer[Any]):
    as_of = AddressedInstantField(required=False, help_text="The instant to score at, computed from the activities known now and today's profile.")
    scoring_type = serializers.CharField(max_length=50, required=False, help_text="Key of the one published scoring type wanted.")


class AwardShown(serializers.Serializer[Any]):
    """What one activity gave, or a profile or inactivity rule or an adjustment (which have no activity): `points` by the rule, `value` of it at
    the instant. An adjustment has no rule; its reason is its name.
    """

    rule = serializers.SerializerMethodField()
    name = serializers.CharField()
    value = PointsField()
    points = serializers.IntegerField()
    awarded_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    activity = serializers.IntegerField(allow_null=True)

    def get_rule(self, line: Line) -> str | None:
        return line.rule or None


class CutShown(serializers.Serializer[Any]):
    """What a bound added or took: a group's, or for null the scoring type's."""

    group = serializers.CharField(allow_null=True)
    value = PointsField()


class ScoreShown(serializers.Serializer[Any]):
    """A score. The values of awards and cuts add up to the points before rounding."""

    scoring_type = serializers.CharField(source="version.type_key")
    version = serializers.IntegerField(source="version.number")
    points = serializers.IntegerField(source="explanation.outcome.points")
    grade = serializers.CharField(source="explanation.outcome.grade", allow_null=True)
    stage = serializers.CharField(source="explanation.outcome.stage", allow_null=True)
    next_stage = serializers.SerializerMethodField()
    points_missing = serializers.IntegerField(allow_null=True, help_text="To the next stage.")
    awards = AwardShown(many=True, source="explanation.lines")
    cut = CutShown(many=True, source="explanation.cuts")

    def get_next_stage(self, explained: Explained) -> str | None:
        return explained.next_stage.key if explained.next_stage else None


class Scores(serializers.Serializer[Any]):
    """One score for each published scoring type."""

    as_of = serializers.DateTimeField()
    recomputing = serializers.BooleanField(
        help_text="A job moves the long history of a merge: the points are those of what was moved so far, and the stage on record rests."
    )
    results = ScoreShown(many=True)


class ScoreResource(Resource):
    rights = {"scores": "read"}
    queried = ("scores",)

    @extend_schema(parameters=[ScoreFilters], responses=Scores)
    def scores(self, request: Request, contact_id: int) -> Response:
        """A contact's scores, now or at another instant."""
        given = self.query(ScoreFilters)
        contact_id = contact_id_of(request, self.workspace, contact_id)
        t = given.get("as_of") or clock.now()
        keys = [live_version(self.workspace.id, given["scoring_type"]).type_key] if "scoring_type" in given else None
        found = of_contact(self.workspace.id, contact_id, t, from_scratch="as_of" in given, keys=keys)
        recomputing = Contact.objects.filter(workspace=self.workspace, id=contact_id, recomputing_since__isnull=False).exists()
        return Response({"as_of": iso(t), "recomputing": recomputing, "results": [ScoreShown().to_representation(one) for one in found]})
