"""What is wrong with the rules of a published type."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadscore import clock
from leadscore.api.resources import Resource
from scoring.api.lookup import type_of
from scoring.examining import examine
from scoring.rule_health import DAYS, KINDS


class FindingShown(serializers.Serializer[Any]):
    """Rules that never fire, fire for nearly everyone, go together, or (one) gives most of all points; `advice` is what to do.

    `contacts` of `of` were given something; `share` of all points given now, from 0 to 1.
    """

    kind = serializers.ChoiceField(KINDS)
    rules = serializers.ListField(child=serializers.CharField())
    contacts = serializers.IntegerField()
    of = serializers.IntegerField()
    share = serializers.FloatField()
    text = serializers.CharField()
    advice = serializers.CharField()


class RuleFiguresShown(serializers.Serializer[Any]):
    rule = serializers.CharField(source="key")
    name = serializers.CharField()
    contacts = serializers.IntegerField()
    share = serializers.FloatField()


class HealthShown(serializers.Serializer[Any]):
    """Counted among `sampled` of `contacts`, taken at random, over `days` days. Of fewer than 20 nothing is said. Kept for ten minutes.

    That a profile or inactivity rule never fires is said only where all contacts were looked at; of an activity rule, all of its awards were.
    """

    version = serializers.IntegerField()
    days = serializers.IntegerField()
    sampled = serializers.IntegerField()
    contacts = serializers.IntegerField()
    findings = FindingShown(many=True)
    rules = RuleFiguresShown(many=True)


class HealthAnswer(serializers.Serializer[Any]):
    health = HealthShown(allow_null=True, help_text="Null: nothing is published.")


class HealthResource(Resource):
    rights = {"health": "read"}

    @extend_schema(responses=HealthAnswer)
    def health(self, request: Request, key: str) -> Response:
        """What is wrong with the rules of the version that is live."""
        scoring_type = type_of(self.workspace, key)
        found = examine(scoring_type, clock.now())
        if found is None or scoring_type.published is None:
            return Response({"health": None})
        told = {"version": scoring_type.published.number, "days": DAYS, "sampled": found.sampled, "contacts": found.contacts}
        return Response({"health": HealthShown().to_representation({**told, "findings": found.findings, "rules": found.rules})})
