"""Companies."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.models import Company
from leadscore.api.fields import IdField, ObjectField
from leadscore.api.pages import Order
from leadscore.api.resources import Resource

BY_ID = Order(("id",))


class CompanyFilters(serializers.Serializer[Any]):
    group_id = serializers.CharField(max_length=255, required=False, help_text="The groupId that calls name it by.")
    domain = serializers.CharField(max_length=255, required=False)


class CompanyShown(serializers.Serializer[Any]):
    """A company. Its contacts: `/contacts/?company=<id>`."""

    id = IdField()
    group_id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    domain = serializers.CharField()
    traits = ObjectField()
    created_at = serializers.DateTimeField()


class CompanyResource(Resource):
    rights = {"list": "read", "retrieve": "read"}

    @extend_schema(parameters=[CompanyFilters], responses=CompanyShown(many=True))
    def list(self, request: Request) -> Response:
        """The companies of the workspace."""
        wanted = self.query(CompanyFilters)
        if "domain" in wanted:
            wanted["domain"] = wanted["domain"].lower()
        return self.paged(BY_ID.page(Company.objects.filter(workspace=self.workspace, **wanted), request), CompanyShown)

    @extend_schema(responses=CompanyShown)
    def retrieve(self, request: Request, company_id: int) -> Response:
        """One company."""
        return Response(CompanyShown().to_representation(get_object_or_404(Company, workspace=self.workspace, id=company_id)))
