"""Importing by the API."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Job, Workspace
from accounts.scope import workspace_scope
from contacts.api.imports import _file
from contacts.imports import MOST_BYTES
from contacts.models import Contact, Import
from leadscore.api.media import TooLarge
from tests.api.conftest import Api
from tests.scoring.importing import csv_of, work

pytestmark = pytest.mark.django_db

MAPPING = {"columns": {"id": {"to": "user_id"}, "mail": {"to": "email"}, "first": {"to": "trait", "name": "first_name"}}}
RAW = csv_of(("id", "mail", "first"), ("u1", "ada@firm.test", "Ada"), ("u2", "nobody", "Bea"))


def post(api: Api, raw: bytes = RAW, mapping: Any = MAPPING, **options: Any) -> Any:
    query = urlencode({"mapping": json.dumps(mapping), **options})
    return api.client.post(f"/api/v1/contacts/import/?{query}", raw, content_type="text/csv", headers=api.headers)


def done(workspace: Workspace, response: Any) -> int:
    """The job's id, when its work is done."""
    assert response.status_code == 202, response.content
    job_id: int = json.loads(response.content)["job"]
    with workspace_scope(workspace.id):
        job = Job.objects.get(id=job_id)
    work(workspace, job)
    return job_id


def test_a_body_of_csv_is_imported_and_the_job_counts(api: Api, workspace: Workspace) -> None:
    job = api.get(f"/jobs/{done(workspace, post(api))}/")
    with workspace_scope(workspace.id):
        made = Import.objects.get(workspace=workspace)
        assert Contact.objects.get(workspace=workspace).traits == {"email": "ada@firm.test", "first_name": "Ada"}
    errors = f"/api/v1/contacts/import/{made.id}/errors/"
    counts = {"new": 1, "updated": 0, "unchanged": 0, "refused": 1, "warnings": 0, "new_contacts": 0}
    assert (job["state"], job["done"], job["total"], job["result"]) == ("done", 2, 2, {"import": made.id, **counts, "errors": errors})
    response = api.client.get(errors, headers=api.headers)
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[1:] == ['"u2","nobody","Bea","3","refused","“mail” is not an e-mail address."']


def test_a_dry_run_changes_nothing(api: Api, workspace: Workspace) -> None:
    job = api.get(f"/jobs/{done(workspace, post(api, dry_run='true'))}/")
    with workspace_scope(workspace.id):
        assert (job["kind"], job["result"]["new"], Contact.objects.filter(workspace=workspace).count()) == ("import_check", 1, 0)


def test_a_form_is_taken_as_well(api: Api, workspace: Workspace) -> None:
    form = {"file": SimpleUploadedFile("leads.csv", RAW), "mapping": json.dumps(MAPPING), "dry_run": "false", "kind": "contacts"}
    done(workspace, api.client.post("/api/v1/contacts/import/", form, headers=api.headers))
    with workspace_scope(workspace.id):
        assert list(Import.objects.filter(workspace=workspace).values_list("file_name", "state")) == [("leads.csv", "done")]


@pytest.mark.parametrize(
    ("raw", "mapping", "options", "fault"),
    [
        (b"", MAPPING, {}, ("file", "required")),
        (b"id\n", MAPPING, {}, ("file", "unreadable")),
        (RAW, {"columns": {"id": {"to": "boss"}}}, {}, ("mapping.columns.id.to", "choice")),
        (RAW, {"columns": {}}, {}, ("mapping.columns", "no_identifier")),
        (RAW, [], {}, ("mapping", "type")),
        (RAW, None, {}, ("mapping", "null")),
        (RAW, None, {"dry_run": "true"}, ("mapping", "null")),
        (RAW, MAPPING, {"kind": "cars"}, ("kind", "invalid_choice")),
        (RAW, MAPPING, {"speed": "9"}, ("speed", "unknown")),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    api: Api, workspace: Workspace, raw: bytes, mapping: Any, options: dict[str, str], fault: tuple[str, str]
) -> None:
    response = post(api, raw, mapping, **options)
    found = [(one["path"], one["code"]) for one in json.loads(response.content)["errors"]]
    with workspace_scope(workspace.id):
        assert (response.status_code, found, Import.objects.filter(workspace=workspace).count()) == (400, [fault], 0)


def test_a_mapping_that_is_not_json_and_another_kind_of_body_are_refused(api: Api) -> None:
    response = api.client.post("/api/v1/contacts/import/?mapping={", RAW, content_type="text/csv", headers=api.headers)
    assert json.loads(response.content)["errors"][0]["code"] == "not_json"
    assert api.client.post("/api/v1/contacts/import/", "{}", content_type="application/json", headers=api.headers).status_code == 415


class Unread(SimpleUploadedFile):
    def read(self, num_bytes: int | None = None) -> bytes:
        raise AssertionError("read into memory")


def test_a_file_that_is_too_large_is_not_read() -> None:
    large = Unread("leads.csv", b"")
    large.size = MOST_BYTES + 1
    form: Any = SimpleNamespace(data={"file": large})
    with pytest.raises(TooLarge):
        _file(form, "")


def test_a_body_that_is_too_large_is_refused(api: Api, workspace: Workspace) -> None:
    form = {"file": SimpleUploadedFile("leads.csv", RAW), "mapping": json.dumps(MAPPING)}
    told = api.client.post("/api/v1/contacts/import/", form, headers=api.headers, CONTENT_LENGTH=str(30 * 1024 * 1024))
    sent = post(api, b"x" * (MOST_BYTES + 1))
    with workspace_scope(workspace.id):
        assert ([told.status_code, sent.status_code], Import.objects.filter(workspace=workspace).count()) == ([413, 413], 0)


def test_a_key_without_the_right_is_refused(key_with: Any) -> None:
    assert post(key_with("read")).status_code == 403
