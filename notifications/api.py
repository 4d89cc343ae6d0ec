"""Messages in the management API: whom leadscore told, what, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadscore.api.fields import IdField
from leadscore.api.pages import Order
from leadscore.api.resources import Listing, Resource
from notifications.models import Attempt, Message, MessageState
from notifications.rendering import mail_of

NEWEST = Order(("created_at", "id"), descending=True)


class NotificationFilters(Listing):
    state = serializers.ChoiceField(MessageState.choices, required=False)
    contact = IdField(required=False, help_text="A contact's id.")
    recipient = serializers.EmailField(required=False, help_text="The address it went to, in whatever case.")

    def validate_recipient(self, address: str) -> str:
        return address.lower()  # as messages have it


class Notification(serializers.Serializer[Any]):
    """A message about one stage entered; the summary of a version has neither contact nor stage change."""

    id = IdField()
    contact = IdField(source="contact_id", allow_null=True)
    stage_change = IdField(source="stage_change_id", allow_null=True)
    scoring_type_name = serializers.CharField()
    stage = serializers.CharField()
    stage_name = serializers.CharField()
    recipient = serializers.EmailField()
    reason = serializers.CharField(help_text="The recipient as the stage names it, such as team:sales.")
    subject = serializers.CharField(help_text="Empty until the message is rendered.")
    message_id = serializers.CharField(help_text="The Message-ID header.")
    state = serializers.ChoiceField(MessageState.choices)
    attempts = serializers.IntegerField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class AttemptShown(serializers.ModelSerializer[Attempt]):
    """What the mail server said to one attempt."""

    outcome = serializers.CharField(help_text="accepted, deferred or refused")

    class Meta:
        model = Attempt
        fields = ("at", "outcome", "detail")


class MailShown(serializers.Serializer[Any]):
    """The message as it was rendered, or as it will be."""

    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField()


class NotificationInFull(Notification):
    """A message with its mail and each attempt to send it, the latest first."""

    mail = MailShown()
    tries = AttemptShown(many=True)


class NotificationResource(Resource):
    rights = {"list": "read", "retrieve": "read"}

    @extend_schema(parameters=[NotificationFilters], responses=Notification(many=True))
    def list(self, request: Request) -> Response:
        """All messages of the workspace, the newest first."""
        wanted = {FILTERS[name]: value for name, value in self.query(NotificationFilters).items()}
        messages = Message.objects.filter(workspace=self.workspace, **wanted).defer("text", "html", "facts")
        return self.paged(NEWEST.page(messages, request), Notification)

    @extend_schema(responses=NotificationInFull)
    def retrieve(self, request: Request, message_id: int) -> Response:
        """One message with its mail."""
        message = get_object_or_404(Message, workspace=self.workspace, id=message_id)
        teams: Mapping[str, str] = dict(self.workspace.teams.values_list("key", "name"))
        mail = MailShown().to_representation(mail_of(message, teams))
        tries = [AttemptShown().to_representation(one) for one in message.tries.order_by("-id")]
        return Response({**Notification().to_representation(message), "mail": mail, "tries": tries})


FILTERS = {"state": "state", "contact": "contact_id", "recipient": "recipient"}
