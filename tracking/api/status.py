"""The state of tracking in the management API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadscore.api.resources import Resource
from tracking import inbox


class Status(serializers.Serializer[Any]):
    """Calls that were accepted and are not processed yet, and how long the oldest of them has waited."""

    pending = serializers.IntegerField(min_value=0)
    oldest_pending_seconds = serializers.FloatField(min_value=0)


class TrackingResource(Resource):
    rights = {"status": "read"}

    @extend_schema(responses=Status)
    def status(self, request: Request) -> Response:
        """How far processing has come."""
        waiting = inbox.pending(self.workspace.id)
        return Response({"pending": waiting.calls, "oldest_pending_seconds": waiting.oldest_seconds})
