"""Scoring types: documents in and out, publishing, versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from leadscore.api.fields import Strict
from leadscore.api.media import JSON, YAML, ExactJSONParser, ExactJSONRenderer, JSONOrYAML, YAMLParser, YAMLRenderer
from leadscore.api.pages import Order
from leadscore.api.problems import Invalid, PreconditionFailed, invalid
from leadscore.api.resources import Listing, Resource
from scoring import archiving, drafts, publishing
from scoring.api.document_schema import schema_comment
from scoring.api.documents import DRAFT, ref
from scoring.api.lookup import document_of, type_of
from scoring.exporting import FORMATS, in_order
from scoring.models import ScoringType, Version, VersionState
from scoring.versions import between, predecessors

BY_ID = Order(("id",))
LATEST = Order(("number",), descending=True)

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 201],
    description="The draft's, for If-Match. A version that says something else than the draft has one that no draft has.",
)  # fmt: skip
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that the edit began with; 412 if the draft was saved since."
)
DOCUMENT = {JSON: ref("ScoringTypeDocument"), YAML: ref("ScoringTypeDocument")}
IN_YAML_TOO = ("create", "retrieve", "update")  # the actions that a document comes from or goes to
SHOWN = OpenApiResponse(ref("ScoringType"))


class DocumentYAML(YAMLRenderer):
    """Names the schema, so that an editor checks the file that an answer is saved as."""

    comment = property(lambda self: schema_comment())  # the host is known when asked

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        return super().render(in_order(data), accepted_media_type, renderer_context)


class PublishWanted(Strict):
    notify = serializers.ChoiceField(
        ["none", "summary"], required=False,
        help_text="`none`: nobody is told of the stages that the version makes. `summary`: one message a recipient, which lists who entered which.",
    )  # fmt: skip
    note = serializers.CharField(max_length=publishing.MOST_NOTE, required=False, allow_blank=True)


class JobStarted(serializers.Serializer[Any]):
    """The job that computes all scores: `/jobs/<id>/`."""

    job = serializers.IntegerField()


class VersionShown(serializers.Serializer[Any]):
    """A published version: who, when, why, and in words what differs from the one that was live before it."""

    version = serializers.IntegerField(source="number")
    state = serializers.ChoiceField(VersionState.choices)
    note = serializers.CharField()
    time_zone = serializers.CharField()
    published_by = serializers.EmailField(source="created_by.email", allow_null=True, default=None)
    published_at = serializers.DateTimeField(source="created_at")
    live_at = serializers.DateTimeField(allow_null=True)
    differences = serializers.ListField(child=serializers.CharField())


class AnswerFormat(serializers.Serializer[Any]):
    format = serializers.ChoiceField(FORMATS, required=False, help_text="What is answered; without it, what Accept prefers, else JSON.")


class TypeFilters(AnswerFormat):
    version = serializers.RegexField(
        r"^(draft|[1-9][0-9]{0,9})$", required=False, help_text="`draft` or a number; without it, the published version, else the draft."
    )


class ListFilters(Listing):
    archived = serializers.BooleanField(required=False)


class ScoringTypeResource(Resource):
    rights = {
        "list": "read", "create": "scoring", "retrieve": "read", "update": "scoring", "destroy": "scoring", "publish": "scoring", "cancel": "scoring",
        "versions": "read", "restore": "scoring", "restore_version": "scoring",
    }  # fmt: skip
    queried = ("list", "create", "retrieve", "update", "versions")

    parser_classes = (ExactJSONParser, YAMLParser)
    renderer_classes = (ExactJSONRenderer, DocumentYAML)
    content_negotiation_class = JSONOrYAML

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """The action, which the framework names later, decides what is read."""
        self.action = self.action_map.get(str(request.method).lower(), "")
        return super().initialize_request(request, *args, **kwargs)

    def get_parsers(self) -> list[BaseParser]:
        return [ExactJSONParser(), *([YAMLParser()] if self.action in IN_YAML_TOO else [])]

    def get_renderers(self) -> list[BaseRenderer]:
        return [ExactJSONRenderer(), *([DocumentYAML()] if self.action in IN_YAML_TOO else [])]

    @extend_schema(parameters=[ListFilters], responses=SHOWN)
    def list(self, request: Request) -> Response:
        """The scoring types, each one's published version, else its draft: those that are not archived, or with `archived` those that are."""
        archived = self.query(ListFilters).get("archived", False)
        types = ScoringType.objects.filter(workspace=self.workspace, archived_at__isnull=not archived).select_related("published")
        page = BY_ID.page(types, request)
        return Response(page.body(request, [_published_or_draft(one) for one in page.rows]))

    @extend_schema(request=DOCUMENT, responses={201: SHOWN}, parameters=[AnswerFormat, ETAG])
    def create(self, request: Request) -> Response:
        """Makes a scoring type with this draft."""
        self.query(AnswerFormat)
        document = document_of(request.data)
        try:
            made = drafts.create(self.workspace, document, by=self.by)
        except drafts.KeyTaken:
            raise invalid("key", "taken", "The workspace has a scoring type with this key, perhaps an archived one.") from None
        return _answered(made, _draft(made), 201)

    @extend_schema(parameters=[TypeFilters, ETAG], responses=SHOWN)
    def retrieve(self, request: Request, key: str) -> Response:
        """A scoring type: its published version, else its draft, or the one asked for."""
        wanted, found = self.query(TypeFilters).get("version"), type_of(self.workspace, key)
        version = found.published if wanted is None else None if wanted == DRAFT else _version(found, int(wanted))
        return _answered(found, _draft(found)) if version is None else _answered_version(found, version)

    @extend_schema(request=DOCUMENT, responses=SHOWN, parameters=[AnswerFormat, IF_MATCH, ETAG])
    def update(self, request: Request, key: str) -> Response:
        """Replaces the draft. Scores change when it is published."""
        self.query(AnswerFormat)
        revision, document = self._revision(key, request.headers.get("If-Match")), document_of(request.data)
        try:
            saved = drafts.save(self.workspace, key, document, by=self.by, revision=revision)
        except drafts.AnotherKey:
            raise invalid("key", "fixed", f"A scoring type keeps its key: {key}.") from None
        except drafts.Stale:
            raise PreconditionFailed from None
        return _answered(saved, _draft(type_of(self.workspace, key)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Archives a scoring type: contacts are no longer scored by it."""
        type_of(self.workspace, key)
        archiving.archive(self.workspace, key, by=self.by)
        return Response(status=204)

    @extend_schema(request=None, responses=SHOWN, parameters=[ETAG])
    def restore(self, request: Request, key: str) -> Response:
        """Brings an archived scoring type back, as a draft with its versions: contacts are scored by it once it is published again."""
        try:
            return _answered(restored := archiving.restore(self.workspace, key, by=self.by), _draft(restored))
        except ScoringType.DoesNotExist:
            raise Http404 from None

    @extend_schema(request=PublishWanted, responses={202: JobStarted}, parameters=[IF_MATCH])
    def publish(self, request: Request, key: str) -> Response:
        """Makes the draft a version and starts to compute all scores by it; it goes live when they are there."""
        revision, given = self._revision(key, request.headers.get("If-Match")), self.body(PublishWanted)
        try:
            job = publishing.publish(self.workspace, key, by=self.by, revision=revision, **given)
        except drafts.Stale:
            raise PreconditionFailed from None
        except publishing.CannotPublish as error:
            raise Invalid(error.problems) from error
        return Response({"job": job.id}, 202)

    @extend_schema(responses={204: None})
    def cancel(self, request: Request, key: str) -> Response:
        """Ends the version that is being computed; 404 where there is none. What is live stays live."""
        type_of(self.workspace, key)
        if not publishing.cancel(self.workspace, key, by=self.by):
            raise Http404
        return Response(status=204)

    @extend_schema(responses=VersionShown(many=True))
    def versions(self, request: Request, key: str) -> Response:
        """All versions, the latest first."""
        self.query(Listing)
        found = Version.objects.filter(workspace=self.workspace, scoring_type=type_of(self.workspace, key)).select_related("created_by")
        page = LATEST.page(found, request)
        before = predecessors(page.rows)
        for one in page.rows:
            one.differences = between(before[one.number], one)
        return self.paged(page, VersionShown)

    @extend_schema(request=None, responses=SHOWN, parameters=[IF_MATCH, ETAG])
    def restore_version(self, request: Request, key: str, number: int) -> Response:
        """Makes the draft what a version is. Contacts are scored by it again once it is published."""
        revision = self._revision(key, request.headers.get("If-Match"))
        try:
            saved = drafts.restore_version(self.workspace, key, number, by=self.by, revision=revision)
        except drafts.Stale:
            raise PreconditionFailed from None
        except Version.DoesNotExist:
            raise Http404 from None
        return _answered(saved, _draft(type_of(self.workspace, key)))

    def _revision(self, key: str, if_match: str | None) -> int | None:
        """The revision that the draft has to be at: the present one where the header names it, None where it asks for nothing.

        Raises:
            PreconditionFailed: the header names others.
        """
        present = type_of(self.workspace, key).draft_revision
        if if_match is None or if_match.strip() == "*":
            return None
        if _etag(present) not in parse_etags(if_match):
            raise PreconditionFailed
        return present


def _answered(found: ScoringType, shown: dict[str, Any], status: int = 200) -> Response:
    return Response(shown, status, headers={"ETag": _etag(found.draft_revision)})


def _answered_version(found: ScoringType, version: Version) -> Response:
    """Whoever edits a document that is not the draft's has not seen what saving it would replace."""
    etag = _etag(found.draft_revision) if version.document == found.draft else f'"version {version.number}"'
    return Response(_of_version(found, version), headers={"ETag": etag})


def _etag(revision: int) -> str:
    return f'"{revision}"'


def _published_or_draft(found: ScoringType) -> dict[str, Any]:
    return _of_version(found, found.published) if found.published else _draft(found)


def _draft(found: ScoringType) -> dict[str, Any]:
    return {**found.draft, "version": None, "published_version": _published_number(found), "state": DRAFT}


def _version(found: ScoringType, number: int) -> Version:
    version = found.versions.filter(workspace=found.workspace_id, number=number).first()
    if version is None:
        raise Http404
    return version


def _of_version(found: ScoringType, version: Version) -> dict[str, Any]:
    return {**version.document, "version": version.number, "published_version": _published_number(found), "state": version.state}


def _published_number(found: ScoringType) -> int | None:
    return found.published.number if found.published else None
