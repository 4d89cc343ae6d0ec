"""Acme's API, asked with a key of every right, and the means to fill the workspace as a site would."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import keys
from accounts.models import KeyKind, User, Workspace
from tests.scoring.conftest import DOCUMENT, Send, publish, send

__all__ = ["Api", "send"]

PREFIX = "/api/v1"


class Api:
    """Sends requests with a key, or as whoever is signed in to the client."""

    def __init__(self, headers: dict[str, str], client: Client | None = None) -> None:
        self.headers, self.client = headers, client or Client()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """A body that is not bytes is sent as JSON; headers are named with underscores."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("http") else PREFIX + path
        return self.client.generic(method, address, data, "application/json", headers={**self.headers, **named})  # type: ignore[return-value]

    def get(self, path: str, **headers: str) -> Any:
        """The parsed answer to a GET that must succeed."""
        response = self("GET", path, **headers)
        assert response.status_code == 200, response.content
        return json.loads(response.content)

    def faults(self, method: str, path: str, body: Any = None, status: int = 400, **headers: str) -> list[tuple[str, str]]:
        """(path, code) of each fault in a refusal, which must be a problem of that status."""
        response = self(method, path, body, **headers)
        assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
        problem = json.loads(response.content)
        assert (problem["status"], sorted(problem)) == (status, ["detail", "errors", "status", "title", "type"])
        return [(fault["path"], fault["code"]) for fault in problem["errors"]]


@pytest.fixture
def key_with(workspace: Workspace, alice: User, now: datetime) -> Callable[..., Api]:
    """An API client by a new key of Acme's with the given scopes."""

    def issue(*scopes: str) -> Api:
        _, token = keys.issue(workspace, KeyKind.SECRET, "key", scopes, alice, now)
        return Api({"Authorization": f"Bearer {token}"})

    return issue


@pytest.fixture
def api(key_with: Callable[..., Api]) -> Api:
    return key_with("admin")


@pytest.fixture
def as_person() -> Callable[..., Api]:
    """An API client by a session in a workspace, which checks CSRF tokens if asked to."""

    def sign_in(user: User, slug: str = "acme", *, csrf: bool = False) -> Api:
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(user)
        return Api({"X-Workspace": slug}, client)

    return sign_in


@pytest.fixture
def lead(api: Api, send: Send, workspace: Workspace) -> int:
    """Ada, who looked at the prices four times and asked for a demo: 95 points. Her id."""
    publish(workspace, DOCUMENT)
    view = {"type": "page", "anonymousId": "a1", "properties": {"url": "https://shop.test/pricing"}}
    send(*({**view, "messageId": f"p{number}"} for number in range(4)))
    traits = {"email": "Ada@Firm.test", "firstName": "Ada", "jobTitle": "CTO of Firm"}
    send({"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": traits})
    send({"type": "track", "userId": "u1", "event": "Demo Requested", "messageId": "d1", "properties": {"seats": 12.50}})
    found: int = api.get("/contacts/?user_id=u1")["results"][0]["id"]
    return found
