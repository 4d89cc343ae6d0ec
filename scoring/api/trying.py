"""Trying a draft or a version on a contact: the score, and of every rule why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.causes import Cause
from contacts.models import Contact
from leadscore import clock
from leadscore.api.fields import MOST_ID, PointsField, Strict
from leadscore.api.problems import Invalid, invalid
from leadscore.api.resources import Resource
from scoring import made_up, trials
from scoring.api.documents import DRAFT, GRADE
from scoring.api.lookup import type_of
from scoring.api.scores import CutShown, InstantField
from scoring.cause_sentences import cause_sentence
from scoring.made_up import MOST_ACTIVITIES, MOST_TRAITS
from scoring.models import ScoringType, Version
from scoring.sentences import rule_sentence
from scoring.trial_sentences import activity_reason, criterion_reason, reason, stage_reason
from scoring.trials import Attempt
from scoring.trying import CriterionTried, StageTried, Tested, Tried

VERDICTS = ("gives", "counts", "limit", "expired", "faded", "voided", "failed", "resets", "nothing", "silent", "unknown")

_TRAITS = {"type": "object", "additionalProperties": {}, "maxProperties": MOST_TRAITS}
_ACTIVITY = {
    "type": "object", "required": ["name"], "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "occurred_at": {"type": "string", "format": "date-time", "nullable": True, "description": "Without it, `at`."},
        "properties": {"type": "object", "additionalProperties": {}, "nullable": True},
        "context": {"type": "object", "additionalProperties": {}, "nullable": True},
    },
}  # fmt: skip


class _AsSent(serializers.JSONField):
    """JSON that is checked as a whole (`made_up.problems`), with the paths of what is wrong in it."""

    def to_internal_value(self, data: Any) -> Any:
        return data


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 1}, _TRAITS]})
class ContactField(_AsSent):
    """A contact's id, or made-up traits."""


@extend_schema_field(_TRAITS)
class TraitsField(_AsSent):
    """Made-up traits."""


@extend_schema_field({"type": "array", "maxItems": MOST_ACTIVITIES, "items": _ACTIVITY})
class ActivitiesField(_AsSent):
    """Made-up activities."""


@extend_schema_field({"oneOf": [{"type": "string", "enum": [DRAFT]}, {"type": "integer", "minimum": 1}], "default": DRAFT})
class VersionField(serializers.Field[Any, Any, Any, Any]):
    """`draft`, or the number of a version; None stands for the draft."""

    def to_internal_value(self, data: Any) -> int | None:
        if data == DRAFT:
            return None
        if isinstance(data, bool) or not isinstance(data, int) or data < 1:
            raise ValidationError("This is “draft” or the number of a version.", "invalid")
        return data


class TryWanted(Strict):
    """An existing contact, to whose activities those given are added; or one that is made up, with `created_at` among its traits if wanted."""

    contact = ContactField(required=False, help_text="An id, or made-up traits; without it, nothing is known of the contact.")
    company = TraitsField(required=False, help_text="Made-up traits of the company of a made-up contact.")
    activities = ActivitiesField(required=False)
    at = InstantField(required=False, help_text="The instant to score at; without it, now. What happens later does not exist.")
    version = VersionField(required=False, help_text="`draft`, which is tried unless this says otherwise, or the number of a version.")


class CauseShown(serializers.Serializer[Any]):
    """A condition that decided: what it asks, and the `found` value. One that `holds` is at fault where it is excluded, in `none`."""

    condition = serializers.DictField(source="leaf")
    found = serializers.JSONField(allow_null=True)
    holds = serializers.BooleanField()
    reason = serializers.SerializerMethodField()

    def get_reason(self, cause: Cause) -> str:
        return str(cause_sentence(cause))


@dataclass(frozen=True, slots=True)
class ActivityTold:
    """What a rule made of an activity, and why."""

    tested: Tested
    reason: str


class TestedShown(serializers.Serializer[Any]):
    """What a rule made of an activity of its name: `activity` is its id, or null for a made-up one, whose place in the body is `index`."""

    activity = serializers.SerializerMethodField()
    index = serializers.SerializerMethodField()
    occurred_at = serializers.DateTimeField(source="tested.activity.occurred_at")
    verdict = serializers.ChoiceField(VERDICTS, source="tested.verdict")
    reason = serializers.CharField()
    value = PointsField(source="tested.value")
    expires_at = serializers.DateTimeField(source="tested.expires_at", allow_null=True)
    failed = CauseShown(many=True, source="tested.causes")

    def get_activity(self, told: ActivityTold) -> int | None:
        return told.tested.activity.id if told.tested.activity.id > 0 else None

    def get_index(self, told: ActivityTold) -> int | None:
        return -1 - told.tested.activity.id if told.tested.activity.id < 0 else None


class RuleTried(serializers.Serializer[Any]):
    """A rule: what it gives, why, or what stood in its way. `seen` activities have its name, `matched` fit; `activities` are the latest ten."""

    rule = serializers.CharField(source="rule.key")
    name = serializers.CharField(source="rule.name")
    when = serializers.CharField(source="document.when")
    group = serializers.CharField(source="document.group", allow_null=True, default=None)
    sentence = serializers.SerializerMethodField()
    verdict = serializers.ChoiceField(VERDICTS)
    reason = serializers.SerializerMethodField()
    value = PointsField()
    seen = serializers.IntegerField()
    matched = serializers.IntegerField()
    conditions = CauseShown(many=True, source="causes", help_text="Of a profile rule, those that decided.")
    activities = serializers.SerializerMethodField()

    def get_sentence(self, tried: Tried) -> str:
        return str(rule_sentence(tried.document))

    def get_reason(self, tried: Tried) -> str:
        return str(reason(tried))

    @extend_schema_field(TestedShown(many=True))
    def get_activities(self, tried: Tried) -> list[dict[str, Any]]:
        told = [ActivityTold(tested, str(activity_reason(tested, tried))) for tested in tried.tested]
        return list(TestedShown(told, many=True).data)


