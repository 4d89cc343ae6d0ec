"""Stages, groups and the type's own values in the editor."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User, Workspace
from tests.scoring.documents import rule, stage
from tests.scoring.pages import Make, draft, maker, stages_of, stages_posted, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    return maker(workspace, alice, client)


@pytest.fixture
def two_stages(make: Make) -> None:
    make(stages=[stage(key="cold", name="Cold", threshold=10, by_grade={"F": None}), stage()], grade={"start": "D"})


def test_stages_stand_in_the_order_of_their_thresholds(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.cold.threshold": "1,050"}))
    assert stages_of(workspace) == [("hot", 40), ("cold", 1050)]


def test_a_stage_tells_those_who_are_ticked(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.hot.notify": ["owner", "team:sales"], "s.hot.quiet_days": "7"}))
    assert draft(workspace)["stages"][1] == {**stage(), "notify": ["owner", "team:sales"], "quiet_days": 7}


def test_what_the_form_of_a_stage_does_not_show_is_kept(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.cold.name": "Cool"}))
    assert (draft(workspace)["stages"][0]["name"], draft(workspace)["stages"][0]["by_grade"]) == ("Cool", {"F": None})


def test_a_stage_is_added_in_its_place_with_a_key_of_its_name(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"new.name": "Warm leads", "new.number": "20"}))
    assert stages_of(workspace) == [("cold", 10), ("warm-leads", 20), ("hot", 40)]


def test_a_stage_is_removed_and_the_rest_saved(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(do="remove:cold", **{"s.hot.threshold": "45"}))
    assert stages_of(workspace) == [("hot", 45)]


def test_a_threshold_that_is_no_number_is_kept_as_typed(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.cold.threshold": "5o", "s.hot.threshold": ""}))
    assert stages_of(workspace) == [("cold", "5o"), ("hot", None)]
    assert [one.field for one in client.get(url("edit")).context["told"]] == ["threshold", "threshold"]


def test_groups_are_added_bounded_and_removed(client: Client, workspace: Workspace, make: Make) -> None:
    make(groups=[{"key": "fit", "name": "Fit"}], rules=[rule(group="fit")])
    client.post(url("groups"), {"revision": 1, "group": "fit", "g.fit.name": "Who", "g.fit.minimum": "-5", "new.name": "What", "new.number": "30"})
    assert draft(workspace)["groups"] == [{"key": "fit", "name": "Who", "minimum": -5}, {"key": "what", "name": "What", "maximum": 30}]
    client.post(url("groups"), {"revision": 2, "group": ["fit", "what"], "g.what.name": "What", "do": "remove:fit"})
    assert draft(workspace)["groups"] == [{"key": "what", "name": "What"}]
    assert draft(workspace)["rules"] == [rule()]


def test_the_type_gets_a_name_and_bounds(client: Client, workspace: Workspace, make: Make) -> None:
    make(maximum=50)
    client.post(url("settings"), {"revision": 1, "name": "Newcomers", "description": "All of them", "minimum": "", "maximum": "100"})
    stored = draft(workspace)
    assert (stored["name"], stored["description"], stored["minimum"], stored["maximum"]) == ("Newcomers", "All of them", None, 100)
    client.post(url("settings"), {"revision": 2, "name": "Newcomers", "description": "", "minimum": "0", "maximum": ""})
    assert (draft(workspace)["minimum"], "maximum" in draft(workspace)) == (0, False)
