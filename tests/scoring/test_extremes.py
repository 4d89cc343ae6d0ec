"""Sums beyond 32 bits, the ends of the calendar, and names that no call has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact
from leadscore import clock
from scoring.models import Score, StageChange
from scoring.scratch import ledgers
from scoring.slots import period
from scoring.versions import active
from tests.scoring.conftest import Send, publish, score_of

MOST = {"key": "most", "name": "Most", "when": "activity", "activity": "Seen", "points": 1000}
SILENT = {"key": "silent", "name": "Silent", "when": "inactivity", "days": 1, "points": -10}


def document(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"key": "new-leads", "name": "New leads", "rules": list(rules), "stages": [{"key": "far", "name": "Far", "threshold": 1_000_000}]}


def seen(message: str) -> dict[str, Any]:
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": message}


@pytest.mark.django_db
def test_points_beyond_thirty_two_bits_are_kept(workspace: Workspace, send: Send) -> None:
    publish(workspace, document(MOST))
    send(seen("1"))
    with workspace_scope(workspace.id):
        Score.objects.filter(workspace=workspace).update(tally='{"alive": [[0, 3000000]]}')
    send(seen("2"))
    with workspace_scope(workspace.id):
        assert Score.objects.get(workspace=workspace).points == 3_000_001_000
        assert list(StageChange.objects.values_list("stage", "points")) == [("far", 3_000_001_000)]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "America/New_York"])
def test_periods_end_with_the_calendar(zone: str) -> None:
    first, last = datetime(1, 1, 1, 0, 30, tzinfo=UTC), datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    there = ZoneInfo(zone)
    assert (period("day", first, there), period("week", first, there), period("month", first, there)) == ("0001-01-01", "w0001-01-01", "0001-01")
    assert (period("day", last, there), period("week", last, there), period("month", last, there)) == ("9999-12-31", "w9999-12-27", "9999-12")


@pytest.mark.django_db
def test_an_activity_without_a_name_is_not_taken_for_any_that_breaks_a_silence(workspace: Workspace, send: Send) -> None:
    """Calls without a name are refused; one of an older release, passive, must not stand for the latest of all that are not."""
    publish(workspace, document(SILENT, {**SILENT, "key": "of-one", "activity": "Seen"}))
    send(seen("1"))
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
        at, t = score_of(workspace, contact.id).computed_at, clock.now() + timedelta(days=9)
        Activity.objects.create(
            workspace=workspace, contact=contact, kind="track", name="", occurred_at=at + timedelta(hours=1), received_at=t,
            message_id="nameless", source=0, context={"passive": True},
        )  # fmt: skip
        (found,) = ledgers(workspace.id, active(workspace.id), [contact.id], t).values()
        occurred_at = Activity.objects.get(message_id="1").occurred_at
        assert found.last == {"": occurred_at, "Seen": occurred_at}
