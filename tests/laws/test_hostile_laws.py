"""Hostile requests between good ones and hostile calls beside them, through the real collector and drain: none is in the way of a good one."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Key, KeyKind, User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import create_workspace
from contacts.models import Activity
from leadscore import clock
from tests.laws import hostile
from tests.scoring.conftest import DOCUMENT, publish
from tests.tracking.conftest import basic
from tracking import rates, senders
from tracking.draining import drain
from tracking.models import Inbox, Rejected

pytestmark = pytest.mark.django_db(transaction=True)

REQUESTS = 12  # of an example
# Rules that look at whatever a call may hold.
LOOKED_AT = [
    ("properties.url", "matches", "*a*b"), ("properties.name", "is", 1), ("properties.employees", "gt", 10),
    ("properties.url.name", "before", "2026-01-01"),
    ("properties.email", "not_in", ["1e400"]), ("context.traits.email", "contains", "@"),
    ("context.userAgent", "in", ["x", 2, True]),
]  # fmt: skip
RULES = [
    {"key": f"r{number}", "name": "R", "when": "activity", "activity": "E", "points": 1, "conditions": {"field": field, "op": op, "value": value},
     "frequency": {"limit": 3, "per": "day", "each": "properties.name"}}
    for number, (field, op, value) in enumerate(LOOKED_AT)
] + [
    {"key": "silent", "name": "S", "when": "inactivity", "days": 1, "points": -1},
    {"key": "who", "name": "W", "when": "profile", "points": 1, "conditions": {"field": "contact.employees", "op": "between", "value": [0, 5]}},
    {"key": "firm", "name": "F", "when": "profile", "points": 1, "conditions": {"field": "company.employees", "op": "gte", "value": 3}},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    senders.forget()
    rates.forget()
    yield
    senders.forget()
    rates.forget()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**64 - 1))
def test_good_calls_are_processed_whatever_comes_between_and_beside_them(charlie: User, client: Client, seed: int) -> None:
    workspace = create_workspace(f"Hostile {seed}", charlie, now=clock.now())
    publish(workspace, {**DOCUMENT, "rules": RULES})
    key = basic(Key.objects.get(workspace=workspace, kind=KeyKind.WRITE).public_token or "")
    client.raise_request_exception = False  # an error in a view is to be an answer, as it is on the wire
    good = set()
    for number in range(REQUESTS):
        kind, raw = hostile.request(Random(seed + number))
        assert client.post(f"/v1/{kind}", raw, "text/plain", headers=key).status_code in (200, 400, 413)
        names = {f"good-{number}", f"good-{number}-too"}
        answer = client.post("/v1/batch", hostile.beside(Random(seed + number), *sorted(names)), "text/plain", headers=key)
        assert answer.status_code == 200 or answer.json()["error"]["code"] == "invalid_json"
        good |= names if answer.status_code == 200 else set()
    while drain(workspace.id).more:
        pass
    assert waiting(workspace) == 0
    assert processed(workspace) == good
    assert failed(workspace) == []


def waiting(workspace: Workspace) -> int:
    with workspace_scope(workspace.id):
        return Inbox.objects.filter(workspace=workspace).count()


def processed(workspace: Workspace) -> set[str]:
    """The good calls among the activities."""
    with workspace_scope(workspace.id):
        return set(Activity.objects.filter(workspace=workspace, message_id__startswith="good-").values_list("message_id", flat=True))


def failed(workspace: Workspace) -> list[str]:
    """Why calls were set aside that had been accepted: whatever cannot be processed is to be refused at the door."""
    with workspace_scope(workspace.id):
        return list(Rejected.objects.filter(workspace=workspace, code="not_processed").values_list("message", flat=True))
