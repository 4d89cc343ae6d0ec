"""Pairs of contacts that may be one person."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts import duplicates
from contacts.models import Duplicate, Suspicion
from leadscore import clock
from leadscore.api.fields import IdField
from leadscore.api.pages import Order
from leadscore.api.resources import Listing, Resource

LATEST = Order(("at", "id"), descending=True)


class DuplicateFilters(Listing):
    contact = IdField(required=False, help_text="Only pairs of this contact.")


class DuplicateShown(serializers.Serializer[Any]):
    """A reason to think that two known contacts are one person. A pair has a row for each reason."""

    id = IdField()
    contacts = serializers.SerializerMethodField(help_text="The two, as they are now: one that was merged since stands for its survivor.")
    reason = serializers.ChoiceField(
        Suspicion.choices, help_text="`email`: a call named the userId of one and the address of the other; `alias`: a browser said so."
    )
    value = serializers.CharField(help_text="The address, or the previous id, that was named.")
    at = serializers.DateTimeField(help_text="When a call last said so.")

    def get_contacts(self, pair: Any) -> list[int]:
        return sorted((pair.one, pair.another))


class DuplicateResource(Resource):
    rights = {"list": "read", "dismiss": "contacts"}

    @extend_schema(parameters=[DuplicateFilters], responses=DuplicateShown(many=True))
    def list(self, request: Request) -> Response:
        """The pairs that nobody has merged or dismissed, the latest first."""
        found = self._present().filter(dismissed_at=None).exclude(one=F("another"))
        wanted = self.query(DuplicateFilters)
        if "contact" in wanted:
            found = found.filter(Q(one=wanted["contact"]) | Q(another=wanted["contact"]))
        return self.paged(LATEST.page(found, request), DuplicateShown)

    @extend_schema(request=None, responses={204: None})
    def dismiss(self, request: Request, duplicate_id: int) -> Response:
        """Says that the two are different people, for every reason known so far. They are listed again only for another one."""
        pair = get_object_or_404(self._present(), id=duplicate_id)
        duplicates.dismiss(self.workspace, pair.one, pair.another, by=self.by, now=clock.now())
        return Response(status=204)

    def _present(self) -> QuerySet[Any]:
        """Each row with the contacts that its two stand for now."""
        return Duplicate.objects.filter(workspace=self.workspace).annotate(
            one=Coalesce("first__merged_into_id", "first_id"), another=Coalesce("second__merged_into_id", "second_id")
        )
