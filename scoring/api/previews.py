"""Previews: what a document would make of the contacts, first from a sample, then from all of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadscore.api.media import ExactJSONParser, JSONOrYAML, YAMLParser
from leadscore.api.pages import Order
from leadscore.api.problems import Invalid, invalid
from leadscore.api.resources import Listing, Resource
from scoring import previewing
from scoring.api.lookup import document_of, type_of
from scoring.api.types import DOCUMENT
from scoring.models import Preview, PreviewMove

HIGHEST = Order(("points_then", "contact_id"), descending=True)


class StagePreview(serializers.Serializer[Any]):
    """Contacts on one stage: by the live version (null: there is none), and by the document, each with what it lies between."""

    stage = serializers.CharField(allow_null=True, help_text="Null: on no stage.")
    name = serializers.CharField(allow_null=True)
    now = serializers.IntegerField(allow_null=True)
    now_low = serializers.IntegerField(allow_null=True)
    now_high = serializers.IntegerField(allow_null=True)
    then = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    gone = serializers.BooleanField(help_text="The document has no such stage.")


class MovesPreview(serializers.Serializer[Any]):
    """How many contacts change their stage, with what that lies between; and those who move up, and down."""

    contacts = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    up = serializers.IntegerField()
    up_low = serializers.IntegerField()
    up_high = serializers.IntegerField()
    down = serializers.IntegerField()
    down_low = serializers.IntegerField()
    down_high = serializers.IntegerField()


CROSSING = {"type": "object", "properties": {"from": {"type": "string", "nullable": True}, "to": {"type": "string", "nullable": True},
                                            **{name: {"type": "integer"} for name in ("contacts", "low", "high")}}}  # fmt: skip


@extend_schema_field(CROSSING)
class CrossingField(serializers.DictField):
    """From which stage to which how many contacts go, with what that lies between."""


class DistributionPreview(serializers.Serializer[Any]):
    """Contacts by points. `edges` are where the bars begin; the last has no end.

    Of a sample: scaled up, and may be far off where few were counted.
    """

    edges = serializers.ListField(child=serializers.IntegerField())
    now = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    then = serializers.ListField(child=serializers.IntegerField())


class RecipientPreview(serializers.Serializer[Any]):
    recipient = serializers.CharField()
    now = serializers.IntegerField(allow_null=True)
    then = serializers.IntegerField()


class MessagesPreview(serializers.Serializer[Any]):
    """Messages that would have been sent in the last `days` days, replayed at each activity and due instant with today's profiles.

    Of a sample: scaled up, and may be far off where they are about few contacts.
    """

    days = serializers.IntegerField()
    now = serializers.IntegerField(allow_null=True)
    then = serializers.IntegerField()
    recipients = RecipientPreview(many=True)


class Report(serializers.Serializer[Any]):
    """`exact`: all contacts are counted; otherwise `sampled` of them, taken at random, and the numbers stand for all.

    Each `…low` and `…high` hold the number of all contacts between them in about 95 of 100 samples; they are equal where all are counted.
    """

    contacts = serializers.IntegerField()
    sampled = serializers.IntegerField()
    exact = serializers.BooleanField()
    stages = StagePreview(many=True)
    moves = MovesPreview()
    points_changed = serializers.IntegerField(help_text="Contacts whose points differ.")
    points_changed_low = serializers.IntegerField()
    points_changed_high = serializers.IntegerField()
    crossings = serializers.ListField(child=CrossingField(), help_text="`from` and `to` which stage (null: none) how many contacts go.")
    distribution = DistributionPreview()
    messages = MessagesPreview()


class PreviewStarted(serializers.Serializer[Any]):
    """The answer of a sample at once; `job` gives the exact one as its `result`: `/jobs/<id>/`."""

    preview = serializers.IntegerField(source="id")
    job = serializers.IntegerField(source="job_id", allow_null=True)
    at = serializers.DateTimeField(help_text="The instant that scores are computed for.")
    sample = Report()


class PreviewShown(PreviewStarted):
    """`exact` is null until all contacts are counted; `stale`: the draft, the live version or the time zone is another one by now, or more than
    5 % as many contacts as were counted came since.
    """

    exact = Report(source="report", allow_null=True)
    stale = serializers.SerializerMethodField()

    def get_stale(self, shown: Preview) -> bool:
        return shown.revision is not None and previewing.is_stale(shown, shown.scoring_type)


class MoveShown(serializers.Serializer[Any]):
    """A contact whose stage the document changes."""

    contact = serializers.IntegerField(source="contact_id")
    name = serializers.CharField(source="contact", help_text="What the contact is called in lists.")
    points_now = serializers.IntegerField()
    points_then = serializers.IntegerField()
    stage_now = serializers.SerializerMethodField()
    stage_then = serializers.SerializerMethodField()

    def get_stage_now(self, move: PreviewMove) -> str | None:
        return move.stage_now or None

    def get_stage_then(self, move: PreviewMove) -> str | None:
        return move.stage_then or None


class MoveFilters(Listing):
    stage_now = serializers.CharField(max_length=50, required=False, allow_blank=True, help_text="Key of a stage; empty: no stage.")
    stage_then = serializers.CharField(max_length=50, required=False, allow_blank=True)
    is_up = serializers.BooleanField(required=False, allow_null=True, default=None, help_text="Only those who move up, or only those who move down.")


class PreviewResource(Resource):
    rights = {"preview": "scoring", "retrieve": "read", "moves": "read"}
    queried = ("moves",)

    parser_classes = (ExactJSONParser, YAMLParser)
    content_negotiation_class = JSONOrYAML

    @extend_schema(request=DOCUMENT, responses=PreviewStarted)
    def preview(self, request: Request, key: str) -> Response:
        """Previews the document sent, or without one the draft: scores and messages, beside what is live. Nothing is changed."""
        type_of(self.workspace, key)
        document = None if request.stream is None else document_of(request.data)
        if document is not None and document["key"] != key:
            raise invalid("key", "fixed", f"A scoring type keeps its key: {key}.")
        try:
            made = previewing.preview(self.workspace, key, by=self.by, document=document)
        except previewing.CannotPreview as error:
            raise Invalid(error.problems) from error
        return Response(PreviewStarted().to_representation(made))

    @extend_schema(responses=PreviewShown)
    def retrieve(self, request: Request, key: str, preview_id: int) -> Response:
        """A preview; the latest few of each type are kept."""
        return Response(PreviewShown().to_representation(self._find(key, preview_id)))

    @extend_schema(parameters=[MoveFilters], responses=MoveShown(many=True))
    def moves(self, request: Request, key: str, preview_id: int) -> Response:
        """Who moves, those with the most points by the document first. While it is not exact, those of the sample."""
        given, shown = self.query(MoveFilters), self._find(key, preview_id)
        rows: QuerySet[PreviewMove] = shown.moves.filter(workspace=self.workspace, contact__merged_into=None).select_related("contact")
        asked = {name: given[name] for name in ("stage_now", "stage_then", "is_up") if given.get(name) is not None}
        return self.paged(HIGHEST.page(rows.filter(**asked), request), MoveShown)

    def _find(self, key: str, preview_id: int) -> Preview:
        found = Preview.objects.filter(workspace=self.workspace, scoring_type__workspace=self.workspace, scoring_type__key=key)
        return get_object_or_404(found.select_related("workspace", "scoring_type"), id=preview_id)
