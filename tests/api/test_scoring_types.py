"""Scoring types: documents in and out, drafts, publishing, versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from leadscore.exact_json import loads
from scoring import publishing
from tests.api.conftest import Api
from tests.scoring.conftest import DOCUMENT, publish

TYPE = "/scoring-types/new-leads/"
DRAFT = {"version": None, "published_version": None, "state": "draft"}


def test_a_draft_is_made_and_read(api: Api) -> None:
    made = api("POST", "/scoring-types/", DOCUMENT)
    assert (made.status_code, json.loads(made.content), made["ETag"]) == (201, {**DOCUMENT, **DRAFT}, '"1"')
    assert api.get(TYPE) == {**DOCUMENT, **DRAFT}
    assert api.get("/scoring-types/")["results"] == [{**DOCUMENT, **DRAFT}]


def test_a_key_is_given_once(api: Api) -> None:
    api("POST", "/scoring-types/", DOCUMENT)
    assert api.faults("POST", "/scoring-types/", DOCUMENT) == [("key", "taken")]


def test_every_problem_of_a_document_is_named(api: Api) -> None:
    rule = {**DOCUMENT["rules"][0], "points": 0, "colour": "red"}
    wrong = {**DOCUMENT, "rules": [rule], "stages": [{"key": "hot", "name": "", "threshold": None}], "extra": 1}
    found = api.faults("POST", "/scoring-types/", wrong)
    assert {path for path, _ in found} == {"extra", "rules[0].points", "rules[0].colour", "stages[0].name", "stages[0].threshold"}


def test_a_refusal_names_a_thousand_faults_and_no_more(api: Api) -> None:
    unknown = {f"x{number}": 1 for number in range(1_001)}
    assert len(api.faults("POST", "/scoring-types/", {**DOCUMENT, **unknown})) == 1_000
    assert len(api.faults("POST", "/contacts/", unknown)) == 1_000


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null"])
def test_what_is_no_object_is_no_document(api: Api, body: bytes) -> None:
    assert [path for path, _ in api.faults("POST", "/scoring-types/", body)] == [""]


def test_a_whole_number_has_no_fraction(api: Api) -> None:
    body = json.dumps({**DOCUMENT, "minimum": 5}).replace('"minimum": 5', '"minimum": 5.0').encode()
    assert api.faults("POST", "/scoring-types/", body) == [("minimum", "type")]


def test_numbers_come_back_exactly_as_they_went_in(api: Api) -> None:
    condition = '{"field": "properties.price", "op": "gt", "value": 0.10000000000000000000000001}'
    rule = f'{{"key": "dear", "name": "Dear", "when": "activity", "activity": "Bought", "points": 5, "conditions": {condition}}}'
    api("POST", "/scoring-types/", f'{{"key": "new-leads", "name": "New", "rules": [{rule}]}}'.encode())
    answered = api("GET", TYPE).content
    assert b"0.10000000000000000000000001" in answered
    assert str(loads(answered)["rules"][0]["conditions"]["value"]) == "0.10000000000000000000000001"


def test_what_was_read_can_be_put_back(api: Api, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    shown = api.get(TYPE)
    assert shown == {**DOCUMENT, "version": 1, "published_version": 1, "state": "live"}
    put = api("PUT", TYPE, shown)
    assert (put.status_code, json.loads(put.content)) == (200, {**DOCUMENT, "version": None, "published_version": 1, "state": "draft"})


def test_a_draft_is_kept_apart_from_what_is_published(api: Api, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    api("PUT", TYPE, {**DOCUMENT, "name": "Newer leads"})
    names = [api.get(f"{TYPE}{query}")["name"] for query in ("", "?version=draft", "?version=1")]
    assert names == ["New leads", "Newer leads", "New leads"]


def test_two_people_do_not_overwrite_each_other(api: Api) -> None:
    etag = api("POST", "/scoring-types/", DOCUMENT)["ETag"]
    first = api("PUT", TYPE, {**DOCUMENT, "name": "Mine"}, If_Match=etag)
    assert (first.status_code, first["ETag"]) == (200, '"2"')
    assert api.faults("PUT", TYPE, {**DOCUMENT, "name": "Yours"}, status=412, If_Match=etag) == []
    assert api.get(TYPE)["name"] == "Mine"
    answers = [api("PUT", TYPE, {**DOCUMENT, "name": "Yours"}, If_Match=match).status_code for match in ('"1", "2"', "*", 'W/"3"', "x")]
    assert answers == [200, 200, 412, 412]


def test_whoever_saw_what_is_published_overwrites_no_draft_that_differs_from_it(api: Api, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    same = api("GET", TYPE)["ETag"]
    assert api("PUT", TYPE, {**DOCUMENT, "name": "Mine"}, If_Match=same).status_code == 200
    others = [api("GET", f"{TYPE}{query}")["ETag"] for query in ("", "?version=1", "?version=1&format=yaml")]
    assert [api("PUT", TYPE, {**DOCUMENT, "name": "Yours"}, If_Match=other).status_code for other in others] == [412, 412, 412]
    assert api("PUT", TYPE, {**DOCUMENT, "name": "Yours"}, If_Match=api("GET", f"{TYPE}?version=draft")["ETag"]).status_code == 200


def test_a_type_keeps_its_key(api: Api) -> None:
    api("POST", "/scoring-types/", DOCUMENT)
    assert api.faults("PUT", TYPE, {**DOCUMENT, "key": "other"}) == [("key", "fixed")]


@pytest.mark.parametrize("version", ["2", "9999999999"])
def test_a_version_that_there_is_not_is_not_found(api: Api, workspace: Workspace, version: str) -> None:
    publish(workspace, DOCUMENT)
    assert api.faults("GET", f"{TYPE}?version={version}", status=404) == []


def test_a_version_is_a_number_or_the_draft(api: Api) -> None:
    api("POST", "/scoring-types/", DOCUMENT)
    assert [api.faults("GET", f"{TYPE}?version={version}") for version in ("0", "x", "1.0", "%D9%A3")] == [[("version", "invalid")]] * 4


def test_publishing_starts_a_job(api: Api, workspace: Workspace) -> None:
    api("POST", "/scoring-types/", DOCUMENT)
    answer = api("POST", f"{TYPE}publish/", {"notify": "none", "note": "first"})
    assert answer.status_code == 202
    job = json.loads(answer.content)["job"]
    assert api.get(f"/jobs/{job}/") | {"created_at": ""} == {
        "id": job, "kind": "publish", "subject": "new-leads", "state": "queued", "done": 0, "total": 0, "result": None, "error": "",
        "created_at": "", "finished_at": None,
    }  # fmt: skip
    while publishing.advance(workspace.id, job):
        pass
    ended = api.get(f"/jobs/{job}/")
    assert (ended["state"], ended["result"]) == ("done", {"version": 1, "scoring_type": "new-leads"})
    assert api.get(TYPE)["published_version"] == 1


def test_publishing_needs_no_body(api: Api) -> None:
    api("POST", "/scoring-types/", DOCUMENT)
    assert api("POST", f"{TYPE}publish/").status_code == 202


def test_publishing_is_refused_where_the_draft_is_another_than_the_one_seen(api: Api, workspace: Workspace) -> None:
    seen = api("POST", "/scoring-types/", DOCUMENT)["ETag"]
    saved = api("PUT", TYPE, {**DOCUMENT, "name": "Newer leads"})["ETag"]
    assert api("POST", f"{TYPE}publish/", {}, If_Match=seen).status_code == 412
    with workspace_scope(workspace.id):
        assert not Job.objects.filter(workspace=workspace).exists()
    assert api("POST", f"{TYPE}publish/", {}, If_Match=saved).status_code == 202


def test_a_summary_may_be_asked_for(api: Api, workspace: Workspace) -> None:
    api("POST", "/scoring-types/", DOCUMENT)
    assert api.faults("POST", f"{TYPE}publish/", {"notify": "everybody"}) == [("notify", "invalid_choice")]
    job = json.loads(api("POST", f"{TYPE}publish/", {"notify": "summary"}).content)["job"]
    with workspace_scope(workspace.id):
        assert Job.objects.get(id=job).params == {"notify": "summary"}


def test_publishing_can_be_cancelled_until_it_is_live(api: Api, workspace: Workspace) -> None:
    api("POST", "/scoring-types/", DOCUMENT)
    job = json.loads(api("POST", f"{TYPE}publish/").content)["job"]
    assert api("DELETE", f"{TYPE}publish/").status_code == 204
    while publishing.advance(workspace.id, job):
        pass
    assert api.get(f"/jobs/{job}/")["error"] == "Publishing was cancelled."
    assert api.get(f"{TYPE}versions/")["results"][0]["state"] == "cancelled"
    assert api("DELETE", f"{TYPE}publish/").status_code == 404


def test_what_keeps_a_draft_from_being_published_is_named(api: Api) -> None:
    stages = [{"key": "hot", "name": "Hot", "threshold": 1, "notify": ["owner", "team:nobody"]}]
    api("POST", "/scoring-types/", {**DOCUMENT, "stages": stages})
    assert api.faults("POST", f"{TYPE}publish/") == [("stages[0].notify[1]", "unknown_recipient")]


def test_versions_say_who_and_what(api: Api, workspace: Workspace, alice: User, as_person: Any) -> None:
    publish(workspace, DOCUMENT)
    alices = as_person(alice)
    alices("PUT", TYPE, {**DOCUMENT, "name": "Newer leads"})
    alices("POST", f"{TYPE}publish/", {"note": "Better name"})
    second, first = api.get(f"{TYPE}versions/")["results"]
    assert (second["version"], second["state"], second["note"], second["published_by"]) == (2, "building", "Better name", "alice@example.com")
    assert second["differences"] == ["The name “Newer leads” instead of “New leads”"]
    assert (first["version"], first["state"], first["published_by"], first["differences"]) == (1, "live", None, [])
    assert api.get(f"{TYPE}versions/?limit=1")["results"] == [second]


def test_an_archived_type_is_gone(api: Api, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    assert api("DELETE", TYPE).status_code == 204
    assert api.get("/scoring-types/")["results"] == []
    for method, path in (("GET", TYPE), ("PUT", TYPE), ("DELETE", TYPE), ("POST", f"{TYPE}publish/"), ("GET", f"{TYPE}versions/")):
        assert api(method, path, DOCUMENT if method == "PUT" else None).status_code == 404
