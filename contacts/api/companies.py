"""Companies: found, made and changed. Their contacts are found by `/contacts/?company=<id>`."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts import company_editing, company_finding
from contacts.api.shapes import MOST_TRAITS, IdentifierField
from contacts.belonging import domain_key
from contacts.models import Company
from contacts.people import words
from contacts.trait_names import snake_case
from leadscore.api.fields import IdField, ObjectField, Strict
from leadscore.api.pages import Order
from leadscore.api.problems import Fault, Invalid, invalid
from leadscore.api.resources import Listing, Resource

ORDERINGS = {"id": Order(("id",)), "name": Order(("sorted_as", "id"))}


class CompanyFilters(Listing):
    """Filters are joined by and."""

    group_id = serializers.CharField(max_length=255, required=False, help_text="The groupId that calls name it by.")
    domain = serializers.CharField(max_length=255, required=False, help_text="A domain, or an address of a page there.")
    q = serializers.CharField(max_length=200, required=False, help_text="Words that name, domain or groupId begin with.")
    ordering = serializers.ChoiceField(list(ORDERINGS), required=False, help_text="Without it, by id.")


class CompanyShown(serializers.Serializer[Any]):
    """A company. Its contacts: `/contacts/?company=<id>`."""

    id = IdField()
    group_id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    domain = serializers.CharField(help_text="The trait as contacts are found by it: in small letters, without “www.” and what is no domain.")
    traits = ObjectField()
    created_at = serializers.DateTimeField(help_text="When the earliest call that names it occurred.")


class CompanyTraitsField(ObjectField):
    """Traits by name; camelCase names of the Segment specification are taken in snake_case, null empties one."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        given = super().to_internal_value(data)
        if len(given) > MOST_TRAITS:
            raise Invalid([Fault("traits", "length", f"At most {MOST_TRAITS} traits can be set at once.")])
        return {**snake_case(given)}


class CompanyGiven(Strict):
    """A company by its `group_id` or by `traits.domain`, at least one of them, with what is to be set."""

    group_id = IdentifierField()
    traits = CompanyTraitsField(required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given.get("group_id") and not domain_key(given.get("traits", {}).get("domain")):
            raise serializers.ValidationError("Give a group_id or a domain.", "required")
        return given


class CompanyChanged(Strict):
    """`traits` are set one by one, the others stay; `group_id` is given to a company that has none."""

    group_id = IdentifierField()
    traits = CompanyTraitsField(required=False)


class CompanyResource(Resource):
    rights = {"list": "read", "create": "contacts", "retrieve": "read", "partial_update": "contacts"}

    @extend_schema(parameters=[CompanyFilters], responses=CompanyShown(many=True))
    def list(self, request: Request) -> Response:
        """The companies of the workspace."""
        wanted = self.query(CompanyFilters)
        found = Company.objects.filter(workspace=self.workspace)
        if "group_id" in wanted:
            found = found.filter(group_id=wanted["group_id"])
        if "domain" in wanted:
            domain = domain_key(wanted["domain"])
            found = found.filter(domain=domain) if domain else found.none()
        if "q" in wanted:
            found = found.filter(id__in=company_finding.matching(words(wanted["q"])))
        return self.paged(ORDERINGS[wanted.get("ordering", "id")].page(found.defer("search", "trait_orders"), request), CompanyShown)

    @extend_schema(request=CompanyGiven, responses={201: CompanyShown, 200: OpenApiResponse(CompanyShown, "An existing company was updated.")})
    def create(self, request: Request) -> Response:
        """Makes a company, or updates the one that has the groupId, or else the domain. Its contacts follow within seconds."""
        given = self.body(CompanyGiven)
        made = company_editing.create_or_update(self.workspace, group_id=given.get("group_id"), traits=given.get("traits", {}), by=self.by)
        return Response(self._shown(made.id), 201 if made.is_new else 200)

    @extend_schema(responses=CompanyShown)
    def retrieve(self, request: Request, company_id: int) -> Response:
        """One company."""
        return Response(self._shown(company_id))

    @extend_schema(request=CompanyChanged, responses=CompanyShown)
    def partial_update(self, request: Request, company_id: int) -> Response:
        """Sets traits. Its contacts follow within seconds."""
        get_object_or_404(Company.objects.only("id"), workspace=self.workspace, id=company_id)
        given = self.body(CompanyChanged)
        try:
            company_editing.edit(self.workspace, company_id, given.get("traits", {}), group_id=given.get("group_id"), by=self.by)
        except company_editing.GroupIdTaken:
            raise invalid("group_id", "taken", "This groupId is another company’s, or this company has another one.") from None
        return Response(self._shown(company_id))

    def _shown(self, company_id: int) -> dict[str, Any]:
        known = Company.objects.defer("search", "trait_orders")
        shown: dict[str, Any] = CompanyShown().to_representation(get_object_or_404(known, workspace=self.workspace, id=company_id))
        return shown
