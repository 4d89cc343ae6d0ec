"""What rules matched in 30 days: beside their lines, and in the open rule as it is typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import Client
from django.utils.html import strip_tags

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import create_workspace
from contacts import cataloguing
from leadscore import clock
from scoring import insights
from scoring.matching import DAYS, Insight, Sample, of_activities, of_profiles
from tests.scoring.conftest import DOCUMENT, PRICING, Send, publish
from tests.scoring.contacts import NOBODY, at, did, model
from tests.scoring.documents import profile_rule, rule
from tests.scoring.pages import HTMX, fields, leaf, url

pytestmark = pytest.mark.django_db(transaction=True)

T = at("2026-11-21T12:00")
SILENT = {"key": "silent", "name": "Silent", "when": "inactivity", "days": 7, "points": -5}
RESET = {"key": "won", "name": "Won", "when": "reset", "activity": "Won"}


def test_matches_of_the_last_days_are_counted_with_what_gave_points() -> None:
    limited = model(rule(frequency={"limit": 2, "per": "ever"}), {**RESET, "activity": "Page Viewed"})
    histories = {
        1: [did(1, T - timedelta(days=40)), did(2, T - timedelta(days=3)), did(3, T - timedelta(days=1)), did(4, T)],
        2: [did(5, T - timedelta(days=29, hours=23))],
        3: [did(6, T - timedelta(days=31))],
    }
    awarded, reset = of_activities(limited, Sample(3, histories=histories), T).values()
    assert (awarded.kind, awarded.activities, awarded.contacts, awarded.gave, awarded.left_out, awarded.examples) == ("activity", 4, 2, 2, 2, (1, 2))
    assert {day: count for day, count in enumerate(awarded.days) if count} == {0: 1, 27: 1, 29: 2}
    assert (len(awarded.days), awarded.is_exact) == (DAYS, True)
    assert (reset.kind, reset.activities, reset.gave) == ("reset", 4, 0)


def test_contacts_that_a_profile_rule_fits_and_a_silence_reaches_are_counted() -> None:
    known = model(profile_rule(conditions={"field": "contact.created_at", "op": "present"}), SILENT)
    old, young = {"created_at": "2026-01-01"}, {"created_at": "2026-11-20"}
    profiles = {1: type(NOBODY)(old, {}), 2: type(NOBODY)(old, {}), 3: type(NOBODY)(young, {}), 4: NOBODY}
    fits, silent = of_profiles(known, Sample(4, profiles=profiles, heard={1: {"": T - timedelta(days=1)}}), T).values()
    assert (fits.kind, fits.contacts, fits.examples) == ("profile", 3, (3, 2, 1))
    assert (silent.kind, silent.contacts, silent.examples) == ("inactivity", 1, (2,))


@pytest.mark.parametrize(
    ("count", "sampled", "of", "told"), [(7, 10, 10, 7), (7, 10, 100, 70), (123, 1_500, 100_000, 8_200), (0, 0, 0, 0), (1, 3, 4, 1)]
)
def test_a_sample_stands_for_all_to_three_digits(count: int, sampled: int, of: int, told: int) -> None:
    assert Insight("activity", sampled=sampled, contacts_in_all=of).in_all(count) == told


def said(response: Any) -> str:
    """The words of a fragment."""
    return " ".join(strip_tags(response.content.decode()).split())


@pytest.fixture
def leads(workspace: Workspace, alice: User, client: Client, send: Send) -> None:
    """Three people: Ada viewed the prices five times today, Bea once, and Cleo something else."""
    client.force_login(alice)
    publish(workspace, {**DOCUMENT, "rules": [*DOCUMENT["rules"], SILENT, RESET]})
    for user, times, address in (("ada", 5, "/pricing"), ("bea", 1, "/pricing"), ("cleo", 1, "/blog")):
        send({"type": "identify", "userId": user, "traits": {"firstName": user.title(), "jobTitle": "CTO" if user == "ada" else "Clerk"}})
        view = {"type": "page", "userId": user, "properties": {"url": address}}
        send(*({**view, "messageId": f"{user}{number}"} for number in range(times)))


@pytest.mark.usefixtures("leads")
def test_the_lines_ask_once_and_are_told_out_of_band(client: Client, django_assert_num_queries: Any) -> None:
    page = client.get(url("edit")).content.decode()
    assert f'hx-get="{url("matches")}" hx-trigger="load"' in page
    with django_assert_num_queries(14):
        answer = client.get(url("matches"), headers=HTMX)
    told = {row["key"]: row["insight"].matches for row in answer.context["rows"]}
    assert told == {"pricing": 6, "demo": 0, "cto": 1, "silent": 0, "won": 0}
    assert '<span class="matches" id="matches-pricing" hx-swap-oob="true">' in answer.content.decode()
    with django_assert_num_queries(9):
        client.get(url("matches"), headers=HTMX)
    again = client.get(url("edit")).content.decode()
    assert f'hx-get="{url("matches")}"' not in again


@pytest.mark.usefixtures("leads")
def test_a_changed_rule_alone_is_counted_anew(client: Client, workspace: Workspace) -> None:
    client.get(url("matches"), headers=HTMX)
    with workspace_scope(workspace.id):
        dearer = {**DOCUMENT["rules"][0], "points": 9, "name": "Other"}
        wider = {**dearer, "conditions": None}
        assert [set(insights.remembered(workspace.id, workspace.time_zone, [one])) for one in (dearer, wider)] == [{"pricing"}, set()]


@pytest.mark.usefixtures("leads")
def test_the_open_rule_is_counted_as_it_is_typed(client: Client, django_assert_num_queries: Any) -> None:
    conditions = {"c.group": "all", **leaf("c.0", field="properties.url", op="contains", value="pricing")}
    typed = fields(kind="activity", often="limit", limit="3", per="day", **conditions)
    with django_assert_num_queries(17):
        answer = client.post(url("insight"), typed)
    found = answer.context["insight"]
    assert (found.activities, found.contacts, found.gave, found.left_out) == (6, 2, 4, 2)
    text = said(answer)
    assert "6 activities of 2 contacts matched in 30 days; 4 gave points, 2 were over the limit." in text
    assert [str(one) for one in answer.context["examples"]] == ["Bea", "Ada"]
    assert "estimated" not in text.lower()


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (fields(kind="activity", activity=""), "Once the rule is complete, this says whom it matches."),
        (fields(kind="activity", activity="Nothing"), "Nothing matched in 30 days."),
        (fields(kind="activity", points="", activity="Page Viewed"), "7 activities of 3 contacts matched in 30 days; 7 gave points."),
        (fields(kind="reset", activity="Page Viewed"), "7 activities of 3 contacts matched in 30 days, and would have begun again"),
        (fields(kind="inactivity", activity="", days="7", times="1"), "No contact has been silent for so long."),
        ({**fields(kind="profile"), "c.group": "all", **leaf("c.0", field="contact.job_title", op="contains", value="cto")}, "1 contact fits now."),
        ({**fields(kind="profile"), "c.group": "all", **leaf("c.0", field="contact.job_title", op="present")}, "3 contacts fit now."),
    ],
)
def test_what_is_said_of_each_kind_of_rule(client: Client, typed: dict[str, Any], sentence: str) -> None:
    assert sentence in said(client.post(url("insight"), typed))


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (fields(kind="activity", activity="page viewd"), [("page viewd", "Page Viewed")]),
        (fields(kind="activity", activity="Contract Signed"), [("Contract Signed", "")]),
        ({**fields(kind="activity"), "c.group": "all", **leaf("c.0", field="properties.ur", op="present")}, [("Ur", "Page address")]),
        ({**fields(kind="activity"), "c.group": "all", **leaf("c.0", field="Page address", op="present")}, []),
        ({**fields(kind="profile"), "c.group": "all", **leaf("c.0", field="contact.job_titel", op="present")}, [("Job titel", "Job title")]),
        ({**fields(kind="profile"), "c.group": "all", **leaf("c.0", field="contact.email_kind", op="present")}, []),
    ],
)
def test_names_that_nobody_has_sent_are_told_with_what_was_meant(client: Client, typed: dict[str, Any], told: list[tuple[str, str]]) -> None:
    assert client.post(url("insight"), typed).context["unheard"] == []  # nothing is known of what was received
    cataloguing.read_on()
    cataloguing.read_on()
    answer = client.post(url("insight"), typed)
    assert [(one.name, one.meant) for one in answer.context["unheard"]] == told
    for name, meant in told:
        assert f"“{name}” was never received yet.{f' Did you mean {meant}?' if meant else ''}" in said(answer)


@pytest.mark.usefixtures("leads")
def test_more_contacts_than_are_looked_at_are_estimated(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "MOST", 2)
    text = said(client.post(url("insight"), fields(kind="activity", activity="Page Viewed")))
    assert ("About " in text, "Estimated from 2 of 3 contacts heard in that time, taken at random." in text) == (True, True)


@pytest.mark.usefixtures("leads")
def test_of_a_contact_that_did_very_much_the_latest_is_looked_at(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "LATEST", 4)
    with workspace_scope(workspace.id):
        (found,) = insights.of_rules(workspace.id, "UTC", [rule(conditions=PRICING)], clock.now())
    assert found
    assert (found.activities, found.contacts, found.is_cut, found.is_exact) == (5, 2, True, False)


@pytest.mark.usefixtures("leads")
def test_without_redis_rules_are_counted_each_time(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError

    for name in ("get_many", "set_many"):
        monkeypatch.setattr(cache, name, away)
    with workspace_scope(workspace.id):
        (found,) = insights.of_rules(workspace.id, "UTC", [rule()], clock.now())
        assert insights.remembered(workspace.id, "UTC", [rule()]) == {}
    assert (found and found.activities) == 7


@pytest.mark.usefixtures("leads")
def test_what_another_workspace_did_is_neither_counted_nor_remembered(workspace: Workspace, charlie: User) -> None:
    with workspace_scope(workspace.id):
        insights.of_rules(workspace.id, "UTC", [rule()], clock.now())
    strange = create_workspace("Strange", charlie, now=clock.now())
    with workspace_scope(strange.id):
        assert insights.remembered(strange.id, "UTC", [rule()]) == {}
        (found,) = insights.of_rules(strange.id, "UTC", [rule()], clock.now())
    assert (found and (found.activities, found.contacts_in_all)) == (0, 0)
