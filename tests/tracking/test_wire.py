"""Raw requests, as clients send them, through the real web server and the real drain → answer and stored rows."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from accounts import keys
from accounts.models import Key, KeyKind, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Company, Contact, Source
from tests.tracking.web_server import HOST, served
from tests.tracking.wire_requests import ANSWERS, KEY, RECORDED, TRACKED, WRITTEN, Row, Wire, posted
from tracking.draining import drain
from tracking.models import Inbox, Rejected

pytestmark = pytest.mark.django_db(transaction=True)

WIRES = {**RECORDED, **WRITTEN}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served({}) as port:
        yield port


@pytest.fixture
def workspace(db: None, now: datetime) -> Workspace:
    """One with the write key of the recorded requests. Web processes outlive a test and remember keys by id, so the ids are fixed."""
    workspace = Workspace.objects.create(id=1_000_000, name="Recorded", slug="recorded")
    known(workspace, KEY, now, id=1_000_000)
    return workspace


def known(workspace: Workspace, token: str, now: datetime, **more: int) -> None:
    """Makes a write key of this text."""
    with workspace_scope(workspace.id):
        Key.objects.create(
            workspace=workspace, kind=KeyKind.WRITE, name="Recorded", prefix=token[:11], token_hash=keys.hash_of(token), public_token=token,
            scopes=["track"], created_at=now, **more,
        )  # fmt: skip


def exchanged(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in small letters and body of the answer."""
    with socket.create_connection((HOST, port), timeout=30) as wire:
        wire.sendall(request)
        stream = wire.makefile("rb")
        status = int(stream.readline().split()[1])
        lines = iter(lambda: stream.readline().decode().strip(), "")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return status, headers, stream.read(int(headers.get("content-length", 0)))


def stored(workspace: Workspace) -> list[Row]:
    """Every activity, in the order of processing."""
    with workspace_scope(workspace.id):
        return [_row(activity) for activity in Activity.objects.filter(workspace=workspace).order_by("id")]


def _row(activity: Activity) -> Row:
    assert activity.contact
    who = ", ".join(sorted(f"{one.kind} {one.value}" for one in activity.contact.identifiers.all()))
    lag = (activity.received_at - activity.occurred_at).total_seconds() or None
    return Row(activity.kind, activity.name, activity.properties, who, lag)


def profiles(workspace: Workspace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Traits of the contact of u1, and of each company."""
    with workspace_scope(workspace.id):
        found = Contact.objects.filter(workspace=workspace, identifiers__value="u1").first()
        return found.traits if found else {}, dict(Company.objects.filter(workspace=workspace).values_list("group_id", "traits"))


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_a_request_as_it_is_sent(port: int, workspace: Workspace, wire: Wire) -> None:
    status, headers, body = exchanged(port, wire.request)
    assert ((status, body), headers["access-control-allow-origin"]) == (wire.answer, "*")
    assert {name: headers.get(name) for name in wire.headers} == wire.headers
    while drain(workspace.id).more:
        pass
    assert stored(workspace) == wire.rows
    assert profiles(workspace) == (wire.traits, wire.companies)
    with workspace_scope(workspace.id):
        assert (Inbox.objects.count(), Rejected.objects.count()) == (0, 0)
        assert {activity.source for activity in Activity.objects.all()} <= {Source.BROWSER}


@pytest.mark.parametrize(("request_", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_the_table_of_answers(port: int, workspace: Workspace, request_: bytes, answer: tuple[int, dict[str, Any]]) -> None:
    status, headers, body = exchanged(port, request_)
    said = json.loads(body)
    if not said["success"]:
        assert said["error"].pop("message")
    assert (status, said) == answer
    assert (headers["content-type"], headers["access-control-allow-origin"]) == ("application/json", "*")
    with workspace_scope(workspace.id):
        assert Rejected.objects.count() == len(said.get("rejected", []))
        assert Inbox.objects.count() <= (status == 200)


def test_a_key_over_its_rate_is_told_when_to_come_again_and_loses_nothing(port: int, workspace: Workspace, now: datetime) -> None:
    slow = KEY[:-1] + "x"
    known(workspace, slow, now, id=1_000_001, requests_per_second=1)
    answers = [exchanged(port, posted("track", TRACKED, f"X-Write-Key: {slow}")) for _ in range(3)]
    assert [(status, headers.get("retry-after")) for status, headers, _ in answers] == [(200, None), (429, "1"), (429, "1")]
    with workspace_scope(workspace.id):
        assert Inbox.objects.count() == 1
