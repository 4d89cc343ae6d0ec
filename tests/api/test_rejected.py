"""Rejected calls by the API: listed, repeated, dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import AuditEntry, Workspace
from accounts.scope import workspace_scope
from leadscore.sql import stamp
from tests.api.conftest import Api
from tracking.models import Inbox, Rejected

GOOD = b'{"type": "track", "userId": "u1", "event": "Seen", "messageId": "m1"}'
BAD = b'{"type": "track", "userId": "\xff"}'

SetAside = Callable[..., Rejected]


@pytest.fixture
def set_aside(workspace: Workspace, now: datetime) -> SetAside:
    def make(body: bytes = GOOD, code: str = "not_processed", **more: Any) -> Rejected:
        with workspace_scope(workspace.id):
            return Rejected.objects.create(workspace=workspace, received_at=now, source=1, code=code, body=body, **more)

    return make


def kept(workspace: Workspace) -> list[int]:
    with workspace_scope(workspace.id):
        return list(Rejected.objects.order_by("id").values_list("id", flat=True))


def test_they_are_listed_newest_first_with_reason_and_bytes(api: Api, set_aside: SetAside, now: datetime) -> None:
    first = set_aside(BAD, code="required", path="batch[3].event", message="A track call names its event.")
    second = set_aside()
    results = api.get("/tracking/rejected/")["results"]
    assert [row["id"] for row in results] == [second.id, first.id]
    assert results[1] == {
        "id": first.id, "received_at": stamp(now).replace("+00:00", "Z"), "source": "server", "key": None, "code": "required",
        "path": "batch[3].event", "message": "A track call names its event.", "size": 32, "body": '{"type": "track", "userId": "\\xff"}',
    }  # fmt: skip
    assert [row["id"] for row in api.get("/tracking/rejected/?code=required")["results"]] == [first.id]


def test_of_a_large_one_the_list_has_the_beginning(api: Api, set_aside: SetAside) -> None:
    row = set_aside(b"x" * 100_000)
    (listed,) = api.get("/tracking/rejected/")["results"]
    assert (len(listed["body"]), listed["size"]) == (32_768, 100_000)
    assert len(api.get(f"/tracking/rejected/{row.id}/")["body"]) == 100_000


def test_one_is_repeated_once(api: Api, workspace: Workspace, set_aside: SetAside) -> None:
    row = set_aside()
    assert [api("POST", f"/tracking/rejected/{row.id}/repeat/").status_code for _ in range(2)] == [202, 404]
    with workspace_scope(workspace.id):
        assert list(Inbox.objects.values_list("calls", flat=True)) == [1]
        assert list(AuditEntry.objects.filter(action__startswith="rejected_call").values_list("action", "target")) == [
            ("rejected_call.repeated", str(row.id))
        ]


def test_what_is_still_not_valid_stays(api: Api, workspace: Workspace, set_aside: SetAside) -> None:
    row = set_aside(b'{"type": "track", "userId": "u1"}', code="required")
    assert api.faults("POST", f"/tracking/rejected/{row.id}/repeat/") == [("batch[0].event", "still_refused")]
    assert kept(workspace) == [row.id]


def test_one_is_dropped_once(api: Api, workspace: Workspace, set_aside: SetAside) -> None:
    row, other = set_aside(), set_aside()
    assert [api("DELETE", f"/tracking/rejected/{row.id}/").status_code for _ in range(2)] == [204, 404]
    assert kept(workspace) == [other.id]


def test_another_workspaces_are_not_there(api: Api, elsewhere: Workspace, set_aside: SetAside, now: datetime) -> None:
    with workspace_scope(elsewhere.id):
        theirs = Rejected.objects.create(workspace=elsewhere, received_at=now, source=1, code="required", body=GOOD).id
    path = f"/tracking/rejected/{theirs}/"
    assert [api.faults(*asked, status=404) for asked in (("GET", path), ("DELETE", path), ("POST", f"{path}repeat/"))] == [[], [], []]
    assert api.get("/tracking/rejected/")["results"] == []
    assert kept(elsewhere) == [theirs]


def test_a_key_that_only_reads_contacts_sees_none(key_with: Callable[..., Api], set_aside: SetAside) -> None:
    set_aside()
    assert key_with("read").faults("GET", "/tracking/rejected/", status=403) == []
