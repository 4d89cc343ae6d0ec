"""Documents in YAML: asked for and sent, beside JSON, exactly the same; archived types listed and brought back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from hypothesis import HealthCheck, given, settings

from accounts.models import Workspace
from leadscore import exact_json
from leadscore.exact_json import dumps
from leadscore.exact_yaml import loads
from tests.api.conftest import Api
from tests.laws.scoring_documents import documents
from tests.scoring.conftest import DOCUMENT, publish

TYPES, TYPE = "/scoring-types/", "/scoring-types/new-leads/"
YAML = "application/yaml"


def send(api: Api, method: str, path: str, text: str | bytes, kind: str = YAML, **headers: str) -> HttpResponse:
    sent = {**api.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = text.encode() if isinstance(text, str) else text
    return api.client.generic(method, f"/api/v1{path}", body, kind, headers=sent)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "*/*", "application/json"), ("", "application/yaml", YAML), ("", "text/yaml", YAML), ("", "application/x-yaml;q=0.9, */*;q=0.1", YAML),
        ("", "application/json, application/yaml;q=0.5", "application/json"), ("", "application/yaml, application/json;q=0.5", YAML),
        ("", "text/html", "application/json"), ("?format=yaml", "application/json", YAML), ("?format=json", YAML, "application/json"),
        ("?format=yaml&version=1", "*/*", YAML), ("?version=draft", YAML, YAML),
    ],
)  # fmt: skip
def test_the_answer_is_in_what_was_asked_for(api: Api, workspace: Workspace, query: str, accept: str, kind: str) -> None:
    publish(workspace, DOCUMENT)
    answer = api("GET", f"{TYPE}{query}", Accept=accept)
    read = json.loads if kind == "application/json" else loads
    assert (answer.status_code, answer["Content-Type"], read(answer.content)["rules"]) == (200, kind, DOCUMENT["rules"])
    assert "Accept" in answer["Vary"]


def test_yaml_names_its_schema(api: Api, workspace: Workspace, settings: Any) -> None:
    settings.SITE_URL = "https://leads.example.com"
    publish(workspace, DOCUMENT)
    first = api("GET", f"{TYPE}?format=yaml").content.split(b"\n")[0]
    assert first == b"# yaml-language-server: $schema=https://leads.example.com/api/v1/scoring-type.schema.json"


def test_another_format_is_refused(api: Api) -> None:
    api("POST", TYPES, DOCUMENT)
    assert api.faults("GET", f"{TYPE}?format=xml") == [("format", "invalid_choice")]


def test_lists_are_json_whatever_is_asked_for(api: Api) -> None:
    api("POST", TYPES, DOCUMENT)
    assert api("GET", TYPES, Accept=YAML)["Content-Type"] == "application/json"
    assert send(api, "POST", f"{TYPE}publish/", "note: a").status_code == 415


def test_problems_are_json_whatever_is_asked_for(api: Api) -> None:
    assert api.faults("GET", f"{TYPE}?format=yaml", status=404, Accept=YAML) == []
    answer = send(api, "POST", TYPES, "key: new-leads\nname: New\nrules: [{key: a}]\nkey: b\n", Accept=YAML)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [(fault["path"], fault["code"]) for fault in json.loads(answer.content)["errors"]] == [("key", "duplicate")]


@pytest.mark.parametrize("kind", [YAML, "text/yaml; charset=utf-8", "application/x-yaml", "text/x-yaml"])
def test_a_document_is_sent_in_yaml(api: Api, kind: str) -> None:
    made = send(api, "POST", TYPES, "key: new-leads\nname: no\nstages:\n- {key: hot, name: Hot, threshold: 40}\n", kind)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    assert api.get(TYPE)["name"] == "no", "a text, and no boolean"
    put = send(api, "PUT", TYPE, "key: new-leads\nname: N\ndescription: 2026-11-21\nminimum: -5", kind, If_Match='"1"')
    assert (put.status_code, api.get(TYPE)["description"], api.get(TYPE)["minimum"]) == (200, "2026-11-21", -5)


def test_every_problem_of_a_yaml_document_is_named(api: Api) -> None:
    answer = send(api, "POST", TYPES, "key: New\nname: 5\nrules:\n- key: a\n  when: activity\n  points: 5.0\n")
    found = {(fault["path"], fault["code"]) for fault in json.loads(answer.content)["errors"]}
    assert found == {
        ("key", "slug"), ("name", "type"), ("rules[0].name", "required"), ("rules[0].points", "type"), ("rules[0].activity", "required")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [("a: &a [*a]", "alias"), ("!!python/name:os.system", "tag"), ("[" * 200, "too_deep"), (b"\xff\xfe\xff", "invalid_yaml"), ("# nothing", "empty")],
)
def test_yaml_that_is_not_read_is_refused(api: Api, body: str | bytes, code: str) -> None:
    answer = send(api, "POST", TYPES, body)
    assert (answer.status_code, [fault["code"] for fault in json.loads(answer.content)["errors"]]) == (400, [code])


def test_too_much_yaml_is_refused(api: Api) -> None:
    assert send(api, "POST", TYPES, b"#" * (4 * 1024 * 1024 + 1)).status_code == 413


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_exporting_and_importing_changes_nothing(api: Api, whole: dict[str, Any]) -> None:
    """Law 5, over the wire: in by JSON, out by YAML, in again, out by JSON, in, out."""
    sent = dumps({**whole, "key": "law"}).encode()
    if api("GET", "/scoring-types/law/").status_code == 404:
        assert api("POST", TYPES, sent).status_code == 201
    first = api("PUT", "/scoring-types/law/", sent)
    in_yaml = api("GET", "/scoring-types/law/?version=draft&format=yaml").content
    second = send(api, "PUT", "/scoring-types/law/", in_yaml)
    in_json = api("GET", "/scoring-types/law/?version=draft").content
    third = api("PUT", "/scoring-types/law/", in_json)
    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 200]
    assert first["ETag"] == second["ETag"] == third["ETag"], "a document that says the same makes no new revision"
    assert loads(in_yaml) == exact_json.loads(in_json)
    assert first.content == third.content == in_json


def test_an_archived_type_is_listed_and_brought_back(api: Api, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    api("DELETE", TYPE)
    assert [one["key"] for one in api.get(f"{TYPES}?archived=true")["results"]] == ["new-leads"]
    assert api.get(f"{TYPES}?archived=false")["results"] == []
    restored = api("POST", f"{TYPE}restore/")
    assert (restored.status_code, json.loads(restored.content)) == (
        200, {**DOCUMENT, "version": None, "published_version": None, "state": "draft"}
    )  # fmt: skip
    assert api.get(f"{TYPES}?archived=true")["results"] == []
    assert [one["version"] for one in api.get(f"{TYPE}versions/")["results"]] == [1]
    assert api("POST", f"{TYPE}restore/").status_code == 404, "it is not archived any more"
