"""Previews by the API: a sample at once, a job for the exact one, who moves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import Workspace
from leadscore import clock, exact_yaml
from scoring import previewing
from tests.api.conftest import Api
from tests.scoring.conftest import DOCUMENT, Send, publish

pytestmark = pytest.mark.django_db(transaction=True)

TYPE = "/scoring-types/new-leads"
CHEAPER = {**DOCUMENT, "rules": [{**DOCUMENT["rules"][1], "points": 20}]}


@pytest.fixture(autouse=True)
def leads(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    at = clock.now().isoformat()
    send(*({"type": "track", "userId": f"u{user}", "event": "Demo Requested", "messageId": f"d{user}", "timestamp": at} for user in range(3)))


def work(workspace: Workspace, job: int) -> None:
    while previewing.advance(workspace.id, job):
        pass


def ask(api: Api, body: Any = None) -> dict[str, Any]:
    response = api("POST", f"{TYPE}/preview/", body)
    assert response.status_code == 200, response.content
    answered: dict[str, Any] = json.loads(response.content)
    return answered


def test_the_draft_is_previewed_from_a_sample_and_then_exactly(api: Api, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 2)
    api("PUT", f"{TYPE}/", CHEAPER)
    answered = ask(api)
    assert (answered["sample"]["sampled"], answered["sample"]["contacts"], answered["sample"]["exact"]) == (2, 3, False)
    assert api.get(f"/jobs/{answered['job']}/")["state"] == "queued"
    work(workspace, answered["job"])
    job = api.get(f"/jobs/{answered['job']}/")
    assert (job["state"], job["done"], job["total"]) == ("done", 3, 3)
    by_stage = {one["stage"]: (one["now"], one["then"], one["low"], one["high"]) for one in job["result"]["stages"]}
    assert by_stage == {"mql": (0, 0, 0, 0), "hot": (3, 0, 0, 0), "cold": (0, 3, 3, 3), None: (0, 0, 0, 0)}
    assert job["result"]["crossings"] == [{"from": "hot", "to": "cold", "contacts": 3, "low": 3, "high": 3}]
    shown = api.get(f"{TYPE}/previews/{answered['preview']}/")
    assert {"preview": shown["preview"], **shown["exact"]} == job["result"]
    assert shown["stale"] is False
    moves = api.get(f"{TYPE}/previews/{answered['preview']}/moves/?stage_then=cold&is_up=false")["results"]
    assert [(one["points_now"], one["points_then"], one["stage_now"], one["stage_then"]) for one in moves] == [(60, 20, "hot", "cold")] * 3
    assert api.get(f"{TYPE}/previews/{answered['preview']}/moves/?is_up=true")["results"] == []


def test_a_document_is_previewed_without_being_stored(api: Api) -> None:
    answered = ask(api, CHEAPER)
    assert answered["sample"]["moves"] == {
        "contacts": 3, "low": 3, "high": 3, "up": 0, "up_low": 0, "up_high": 0, "down": 3, "down_low": 3, "down_high": 3,
    }  # fmt: skip
    assert api.get(f"{TYPE}/?version=draft")["rules"] == DOCUMENT["rules"]


def test_the_job_of_a_sample_of_all_contacts_is_done_at_once(api: Api) -> None:
    job = api.get(f"/jobs/{ask(api)['job']}/")
    assert (job["state"], job["done"], job["total"]) == ("done", 3, 3)


def test_of_what_a_key_sends_the_newest_alone_is_counted(api: Api, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 2)
    draft, older, newer = ask(api), ask(api, CHEAPER), ask(api, CHEAPER)
    for answered in (draft, older, newer):
        work(workspace, answered["job"])
    shown = [api.get(f"/jobs/{answered['job']}/") for answered in (draft, older, newer)]
    assert [(job["state"], job["error"]) for job in shown] == [("done", ""), ("failed", "A newer preview was asked for."), ("done", "")]


def test_only_no_body_at_all_stands_for_the_draft(api: Api) -> None:
    no_documents = {b"{}": ("key", "required"), b" ": ("", "invalid_json"), b"null": ("", "null"), **dict.fromkeys((b"[]", b"0"), ("", "type"))}
    answers = {body: api.faults("POST", f"{TYPE}/preview/", body) for body in no_documents}
    assert [body for body, fault in no_documents.items() if fault not in answers[body]] == []


def test_a_document_is_previewed_in_yaml(api: Api) -> None:
    sent = exact_yaml.dumps(CHEAPER).encode()
    answer = api.client.generic("POST", f"/api/v1{TYPE}/preview/", sent, "text/yaml", headers=api.headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.content)["sample"] == ask(api, CHEAPER)["sample"]


def test_what_cannot_be_previewed_is_named(api: Api) -> None:
    assert api.faults("POST", f"{TYPE}/preview/", {**DOCUMENT, "key": "other"}) == [("key", "fixed")]
    worthless = {**DOCUMENT, "rules": [{**DOCUMENT["rules"][0], "points": 0}]}
    assert [path for path, _ in api.faults("POST", f"{TYPE}/preview/", worthless)] == ["rules[0].points"]
    assert api("POST", "/scoring-types/none/preview/").status_code == 404
    assert api("GET", f"{TYPE}/previews/999999/").status_code == 404
