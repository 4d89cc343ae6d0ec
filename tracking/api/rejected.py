"""Rejected calls in the management API: listed with their reasons, repeated, dropped."""

from __future__ import annotations

from typing import Any

from django.db.models import BinaryField, QuerySet
from django.db.models.functions import Length, Substr
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Workspace
from contacts.models import Source
from leadscore.api.fields import IdField
from leadscore.api.pages import Order
from leadscore.api.problems import invalid
from leadscore.api.resources import Listing, Resource
from tracking import rejects
from tracking.models import Rejected
from tracking.payload import MAX_CALL, MAX_INFLATED
from tracking.rejects import StillRefused, printable

NEWEST = Order(("id",), descending=True)


BODY = f"What was received; in the list the first {MAX_CALL:,} bytes. Bytes that are no printable UTF-8 are written as `\\xff`."


class RejectedFilters(Listing):
    code = serializers.CharField(required=False, max_length=40, help_text="The reason's code, such as `required`.")


class RejectedCall(serializers.Serializer[Any]):
    """A call that was set aside, as received."""

    id = IdField()
    received_at = serializers.DateTimeField()
    source = serializers.SerializerMethodField(help_text="`browser` or `server`")  # type: ignore[assignment]
    key = IdField(source="key_id", allow_null=True, help_text="The key that it came with; null where that is not known.")
    code = serializers.CharField(help_text="What is wrong, for programs; `not_processed` for what was accepted and failed later.")
    path = serializers.CharField(help_text="Where in the request; empty for the whole call.")
    message = serializers.CharField(help_text="What is wrong, for people.")
    size = serializers.IntegerField(help_text="Bytes received.")
    body = serializers.SerializerMethodField(help_text=BODY)

    def get_source(self, row: Rejected) -> str:
        return Source(row.source).label.lower()

    def get_body(self, row: Rejected) -> str:
        return printable(bytes(row.begun))  # type: ignore[attr-defined]


def _shown(workspace: Workspace, most: int) -> QuerySet[Rejected]:
    """The rows with the size of each and at most so many bytes of it."""
    begun = Substr("body", 1, most, output_field=BinaryField())
    return Rejected.objects.filter(workspace=workspace).defer("body", "head").annotate(begun=begun, size=Length("body"))


class RejectedResource(Resource):
    rights = {"list": "contacts", "retrieve": "contacts", "destroy": "contacts", "repeat": "contacts"}

    @extend_schema(parameters=[RejectedFilters], responses=RejectedCall(many=True))
    def list(self, request: Request) -> Response:
        """What was set aside in the last 30 days, the newest first."""
        rows = _shown(self.workspace, MAX_CALL).filter(**self.query(RejectedFilters))
        return self.paged(NEWEST.page(rows, request), RejectedCall)

    @extend_schema(responses=RejectedCall)
    def retrieve(self, request: Request, rejected_id: int) -> Response:
        """One call."""
        row = get_object_or_404(_shown(self.workspace, MAX_INFLATED), id=rejected_id)
        return Response(RejectedCall().to_representation(row))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, rejected_id: int) -> Response:
        """Drops a call for good."""
        try:
            rejects.drop(self.workspace, rejected_id, by=self.by)
        except Rejected.DoesNotExist:
            raise Http404 from None
        return Response(status=204)

    @extend_schema(request=None, responses={202: None})
    def repeat(self, request: Request, rejected_id: int) -> Response:
        """Checks a call anew, as of when it was received, and has it processed. One that is still not valid stays (400)."""
        try:
            rejects.repeat(self.workspace, rejected_id, by=self.by)
        except Rejected.DoesNotExist:
            raise Http404 from None
        except StillRefused as refusal:
            raise invalid(refusal.path, "still_refused", refusal.message) from None
        return Response(status=202)