class CriterionShown(serializers.Serializer[Any]):
    name = serializers.CharField()
    steps = serializers.IntegerField()
    holds = serializers.BooleanField()
    reason = serializers.SerializerMethodField()
    conditions = CauseShown(many=True, source="causes")

    def get_reason(self, tried: CriterionTried) -> str:
        return str(criterion_reason(tried))


@dataclass(frozen=True, slots=True)
class StageTold:
    """How far a stage is, and in words."""

    tried: StageTried
    reason: str


class StageShown(serializers.Serializer[Any]):
    """`threshold` for the grade reached; null: the grade bars the contact from it."""

    stage = serializers.CharField(source="tried.stage.key")
    name = serializers.CharField(source="tried.stage.name")
    threshold = serializers.IntegerField(source="tried.threshold", allow_null=True)
    reached = serializers.BooleanField(source="tried.is_reached")
    reason = serializers.CharField()


class AdjustmentTried(serializers.Serializer[Any]):
    reason = serializers.CharField(source="name")
    value = PointsField()
    awarded_at = serializers.DateTimeField()


class TrialShown(serializers.Serializer[Any]):
    """The score, and all that makes it: the values of rules, adjustments and cuts add up to `exact`, the points before rounding.

    `contact` is the id of an existing one; `later` counts activities after `at`, which do not exist yet.
    """

    scoring_type = serializers.CharField()
    version = serializers.IntegerField(allow_null=True, help_text="Null: the draft.")
    contact = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()
    points = serializers.IntegerField()
    exact = PointsField()
    grade = serializers.ChoiceField(GRADE["enum"], allow_null=True)
    stage = serializers.CharField(allow_null=True)
    rules = RuleTried(many=True)
    adjustments = AdjustmentTried(many=True)
    cut = CutShown(many=True)
    criteria = CriterionShown(many=True)
    stages = StageShown(many=True)
    later = serializers.IntegerField()


class TryResource(Resource):
    rights = {"attempt": "read"}

    @extend_schema(request=TryWanted, responses=TrialShown)
    def attempt(self, request: Request, key: str) -> Response:
        """Tries the draft, or a version, on a contact. Nothing is stored."""
        scoring_type, given = type_of(self.workspace, key), self.body(TryWanted)
        version, t = _version(scoring_type, given.get("version")), given.get("at") or clock.now()
        contact_id = self._contact_id(given)
        traits = {} if contact_id else given.get("contact", {})
        said = (traits, given.get("company", {}), given.get("activities", []))
        if found := made_up.problems(*said, t):
            raise Invalid(found)
        invented = made_up.read(*said, t)
        try:
            if contact_id:
                tried = trials.of_contact(scoring_type, self.workspace.time_zone, version, contact_id, invented.activities, t)
            else:
                tried = trials.of_made_up(scoring_type, self.workspace.time_zone, version, invented, t)
        except trials.CannotTry as error:
            raise Invalid(error.problems) from error
        return Response(_shown(scoring_type, contact_id, tried))

    def _contact_id(self, given: dict[str, Any]) -> int | None:
        """The id of an existing contact, or of the one that it was merged into; None for a made-up one."""
        contact_id = given.get("contact")
        if isinstance(contact_id, bool) or not isinstance(contact_id, int):
            return None
        known = Contact.objects.filter(workspace=self.workspace, id=contact_id) if 0 < contact_id <= MOST_ID else Contact.objects.none()
        found: int | None = known.values_list(Coalesce("merged_into_id", "id"), flat=True).first()
        if found is None:
            raise invalid("contact", "unknown", "The workspace has no contact with this id.")
        if "company" in given:
            raise invalid("company", "not_here", "A contact of the workspace has its own company.")
        return found


def _version(scoring_type: ScoringType, number: int | None) -> Version | None:
    if number is None:
        return None
    found = Version.objects.filter(workspace=scoring_type.workspace_id, scoring_type=scoring_type, number=number).first()
    if found is None:
        raise invalid("version", "unknown", f"The scoring type has no version {number}.")
    return found


def _shown(scoring_type: ScoringType, contact_id: int | None, tried: Attempt) -> dict[str, Any]:
    trial, outcome = tried.trial, tried.trial.explanation.outcome
    return TrialShown().to_representation(
        {
            "scoring_type": scoring_type.key, "version": tried.version.number if tried.version else None, "contact": contact_id, "at": trial.at,
            "points": outcome.points, "exact": outcome.exact, "grade": outcome.grade, "stage": outcome.stage, "rules": trial.rules,
            "adjustments": [line for line in trial.explanation.lines if line.kind == "adjustment"], "cut": trial.explanation.cuts,
            "criteria": trial.criteria, "later": trial.later,
            "stages": [StageTold(one, stage_reason(one, outcome.points, outcome.grade)) for one in trial.stages],
        }
    )  # fmt: skip
