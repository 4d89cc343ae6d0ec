"""Who asks, and how the API refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import keys, teams
from accounts.models import Key, KeyKind, User, Workspace
from accounts.scope import workspace_scope
from contacts.identity import IdentifiersMoved
from leadscore import clock
from leadscore.api.resources import Resource
from tests.api.conftest import Api

STATUS = "/tracking/status/"


def test_without_a_key_or_a_session_nobody_gets_in(workspace: Workspace) -> None:
    response = Api({})("GET", STATUS)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="leadscore"')


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer sk_unknown", "Bearer ключ", "Bearer " + "a" * 500, "Basic c2tfYTo=", "\x00"])
def test_what_is_no_key_is_refused(workspace: Workspace, header: str) -> None:
    assert Api({"Authorization": header}).faults("GET", STATUS, status=401) == []


def test_a_revoked_key_is_refused(workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = keys.issue(workspace, KeyKind.SECRET, "CRM", ["read"], alice, now)
    api = Api({"Authorization": f"Bearer {token}"})
    assert api.get(STATUS) == {"pending": 0, "oldest_pending_seconds": 0}
    keys.revoke(key, alice, now)
    assert api("GET", STATUS).status_code == 401


def test_a_write_key_tracks_and_does_nothing_here(workspace: Workspace, alice: User, now: datetime) -> None:
    _, token = keys.issue(workspace, KeyKind.WRITE, "Shop", [], alice, now)
    refused = Api({"Authorization": f"Bearer {token}"})("GET", STATUS)
    detail = "This is a write key, which only sends calls. Use a secret key with the scope `read`, `write` or `admin`."
    assert (refused.status_code, json.loads(refused.content)["detail"]) == (403, detail)
    refused = Api({"Authorization": f"Bearer {token}"})("GET", "/keys/")
    assert json.loads(refused.content)["detail"].endswith("Use a secret key with the scope `admin`.")


def test_a_reading_key_writes_nothing(key_with: Callable[..., Api]) -> None:
    reader = key_with("read")
    assert reader.get("/teams/")["results"] != []
    assert reader.faults("POST", "/teams/", {"name": "Partners"}, status=403) == []
    assert reader.faults("GET", "/keys/", status=403) == []


def test_the_use_of_a_key_is_noted_once_a_minute(api: Api) -> None:
    api.get(STATUS)
    noted = Key.objects.get(name="key").last_used_at
    assert noted is not None
    api.get(STATUS)
    assert Key.objects.get(name="key").last_used_at == noted
    Key.objects.filter(name="key").update(last_used_at=noted - timedelta(minutes=2))
    api.get(STATUS)
    assert Key.objects.get(name="key").last_used_at != noted - timedelta(minutes=2)


def test_somebody_signed_in_names_the_workspace(alice: User, workspace: Workspace, as_person: Callable[..., Api]) -> None:
    assert as_person(alice).get(STATUS)["pending"] == 0
    assert as_person(alice, "").faults("GET", STATUS) == [("X-Workspace", "required")]
    assert [as_person(alice, slug).faults("GET", STATUS, status=404) for slug in ("elsewhere", "no\x00ne")] == [[], []]


def test_a_session_needs_a_csrf_token_to_write(alice: User, workspace: Workspace, as_person: Callable[..., Api]) -> None:
    alices = as_person(alice, csrf=True)
    assert alices.get(STATUS)["pending"] == 0
    assert alices.faults("POST", "/teams/", {"name": "Partners"}, status=403) == []
    token = "a" * 32
    alices.client.cookies["csrftoken"] = token
    assert alices("POST", "/teams/", {"name": "Partners"}, X_CSRFToken=token).status_code == 201


def test_a_refused_request_leaves_nothing(api: Api, lead: int) -> None:
    assert api.faults("PATCH", f"/contacts/{lead}/", {"traits": {"city": "Oslo"}, "owner": 999_999}) == [("owner", "unknown")]
    assert "city" not in api.get(f"/contacts/{lead}/")["traits"]


class Shaky(Resource):
    """Makes a team, and is told that somebody else was faster as often as it is asked to be."""

    rights = {"create": "teams"}
    again = (IdentifiersMoved,)

    def create(self, request: Request, failures: list[int]) -> Response:
        teams.create_team(self.workspace, "Partners", self.by, clock.now())
        if failures:
            failures.pop()
            raise IdentifiersMoved
        return Response(self.workspace.teams.filter(name="Partners").count(), 201)


@pytest.mark.parametrize(("failures", "status"), [(0, 201), (4, 201), (5, 409)])
def test_a_request_that_others_outran_starts_over(api: Api, rf: RequestFactory, workspace: Workspace, failures: int, status: int) -> None:
    request = rf.post("/", {}, "application/json", headers=api.headers)
    response = Shaky.as_view({"post": "create"})(request, failures=[0] * failures)
    assert response.status_code == status
    with workspace_scope(workspace.id):
        assert workspace.teams.filter(name="Partners").count() == (1 if status == 201 else 0)


@pytest.mark.parametrize(
    "path", ["/contacts", "/contacts/0/", "/contacts/9223372036854775808/", "/contacts/1/divide/", "/segments/", "/", "/teams/a%00b/"]
)
def test_a_path_that_there_is_not_is_a_problem_as_well(api: Api, path: str) -> None:
    assert api.faults("GET", path, status=404) == []
    assert api.faults("POST", path, {}, status=404) == []


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "INITIAL", "DISPATCH"])
def test_methods_that_a_path_has_not_are_named(api: Api, method: str) -> None:
    response = api(method, "/contacts/")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD")


def test_the_highest_number_is_just_not_found(api: Api) -> None:
    assert api.faults("GET", f"/contacts/{2**63 - 1}/", status=404) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"{", ("", "invalid_json")),
        (b"\xff", ("", "invalid_json")),
        (b'{"name": NaN}', ("", "invalid_json")),
        (b'{"name": "a\\u0000b"}', ("name", "unstorable_text")),
        (b'{"name": "\\ud800"}', ("name", "unstorable_text")),
        (b"[" * 100_000, ("", "invalid_json")),
        (b"[]", ("", "invalid")),
        (b'{"name": "A", "colour": "red"}', ("colour", "unknown")),
        (b"{}", ("name", "required")),
    ],
)
def test_a_body_that_cannot_be_taken_names_the_place(api: Api, body: bytes, fault: tuple[str, str]) -> None:
    assert api.faults("POST", "/teams/", body) == [fault]


def test_a_body_has_to_be_json_of_a_bearable_size(api: Api) -> None:
    assert api.client.post("/api/v1/teams/", "name=A", "application/x-www-form-urlencoded", headers=api.headers).status_code == 415
    assert api.faults("POST", "/teams/", b" " * (4 * 1024 * 1024 + 1), status=413) == []
    assert api.faults("POST", "/teams/", b"[" * 600_000 + b"]" * 600_000, status=413) == []


def test_a_query_of_too_many_parameters_is_a_problem_as_well(api: Api) -> None:
    assert api.faults("GET", "/contacts/?" + "&".join(f"p{number}=1" for number in range(1_001)), status=400) == []


def test_without_the_database_a_request_is_to_be_sent_again(api: Api, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database_away")
    response = api("GET", "/contacts/")
    assert (response.status_code, response["Content-Type"], response["Retry-After"]) == (503, "application/problem+json", "1")


def test_answers_are_nobody_elses_to_keep(api: Api) -> None:
    assert api("GET", STATUS)["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("cursor=x", ("cursor", "invalid")),
        ("cursor=WzAsMV0x", ("cursor", "invalid")),
        ("cursor=%00", ("cursor", "invalid")),
        ("cursor=" + "W" * 5000, ("cursor", "invalid")),
        ("limit=0", ("limit", "range")),
        ("limit=201", ("limit", "range")),
        ("limit=٣", ("limit", "range")),
        ("segment=vip", ("segment", "unknown")),
        ("domain=%00", ("domain", "null_characters_not_allowed")),
    ],
)
def test_a_query_that_cannot_be_answered_names_the_parameter(api: Api, query: str, fault: tuple[str, str]) -> None:
    assert api.faults("GET", f"/companies/?{query}") == [fault]


def test_a_problem_reads_as_one(api: Api) -> None:
    problem = json.loads(api("POST", "/teams/", {"name": ""}).content)
    assert problem == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "Something in the request is not valid.",
        "errors": [{"path": "name", "code": "blank", "message": "This field may not be blank."}],
    }
