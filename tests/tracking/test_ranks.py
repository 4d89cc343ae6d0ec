"""A browser can never outrank a server: whatever it tries at the door, what a server has said of a contact or a company stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Company, Contact, Identifier, Source
from tests.tracking.conftest import basic
from tracking.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

ADA = {"email": "ada@firm.test", "job_title": "CTO", "plan": "pro"}
FIRM = {"name": "Firm", "employees": 50}
BOSS = {"email": "boss@firm.test", "job_title": "CEO"}
SAID: list[dict[str, Any]] = [
    {"type": "identify", "userId": "ada", "anonymousId": "ada-laptop", "traits": ADA, "messageId": "server-1"},
    {"type": "group", "userId": "ada", "groupId": "firm", "traits": FIRM, "messageId": "server-2"},
    {"type": "identify", "userId": "boss", "traits": BOSS, "messageId": "server-3"},
]
LIES = {"email": "mallory@evil.test", "job_title": "Intern", "plan": None}

Say = Callable[..., int]


@pytest.fixture
def say(client: Client, workspace: Workspace) -> Say:
    """Posts a body (bytes, or what becomes JSON) with a key as Basic user, and has it processed; the status of the answer."""

    def post(key: str, path: str, body: Any, **headers: str) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        status = client.post(f"/v1/{path}", raw, "text/plain", headers={**basic(key), **headers}).status_code
        while drain(workspace.id).more:
            pass
        return int(status)

    return post


def standing(workspace: Workspace) -> dict[str, Any]:
    """What is known of Ada, of the boss and of their firm, and whose their names are."""
    with workspace_scope(workspace.id):
        held = {one.value: one.contact for one in Identifier.objects.filter(workspace=workspace).select_related("contact__company")}
        ada, boss = held["ada"], held["boss"]
        return {
            "ada": {name: ada.traits.get(name) for name in ADA}, "company": ada.company and ada.company.group_id,
            "boss": {name: boss.traits.get(name) for name in BOSS}, "firm": Company.objects.get(workspace=workspace, group_id="firm").traits,
            "addresses": [held["ada@firm.test"] == ada, held["boss@firm.test"] == boss], "apart": ada != boss and not ada.merged_into_id,
        }  # fmt: skip


AS_SAID = {"ada": ADA, "company": "firm", "boss": BOSS, "firm": FIRM, "addresses": [True, True], "apart": True}


def identify(**more: Any) -> dict[str, Any]:
    return {"userId": "ada", "traits": LIES, **more}


def with_twice(name: str, *values: object) -> bytes:
    """A call of lies with a member more than once: the last counts in JSON."""
    members = json.dumps(identify())[1:-1]
    return f"{{{members},{','.join(f'{json.dumps(name)}:{json.dumps(value)}' for value in values)}}}".encode()


ATTEMPTS: dict[str, tuple[str, Any]] = {
    "a later call": ("identify", identify()),
    "by her laptop": ("identify", {"anonymousId": "ada-laptop", "traits": LIES}),
    "by her address": ("identify", {"traits": {**LIES, "email": "ada@firm.test"}}),
    "dated ahead": ("identify", identify(timestamp="2999-01-01T00:00:00Z")),
    "dated ahead by a slow clock": ("identify", identify(timestamp="2026-11-25T00:00:00Z", sentAt="2001-01-01T00:00:00Z")),
    "the greatest messageId": ("identify", identify(messageId="\uffff" * 33)),
    "traits in the context": ("identify", {"userId": "ada", "context": {"traits": LIES}}),
    "traits in the context of a batch": ("batch", {"context": {"traits": LIES}, "batch": [{"type": "identify", "userId": "ada"}]}),
    "in the names of the specification": ("identify", {"userId": "ada", "traits": {"jobTitle": "Intern", "Email": "mallory@evil.test"}}),
    "a source of its own": ("identify", identify(source=1, rank=1, type="import", channel="server", receivedAt="2999-01-01T00:00:00Z")),
    "a source in the context": ("identify", identify(context={"source": 1, "rank": 1, "channel": "server", "library": {"name": "server"}})),
    "a source in the traits": ("identify", identify(traits={**LIES, "source": 1, "rank": 1, "created_at": "1999-01-01", "createdAt": "1999-01-01"})),
    "two keys in the body": ("identify", with_twice("writeKey", "sk_" + "0" * 40, "wk_" + "0" * 40)),
    "two types": ("identify", with_twice("type", "identify", "alias", "server")),
    "another company": ("group", {"userId": "ada", "groupId": "evil", "traits": {"name": "Evil"}}),
    "the company's traits": ("group", {"userId": "ada", "groupId": "firm", "traits": {"name": "Evil", "employees": None}}),
    "the company's traits by another visitor": ("group", {"anonymousId": "mallory", "groupId": "firm", "traits": {"name": "Evil"}}),
    "an alias of two known contacts": ("alias", {"userId": "boss", "previousId": "ada"}),
    "the alias the other way": ("alias", {"userId": "ada", "previousId": "boss"}),
    "an alias to a new id, then lies under that": (
        "batch",
        {"batch": [{"type": "alias", "userId": "mallory", "previousId": "ada"}, {"type": "identify", "userId": "mallory", "traits": LIES}]},
    ),
    "the boss's address for Ada": ("identify", {"userId": "ada", "traits": {"email": "boss@firm.test"}}),
    "Ada's address for a visitor": ("identify", {"anonymousId": "mallory", "traits": {**LIES, "email": "ada@firm.test"}}),
    "an activity that names an address": ("track", {"event": "E", "anonymousId": "mallory", "properties": ADA, "traits": ADA}),
    "the server's messageId again": ("identify", identify(messageId="server-1")),
}


@pytest.mark.parametrize(("path", "body"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_what_a_server_said_stands(workspace: Workspace, say: Say, write_key: str, secret_key: str, path: str, body: Any) -> None:
    assert say(secret_key, "batch", {"batch": SAID}) == 200
    assert say(write_key, path, body) == 200
    assert standing(workspace) == AS_SAID
    with workspace_scope(workspace.id):
        assert {call.source for call in Activity.objects.exclude(message_id__startswith="server-")} <= {Source.BROWSER}


# What comes first decides of ids and addresses, which have no rank (docs/tracking.md): these two are about them.
OF_NAMES = {"the server's messageId again", "the boss's address for Ada"}


@pytest.mark.parametrize(("path", "body"), [attempt for name, attempt in ATTEMPTS.items() if name not in OF_NAMES])
def test_what_a_server_says_later_stands_as_well(workspace: Workspace, say: Say, write_key: str, secret_key: str, path: str, body: Any) -> None:
    """Also where it is about earlier."""
    early = [{**call, "timestamp": "2026-01-01T00:00:00Z"} for call in SAID]
    assert say(write_key, path, body) == 200
    assert say(secret_key, "batch", {"batch": early}) == 200
    with workspace_scope(workspace.id):
        ada = Identifier.objects.get(workspace=workspace, kind="user_id", value="ada").contact
        firm = Company.objects.get(workspace=workspace, group_id="firm")
        assert ({name: ada.traits.get(name) for name in ("job_title", "plan")}, firm.traits) == ({"job_title": "CTO", "plan": "pro"}, FIRM)
        assert ada.company == firm


@pytest.mark.parametrize("place", ["X-Write-Key", "body"])
def test_a_secret_key_behind_the_public_one_is_not_looked_at(workspace: Workspace, say: Say, write_key: str, secret_key: str, place: str) -> None:
    """One that a visitor has found somewhere is as good as any; but what the page's own key says first is a browser's."""
    assert say(secret_key, "batch", {"batch": SAID}) == 200
    headers = {"X-Write-Key": secret_key} if place == "X-Write-Key" else {}
    assert say(write_key, "identify", identify(**({"writeKey": secret_key} if place == "body" else {})), **headers) == 200
    assert standing(workspace) == AS_SAID


def test_an_address_that_a_browser_took_first_is_the_servers_contact_once_it_says_so(
    workspace: Workspace, say: Say, write_key: str, secret_key: str
) -> None:
    """The squatter's visitor becomes the one who has the address; nothing that it said outlives what the server says."""
    assert say(write_key, "identify", {"anonymousId": "mallory", "traits": {**LIES, "email": "ada@firm.test"}}) == 200
    assert say(secret_key, "batch", {"batch": SAID}) == 200
    assert standing(workspace) == AS_SAID


def test_ids_that_a_server_has_told_apart_are_not_joined_by_a_browsers_batch(
    workspace: Workspace, say: Say, write_key: str, secret_key: str
) -> None:
    assert say(secret_key, "batch", {"batch": SAID}) == 200
    both = [{"type": "identify", "userId": who, "anonymousId": "mallory", "traits": {"email": f"{other}@firm.test"}}
            for who, other in (("ada", "boss"), ("boss", "ada"))]  # fmt: skip
    assert say(write_key, "batch", {"batch": both}) == 200
    assert standing(workspace) == AS_SAID
    with workspace_scope(workspace.id):
        assert Contact.objects.filter(workspace=workspace, merged_into=None).count() == 2
