"""The editor's page: what viewers see, what is wrong, lost updates, fragments, and how the draft stands against what is live."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from scoring import drafts
from tests.scoring.conftest import DOCUMENT, Send, publish
from tests.scoring.documents import document, example, rule, stage
from tests.scoring.pages import HTMX, Make, draft, fields, maker, stages_of, stages_posted, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    return maker(workspace, alice, client)


def test_a_viewer_reads_rules_as_sentences_and_finds_no_form(client: Client, make: Make, bob: User) -> None:
    make(**{key: value for key, value in example().items() if key not in ("key", "name")})
    client.force_login(bob)
    text = client.get(url("edit")).content.decode().partition("<main")[2].partition("</main>")[0]
    assert "for viewing a page whose address contains <b>/pricing</b>, at most 3 times a day, for 90 days" in text
    assert "Grade C needs 90; F never gets here" in text
    assert [tag for tag in ("<form", "<input", "<button") if tag in text] == []


def test_a_viewer_who_opens_a_rule_sees_the_page_without_fields(client: Client, make: Make, bob: User) -> None:
    make(rules=[rule()])
    client.force_login(bob)
    assert "rule-r-form" not in client.get(url("rule", "r")).content.decode()
    assert client.post(url("rule", "r"), fields()).status_code == 403


def test_what_is_wrong_is_told_above_and_at_its_field(client: Client, make: Make) -> None:
    make(rules=[rule(points="many")], stages=[stage(threshold="high")])
    response = client.get(url("rule", "r"))
    assert [(one.about, one.field, one.message[:27]) for one in response.context["told"]] == [
        ("Rule “R”", "points", "This must be a whole number"),
        ("Stage “Hot”", "threshold", "This must be a whole number"),
    ]
    text = response.content.decode()
    assert 'name="points" value="many"' in text
    assert 'aria-describedby="rule-r-points-points-wrong"' in text
    assert 'id="rule-r-points-points-wrong"' in text
    assert 'aria-describedby="threshold-hot-threshold-wrong"' in text


def test_what_is_wrong_names_the_field_as_the_form_does(client: Client, make: Make) -> None:
    often = [{"limit": 1, "per": "ever", "each": ""}, {"limit": "x", "per": "day"}, {"reach": 0, "within_days": None}, {"reach": 2, "within_days": 0}]
    stored = [rule(key=f"r{place}", frequency=frequency) for place, frequency in enumerate(often)]
    make(rules=[*stored, rule(key="fading", expiry={"linear_days": 0})], stages=[stage(by_grade={"C": "x"})], grade={})
    told = client.get(url("edit")).context["told"]
    assert [one.field for one in told] == ["each value of", "times", "times", "within days", "days", "thresholds for grades"]


def test_a_team_that_is_gone_is_told_at_the_stages_recipients(client: Client, make: Make) -> None:
    make(stages=[stage(notify=["team:gone"])])
    response = client.get(url("edit"))
    assert [(one.about, one.field) for one in response.context["told"]] == [("Stage “Hot”", "who is told")]
    assert 'value="team:gone" checked' in response.content.decode()


@pytest.fixture
def two_stages(make: Make) -> None:
    make(stages=[stage(key="cold", name="Cold", threshold=10, by_grade={"F": None}), stage()], grade={"start": "D"})


@pytest.mark.parametrize("revision", ["0", "2", "", "x", "-1", "99999999999999999999"])
def test_an_edit_on_top_of_another_draft_is_refused(client: Client, workspace: Workspace, two_stages: None, revision: str) -> None:
    response = client.post(url("stages"), stages_posted(revision=revision, **{"s.hot.threshold": "99"}))
    assert response.status_code == 409
    assert "The draft was saved elsewhere meanwhile" in response.content.decode()
    assert stages_of(workspace) == [("cold", 10), ("hot", 40)]


def test_a_refused_rule_stays_as_it_was_written_and_can_be_saved_again(client: Client, workspace: Workspace, make: Make, alice: User) -> None:
    make(rules=[rule()])
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(name="Theirs", rules=[rule()]), by=alice)
    response = client.post(url("rule", "r"), fields(points="9"))
    assert (response.status_code, response.context["opened"].form.points, response.context["opened"].stale) == (409, "9", True)
    client.post(url("rule", "r"), fields(points="9", revision=response.context["type"].draft_revision))
    assert (draft(workspace)["name"], draft(workspace)["rules"][0]["points"]) == ("Theirs", 9)


def test_a_fragment_is_the_row_alone(client: Client, make: Make) -> None:
    make(rules=[rule()])
    opened = client.get(url("rule", "r"), headers=HTMX).content.decode().strip()
    assert opened.startswith('<div class="rule-slot" id="rule-r">')
    assert "rule-r-form" in opened
    closed = client.get(url("rule", "r") + "?closed", headers=HTMX).content.decode().strip()
    assert closed.startswith('<div class="rule-slot" id="rule-r">')
    assert "rule-r-form" not in closed


def test_a_new_rule_is_a_place_in_its_section_that_can_be_emptied_again(client: Client, make: Make) -> None:
    make(groups=[{"key": "fit", "name": "Fit"}])
    opened = client.get(url("new_rule") + "?when=profile&group=fit", headers=HTMX).content.decode()
    assert '<form class="editor" id="rule-new-form"' in opened
    assert '<option value="fit" selected>' in opened
    assert client.get(url("new_rule") + "?closed&group=fit", headers=HTMX).content.decode().strip().endswith('<div id="new-in-fit"></div>')


def test_a_saved_fragment_brings_the_draft_bar_and_the_revision(client: Client, make: Make) -> None:
    make(rules=[rule()])
    response = client.post(url("rule", "r"), fields(points="9"), headers=HTMX)
    text = response.content.decode()
    assert (response["HX-Retarget"], json.loads(response["HX-Trigger"])["revision"]) == ("#rules", {"was": 1, "value": 2})
    assert text.strip().startswith('<div class="stack" id="rules">')
    assert 'id="draft" hx-swap-oob="true"' in text


def test_a_refused_fragment_is_a_422_that_htmx_places_and_announces(client: Client, two_stages: None) -> None:
    response = client.post(url("stages"), stages_posted(revision=7), headers=HTMX)
    assert (response.status_code, json.loads(response["HX-Trigger"])) == (422, {
        "toast": "The draft was saved elsewhere meanwhile. Your change was not stored.",
    })  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_draft_bar_counts_changes_and_marks_rules(client: Client, workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    client.force_login(alice)
    client.post(url("rule", "demo"), fields(activity="Demo Requested", name="Asked for a demo", points="50", expires="days", days="90"))
    response = client.get(url("edit"))
    assert response.context["changes"] == ["“Asked for a demo”: 50 points instead of 60 points"]
    assert [(row.key, row.mark) for section in response.context["sections"] for row in section.rows] == [
        ("pricing", ""), ("demo", "changed"), ("cto", "")
    ]  # fmt: skip
    assert client.post(url("discard"), {"revision": 1}).status_code == 409
    client.post(url("discard"), {"revision": 2})
    assert client.get(url("edit")).context["changes"] == []


@pytest.mark.django_db(transaction=True)
def test_the_ladder_counts_contacts_by_the_live_version(client: Client, workspace: Workspace, alice: User, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(*({"type": "track", "userId": f"u{number}", "event": "Demo Requested"} for number in range(3)), {"type": "identify", "userId": "x"})
    client.force_login(alice)
    response = client.get(url("edit"))
    assert ([(rung.key, rung.now) for rung in response.context["rungs"]], response.context["below"]) == ([("mql", 0), ("hot", 3), ("cold", 0)], 1)
    listed = client.get(reverse("scoring:list", args=["acme"])).context["cards"]
    assert [rung.now for card in listed for rung in card.rungs] == [0, 3, 0]
