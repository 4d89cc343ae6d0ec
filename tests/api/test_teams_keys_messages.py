"""Teams, members, keys and messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import AuditEntry, Key, User, Workspace
from accounts.scope import workspace_scope
from tests.api.conftest import Api
from tests.tenancy.rows import Rows, fill


@pytest.fixture
def filled(workspace: Workspace, alice: User, now: datetime) -> Rows:
    return fill(workspace, alice, "word", now)


def test_members_are_shown_with_their_roles(api: Api) -> None:
    found = api.get("/members/")["results"]
    assert [(one["name"], one["email"], one["role"]) for one in found] == [
        ("Alice Archer", "alice@example.com", "owner"), ("Bob Baker", "bob@example.com", "viewer"),
    ]  # fmt: skip


def test_a_team_is_made_changed_and_deleted(api: Api, alice: User, bob: User, workspace: Workspace) -> None:
    made = api("POST", "/teams/", {"name": "Nordic sales", "members": [alice.id]})
    assert (made.status_code, json.loads(made.content)["key"]) == (201, "nordic-sales")
    changed = json.loads(api("PATCH", "/teams/nordic-sales/", {"name": "Nordics", "members": [bob.id]}).content)
    assert (changed["name"], [one["email"] for one in changed["members"]]) == ("Nordics", ["bob@example.com"])
    assert changed == api.get("/teams/nordic-sales/")
    assert api("DELETE", "/teams/nordic-sales/").status_code == 204
    assert api.faults("GET", "/teams/nordic-sales/", status=404) == []
    with workspace_scope(workspace.id):
        deeds = list(AuditEntry.objects.exclude(key=None).order_by("id").values_list("action", flat=True))
    assert deeds == ["team.created", "team.members_changed", "team.renamed", "team.members_changed", "team.deleted"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"name": "Others", "key": "sales"}, ("key", "taken")),
        ({"name": "sales"}, ("name", "taken")),
        ({"name": "Sales", "key": "No Slug"}, ("key", "invalid")),
        ({"name": "x" * 101}, ("name", "max_length")),
        ({"name": "A", "members": ["x"]}, ("members[0]", "invalid")),
        ({"name": "A", "members": [2**70]}, ("members[0]", "max_value")),
        ({"name": "A", "members": [True]}, ("members[0]", "invalid")),
    ],
)
def test_a_team_that_cannot_be_names_the_field(api: Api, body: Any, fault: tuple[str, str]) -> None:
    assert api.faults("POST", "/teams/", body) == [fault]


def test_a_team_is_not_renamed_to_the_name_of_another(api: Api) -> None:
    assert api.faults("PATCH", "/teams/sales/", {"name": "MARKETING", "members": []}) == [("name", "taken")]


def test_only_members_of_the_workspace_join_a_team(api: Api, alice: User, charlie: User) -> None:
    assert api.faults("PATCH", "/teams/sales/", {"members": [alice.id, charlie.id]}) == [("members[1]", "unknown")]


def test_a_key_is_shown_once(api: Api) -> None:
    issued = json.loads(api("POST", "/keys/", {"kind": "secret", "name": "CRM", "scopes": ["write", "track"]}).content)
    text = issued.pop("key")
    assert (text[:3], issued["scopes"]) == ("sk_", ["track", "write"])
    shown = next(one for one in api.get("/keys/")["results"] if one["name"] == "CRM")
    assert shown == issued
    crm = Api({"Authorization": f"Bearer {text}"})
    assert crm.get("/teams/")["results"] != []
    assert api("DELETE", f"/keys/{issued['id']}/").status_code == 204
    assert (crm("GET", "/teams/").status_code, api("DELETE", f"/keys/{issued['id']}/").status_code) == (401, 404)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"kind": "secret", "name": "CRM"}, ("scopes", "required")),
        ({"kind": "write", "name": "Shop", "scopes": ["admin"]}, ("scopes", "invalid")),
        ({"kind": "secret", "name": "CRM", "scopes": ["everything"]}, ("scopes[0]", "invalid_choice")),
        ({"kind": "other", "name": "CRM"}, ("kind", "invalid_choice")),
        ({"kind": "write", "name": "Shop", "allowed_origins": ["https://a.example", "shop"]}, ("allowed_origins[1]", "invalid")),
        ({"kind": "secret", "name": "CRM", "scopes": ["read"], "allowed_origins": ["https://a.example"]}, ("allowed_origins", "invalid")),
        ({"kind": "write", "name": "Shop", "requests_per_second": 0}, ("requests_per_second", "min_value")),
        ({"kind": "write", "name": "Shop", "requests_per_second": 10_001}, ("requests_per_second", "invalid")),
    ],
)
def test_a_key_that_cannot_be_names_the_field(api: Api, body: Any, fault: tuple[str, str]) -> None:
    assert api.faults("POST", "/keys/", body) == [fault]


def test_a_key_is_made_with_its_origins_and_rate(api: Api, workspace: Workspace) -> None:
    wanted = {"kind": "write", "name": "Shop", "allowed_origins": ["https://Shop.example:443"], "requests_per_second": 25}
    issued = json.loads(api("POST", "/keys/", wanted).content)
    assert (issued.pop("key")[:3], issued["allowed_origins"], issued["requests_per_second"]) == ("wk_", ["https://shop.example"], 25)
    assert issued == api.get(f"/keys/{issued['id']}/")
    with workspace_scope(workspace.id):
        (made,) = AuditEntry.objects.filter(action="key.created", target="Shop").values_list("data", flat=True)
    assert (made["allowed_origins"], made["requests_per_second"]) == (["https://shop.example"], 25)


def test_a_key_is_edited(api: Api, workspace: Workspace) -> None:
    key = Key.objects.get(workspace=workspace, kind="write")
    wanted = {"name": "Shop", "requests_per_second": 25, "allowed_origins": ["https://Shop.example:443", "https://*.example.com"]}
    changed = json.loads(api("PATCH", f"/keys/{key.id}/", wanted).content)
    assert (changed["name"], changed["requests_per_second"]) == ("Shop", 25)
    assert changed["allowed_origins"] == ["https://shop.example", "https://*.example.com"]
    assert changed == api.get(f"/keys/{key.id}/") == next(one for one in api.get("/keys/")["results"] if one["id"] == key.id)
    assert json.loads(api("PATCH", f"/keys/{key.id}/", {"allowed_origins": []}).content) == {**changed, "allowed_origins": []}


def test_a_greater_rate_that_an_operator_gave_may_be_repeated(api: Api, workspace: Workspace) -> None:
    key = Key.objects.get(workspace=workspace, kind="write")
    Key.objects.filter(id=key.id).update(requests_per_second=50_000)
    changed = api("PATCH", f"/keys/{key.id}/", {"name": "Shop", "requests_per_second": 50_000})
    assert (changed.status_code, json.loads(changed.content)["requests_per_second"]) == (200, 50_000)


@pytest.mark.parametrize(
    ("kind", "body", "fault"),
    [
        ("write", {"allowed_origins": ["https://a.example", "shop"]}, ("allowed_origins[1]", "invalid")),
        ("write", {"allowed_origins": ["https://a.example"] * 51}, ("allowed_origins", "max_length")),
        ("write", {"allowed_origins": None}, ("allowed_origins", "null")),
        ("write", {"requests_per_second": 0}, ("requests_per_second", "min_value")),
        ("write", {"requests_per_second": "25"}, ("requests_per_second", "invalid")),
        ("write", {"requests_per_second": 10_001}, ("requests_per_second", "invalid")),
        ("write", {"scopes": ["admin"]}, ("scopes", "unknown")),
        ("secret", {"allowed_origins": ["https://a.example"]}, ("allowed_origins", "invalid")),
    ],
)
def test_an_edit_of_a_key_that_cannot_be_names_the_field(api: Api, kind: str, body: Any, fault: tuple[str, str], workspace: Workspace) -> None:
    key = Key.objects.filter(workspace=workspace, kind=kind).latest("id")
    assert api.faults("PATCH", f"/keys/{key.id}/", body) == [fault]


def test_a_revoked_key_is_shown_and_not_edited(api: Api, workspace: Workspace, now: datetime) -> None:
    key = Key.objects.get(workspace=workspace, kind="write")
    Key.objects.filter(id=key.id).update(revoked_at=now)
    assert (api("GET", f"/keys/{key.id}/").status_code, api("PATCH", f"/keys/{key.id}/", {"name": "Shop"}).status_code) == (200, 404)


def test_a_message_is_shown_as_it_was_sent(api: Api, filled: Rows) -> None:
    (listed,) = api.get("/notifications/?state=sent&recipient=sales@word.example")["results"]
    shown = api.get(f"/notifications/{listed['id']}/")
    assert shown["mail"] == {"subject": "word subject", "text": "word text", "html": "<p>word html</p>"}
    assert [(one["outcome"], one["detail"]) for one in shown["tries"]] == [("accepted", "250 word")]
    assert {key: value for key, value in shown.items() if key not in ("mail", "tries")} == listed
    assert (listed["contact"], listed["reason"], listed["state"]) == (filled.contact.id, "team:word-team", "sent")


def test_messages_are_found_by_an_address_in_whatever_case(api: Api, filled: Rows) -> None:
    assert len(api.get("/notifications/?recipient=Sales@Word.Example")["results"]) == 1


@pytest.mark.parametrize("query", ["state=queued", "contact=999", "recipient=nobody@word.example"])
def test_messages_are_filtered(api: Api, filled: Rows, query: str) -> None:
    assert api.get(f"/notifications/?{query}")["results"] == []


def test_a_viewer_reads_and_writes_nothing(bob: User, filled: Rows, as_person: Callable[..., Api]) -> None:
    bobs = as_person(bob)
    assert len(bobs.get("/notifications/")["results"]) == 1
    assert [bobs(*asked).status_code for asked in (("POST", "/contacts/", {}), ("DELETE", "/teams/sales/"), ("GET", "/keys/"))] == [403, 403, 403]
