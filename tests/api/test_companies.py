"""Companies over REST: found, made, changed; and by whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import AuditEntry, Workspace
from accounts.scope import workspace_scope
from contacts.models import Company, Contact
from leadscore.api.pages import Cursor
from scoring.belonging import apply_domain_changes
from tests.api.conftest import Api
from tests.scoring.conftest import Send


def posted(api: Api, status: int, **body: Any) -> dict[str, Any]:
    response = api("POST", "/companies/", body)
    assert response.status_code == status, response.content
    shown: dict[str, Any] = json.loads(response.content)
    return shown


def names(api: Api, query: str) -> list[str]:
    return [company["name"] for company in api.get(f"/companies/?{query}")["results"]]


def test_a_company_is_made_by_its_domain_and_updated_by_it(api: Api) -> None:
    made = posted(api, 201, traits={"name": "Nordfjord", "domain": "https://www.Nordfjord.test/", "employees": 12})
    assert (made["group_id"], made["name"], made["domain"], made["traits"]["domain"]) == (
        None, "Nordfjord", "nordfjord.test", "https://www.Nordfjord.test/",
    )  # fmt: skip
    again = posted(api, 200, traits={"domain": "nordfjord.test", "employees": 14})
    assert (again["id"], again["traits"]["employees"], again["traits"]["name"]) == (made["id"], 14, "Nordfjord")
    assert api.get(f"/companies/{made['id']}/") == again


def test_a_company_known_by_its_domain_alone_gets_the_group_id_that_comes_with_it(api: Api, send: Send) -> None:
    made = posted(api, 201, traits={"domain": "firm.test"})
    assert posted(api, 200, group_id="g1", traits={"domain": "firm.test"})["id"] == made["id"]
    other = posted(api, 201, group_id="g2", traits={"domain": "firm.test"})
    assert (other["id"] == made["id"], other["group_id"]) == (False, "g2")
    assert posted(api, 200, group_id="g1", traits={"domain": "moved.test"})["id"] == made["id"]
    send({"type": "group", "userId": "u1", "groupId": "g1", "traits": {"size": 3}})
    assert api.get(f"/companies/{made['id']}/")["traits"] == {"domain": "moved.test", "size": 3}


def test_what_is_set_by_hand_outranks_a_browser_and_reaches_the_contacts(api: Api, workspace: Workspace, send: Send) -> None:
    send({"type": "identify", "userId": "u1", "traits": {"email": "ann@firm.test"}})
    made = posted(api, 201, traits={"domain": "firm.test", "industry": "Software"})
    while apply_domain_changes(workspace.id):
        pass
    (contact,) = api.get(f"/contacts/?company={made['id']}")["results"]
    assert contact["user_ids"] == ["u1"]
    send({"type": "group", "userId": "u2", "groupId": "g1", "traits": {"industry": "Farming"}}, source=0)
    with workspace_scope(workspace.id):
        assert Contact.objects.get(workspace=workspace, email="ann@firm.test").company_id == made["id"]
        assert AuditEntry.objects.get(workspace=workspace, action="company.made").data == {"fields": ["domain", "industry"]}


def test_traits_are_set_one_by_one_and_emptied_by_null(api: Api) -> None:
    made = posted(api, 201, group_id="g1", traits={"name": "Firm", "city": "Oslo"})
    response = api("PATCH", f"/companies/{made['id']}/", {"traits": {"city": None, "jobTitle": 5}})
    assert (response.status_code, json.loads(response.content)["traits"]) == (200, {"name": "Firm", "city": None, "job_title": 5})


def test_a_group_id_is_given_once(api: Api) -> None:
    first, second = posted(api, 201, group_id="g1"), posted(api, 201, traits={"domain": "firm.test"})
    assert api.faults("PATCH", f"/companies/{second['id']}/", {"group_id": "g1"}) == [("group_id", "taken")]
    assert api.faults("PATCH", f"/companies/{first['id']}/", {"group_id": "g3"}) == [("group_id", "taken")]
    assert api("PATCH", f"/companies/{second['id']}/", {"group_id": "g2"}).status_code == 200
    assert api.get("/companies/?group_id=g2")["results"][0]["id"] == second["id"]


def test_what_names_no_company_is_refused(api: Api, workspace: Workspace) -> None:
    for body in ({}, {"traits": {"name": "Firm"}}, {"group_id": " "}, {"traits": {"domain": "not a domain"}}, {"group_id": 7}, {"id": 1}):
        assert api("POST", "/companies/", body).status_code == 400, body
    assert api("PATCH", "/companies/999999/", {"traits": {}}).status_code == 404
    with workspace_scope(workspace.id):
        assert not Company.objects.filter(workspace=workspace).exists()


def test_companies_are_found_by_words_and_listed_by_name(api: Api) -> None:
    for number, name in enumerate(("Bergen Fisk", "åkermann", "Zeta", "bergen Havn")):
        posted(api, 201, group_id=f"g{number}", traits={"name": name, "domain": f"www.d{number}.test"})
    assert names(api, "ordering=name") == ["åkermann", "Bergen Fisk", "bergen Havn", "Zeta"]
    assert names(api, "q=berg&ordering=name") == ["Bergen Fisk", "bergen Havn"]
    assert names(api, "q=akerm") == ["åkermann"]
    assert names(api, "q=d2+test") == ["Zeta"]
    assert (names(api, "q=bergen+zeta"), names(api, "q=%21"), names(api, "domain=%21"), names(api, "domain=http://D1.test/x")) == (
        [], [], [], ["åkermann"],
    )  # fmt: skip
    pages = [api.get("/companies/?ordering=name&limit=3")]
    pages.append(api.get(pages[0]["next"]))
    assert [company["name"] for page in pages for company in page["results"]] == names(api, "ordering=name")
    assert api.get(pages[1]["previous"])["results"] == pages[0]["results"]


def test_pages_go_on_behind_a_name_that_nobody_can_print(api: Api) -> None:
    for number, name in enumerate(("a\x1fb", "a\u200bc", "z")):
        posted(api, 201, group_id=f"g{number}", traits={"name": name})
    pages = [api.get("/companies/?ordering=name&limit=1")]
    while pages[-1]["next"]:
        pages.append(api.get(pages[-1]["next"]))
    assert sorted(company["name"] for page in pages for company in page["results"]) == ["a\x1fb", "a\u200bc", "z"]


@pytest.mark.parametrize("value", ["a\0", "a\ud800", "a" * 301, 1.5, None, True])
def test_a_place_that_no_company_has_is_no_cursor(api: Api, value: Any) -> None:
    assert api.faults("GET", f"/companies/?ordering=name&cursor={Cursor((value, 1))}") == [("cursor", "invalid")]
