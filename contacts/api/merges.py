"""Two contacts made one, and taken apart again."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.lookup import contact_id_of
from contacts.api.shapes import ContactShown, shown
from contacts.models import Contact, MergeCause
from leadscore import clock
from leadscore.api.fields import IdField, Strict
from leadscore.api.pages import Order
from leadscore.api.problems import invalid
from leadscore.api.resources import Listing, Resource
from scoring import joining

NEWEST = Order(("id",), descending=True)


class Into(Strict):
    """The contact that survives."""

    into = IdField()


class Apart(Strict):
    """The contact that was merged away."""

    contact = IdField()


class MergeShown(serializers.Serializer[Any]):
    """A merge that can be undone until `undo_until`."""

    contact = IdField(source="other_id", help_text="The contact that was merged away.")
    cause = serializers.ChoiceField(MergeCause.choices, help_text="`alias`: a server’s call; `person`: a person or this API.")
    at = serializers.DateTimeField()
    undo_until = serializers.DateTimeField()


class Undoing(serializers.Serializer[Any]):
    """The job that takes the two apart: `/jobs/<id>/`."""

    job = serializers.IntegerField()


class MergeResource(Resource):
    rights = {"list": "read", "merge": "contacts", "unmerge": "contacts"}

    @extend_schema(responses=MergeShown(many=True))
    def list(self, request: Request, contact_id: int) -> Response:
        """The merges into a contact that can be undone, the latest first."""
        self.query(Listing)
        contact_id = contact_id_of(request, self.workspace, contact_id)
        return self.paged(NEWEST.page(joining.undoable(self.workspace.id, contact_id, clock.now()), request), MergeShown)

    @extend_schema(request=Into, responses=ContactShown)
    def merge(self, request: Request, contact_id: int) -> Response:
        """Merges the contact into another one, which survives and is the answer; `recomputing` while a job moves a long history."""
        contact_id = contact_id_of(request, self.workspace, contact_id)
        into = self.body(Into)["into"]
        try:
            joining.merge(self.workspace, contact_id, into, by=self.by)
        except joining.SameContact:
            raise invalid("into", "same", "A contact cannot be merged into itself.") from None
        except Contact.DoesNotExist as gone:
            if gone.args != (into,):
                contact_id_of(request, self.workspace, contact_id)  # it was merged or erased meanwhile, which has an answer of its own
                raise
            raise invalid("into", "unknown", _unknown(self.workspace.id, into)) from None
        return Response(shown(self.workspace.id, into))

    @extend_schema(request=Apart, responses={200: ContactShown, 202: OpenApiResponse(Undoing, "The history is long: a job does it.")})
    def unmerge(self, request: Request, contact_id: int) -> Response:
        """Takes a contact out again that was merged into this one less than 30 days ago; it is the answer."""
        contact_id = contact_id_of(request, self.workspace, contact_id)
        other = self.body(Apart)["contact"]
        try:
            job = joining.undo(self.workspace, other, out_of=contact_id, by=self.by)
        except joining.BeingRecomputed:
            raise invalid("contact", "recomputing", "The survivor is being recomputed. Try again when that is done.") from None
        except joining.CannotUndo:
            raise invalid("contact", "unknown", "No merge of this contact into that one can be undone.") from None
        except joining.MergedOn:
            raise invalid("contact", "merged_on", "The survivor was itself merged into another contact since. Undo that first.") from None
        return Response({"job": job}, 202) if job else Response(shown(self.workspace.id, other))


def _unknown(workspace_id: int, contact_id: int) -> str:
    found = Contact.objects.filter(workspace=workspace_id, id=contact_id).values_list("merged_into_id", flat=True).first()
    return f"It was merged into contact {found}." if found else "There is no such contact."
