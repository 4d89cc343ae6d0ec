"""Importing a CSV file by the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from contacts import imports
from contacts.checking import wrong_kind
from contacts.csv_reading import Unreadable
from contacts.models import Import, ImportKind
from contacts.views.exporting import csv_answer, fault_lines
from leadscore.api.media import TooLarge
from leadscore.api.problems import Fault, Invalid, invalid
from leadscore.api.resources import Resource
from scoring import importing
from tracking.json_in import BadRequest, parse_json
from tracking.json_in import TooLarge as UnkeepablyLarge

CSV = "text/csv"
MOST_BESIDE = 4 * 1024 * 1024  # bytes of a form around its file


class CSVParser(BaseParser):
    """The bytes of the body."""

    media_type = CSV

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return stream.read(imports.MOST_BYTES + 1)


class FormParser(MultiPartParser):
    """The parts of a form, unless it says itself that it is larger than any that is taken."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        assert parser_context is not None, "its request is in it"
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > imports.MOST_BYTES + MOST_BESIDE:
            raise _too_large()
        return super().parse(stream, media_type, parser_context)


class ImportOptions(serializers.Serializer[Any]):
    """How the file is to be taken; in the query, or among the parts of a form."""

    kind = serializers.ChoiceField(ImportKind.choices, default=ImportKind.CONTACTS, help_text="What the rows are.")
    mapping = serializers.CharField(help_text="JSON: what each column is. docs/importing.md describes it.")
    dry_run = serializers.BooleanField(default=False, help_text="Count what would change, and change nothing.")
    file_name = serializers.CharField(max_length=200, default="import.csv", help_text="Shown in the history of imports.")


class ImportForm(ImportOptions):
    file = serializers.FileField(help_text="At most 25 MB.")


class ImportStarted(serializers.Serializer[Any]):
    """The job at `/jobs/<id>/`: its `result` counts `new`, `updated`, `unchanged`, `refused`, `warnings` and, of activities, `new_contacts`,
    and names the path of `errors`.
    """

    job = serializers.IntegerField()


class ImportResource(Resource):
    rights = {"create": "contacts", "errors": "contacts"}
    queried = ("create",)
    parser_classes = (CSVParser, FormParser)

    @extend_schema(
        parameters=[ImportOptions],
        request={CSV: OpenApiTypes.BINARY, "multipart/form-data": ImportForm},
        responses={202: ImportStarted},
    )
    def create(self, request: Request) -> Response:
        """Imports contacts or past activities from a CSV file, or checks what that would change. Nobody gets a message because of it.

        With a body of `text/csv`, the options are the query's parameters; with a form they may be its fields.
        """
        options = self._options(request)
        mapping = _mapping(options["mapping"])
        raw, name = _file(request, options["file_name"])
        try:
            made = imports.store(self.workspace, options["kind"], name, raw, by=self.by)
            begin = importing.check if options["dry_run"] else importing.run
            return Response({"job": begin(made, mapping, by=self.by).id}, 202)
        except Unreadable as error:
            raise invalid("file", "unreadable", str(error)) from error
        except importing.BadMapping as bad:
            raise Invalid([Fault(f"mapping.{problem.path}".rstrip("."), problem.code, problem.message) for problem in bad.problems]) from bad

    @extend_schema(responses={(200, CSV): OpenApiResponse(OpenApiTypes.BINARY, "The rows as they stood in the file, each with its reason.")})
    def errors(self, request: Request, import_id: int) -> HttpResponseBase:
        """The rows of an import that were refused or have a warning, as CSV. They are kept for 30 days."""
        made = get_object_or_404(Import, workspace=self.workspace, id=import_id)
        return csv_answer(self.workspace.id, f"errors-{made.id}.csv", lambda: fault_lines(made))

    def _options(self, request: Request) -> dict[str, Any]:
        fields = request.data if isinstance(request.data, Mapping) else {}
        given = {**{name: value for name, value in fields.items() if name != "file"}, **request.query_params.dict()}
        unknown = [name for name in given if name not in ImportOptions().fields]
        if unknown:
            raise Invalid(Fault(name[:100], "unknown", "There is no such parameter.") for name in unknown)
        options = ImportOptions(data=given)
        options.is_valid(raise_exception=True)
        return dict(options.validated_data)


def _file(request: Request, name: str) -> tuple[bytes, str]:
    """What is imported, and its name. One that is too large is not read into memory."""
    data: Any = request.data
    if isinstance(data, bytes):
        if len(data) > imports.MOST_BYTES:
            raise _too_large()
        return data, name
    file = data.get("file")
    if not isinstance(file, UploadedFile):
        raise invalid("file", "required", "Send the file as the part “file”.")
    if (file.size or 0) > imports.MOST_BYTES:
        raise _too_large()
    return file.read(), file.name or name


def _too_large() -> TooLarge:
    return TooLarge(f"The file is larger than {imports.MOST_BYTES:,} bytes.")


def _mapping(text: str) -> Mapping[str, Any]:
    try:
        read = parse_json(text.encode())
    except (BadRequest, UnkeepablyLarge) as error:
        raise invalid("mapping", "not_json", f"This is not JSON: {error}") from error
    if not isinstance(read, Mapping):
        raise Invalid([wrong_kind(read, "mapping", "an object")])
    return read
