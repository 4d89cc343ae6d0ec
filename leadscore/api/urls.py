"""Which resource answers which path of the management API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import path, re_path, register_converter

from accounts.api import JobResource, KeyResource, MemberResource, TeamResource
from contacts.api.activities import ActivityResource
from contacts.api.bots import BotMarkResource, ScannerRuleResource
from contacts.api.companies import CompanyResource
from contacts.api.contacts import ContactResource
from contacts.api.duplicates import DuplicateResource
from contacts.api.imports import ImportResource
from contacts.api.merges import MergeResource
from leadscore.api import docs
from leadscore.api.converters import IdConverter, SlugConverter
from notifications.api import NotificationResource
from scoring.api.adjustments import AdjustmentResource
from scoring.api.changes import StageChangeResource
from scoring.api.health import HealthResource
from scoring.api.previews import PreviewResource
from scoring.api.scores import ScoreResource
from scoring.api.trying import TryResource
from scoring.api.types import ScoringTypeResource
from tracking.api.catalogue import CatalogueResource
from tracking.api.rejected import RejectedResource
from tracking.api.status import TrackingResource

register_converter(IdConverter, "id")
register_converter(SlugConverter, "key")

View = Callable[..., HttpResponseBase]


def collection(resource: Any) -> View:
    """GET and POST on a list, as far as the resource has them."""
    return _view(resource, get="list", post="create")


def one(resource: Any) -> View:
    """GET, PUT, PATCH and DELETE on one of a list, as far as the resource has them."""
    return _view(resource, get="retrieve", put="update", patch="partial_update", delete="destroy")


def _view(resource: Any, **actions: str) -> View:
    view: View = resource.as_view({method: action for method, action in actions.items() if hasattr(resource, action)})
    return view


app_name = "api"
urlpatterns = [
    path("openapi.json", docs.openapi, name="openapi"),
    path("docs/", docs.viewer, name="docs"),
    path("scoring-type.schema.json", docs.scoring_type_schema, name="scoring-type-schema"),
    path("scoring-types/", collection(ScoringTypeResource), name="scoring-type-list"),
    path("scoring-types/<key:key>/", one(ScoringTypeResource), name="scoring-type"),
    path("scoring-types/<key:key>/publish/", _view(ScoringTypeResource, post="publish", delete="cancel"), name="scoring-type-publish"),
    path("scoring-types/<key:key>/restore/", _view(ScoringTypeResource, post="restore"), name="scoring-type-restore"),
    path("scoring-types/<key:key>/versions/", _view(ScoringTypeResource, get="versions"), name="scoring-type-versions"),
    path(
        "scoring-types/<key:key>/versions/<id:number>/restore/",
        _view(ScoringTypeResource, post="restore_version"),
        name="scoring-type-restore-version",
    ),
    path("scoring-types/<key:key>/preview/", _view(PreviewResource, post="preview"), name="scoring-type-preview"),
    path("scoring-types/<key:key>/previews/<id:preview_id>/", one(PreviewResource), name="scoring-type-previewed"),
    path("scoring-types/<key:key>/previews/<id:preview_id>/moves/", _view(PreviewResource, get="moves"), name="scoring-type-preview-moves"),
    path("scoring-types/<key:key>/health/", _view(HealthResource, get="health"), name="scoring-type-health"),
    path("scoring-types/<key:key>/try/", _view(TryResource, post="attempt"), name="scoring-type-try"),
    path("jobs/<id:job_id>/", one(JobResource), name="job"),
    path("contacts/", collection(ContactResource), name="contact-list"),
    path("contacts/import/", collection(ImportResource), name="contact-import"),
    path("contacts/import/<id:import_id>/errors/", _view(ImportResource, get="errors"), name="contact-import-errors"),
    path("contacts/<id:contact_id>/", one(ContactResource), name="contact"),
    path("contacts/<id:contact_id>/activities/", collection(ActivityResource), name="contact-activities"),
    path(
        "contacts/<id:contact_id>/activities/<id:activity_id>/bot/", _view(BotMarkResource, get="shown", post="mark", delete="unmark"),
        name="contact-bot",
    ),
    path("contacts/<id:contact_id>/history/", _view(StageChangeResource, get="history"), name="contact-history"),
    path("contacts/<id:contact_id>/scores/", _view(ScoreResource, get="scores"), name="contact-scores"),
    path("contacts/<id:contact_id>/adjustments/", collection(AdjustmentResource), name="contact-adjustments"),
    path("contacts/<id:contact_id>/merges/", collection(MergeResource), name="contact-merges"),
    path("contacts/<id:contact_id>/merge/", _view(MergeResource, post="merge"), name="contact-merge"),
    path("contacts/<id:contact_id>/unmerge/", _view(MergeResource, post="unmerge"), name="contact-unmerge"),
    path("duplicates/", collection(DuplicateResource), name="duplicate-list"),
    path("duplicates/<id:duplicate_id>/dismiss/", _view(DuplicateResource, post="dismiss"), name="duplicate-dismiss"),
    path("companies/", collection(CompanyResource), name="company-list"),
    path("companies/<id:company_id>/", one(CompanyResource), name="company"),
    path("members/", collection(MemberResource), name="member-list"),
    path("teams/", collection(TeamResource), name="team-list"),
    path("teams/<key:key>/", one(TeamResource), name="team"),
    path("keys/", collection(KeyResource), name="key-list"),
    path("keys/<id:key_id>/", one(KeyResource), name="key"),
    path("notifications/", collection(NotificationResource), name="notification-list"),
    path("notifications/<id:message_id>/", one(NotificationResource), name="notification"),
    path("stage-changes/", collection(StageChangeResource), name="stage-change-list"),
    path("scanner-rule/", one(ScannerRuleResource), name="scanner-rule"),
    path("tracking/status/", _view(TrackingResource, get="status"), name="tracking-status"),
    path("tracking/catalogue/", collection(CatalogueResource), name="catalogue"),
    path("tracking/rejected/", collection(RejectedResource), name="rejected-call-list"),
    path("tracking/rejected/<id:rejected_id>/", one(RejectedResource), name="rejected-call"),
    path("tracking/rejected/<id:rejected_id>/repeat/", _view(RejectedResource, post="repeat"), name="rejected-call-repeat"),
    re_path(r"", docs.nothing_here, name="nothing"),
]
