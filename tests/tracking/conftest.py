"""Keys, and a look into the inbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import keys
from accounts.models import Key, KeyKind, User, Workspace
from accounts.scope import workspace_scope
from tracking import rates, senders
from tracking.models import Inbox, Rejected
from tracking.payload import stored_calls


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Every test begins as a new process does."""
    senders.forget()
    rates.forget()
    yield
    senders.forget()
    rates.forget()


@pytest.fixture
def key(workspace: Workspace) -> Key:
    """Acme's write key."""
    return Key.objects.get(workspace=workspace, kind=KeyKind.WRITE)


@pytest.fixture
def write_key(key: Key) -> str:
    assert key.public_token
    return key.public_token


@pytest.fixture
def secret_key(workspace: Workspace, alice: User, now: datetime) -> str:
    """One of Acme's servers' keys."""
    return keys.issue(workspace, KeyKind.SECRET, "Server", ["track"], alice, now)[1]


@dataclass
class Stored:
    """What of a workspace lies in the inbox, and what was set aside."""

    workspace_id: int

    def calls(self) -> list[tuple[str, str | None]]:
        """Kind and name of each call, in order."""
        with workspace_scope(self.workspace_id):
            rows = list(Inbox.objects.order_by("id"))
        return [(call.kind, call.name) for row in rows for call in stored_calls(bytes(row.body), row.received_at)]

    def sources(self) -> list[int]:
        with workspace_scope(self.workspace_id):
            return list(Inbox.objects.order_by("id").values_list("source", flat=True))

    def rejected(self) -> list[tuple[str, str, bytes]]:
        with workspace_scope(self.workspace_id):
            rows = list(Rejected.objects.order_by("id").values_list("code", "path", "body"))
        return [(code, path, bytes(body)) for code, path, body in rows]


@pytest.fixture
def stored(workspace: Workspace) -> Stored:
    return Stored(workspace.id)


def basic(user: str) -> dict[str, str]:
    """The header that names a key as Segment's SDKs do."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:'.encode()).decode()}"}


Post = Callable[..., HttpResponse]


@pytest.fixture
def post(client: Client, write_key: str) -> Post:
    """Posts to a tracking path with Acme's write key. What is not bytes is sent as JSON."""

    def send(path: str, body: Any, headers: dict[str, str] | None = None, content_type: str = "text/plain") -> HttpResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        response: HttpResponse = client.post(f"/v1/{path}", data, content_type, headers=basic(write_key) if headers is None else headers)
        return response

    return send
