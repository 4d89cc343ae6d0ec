"""A contact's scores with what makes them, at any instant; stage changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from accounts.models import Workspace
from contacts.values import iso
from leadscore import clock
from leadscore.api.fields import PointsField
from leadscore.exact_json import loads
from tests.api.conftest import Api
from tests.scoring.conftest import DOCUMENT, Send, publish


def score(api: Api, contact: int, as_of: datetime | str | None = None) -> Any:
    asked = iso(as_of) if isinstance(as_of, datetime) else as_of
    (found,) = api.get(f"/contacts/{contact}/scores/" + (f"?as_of={asked}" if asked else ""))["results"]
    return found


def test_a_score_says_what_makes_it(api: Api, lead: int) -> None:
    found = score(api, lead)
    awards = found.pop("awards")
    assert found == {
        "scoring_type": "new-leads", "version": 1, "points": 95, "grade": None, "stage": "mql", "next_stage": None, "points_missing": None, "cut": [],
    }  # fmt: skip
    assert [(award["rule"], award["value"], award["points"]) for award in awards] == [
        ("cto", 20, 20), ("demo", 60, 60), ("pricing", 5, 5), ("pricing", 5, 5), ("pricing", 5, 5),
    ]  # fmt: skip
    profile, demo, *_ = awards
    assert (profile["awarded_at"], profile["expires_at"], profile["activity"]) == (None, None, None)
    did = api.get(f"/contacts/{lead}/activities/?limit=1")["results"][0]
    assert (demo["awarded_at"], demo["activity"]) == (did["occurred_at"], did["id"])
    assert datetime.fromisoformat(demo["expires_at"]) - datetime.fromisoformat(demo["awarded_at"]) == timedelta(days=90)


def test_values_and_cuts_add_up_to_the_points(api: Api, workspace: Workspace, send: Send) -> None:
    groups = [{"key": "engagement", "name": "Engagement", "maximum": 50}]
    rules = [{**rule, "group": "engagement"} for rule in DOCUMENT["rules"][:2]]
    publish(workspace, {**DOCUMENT, "groups": groups, "rules": [*rules, DOCUMENT["rules"][2]], "maximum": 65})
    send({"type": "track", "userId": "u1", "event": "Demo Requested"}, {"type": "identify", "userId": "u1", "traits": {"jobTitle": "CTO"}})
    contact = api.get("/contacts/?user_id=u1")["results"][0]["id"]
    found = score(api, contact)
    assert (found["points"], found["cut"]) == (65, [{"group": "engagement", "value": -10}, {"group": None, "value": -5}])
    assert sum(line["value"] for line in [*found["awards"], *found["cut"]]) == 65
    assert (found["stage"], found["next_stage"], found["points_missing"]) == ("hot", "mql", 10)


def test_a_past_or_future_instant_is_scored_from_scratch(api: Api, workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    now = clock.now()
    send({"type": "track", "userId": "u1", "event": "Demo Requested", "timestamp": iso(now - timedelta(days=89))})
    contact = api.get("/contacts/?user_id=u1")["results"][0]["id"]
    instants = [now - timedelta(days=90), now - timedelta(days=50), now, now + timedelta(days=2)]
    assert [score(api, contact, t)["points"] for t in instants] == [0, 60, 60, 0]
    assert [score(api, contact, t)["stage"] for t in instants] == [None, "hot", "hot", None]


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31T23:59:59.999999Z", "2026-11-21", "2026-11-21 10:00", "2026-11-21T10:00:00+01:00"])
def test_every_instant_can_be_asked_for(api: Api, lead: int, as_of: str) -> None:
    assert score(api, lead, as_of)["version"] == 1


@pytest.mark.parametrize("as_of", ["", "now", "2026-13-01", "0001-01-01T00:00:00%2B01:00", "2026-11-21T10:00:00%00", "9" * 5000])
def test_what_is_no_instant_is_refused(api: Api, lead: int, as_of: str) -> None:
    assert api.faults("GET", f"/contacts/{lead}/scores/?as_of={as_of}") == [("as_of", "invalid")]


def test_one_scoring_type_can_be_asked_for(api: Api, lead: int) -> None:
    assert len(api.get(f"/contacts/{lead}/scores/?scoring_type=new-leads")["results"]) == 1
    assert api.faults("GET", f"/contacts/{lead}/scores/?scoring_type=other") == [("scoring_type", "unknown")]
    assert api.faults("GET", "/contacts/?scoring_type=other") == [("scoring_type", "unknown")]


def test_thousandths_are_numbers() -> None:
    shown = [PointsField().to_representation(value) for value in (60_000, -10_000, 500, -1, 12_345)]
    assert shown == [60, -10, Decimal("0.5"), Decimal("-0.001"), Decimal("12.345")]


def test_the_history_has_the_recorded_points_newest_first(api: Api, lead: int) -> None:
    found = api.get(f"/contacts/{lead}/history/")["results"]
    assert [(one["direction"], one["stage"], one["points"], one["cause"]) for one in found] == [
        ("entered", "mql", 95, "activity"), ("entered", "hot", 95, "activity"), ("entered", "cold", 15, "activity"),
    ]  # fmt: skip
    assert {(one["contact"], one["scoring_type"], one["version"], one["grade"]) for one in found} == {(lead, "new-leads", 1, None)}


def test_the_feed_goes_on_where_it_was_left(api: Api, lead: int, send: Send) -> None:
    whole = api.get("/stage-changes/")["results"]
    assert [one["stage"] for one in whole] == ["cold", "hot", "mql"]
    first = api.get("/stage-changes/?limit=2")
    assert first["results"] + api.get(first["next"])["results"] == whole
    last = whole[-1]["id"]
    assert api.get(f"/stage-changes/?after={last}")["results"] == []
    send({"type": "track", "userId": "u2", "event": "Demo Requested"})
    assert [one["stage"] for one in api.get(f"/stage-changes/?after={last}")["results"]] == ["cold", "hot"]


@pytest.mark.django_db(transaction=True)
def test_the_feed_shows_nothing_that_a_running_transaction_could_still_undercut(api: Api, lead: int, send: Send) -> None:
    before = len(api.get("/stage-changes/")["results"])
    slow = psycopg2.connect(settings.DATABASE_URL)
    with slow, slow.cursor() as cursor:
        cursor.execute("SELECT nextval('scoring_stagechange_id_seq')")
        send({"type": "track", "userId": "u2", "event": "Demo Requested"})
        held_back = api.get("/stage-changes/")["results"]
    shown = api.get("/stage-changes/")["results"]
    slow.close()
    assert ([one for one in held_back if one["contact"] != lead], before, len(shown)) == ([], 3, 5)
    assert loads(api("GET", "/stage-changes/").content)["results"] == shown
