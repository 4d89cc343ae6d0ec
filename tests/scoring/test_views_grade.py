"""The grade in the editor: criteria, where it starts, thresholds of stages by it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from scoring import drafts
from scoring.differences import differences
from tests.scoring.documents import document, stage
from tests.scoring.pages import HTMX, Make, draft, leaf, maker, stages_posted, url

pytestmark = pytest.mark.django_db

SOFTWARE = {"all": [{"field": "company.industry", "op": "is", "value": "Software"}]}
GERMAN = {"name": "German", "steps": -1, "conditions": {"all": [{"field": "contact.country", "op": "is", "value": "DE"}]}}


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    return maker(workspace, alice, client)


def posted(**changes: Any) -> dict[str, Any]:
    conditions = {"c.group": "all", **leaf("c.0", field="company.industry", op="is", value="Software")}
    return {"revision": 1, "do": "save", "criterion": "new", "name": "", "steps": "+2", **conditions, **changes}


def grade(workspace: Workspace) -> Any:
    return draft(workspace).get("grade")


def test_a_grade_begins_at_d_without_criteria(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    client.post(url("grade"), {"revision": 1, "do": "begin"})
    assert grade(workspace) == {"start": "D", "criteria": []}
    client.post(url("grade"), {"revision": 2, "do": "start", "start": "C+"})
    assert grade(workspace) == {"start": "C+", "criteria": []}


def test_a_criterion_is_added_with_a_name_made_from_it(client: Client, workspace: Workspace, make: Make) -> None:
    make(grade={"start": "D", "criteria": [GERMAN]})
    client.post(url("grade"), posted())
    made = {"name": "The company's industry is Software", "steps": 2, "conditions": SOFTWARE}
    assert grade(workspace) == {"start": "D", "criteria": [GERMAN, made]}


def test_a_criterion_is_changed_in_its_place_and_deleted(client: Client, workspace: Workspace, make: Make) -> None:
    make(grade={"criteria": [GERMAN, {**GERMAN, "name": "Other"}]})
    client.post(url("grade"), posted(criterion="0", name="Software"))
    assert [one["name"] for one in grade(workspace)["criteria"]] == ["Software", "Other"]
    client.post(url("grade"), {"revision": 2, "do": "delete", "criterion": "0"})
    assert [one["name"] for one in grade(workspace)["criteria"]] == ["Other"]


def test_a_mistaken_criterion_is_kept_and_told_where_it_is_mended(client: Client, workspace: Workspace, make: Make) -> None:
    make(grade={"criteria": [GERMAN]})
    client.post(url("grade"), posted(criterion="0", name="Software", steps="many"))
    assert grade(workspace)["criteria"][0]["steps"] == "many"
    (told,) = client.get(url("edit")).context["told"]
    assert (told.about, told.field, told.url) == ("Criterion “Software”", "steps", url("grade") + "?criterion=0#grading")
    assert 'aria-invalid="true"' in client.get(told.url).content.decode().partition('name="steps"')[2][:200]


def test_buttons_of_the_builder_store_nothing_but_a_removal_does(client: Client, workspace: Workspace, make: Make) -> None:
    make(grade={"criteria": [GERMAN]})
    response = client.post(url("grade"), posted(criterion="0", do="condition:c"), headers=HTMX)
    assert (grade(workspace)["criteria"], len(response.context["grading"].form.tree.members)) == ([GERMAN], 2)
    client.post(url("grade"), posted(criterion="0", name="German", steps="-1", do="remove:c.0", keep=""), headers=HTMX)
    assert grade(workspace)["criteria"] == [{**GERMAN, "conditions": {"all": []}}]


def test_saving_as_one_goes_leaves_the_criterion_open_and_says_nothing(client: Client, workspace: Workspace, make: Make) -> None:
    make(grade={"criteria": [GERMAN]})
    response = client.post(url("grade"), posted(criterion="0", keep=""), headers=HTMX)
    assert (json.loads(response["HX-Trigger"]), response.context["grading"].place) == ({"revision": {"was": 1, "value": 2}}, 0)
    response = client.post(url("grade"), posted(criterion="0", revision=2, steps="3"), headers=HTMX)
    assert (json.loads(response["HX-Trigger"])["toast"], response.context["grading"].place) == ("Criterion saved.", None)


def test_a_criterion_on_top_of_somebodys_edit_is_shown_as_typed_in_its_place(
    client: Client, workspace: Workspace, make: Make, alice: User
) -> None:
    make(grade={"criteria": [{**GERMAN, "name": "First"}, GERMAN]})
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(grade={"criteria": [GERMAN]}), by=alice)
    response = client.post(url("grade"), posted(criterion="1", was="German", steps="7"), headers=HTMX)
    grading = response.context["grading"]
    assert (response.status_code, grading.place, grading.form.steps, grading.stale) == (422, 0, "7", True)
    assert grade(workspace)["criteria"] == [GERMAN]
    response = client.post(url("grade"), posted(criterion="1", was="First"), headers=HTMX)
    assert (response.status_code, response.context["grading"].place) == (422, None)


def test_removing_the_grade_takes_the_thresholds_by_it(client: Client, workspace: Workspace, make: Make) -> None:
    make(grade={"criteria": [GERMAN]}, stages=[stage(by_grade={"F": None})])
    client.post(url("grade"), {"revision": 1, "do": "drop"})
    assert (grade(workspace), draft(workspace)["stages"]) == (None, [stage()])


def test_stages_ask_for_other_points_by_grade(client: Client, workspace: Workspace, make: Make) -> None:
    make(grade={}, stages=[stage(key="cold", name="Cold", threshold=10), stage(by_grade={"A": 20, "F": None})])
    lines = {"s.hot.by.0.grade": "F", "s.hot.by.0.points": "", "s.hot.by.1.grade": "", "s.hot.by.1.points": "20"}
    client.post(url("stages"), stages_posted(**lines, **{"s.hot.by.2.grade": "C-", "s.hot.by.2.points": "1,090"}))
    assert [one.get("by_grade") for one in draft(workspace)["stages"]] == [None, {"F": None, "C-": 1090}]
    rungs = client.get(url("edit")).context["rungs"]
    assert [rung.by_grade for rung in rungs] == [[("C-", "1090"), ("F", ""), ("", "")], [("", "")]]


def test_thresholds_by_grade_are_told_from_the_best_grade_down(client: Client, workspace: Workspace, make: Make, alice: User) -> None:
    scrambled = {"C": 1, "D": 2, "F": None, "B-": 4, "C+": 5, "A+": 6}
    make(grade={}, stages=[stage(by_grade=scrambled)])
    response = client.get(url("edit"))
    (rung,) = response.context["rungs"]
    assert [grade for grade, _ in rung.by_grade] == ["A+", "B-", "C+", "C", "D", "F", ""]
    assert rung.grades == "Grade A+ needs 6; B- needs 4; C+ needs 5; C needs 1; D needs 2; F never gets here"
    assert 'aria-label="Points that the grade chosen needs; empty: never"' in response.content.decode()
    changes = differences(document(grade={}, stages=[stage()]), draft(workspace))
    assert [change.split()[2] for change in changes] == ["A+", "B-", "C+", "C", "D", "F"]


def test_a_criterion_that_is_named_after_its_conditions_tells_them_once(client: Client, make: Make) -> None:
    made = {"name": "The company's industry is Software", "steps": 2, "conditions": SOFTWARE}
    make(grade={"criteria": [made, {**made, "name": "Vendors"}]})
    assert [one.is_named for one in client.get(url("grade")).context["criteria"]] == [False, True]
    assert client.get(url("grade"), headers=HTMX).content.decode().count("industry is <b>Software</b>") == 1


def test_viewers_see_the_grade_and_no_form(client: Client, workspace: Workspace, make: Make, bob: User) -> None:
    make(grade={"criteria": [GERMAN]})
    client.force_login(bob)
    text = client.get(url("grade") + "?criterion=0").content.decode()
    assert ("German" in text, 'name="steps"' in text) == (True, False)
