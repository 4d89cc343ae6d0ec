"""Contacts: found, made, changed, erased; and companies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership, Role, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Identifier
from scoring.models import Award, Score
from tests.api.conftest import Api
from tests.scoring.conftest import DOCUMENT, Send, publish


def ids(api: Api, query: str = "") -> list[int]:
    return [contact["id"] for contact in api.get(f"/contacts/?{query}")["results"]]


def made(api: Api, **body: Any) -> dict[str, Any]:
    response = api("POST", "/contacts/", body)
    assert response.status_code == 201, response.content
    shown: dict[str, Any] = json.loads(response.content)
    return shown


def test_a_contact_is_shown_whole(api: Api, lead: int) -> None:
    shown = api.get(f"/contacts/{lead}/")
    (score,) = shown.pop("scores")
    assert (score["scoring_type"], score["version"], score["points"], score["grade"], score["stage"]) == ("new-leads", 1, 95, None, "mql")
    assert shown.pop("last_seen_at").endswith("Z")
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": lead, "name": "Ada", "email": "ada@firm.test", "email_kind": "business", "user_ids": ["u1"], "emails": ["ada@firm.test"],
        "anonymous_ids": ["a1"], "known": True, "traits": {"email": "ada@firm.test", "first_name": "Ada", "job_title": "CTO of Firm"},
        "company": None, "owner": None, "last_activity": "Demo Requested", "recomputing": False,
    }  # fmt: skip


def test_of_very_many_identifiers_the_latest_of_each_kind_are_shown_more_of_one_contact_than_in_lists(
    api: Api, lead: int, workspace: Workspace
) -> None:
    given = [f"anonymous {number}" for number in range(1_001)]
    with workspace_scope(workspace.id):
        Identifier.objects.bulk_create(Identifier(workspace=workspace, contact_id=lead, kind="anonymous_id", value=value) for value in given)
    other = made(api, anonymous_id="b1")["id"]
    alone, in_list = api.get(f"/contacts/{lead}/"), {contact["id"]: contact for contact in api.get("/contacts/")["results"]}
    assert [(one["user_ids"], one["emails"]) for one in (alone, in_list[lead])] == [(["u1"], ["ada@firm.test"])] * 2
    assert (alone["anonymous_ids"], in_list[lead]["anonymous_ids"], in_list[other]["anonymous_ids"]) == (given[-1_000:], given[-100:], ["b1"])


@pytest.mark.parametrize(
    "query",
    ["email=ADA@firm.test", "user_id=u1", "anonymous_id=a1", "user_id=u1&email=ada@firm.test", "q=ada", "q=fi+ad", "scoring_type=new-leads&stage=mql",
     "scoring_type=new-leads&min_points=95", "owner=0", "scoring_type=new-leads&min_points=1&ordering=-last_seen&q=ada"],
)  # fmt: skip
def test_filters_find_the_one_and_not_the_other(api: Api, lead: int, alice: User, query: str) -> None:
    other = made(api, user_id="u2", email="bo@shop.test", traits={"first_name": "Bo"})
    api("PATCH", f"/contacts/{other['id']}/", {"owner": alice.id})
    assert ids(api, query) == [lead]


@pytest.mark.parametrize(
    "query",
    ["email=nobody@firm.test", "user_id=ada@firm.test", "user_id=u1&anonymous_id=a2", "q=bob", "q=%21", "company=1", "owner=9",
     "scoring_type=new-leads&stage=hot", "scoring_type=new-leads&min_points=96"],
)  # fmt: skip
def test_filters_leave_out_who_does_not_fit(api: Api, lead: int, query: str) -> None:
    assert ids(api, query) == []


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("stage=hot", ("scoring_type", "required")),
        ("min_points=1", ("scoring_type", "required")),
        ("ordering=-points", ("scoring_type", "required")),
        ("scoring_type=none", ("scoring_type", "unknown")),
        ("scoring_type=new-leads&stage=x", ("stage", "unknown")),
        ("ordering=-last_seen_at", ("ordering", "invalid_choice")),
        ("company=" + "9" * 30, ("company", "max_value")),
        ("min_points=1.5&scoring_type=new-leads", ("min_points", "invalid")),
        ("q=a%00b", ("q", "null_characters_not_allowed")),
        ("cursor=a.1", ("cursor", "invalid")),
        ("cursor=c.never_1", ("cursor", "invalid")),
    ],
)
def test_filters_that_mean_nothing_are_refused(api: Api, lead: int, query: str, fault: tuple[str, str]) -> None:
    assert api.faults("GET", f"/contacts/?{query}") == [fault]


def test_an_ordering_that_there_is_not_is_answered_with_those_there_are(api: Api) -> None:
    (fault,) = json.loads(api("GET", "/contacts/?ordering=-last_seen_at").content)["errors"]
    assert fault["message"] == "This must be one of id, -created, -last_seen, -points."


@pytest.mark.parametrize("ordering", ["id", "-created", "-last_seen", "-points&scoring_type=new-leads"])
def test_pages_hold_everybody_once_in_either_direction(api: Api, workspace: Workspace, send: Send, ordering: str) -> None:
    publish(workspace, DOCUMENT)
    send(*({"type": "track", "anonymousId": f"a{number}", "event": "Demo Requested" if number % 2 else "Visit"} for number in range(5)))
    made(api, user_id="u1")  # never seen
    whole = ids(api, f"ordering={ordering}")
    pages = [api.get(f"/contacts/?ordering={ordering}&limit=2")]
    while pages[-1]["next"]:
        pages.append(api.get(pages[-1]["next"]))
    assert [contact["id"] for page in pages for contact in page["results"]] == whole
    assert (len(whole), pages[0]["previous"]) == (6, None)
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(api.get(back[-1]["previous"]))
    assert [page["results"] for page in back[::-1]] == [page["results"] for page in pages]


def test_the_orderings_are_what_they_say(api: Api, workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send({"type": "track", "userId": "first", "event": "Demo Requested", "timestamp": "2026-11-20T10:00:00Z"})
    send({"type": "track", "userId": "second", "event": "Visit"})
    first, second = ids(api, "ordering=id")
    assert first < second
    orderings = ("-created", "-last_seen", "-points&scoring_type=new-leads")
    assert [ids(api, f"ordering={ordering}") for ordering in orderings] == [[second, first], [second, first], [first, second]]


def test_known_identifiers_update_and_new_ones_make(api: Api, lead: int) -> None:
    response = api("POST", "/contacts/", {"email": "ADA@firm.test", "traits": {"city": "Oslo", "jobTitle": "CEO"}})
    shown = json.loads(response.content)
    assert (response.status_code, shown["id"], shown["traits"]["city"], shown["traits"]["job_title"]) == (200, lead, "Oslo", "CEO")
    assert [score["points"] for score in shown["scores"]] == [75]
    other = made(api, anonymous_id="a9")
    assert (other["id"] != lead, other["known"], other["anonymous_ids"], other["last_activity"]) == (True, False, ["a9"], None)


def test_what_is_posted_is_identified_as_a_servers_call_is(api: Api, lead: int) -> None:
    other = made(api, email="eve@firm.test")
    response = api("POST", "/contacts/", {"user_id": "u1", "email": "eve@firm.test"})
    assert (response.status_code, json.loads(response.content)["id"]) == (200, lead)
    assert api.get(f"/contacts/{other['id']}/")["emails"] == ["eve@firm.test"]
    (pair,) = api.get("/duplicates/")["results"]
    assert pair["contacts"] == sorted((lead, other["id"]))


@pytest.mark.parametrize(("body", "path"), [({"email": "Eve@firm.test"}, "email"), ({"traits": {"email": "eve@firm.test"}}, "traits.email")])
def test_an_address_that_stays_another_contacts_is_told(api: Api, lead: int, body: dict[str, Any], path: str) -> None:
    other = made(api, email="eve@firm.test")
    assert other["warnings"] == []
    answer = json.loads(api("POST", "/contacts/", {"user_id": "u1", **body}).content)
    message = f"This address identifies contact {other['id']} and stays its own. The two are listed as possible duplicates."
    assert (answer["id"], answer["email"], answer["warnings"]) == (lead, "ada@firm.test", [{"path": path, "code": "taken", "message": message}])
    assert json.loads(api("POST", "/contacts/", {"user_id": "u1", "email": "ada@firm.test"}).content)["warnings"] == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("", "required")),
        ({"user_id": "  "}, ("user_id", "blank")),
        ({"user_id": 5}, ("user_id", "invalid")),
        ({"user_id": "u" * 201}, ("user_id", "max_length")),
        ({"email": "no address"}, ("email", "invalid")),
        ({"user_id": "u", "traits": []}, ("traits", "wrong_kind")),
        ({"user_id": "u", "traits": {"email": "x"}}, ("traits.email", "invalid")),
        ({"user_id": "u", "traits": {"createdAt": "x"}}, ("traits.createdAt", "built_in")),
        ({"user_id": "u", "traits": {"email_kind": "free"}}, ("traits.email_kind", "built_in")),
        ({"email": "a@b.c", "traits": {"email": "d@b.c"}}, ("traits.email", "contradiction")),
        ({"user_id": "u", "points": 5}, ("points", "unknown")),
    ],
)
def test_a_contact_that_cannot_be_names_the_field(api: Api, body: Any, fault: tuple[str, str]) -> None:
    assert api.faults("POST", "/contacts/", body) == [fault]


def test_traits_keep_their_numbers(api: Api) -> None:
    response = api("POST", "/contacts/", b'{"user_id": "u", "traits": {"a": 1.10, "b": 1e2, "c": 12345678901234567890}}')
    assert b'"traits":{"a":1.10,"b":100,"c":12345678901234567890}' in response.content


def test_traits_are_changed_one_by_one_and_rescored(api: Api, lead: int) -> None:
    response = api("PATCH", f"/contacts/{lead}/", {"traits": {"job_title": None, "city": "Oslo"}})
    shown = json.loads(response.content)
    assert (shown["traits"]["city"], shown["traits"]["first_name"], shown["traits"]["job_title"]) == ("Oslo", "Ada", None)
    assert [score["points"] for score in shown["scores"]] == [75]


def test_an_address_of_somebody_else_is_refused(api: Api, lead: int) -> None:
    made(api, email="eve@firm.test")
    assert api.faults("PATCH", f"/contacts/{lead}/", {"traits": {"email": "eve@firm.test"}}) == [("traits.email", "taken")]


def test_only_a_member_can_own(api: Api, lead: int, alice: User, charlie: User) -> None:
    owner = json.loads(api("PATCH", f"/contacts/{lead}/", {"owner": alice.id}).content)["owner"]
    assert owner == {"id": alice.id, "name": "Alice Archer", "email": "alice@example.com"}
    assert ids(api, f"owner={alice.id}") == [lead]
    assert api.faults("PATCH", f"/contacts/{lead}/", {"owner": charlie.id}) == [("owner", "unknown")]
    assert json.loads(api("PATCH", f"/contacts/{lead}/", {"owner": None}).content)["owner"] is None


def test_sales_gives_leads_to_people_but_does_not_edit_them(lead: int, bob: User, as_person: Callable[..., Api]) -> None:
    Membership.objects.filter(user=bob).update(role=Role.SALES)
    bobs = as_person(bob)
    assert bobs("PATCH", f"/contacts/{lead}/", {"owner": bob.id}).status_code == 200
    assert bobs.faults("PATCH", f"/contacts/{lead}/", {"traits": {"city": "Oslo"}}, status=403) == []


def test_erasing_leaves_nothing_of_the_contact(api: Api, lead: int, workspace: Workspace) -> None:
    assert api("DELETE", f"/contacts/{lead}/").status_code == 204
    assert [api.faults(method, f"/contacts/{lead}/", status=404) for method in ("GET", "DELETE")] == [[], []]
    with workspace_scope(workspace.id):
        left = [model.objects.filter(workspace=workspace, contact=lead).count() for model in (Activity, Award, Score)]
    assert left == [0, 0, 0]


def test_a_merged_contact_leads_to_the_one_it_is_part_of(api: Api, workspace: Workspace, send: Send) -> None:
    send({"type": "track", "anonymousId": "a1", "event": "Visit"}, {"type": "identify", "userId": "u1", "traits": {}})
    (visitor,) = ids(api, "anonymous_id=a1")
    (known,) = ids(api, "user_id=u1")
    send({"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {}})
    assert ids(api) == [known]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "activities/?limit=1"), ("GET", "scores/")):
        response = api(method, f"/contacts/{visitor}/{path}")
        assert (response.status_code, response["Location"]) == (308, f"http://testserver/api/v1/contacts/{known}/{path}")
    with workspace_scope(workspace.id):
        assert Contact.objects.filter(workspace=workspace).count() == 2


def test_activities_come_newest_first_with_exact_numbers(api: Api, lead: int) -> None:
    found = api.get(f"/contacts/{lead}/activities/")["results"]
    assert [one["kind"] for one in found] == ["track", "identify", "page", "page", "page", "page"]
    assert (found[0]["name"], found[0]["message_id"], found[0]["source"], found[0]["bot"]) == ("Demo Requested", "d1", "server", "")
    assert b'"properties":{"seats":12.5}' in api("GET", f"/contacts/{lead}/activities/").content
    pages = [api.get(f"/contacts/{lead}/activities/?limit=4")]
    pages.append(api.get(pages[0]["next"]))
    assert [one["id"] for page in pages for one in page["results"]] == [one["id"] for one in found]
    assert api.get(pages[1]["previous"])["results"] == pages[0]["results"]


def test_companies_are_found_by_what_calls_name(api: Api, send: Send) -> None:
    send({"type": "group", "userId": "u1", "groupId": "g1", "traits": {"name": "Firm", "domain": "Firm.test", "employees": 12}})
    (company,) = api.get("/companies/?group_id=g1&domain=FIRM.test")["results"]
    assert (company["name"], company["domain"], company["traits"]["employees"]) == ("Firm", "firm.test", 12)
    assert api.get(f"/companies/{company['id']}/") == company
    (contact,) = api.get(f"/contacts/?company={company['id']}")["results"]
    assert contact["company"] == {"id": company["id"], "group_id": "g1", "name": "Firm"}
    assert api.get("/companies/?domain=other.test")["results"] == []
