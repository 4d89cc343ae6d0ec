"""Rules that never fire, fire for nearly everyone, go together or give most of all points."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from leadscore import clock
from scoring import drafts, examining, tasks
from scoring.models import Score
from scoring.rule_health import Gave, Health, health_of
from tests.api.conftest import Api, api, key_with
from tests.scoring.conftest import DOCUMENT, Send, publish
from tests.scoring.contacts import model
from tests.scoring.documents import document, profile_rule, rule
from tests.scoring.pages import HTMX, url

__all__ = ["api", "key_with"]

SILENT = {"key": "silent", "name": "Silent", "when": "inactivity", "days": 50, "points": -1}
FOUR = model(*(rule(key=key, name=key.upper()) for key in "abcd"), {"key": "r", "name": "R", "when": "reset", "activity": "Won"})


def found(gave: Callable[[int], Collection[int]], values: Mapping[int, int] | None = None, contacts: int = 100, **more: Any) -> list[tuple[Any, ...]]:
    """(kind, rules, contacts, of) of what is wrong with four rules, given what each contact got of them."""
    health = health_of(FOUR, [Gave(gave(contact), values or {}) for contact in range(contacts)], contacts, **more)
    return [(one.kind, "".join(one.rules), one.contacts, one.of) for one in health.findings]


def thirds(contact: int) -> set[int]:
    """Each rule for some, no two for the same."""
    return {contact % 3, 3} if contact % 2 else {contact % 3}


def test_rules_that_do_what_rules_are_for_are_not_told_of() -> None:
    assert found(thirds) == []


def test_a_rule_that_never_fired_is_found_unless_it_fired_elsewhere() -> None:
    assert found(lambda contact: thirds(contact) - {1}) == [("never", "b", 0, 100)]
    assert found(lambda contact: thirds(contact) - {1}, elsewhere={1}) == []


@pytest.mark.parametrize(("without", "told"), [(5, [("everyone", "b", 95, 100)]), (6, [])])
def test_a_rule_that_fires_for_nearly_everyone_is_found(without: int, told: list[Any]) -> None:
    assert found(lambda contact: thirds(contact) - {1} | ({1} if contact >= without else set())) == told


@pytest.mark.parametrize(("apart", "told"), [(1, [("together", "ab", 50, 51)]), (2, [])])
def test_rules_that_go_together_are_found_once(apart: int, told: list[Any]) -> None:
    def gave(contact: int) -> set[int]:
        pair = {0, 1} if contact < 50 else {0} if contact < 50 + apart else set()
        return pair | ({2} if contact % 2 else {3})

    assert found(gave) == told


def test_three_that_go_together_are_one_finding() -> None:
    assert found(lambda contact: {0, 1, 2} if contact < 40 else {3}) == [("together", "abc", 40, 40)]


def test_few_contacts_with_both_say_nothing() -> None:
    assert found(lambda contact: {0, 1} if contact < 9 else {2 + contact % 2}) == []


@pytest.mark.parametrize(
    ("values", "told"), [({0: 51, 1: 25, 2: 24}, ["a"]), ({0: 50, 1: 25, 2: 25}, []), ({0: 90, 1: 10}, []), ({0: 51, 1: 25, 2: -9}, [])]
)
def test_one_of_several_rules_that_gives_most_points_is_found(values: dict[int, int], told: list[str]) -> None:
    assert [rules for kind, rules, *_ in found(thirds, values) if kind == "most"] == told


def test_of_too_few_contacts_nothing_is_said() -> None:
    assert [len(found(lambda contact: set(), contacts=contacts)) for contacts in (19, 20)] == [0, 4]


def test_findings_say_figures_period_and_what_to_do() -> None:
    def gave(contact: int) -> set[int]:
        return {0} | ({1, 2} if contact % 2 else set())

    health = health_of(FOUR, [Gave(gave(contact), {0: 80, 1: 5, 2: 5}) for contact in range(1_000)], 5_000)
    assert [(one.text, one.advice[:24]) for one in health.findings] == [
        ("“D” gave nothing to anybody: none of 5,000 contacts in 90 days.", "Check what it asks for, "),
        ("“A” fires for nearly everyone: 1,000 of 1,000 contacts in 90 days.", "It tells nobody apart. N"),
        ("“B” and “C” go together: for 500 of the 500 contacts with any of them, in 90 days.", "They count the same thin"),
        ("“A” gives most of all points: 89 % of what all rules give now.", "One rule decides the sco"),
    ]
    assert [(one.key, one.contacts) for one in health.rules] == [("a", 1_000), ("b", 500), ("c", 500), ("d", 0)]


def test_a_sample_does_not_say_that_a_rule_without_a_ledger_never_fires() -> None:
    def never(in_all: int) -> list[str]:
        health = health_of(model(rule(), profile_rule(), SILENT), [Gave([0] if contact % 2 else []) for contact in range(30)], in_all)
        return [one.text for one in health.findings]

    assert never(30) == ["“P” gives nothing to anybody: none of 30 contacts.", "“Silent” gives nothing to anybody: none of 30 contacts."]
    assert never(31) == []


def test_what_is_now_has_no_period() -> None:
    two = model(profile_rule(key="a", name="A"), profile_rule(key="b", name="B"), profile_rule(key="c", name="C"))
    health = health_of(two, [Gave([0, 1, 2] if contact < 15 else [0]) for contact in range(30)], 30)
    assert [one.text for one in health.findings] == [
        "“A” fires for nearly everyone: 30 of 30 contacts.",
        "“B” and “C” go together: for 15 of the 15 contacts with any of them.",
    ]


@pytest.fixture
def leads(workspace: Workspace, alice: User, client: Client, send: Send, transactional_db: None) -> None:
    """Twenty contacts: all viewed the prices, every second asked for a demo, one 100 days ago; none is a CTO; one is silent."""
    client.force_login(alice)
    everyone = rule(key="any", name="Any page", points=1)
    publish(workspace, {**DOCUMENT, "rules": [*DOCUMENT["rules"], everyone, SILENT]})
    view = {"type": "page", "properties": {"url": "/pricing"}}
    send(*({**view, "userId": f"u{user}", "messageId": f"p{user}"} for user in range(20)))
    send(*({"type": "track", "event": "Demo Requested", "userId": f"u{user}", "messageId": f"d{user}"} for user in range(0, 18, 2)))
    old = (clock.now() - timedelta(days=100)).isoformat()
    send({"type": "track", "event": "Demo Requested", "userId": "u18", "messageId": "old", "timestamp": old})


@pytest.mark.usefixtures("leads")
def test_the_page_counts_among_scores_and_awards_and_remembers(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(17):
        page = client.get(url("health"))
    health = page.context["health"]
    assert [(one.key, one.contacts) for one in health.rules] == [("pricing", 20), ("demo", 9), ("cto", 0), ("any", 20), ("silent", 0)]
    assert [(one.kind, one.rules) for one in health.findings] == [
        ("never", ("cto",)), ("never", ("silent",)), ("everyone", ("pricing",)), ("everyone", ("any",)), ("most", ("demo",)),
    ]  # fmt: skip
    assert round(health.rules[1].share, 3) == round(540 / (540 + 100 + 20), 3)
    assert f'href="{url("rule", "cto")}#rule-cto"' in page.content.decode()


@pytest.mark.usefixtures("leads")
def test_the_tab_tells_what_is_known_and_leaves_the_work_to_a_worker(client: Client, workspace: Workspace, django_assert_num_queries: Any) -> None:
    def tab() -> str:
        return client.get(url("health"), headers=HTMX).content.decode().strip()[:18]

    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("background")
        assert (tab(), tab()) == ("", "")
        (asked,) = [json.loads(json.loads(text)["headers"]["argsrepr"]) for text in broker.lrange("background", 0, -1)]
        broker.delete("background")
    tasks.examine_rules(*asked)
    with django_assert_num_queries(8):
        assert tab() == '<span class="tn">5'


@pytest.mark.usefixtures("leads")
def test_a_rule_silent_in_the_sample_is_looked_for_in_the_whole_ledger(client: Client, monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    everyone = rule(key="any", name="Any page", points=1)
    publish(workspace, {**DOCUMENT, "rules": [*DOCUMENT["rules"], everyone, SILENT, rule(key="won", name="Won", activity="Order Completed")]})
    with workspace_scope(workspace.id):
        Score.objects.filter(contact__identifiers__value__in=[f"u{user}" for user in range(0, 18, 2)]).delete()
    monkeypatch.setattr(examining, "MOST", 10)
    monkeypatch.setattr("scoring.rule_health.FEWEST", 10)
    page = client.get(url("health"))
    health = page.context["health"]
    assert (health.sampled, health.contacts, [one.contacts for one in health.rules]) == (10, 11, [10, 0, 0, 10, 0, 0])
    assert [one.text for one in health.findings if one.kind == "never"] == ["“Won” gave nothing to anybody: none of 11 contacts in 90 days."]
    assert page.content.decode().count('none of the <span class="tn">10</span> looked at') == 4


@pytest.mark.usefixtures("leads")
def test_the_api_tells_the_same(api: Api, client: Client) -> None:
    told, health = api.get("/scoring-types/new-leads/health/")["health"], client.get(url("health")).context["health"]
    assert (told["version"], told["days"], told["sampled"], told["contacts"]) == (1, 90, 20, 20)
    findings = [(one.kind, list(one.rules), one.text) for one in health.findings]
    assert [(one["kind"], one["rules"], one["text"]) for one in told["findings"]] == findings
    assert [one["rule"] for one in told["rules"]] == ["pricing", "demo", "cto", "any", "silent"]


@pytest.mark.django_db(transaction=True)
def test_a_draft_alone_has_no_health_and_no_tab(client: Client, alice: User, workspace: Workspace, api: Api) -> None:
    client.force_login(alice)
    with workspace_scope(workspace.id):
        drafts.create(workspace, document(rules=[profile_rule()]), by=alice)
    assert "Nothing is published yet" in client.get(url("health")).content.decode()
    assert url("health") not in client.get(url("edit")).content.decode()
    assert api.get("/scoring-types/new-leads/health/") == {"health": None}


def test_health_is_remembered_as_it_is() -> None:
    health = health_of(FOUR, [Gave(thirds(contact) - {1}) for contact in range(40)], 40)
    assert Health.from_json(json.loads(json.dumps(asdict(health)))) == health
