"""Versions listed with what they changed, compared with each other and the draft, made the draft again; undo on the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from scoring import drafts
from scoring.comparing import compare
from scoring.draft_edits import moved, section_of
from scoring.views import versions
from tests.scoring.conftest import DOCUMENT, publish
from tests.scoring.documents import document, profile_rule, rule, stage
from tests.scoring.pages import draft, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(workspace: Workspace, alice: User, client: Client) -> None:
    """Two versions, and a draft that is a third document; Alice is signed in."""
    for maximum in (50, 60):
        publish(workspace, {**DOCUMENT, "maximum": maximum})
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", {**DOCUMENT, "maximum": 70}, by=alice)
    client.force_login(alice)


def told(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, list[str], str, str]]]]:
    return [
        (one.title, [(c.name, c.mark, list(c.lines), str(c.before or ""), str(c.after or "")) for c in one.changes]) for one in compare(old, new)
    ]


def test_rules_are_compared_by_their_whole_sentences() -> None:
    old = document(rules=[rule(), rule(key="s", name="S", activity="Signed Up")])
    new = document(rules=[rule(points=8, expiry={"days": 90}), profile_rule()])
    assert told(old, new) == [("Rules", [
        ("R", "changed", ["8 points instead of 5 points", "for 90 days instead of for good"],
         "5 points for viewing a page", "8 points for viewing a page, for 90 days"),
        ("P", "new", [], "", "20 points when the job title contains director"),
        ("S", "removed", [], "5 points for signing up", ""),
    ])]  # fmt: skip


def test_the_parts_stand_apart() -> None:
    old = document(stages=[stage()], maximum=50)
    stages = [stage(name="Warm", threshold=45), stage(key="top", name="Top", threshold=90)]
    new = document(stages=stages, grade={}, groups=[{"key": "g", "name": "G"}])
    assert told(old, new) == [
        ("This scoring type", [("", "", ["The highest score no bound instead of 50"], "", "")]),
        ("Stages", [("Warm", "changed", ["was called “Hot”", "from 45 instead of 40"], "", ""), ("Top", "new", ["from 90"], "", "")]),
        ("Groups", [("G", "new", [], "", "")]),
        ("Grade", [("", "", ["Contacts are graded now"], "", "")]),
    ]


def test_documents_that_say_the_same_have_no_parts() -> None:
    assert compare(document(minimum=0), document()) == []


def test_any_two_are_compared(client: Client, two: None) -> None:
    def changes(query: str) -> list[str]:
        return [line for one in client.get(url("compare") + query).context["chapters"] for change in one.changes for line in change.lines]

    assert changes("") == ["The highest score 70 instead of 60"]
    assert changes("?old=1&new=2") == ["The highest score 60 instead of 50"]
    assert changes("?old=draft&new=1") == ["The highest score 50 instead of 70"]
    assert changes("?old=2&new=2") == []


def test_another_time_zone_is_a_difference(client: Client, workspace: Workspace, two: None, django_assert_num_queries: Any) -> None:
    zone = "Days, weeks and months are counted in Europe/Berlin instead of UTC"

    def changes(query: str) -> list[str]:
        return [line for one in client.get(url("compare") + query).context["chapters"] for change in one.changes for line in change.lines]

    workspace.time_zone = "Europe/Berlin"
    workspace.save()
    publish(workspace, {**DOCUMENT, "maximum": 60})
    assert (changes("?old=2&new=3"), changes("?old=2&new=draft"), changes("?old=3&new=draft")) == ([zone], [zone], [])
    assert "with days counted in the same time zone" in client.get(url("compare") + "?old=3&new=draft").content.decode()
    assert client.get(url("versions")).context["lines"][0].changes == [zone]
    assert client.get(url("version", 3)).context["changes"] == [zone]
    told = client.get("/api/v1/scoring-types/new-leads/versions/", headers={"X-Workspace": "acme"}).json()["results"]
    assert [one["differences"] for one in told] == [[zone], ["The highest score 60 instead of 50"], []]


@pytest.mark.parametrize("asked", ["3", "0", "x", "-1", "99999999999999999999", "9999999999", "²", "%00"])
def test_what_is_no_version_is_not_compared(client: Client, two: None, asked: str) -> None:
    assert client.get(url("compare") + f"?old={asked}").status_code == 404


def test_versions_say_what_they_changed(client: Client, two: None, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = client.get(url("versions")).context["lines"]
    assert [(one.version.number, one.changes, one.before and one.before.number) for one in listed] == [
        (2, ["The highest score 60 instead of 50"], 1), (1, [], None),
    ]  # fmt: skip
    monkeypatch.setattr(versions, "A_PAGE", 1)
    first = client.get(url("versions"))
    assert ([one.version.number for one in first.context["lines"]], first.context["next"]) == ([2], "2")
    assert first.context["lines"][0].changes == ["The highest score 60 instead of 50"]
    second = client.get(url("versions") + "?before=2")
    assert ([one.version.number for one in second.context["lines"]], second.context["next"]) == ([1], "")


def test_changes_that_the_list_leaves_out_are_seen_in_the_comparison_with_the_version_before(client: Client, workspace: Workspace, two: None) -> None:
    stages = [stage(key=f"s{number}", name=f"Stage {number}", threshold=80 + number) for number in range(6)]
    publish(workspace, {**DOCUMENT, "maximum": 60, "stages": [*DOCUMENT["stages"], *stages]})
    text = client.get(url("versions")).content.decode()
    assert f'{url("compare")}?old=2&amp;new=3">2 more</a>' in text


def test_more_versions_take_no_more_queries(client: Client, workspace: Workspace, two: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url("versions"))
        return len([one for one in captured if "scoring_version" in one["sql"]])

    before = queries()
    for maximum in (80, 90):
        publish(workspace, {**DOCUMENT, "maximum": maximum})
    assert (before, queries()) == (4, 4)


def test_a_version_becomes_the_draft_on_the_page_and_by_the_api(client: Client, workspace: Workspace, two: None) -> None:
    revision = client.get(url("version", 1)).context["type"].draft_revision
    assert client.post(url("restore_version", 1), {"revision": revision})["Location"] == url("edit")
    assert draft(workspace)["maximum"] == 50
    assert client.post(url("restore_version", 3), {"revision": revision + 1}).status_code == 404
    path, asked = "/api/v1/scoring-types/new-leads/versions/{}/restore/", {"X-Workspace": "acme"}
    assert client.post(path.format(2), headers={**asked, "If-Match": f'"{revision}"'}).status_code == 412
    response = client.post(path.format(2), headers={**asked, "If-Match": f'"{revision + 1}"'})
    assert (response.status_code, response.json()["maximum"], response.json()["state"]) == (200, 60, "draft")
    assert response["ETag"] == f'"{revision + 2}"'
    assert client.post(path.format(7), headers=asked).status_code == 404
    with workspace_scope(workspace.id):
        entry = AuditEntry.objects.latest("id")
        assert (entry.action, entry.data["version"]) == ("scoring_type.version_restored", 2)


def test_a_version_is_not_restored_over_an_edit_that_was_not_seen(client: Client, workspace: Workspace, two: None) -> None:
    assert client.post(url("restore_version", 1), {"revision": 1}).status_code == 409
    assert draft(workspace)["maximum"] == 70


def test_undo_and_redo_say_what_and_whose(client: Client, workspace: Workspace, two: None) -> None:
    shown = client.get(url("edit")).context
    assert (str(shown["undo"]), shown["redo"]) == ("The highest score 70 instead of 60 (by Alice Archer)", None)
    response = client.post(url("undo"), {"revision": shown["type"].draft_revision}, follow=True)
    assert [str(one) for one in response.context["messages"]] == ["Undone: The highest score 70 instead of 60 (by Alice Archer)."]
    assert (draft(workspace)["maximum"], str(response.context["redo"])) == (60, "The highest score 70 instead of 60 (by Alice Archer)")
    assert client.post(url("redo"), {"revision": shown["type"].draft_revision}).status_code == 409
    client.post(url("redo"), {"revision": response.context["type"].draft_revision})
    assert draft(workspace)["maximum"] == 70


def test_rules_move_within_their_section() -> None:
    rules = [rule(key="a"), profile_rule(key="p"), rule(key="b"), rule(key="c")]
    mixed = document(rules=rules)

    def order(changed: dict[str, Any]) -> str:
        return "".join(one["key"] for one in changed["rules"])

    assert [order(moved(mixed, "b", -1)), order(moved(mixed, "a", 1)), order(moved(mixed, "a", -1)), order(moved(mixed, "p", 1))] == [
        "bapc", "pbac", "apbc", "apbc",
    ]  # fmt: skip
    assert [section_of(mixed, one) for one in rules] == ["did", "are", "did", "did"]
    grouped = document(groups=[{"key": "g", "name": "G"}], rules=rules)
    assert [section_of(grouped, {**one, "group": "g"}) for one in rules[:2]] == ["g", "g"]
    assert section_of(grouped, rules[0]) == ""
