"""Activities marked as a bot's by people, and what a workspace takes for a mail scanner."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.activities import ActivityShown
from contacts.api.lookup import contact_id_of
from contacts.calls import ACTIVITY_KINDS
from contacts.forms import MOST_AGENTS, MOST_LINKS, MOST_NETWORKS, network_of
from contacts.marking import settings_of
from contacts.models import Activity, Contact
from contacts.scanners import MOST_SECONDS
from leadscore.api.fields import IdField, Strict, WholeField
from leadscore.api.resources import Resource
from notifications.api import Notification
from scoring import reclassifying, rejudging, sent_because
from scoring.reclassifying import LONGEST_REASON


class NewMark(Strict):
    """Whether a bot did the activity. It outranks what the rules say."""

    bot = serializers.BooleanField()
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True, default="")


class MarkShown(serializers.Serializer[Any]):
    """The activity as it is now, and whether it is taken for something else than before."""

    activity = ActivityShown()
    changed = serializers.BooleanField()


class MessagesShown(serializers.Serializer[Any]):
    """The messages that went out because of the activity, whoever it is taken for now, the latest first; how many sent since were not looked at."""

    activity = ActivityShown()
    messages = Notification(many=True)
    unseen = serializers.IntegerField(min_value=0)


class BotMarkResource(Resource):
    rights = {"shown": "read", "mark": "contacts", "unmark": "contacts"}

    @extend_schema(responses=MessagesShown)
    def shown(self, request: Request, contact_id: int, activity_id: int) -> Response:
        """What an activity is taken for, and the messages that would not have gone out without it. It takes seconds for a long history."""
        contact_id = contact_id_of(request, self.workspace, contact_id)
        known = Activity.objects.filter(workspace=self.workspace, contact=contact_id, kind__in=ACTIVITY_KINDS, erased=False)
        activity = known.filter(id=activity_id).first()
        if activity is None:
            raise Http404
        sent = sent_because.messages(self.workspace.id, contact_id, {activity_id})
        return Response(MessagesShown().to_representation({"activity": activity, "messages": sent.messages, "unseen": sent.unseen}))

    @extend_schema(request=NewMark, responses=MarkShown)
    def mark(self, request: Request, contact_id: int, activity_id: int) -> Response:
        """Says that a bot did an activity, or that none did; scores are worked out anew, and nobody is told."""
        contact_id = contact_id_of(request, self.workspace, contact_id)
        given = self.body(NewMark)
        try:
            changed = reclassifying.mark(self.workspace, contact_id, activity_id, is_bot=given["bot"], reason=given["reason"], by=self.by)
        except (Contact.DoesNotExist, Activity.DoesNotExist):
            raise Http404 from None
        return self._marked(activity_id, changed)

    @extend_schema(responses={200: MarkShown})
    def unmark(self, request: Request, contact_id: int, activity_id: int) -> Response:
        """Takes back what a person said of an activity: the rules decide again. The activity is the answer."""
        contact_id = contact_id_of(request, self.workspace, contact_id)
        try:
            changed = reclassifying.leave_to_rules(self.workspace, contact_id, activity_id, by=self.by)
        except (Contact.DoesNotExist, Activity.DoesNotExist):
            raise Http404 from None
        return self._marked(activity_id, changed)

    def _marked(self, activity_id: int, changed: bool) -> Response:
        activity = Activity.objects.get(workspace=self.workspace, id=activity_id)
        return Response(MarkShown().to_representation({"activity": activity, "changed": changed}))


class NetworkField(serializers.CharField):
    """Addresses in CIDR notation, or a single one."""

    def to_internal_value(self, data: Any) -> str:
        network = network_of(super().to_internal_value(data))
        if network is None:
            raise ValidationError("This is no network.", "invalid")
        return network


class ScannerRuleShown(Strict):
    """What is taken for a mail scanner. 0 seconds switch a part off, and so does an empty list."""

    on = serializers.BooleanField(required=False)
    links = WholeField(
        min_value=2, max_value=MOST_LINKS, required=False, help_text="So many different links of one e-mail, within `seconds`, give a scanner away."
    )
    seconds = WholeField(min_value=0, max_value=MOST_SECONDS, required=False)
    delivery_seconds = WholeField(
        min_value=0, max_value=MOST_SECONDS, required=False, help_text="What happens so soon before or after the delivery is a scanner’s."
    )
    agents = serializers.ListField(
        child=serializers.CharField(min_length=2, max_length=100), max_length=MOST_AGENTS, required=False, help_text="Parts of user agents."
    )
    networks = serializers.ListField(
        child=NetworkField(max_length=50), max_length=MOST_NETWORKS, required=False, help_text="Addresses, such as 203.0.113.0/24."
    )

    def validate_agents(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(word.lower() for word in value))

    def validate_networks(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class ScannerRuleChanged(ScannerRuleShown):
    """The rule as it is now, and the job that looks again at what is stored; null where nothing changed."""

    job = IdField(allow_null=True)


class ScannerRuleResource(Resource):
    rights = {"retrieve": "read", "partial_update": "settings"}

    @extend_schema(responses=ScannerRuleShown)
    def retrieve(self, request: Request) -> Response:
        """What the workspace takes for a mail scanner."""
        return Response(ScannerRuleShown().to_representation(asdict(settings_of(self.workspace.id))))

    @extend_schema(request=ScannerRuleShown, responses=ScannerRuleChanged)
    def partial_update(self, request: Request) -> Response:
        """Changes it. What is not given stays; what is stored is judged again by a job."""
        given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in self.body(ScannerRuleShown).items()}
        wanted = replace(settings_of(self.workspace.id), **given)
        job = rejudging.change(self.workspace, wanted, by=self.by)
        return Response(ScannerRuleChanged().to_representation({**asdict(wanted), "job": job.id if job else None}))
