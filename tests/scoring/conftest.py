"""A workspace with a published type, and a way to send it calls as a site does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from accounts.models import Workspace
from accounts.scope import workspace_scope
from leadscore import clock
from leadscore.exact_json import dumps
from scoring import publishing
from scoring.models import Score, ScoringType
from tracking.draining import drain

PRICING = {"all": [{"field": "properties.url", "op": "matches", "value": "*/pricing*"}]}
DOCUMENT: dict[str, Any] = {
    "key": "new-leads",
    "name": "New leads",
    "rules": [
        {"key": "pricing", "name": "Viewed the pricing page", "when": "activity", "activity": "Page Viewed", "points": 5,
         "conditions": PRICING, "frequency": {"limit": 3, "per": "day"}},
        {"key": "demo", "name": "Asked for a demo", "when": "activity", "activity": "Demo Requested", "points": 60, "expiry": {"days": 90}},
        {"key": "cto", "name": "CTO", "when": "profile", "points": 20,
         "conditions": {"all": [{"field": "contact.job_title", "op": "contains", "value": "CTO"}]}},
    ],
    "stages": [
        {"key": "cold", "name": "Cold leads", "threshold": 10},
        {"key": "hot", "name": "Hot leads", "threshold": 40, "notify": ["team:marketing"]},
        {"key": "mql", "name": "Marketing qualified leads", "threshold": 75, "notify": ["team:sales"]},
    ],
}  # fmt: skip

Send = Callable[..., None]


def accept(workspace: Workspace, calls: list[dict[str, Any]], received_at: datetime, source: int = 1) -> None:
    """Puts a batch into the inbox, as the collector leaves it there."""
    body = dumps({"batch": [{"messageId": f"m{id(call)}-{place}", **call} for place, call in enumerate(calls)]}).encode()
    with workspace_scope(workspace.id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracking_inbox (workspace_id, received_at, source, calls, body) VALUES (%s, %s, %s, %s, %s)",
            [workspace.id, received_at, source, len(calls), body],
        )


def publish(workspace: Workspace, document: dict[str, Any], at: datetime | None = None) -> None:
    """Publishes a document and does all of the work at once; as of `at`, or now."""
    t = (lambda: at) if at else clock.now
    with workspace_scope(workspace.id):
        ScoringType.objects.update_or_create(workspace=workspace, key=document["key"], defaults={"name": document["name"], "draft": document})
        job = publishing.publish(workspace, document["key"], by=None)
    while publishing.advance(workspace.id, job.id, t):
        pass
    with workspace_scope(workspace.id):
        job.refresh_from_db()
        assert (job.state, job.error) == ("done", "")


@pytest.fixture
def send(workspace: Workspace) -> Send:
    def send(*calls: dict[str, Any], at: datetime | None = None, source: int = 1) -> None:
        accept(workspace, list(calls), at or clock.now(), source)
        while drain(workspace.id, (lambda: at) if at else clock.now).more:
            pass

    return send


def score_of(workspace: Workspace, contact_id: int, key: str = "new-leads") -> Score:
    """The stored score of a contact in a type's live version."""
    return Score.objects.get(workspace=workspace, contact=contact_id, version__state="live", version__scoring_type__key=key)
