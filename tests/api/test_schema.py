"""The OpenAPI document is valid, complete and true; the page that shows it asks no other host."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import hypothesis
import pytest
import schemathesis
import schemathesis.checks
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import get_resolver
from hypothesis import strategies
from jsonschema import Draft202012Validator

from accounts.models import Key, KeyKind, User, Workspace
from leadscore.api import docs
from tests.tenancy.rows import Rows, fill
from tracking import collector_urls

LATER = ("outcome", "feedback", "segments")


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Client().get("/api/v1/openapi.json").content)
    return found


def test_the_document_is_valid_and_nothing_was_guessed() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=io.StringIO())


def test_every_path_is_described() -> None:
    (mounted,) = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/"]
    resources = [entry for entry in mounted.url_patterns if entry.name not in ("openapi", "docs", "nothing")]
    routed = {re.sub(r"<[a-z]+:(\w+)>", r"{\1}", f"/api/v1/{entry.pattern}") for entry in resources}
    tracked = {re.sub(r"<str:write_key>", "{writeKey}", f"/{entry.pattern}") for entry in collector_urls.urlpatterns}
    assert set(document()["paths"]) == routed | tracked


def test_what_later_releases_add_is_neither_routed_nor_described() -> None:
    assert [path for path in document()["paths"] for word in LATER if word in path.split("/")] == []


def test_refusals_of_settings_are_described(client: Client, workspace: Workspace) -> None:
    key = Key.objects.get(workspace=workspace, kind=KeyKind.WRITE)
    Key.objects.filter(id=key.id).update(allowed_origins=["https://shop.test"])
    asked = [("wk_no", "https://shop.test"), (key.public_token, "https://other.test"), (key.public_token, "https://shop.test")]
    answers = [client.get(f"/v1/projects/{token}/settings", headers={"Origin": origin}).status_code for token, origin in asked]
    told = document()["paths"]["/v1/projects/{writeKey}/settings"]["get"]["responses"]
    assert (answers, sorted(told)) == ([401, 403, 200], ["200", "401", "403", "503"])


def test_calls_are_described_as_they_are_taken(client: Client, workspace: Workspace) -> None:
    key = Key.objects.get(workspace=workspace, kind=KeyKind.WRITE).public_token
    call = {"userId": 7, "anonymousId": 1.5, "groupId": 8, "previousId": 9, "messageId": 10, "event": "Paid", "writeKey": key}
    described = {name: document()["components"]["schemas"][f"Tracking{name.title()}"] for name in ("track", "group", "alias")}
    assert [client.post(f"/v1/{name}", call, "application/json").status_code for name in described] == [200] * 3
    assert [list(Draft202012Validator(one).iter_errors(call)) for one in described.values()] == [[]] * 3
    too_long = {**call, "messageId": "é" * 51}
    assert client.post("/v1/track", too_long, "application/json").json()["error"]["code"] == "too_long"
    assert "100 bytes" in described["track"]["properties"]["messageId"]["description"]


def test_no_number_is_described_by_what_floats_cannot_hold() -> None:
    """0.3 is no multiple of 0.001 to a validator that reckons in binary."""
    assert b"multipleOf" not in docs.document()


def test_every_operation_says_who_may() -> None:
    told = [operation for path in document()["paths"].values() for operation in path.values()]
    assert [operation["operationId"] for operation in told if "security" not in operation] == []
    ids = [operation["operationId"] for operation in told]
    assert len(ids) == len(set(ids))


@pytest.mark.django_db
def test_the_tracking_api_tells_how_it_refuses_an_unknown_key() -> None:
    told = {path: methods for path, methods in document()["paths"].items() if path.startswith("/v1/") and path != "/v1/m"}
    call = json.dumps({"writeKey": "wk_no", "batch": []})
    for path, methods in told.items():
        ((method, operation),) = methods.items()
        response = Client().generic(method, path.format(writeKey="wk_no"), call, "application/json")
        assert (path, response.status_code, "401" in operation["responses"]) == (path, 401, True)


def test_the_viewer_is_served_from_here_alone() -> None:
    page = Client().get("/api/v1/docs/")
    policy = page["Content-Security-Policy"]
    assert (page.status_code, "'unsafe-inline'" in policy.partition("script-src")[2].partition(";")[0], "http" in policy) == (200, False, False)
    html = page.content.decode()
    links = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert (len(links), [link for link in links if not link.startswith("/")]) == (7, [])
    assert [Client().get(link).status_code for link in links] == [200] * 7
    assert b"/api/v1/openapi.json" in Client().get("/api/v1/docs/?script=").content


@pytest.fixture
def rows(workspace: Workspace, alice: User, now: datetime) -> Rows:
    return fill(workspace, alice, "word", now)


def described() -> list[Any]:
    """The operations of the management API."""
    schema = schemathesis.openapi.from_dict(json.loads(docs.document()))
    schema.app = get_wsgi_application()
    return [found.ok() for found in schema.include(path_regex="^/api/v1/").get_all_operations()]


def test_parameters_that_are_not_described_are_refused(client: Client, rows: Rows) -> None:
    answers = {}
    for operation in described():
        described_there = {one["name"] for one in operation.definition.raw.get("parameters", ())}
        others = [name for name in ("cursor", "format", "colour") if name not in described_there]
        address = f"{operation.path.format(**of_path(operation.path, rows))}?{'&'.join(f'{name}=1' for name in others)}"
        kind = "text/csv" if "import" in operation.path else "application/json"
        answer = client.generic(operation.method, address, b"{}", kind, headers={"Authorization": f"Bearer {rows.secret_key}"})
        faults = answer.json()["errors"] if answer.status_code == 400 else None
        answers[operation.label] = faults is not None and [(one["path"], one["code"]) for one in faults] == [(name, "unknown") for name in others]
    assert [label for label, refused in answers.items() if not refused] == ["GET /api/v1/scoring-type.schema.json"]  # the same whatever is asked


PROMISED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.mark.usefixtures("_in_the_tests_transaction")
@pytest.mark.parametrize("operation", described(), ids=lambda operation: operation.label)
@hypothesis.settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(data=strategies.data())
def test_answers_are_as_described(operation: Any, data: Any, rows: Rows) -> None:
    case = data.draw(operation.as_strategy())
    case.path_parameters = {name: value for name, value in of_path(operation.path, rows).items() if name in (case.path_parameters or {})}
    checks = schemathesis.checks.CHECKS.get_by_names(list(PROMISED))
    headers = {"Authorization": f"Bearer {rows.secret_key}", "Host": "testserver"}
    case.call_and_validate(headers=headers, checks=checks)


@pytest.fixture
def _in_the_tests_transaction() -> Iterator[None]:
    """Requests do not close the test's connection; Django's own test client does the same."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def of_path(path: str, rows: Rows) -> dict[str, Any]:
    """What fills a path; keys are not revoked, for one of them asks."""
    return {
        "contact_id": rows.contact.id, "company_id": rows.company.id, "job_id": rows.job.id, "message_id": rows.message.id, "key_id": 2**62,
        "import_id": rows.imported.id, "rejected_id": rows.rejected.id, "preview_id": rows.preview.id, "activity_id": rows.activity.id,
        "duplicate_id": rows.duplicate.id, "number": rows.version.number,
        "key": rows.team.key if "teams" in path else rows.scoring_type.key,
    }  # fmt: skip
