"""The settings' pages, as people use them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.audit import record
from accounts.keys import find, issue
from accounts.members import change_role
from accounts.models import AuditEntry, Invitation, Key, Membership, Role, Team, User, Workspace
from accounts.scope import workspace_scope
from accounts.teams import create_team
from contacts.models import Contact, LastSeen
from leadscore import clock
from scoring.models import ScoringType, Version
from tracking.models import Inbox, Rejected

SETTINGS = "/w/acme/settings/"


@pytest.fixture
def signed_in(client: Client, alice: User, workspace: Workspace) -> Client:
    """Alice, signed in."""
    client.force_login(alice)
    return client


def flashed(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# Workspace


def test_the_name_and_time_zone_are_changed(signed_in: Client, workspace: Workspace) -> None:
    response = signed_in.post(SETTINGS, {"name": "Acme Ltd", "time_zone": "Europe/Oslo"}, follow=True)
    assert flashed(response) == ["Settings saved."]
    workspace.refresh_from_db()
    assert (workspace.name, workspace.time_zone, workspace.slug) == ("Acme Ltd", "Europe/Oslo", "acme")


def test_an_unknown_time_zone_is_refused_at_its_field(signed_in: Client, workspace: Workspace) -> None:
    response = signed_in.post(SETTINGS, {"name": "Acme", "time_zone": "Mars/Olympus"})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["time_zone"])


def test_a_viewer_sees_the_settings_and_no_form(client: Client, bob: User, workspace: Workspace) -> None:
    client.force_login(bob)
    response = client.get(SETTINGS)
    assert (response.status_code, b"Admins change these." in response.content, b'name="time_zone"' in response.content) == (200, True, False)


def test_deleting_needs_the_address_typed(signed_in: Client, workspace: Workspace) -> None:
    response = signed_in.post(f"{SETTINGS}delete/", {"typed": "Acme"})
    assert (response.status_code, response.context["deleting"].errors) == (422, {"typed": ["This is not acme. Nothing was deleted."]})
    assert Workspace.objects.count() == 1


def test_deleting_leads_to_making_another(signed_in: Client, workspace: Workspace) -> None:
    signed_in.get(SETTINGS)
    response = signed_in.post(f"{SETTINGS}delete/", {"typed": "acme"}, follow=True)
    assert [path for path, _ in response.redirect_chain] == ["/", "/workspaces/new/"]
    assert flashed(response) == ["Acme and all its data are deleted."]
    assert Workspace.objects.count() == 0


def test_an_admin_does_not_delete_it(client: Client, alice: User, bob: User, workspace: Workspace) -> None:
    change_role(Membership.objects.get(workspace=workspace, user=bob), Role.ADMIN, alice)
    client.force_login(bob)
    assert client.post(f"{SETTINGS}delete/", {"typed": "acme"}).status_code == 403
    assert Workspace.objects.count() == 1


# Members


def test_an_invitation_is_mailed_and_its_link_shown(signed_in: Client) -> None:
    response = signed_in.post(f"{SETTINGS}members/", {"email": "dora@example.com", "role": "sales"})
    (message,) = mail.outbox
    (link,) = re.findall(r"http\S+", str(message.body))
    assert (message.to, response.context["link"], link in response.content.decode()) == (["dora@example.com"], link, True)
    assert link not in signed_in.get(f"{SETTINGS}members/").content.decode()


def test_an_address_gets_one_invitation_an_hour_by_mail_and_the_next_links_are_shown(signed_in: Client) -> None:
    dora = {"email": "dora@example.com", "role": "sales"}
    signed_in.post(f"{SETTINGS}members/", dora)
    signed_in.post(f"{SETTINGS}invitations/{Invitation.objects.get().id}/revoke/")
    again = signed_in.post(f"{SETTINGS}members/", dora)
    text = again.content.decode()
    assert (len(mail.outbox), "without another mail" in text, again.context["link"] in text) == (1, True, True)
    signed_in.post(f"{SETTINGS}members/", {**dora, "email": "erin@example.com"})
    Invitation.objects.update(created_at=clock.now() - timedelta(hours=1, seconds=1))
    assert "is on its way" in signed_in.post(f"{SETTINGS}members/", dora).content.decode()
    assert [message.to for message in mail.outbox] == [["dora@example.com"], ["erin@example.com"], ["dora@example.com"]]


def test_a_mail_that_cannot_be_sent_is_said_and_the_link_still_works(signed_in: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 1
    response = signed_in.post(f"{SETTINGS}members/", {"email": "dora@example.com", "role": "sales"})
    assert "Connection refused" in response.context["mail_problem"]
    assert Invitation.objects.get().email == "dora@example.com"


def test_who_is_invited_again_gets_another_link_and_role_and_the_page_says_so(signed_in: Client) -> None:
    signed_in.post(f"{SETTINGS}members/", {"email": "dora@example.com", "role": "sales"})
    page = signed_in.post(f"{SETTINGS}members/", {"email": "Dora@example.com", "role": "viewer"}).content.decode()
    assert "no longer works. dora@example.com was invited as sales and is now invited as viewer." in page
    page = signed_in.post(f"{SETTINGS}members/", {"email": "dora@example.com", "role": "viewer"}).content.decode()
    assert ("no longer works." in page, "was invited as" in page) == (True, False)


def test_a_member_is_not_invited(signed_in: Client) -> None:
    response = signed_in.post(f"{SETTINGS}members/", {"email": "bob@example.com", "role": "sales"})
    assert (response.status_code, response.context["form"].errors) == (422, {"email": ["bob@example.com is a member already."]})


def test_an_admin_is_not_offered_to_invite_an_owner(client: Client, alice: User, bob: User, workspace: Workspace) -> None:
    change_role(Membership.objects.get(workspace=workspace, user=bob), Role.ADMIN, alice)
    client.force_login(bob)
    response = client.post(f"{SETTINGS}members/", {"email": "dora@example.com", "role": "owner"})
    assert (response.status_code, list(response.context["form"].errors), Invitation.objects.count()) == (422, ["role"], 0)
    assert client.post(f"{SETTINGS}members/{bob.id}/role/", {"role": "owner"}).status_code == 403


def test_a_role_is_changed(signed_in: Client, bob: User, workspace: Workspace) -> None:
    response = signed_in.post(f"{SETTINGS}members/{bob.id}/role/", {"role": "marketer"}, follow=True)
    assert flashed(response) == ["Bob Baker is now marketer."]
    assert Membership.objects.get(workspace=workspace, user=bob).role == "marketer"


def test_the_only_owner_is_told_why_not(signed_in: Client, alice: User, workspace: Workspace) -> None:
    for path, data in [(f"members/{alice.id}/role/", {"role": "viewer"}), (f"members/{alice.id}/remove/", {}), ("leave/", {})]:
        (told,) = flashed(signed_in.post(SETTINGS + path, data, follow=True))
        assert "only owner" in told
    assert Membership.objects.get(workspace=workspace, user=alice).role == "owner"


def test_a_member_leaves(client: Client, bob: User, workspace: Workspace) -> None:
    client.force_login(bob)
    response = client.post(f"{SETTINGS}leave/", follow=True)
    assert ([path for path, _ in response.redirect_chain], flashed(response)) == (["/", "/workspaces/new/"], ["You have left Acme."])
    assert Membership.objects.filter(user=bob).count() == 0


def test_an_invitation_is_revoked(signed_in: Client) -> None:
    signed_in.post(f"{SETTINGS}members/", {"email": "dora@example.com", "role": "sales"})
    response = signed_in.post(f"{SETTINGS}invitations/{Invitation.objects.get().id}/revoke/", follow=True)
    assert flashed(response) == ["The invitation of dora@example.com is revoked."]
    assert list(response.context["invitations"]) == []


@pytest.mark.parametrize("members", [1, 3])
def test_the_list_of_members_costs_the_same_for_one_and_three(
    signed_in: Client, workspace: Workspace, members: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in.get(f"{SETTINGS}members/")
    for number in range(members):
        user = User.objects.create_user(f"m{number}@example.com")
        Membership.objects.create(workspace=workspace, user=user, role=Role.SALES)
        signed_in.post(f"{SETTINGS}members/", {"email": f"i{number}@example.com", "role": "sales"})
    with django_assert_num_queries(14):
        signed_in.get(f"{SETTINGS}members/")


# Teams


def test_a_new_team_leads_to_choosing_its_members(signed_in: Client, workspace: Workspace, bob: User) -> None:
    assert signed_in.post(f"{SETTINGS}teams/", {"name": "Partner desk"})["Location"] == f"{SETTINGS}teams/partner-desk/"
    response = signed_in.post(f"{SETTINGS}teams/partner-desk/", {"name": "Partners", "members": [bob.id]}, follow=True)
    assert flashed(response) == ["Partners saved."]
    with workspace_scope(workspace.id):
        team = Team.objects.get(key="partner-desk")
        assert (team.name, list(team.members.values_list("user", flat=True))) == ("Partners", [bob.id])


def test_a_team_with_the_name_of_another_is_refused(signed_in: Client) -> None:
    refused = {"name": ["There is a team of this name already."]}
    made = signed_in.post(f"{SETTINGS}teams/", {"name": "SALES"})
    assert (made.status_code, made.context["form"].errors) == (422, refused)
    renamed = signed_in.post(f"{SETTINGS}teams/marketing/", {"name": "sales", "members": []})
    assert (renamed.status_code, renamed.context["form"].errors) == (422, refused)


def test_a_stranger_is_no_choice(signed_in: Client, workspace: Workspace, charlie: User) -> None:
    response = signed_in.post(f"{SETTINGS}teams/sales/", {"name": "Sales", "members": [charlie.id]})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["members"])


@pytest.mark.parametrize("recipient", ["team:sales", "owner-or:team:sales"])
def test_a_team_that_gets_messages_is_not_deleted(signed_in: Client, workspace: Workspace, recipient: str) -> None:
    document = {"key": "leads", "name": "Leads", "stages": [{"key": "hot", "name": "Hot", "threshold": 1, "notify": [recipient]}]}
    with workspace_scope(workspace.id):
        leads = ScoringType.objects.create(workspace=workspace, key="leads", name="Leads", draft=document)
        leads.published = Version.objects.create(workspace=workspace, scoring_type=leads, number=1, document=document, time_zone="UTC", state="live")
        leads.save()
    response = signed_in.post(f"{SETTINGS}teams/sales/delete/", follow=True)
    assert flashed(response) == ["Sales gets messages of Leads. Take it out of their stages first."]
    assert flashed(signed_in.post(f"{SETTINGS}teams/marketing/delete/", follow=True)) == ["Marketing is deleted."]
    with workspace_scope(workspace.id):
        assert list(Team.objects.values_list("key", flat=True)) == ["sales"]


# Keys


def test_a_secret_key_is_shown_once(signed_in: Client, workspace: Workspace) -> None:
    response = signed_in.post(f"{SETTINGS}keys/", {"name": "CRM", "kind": "secret", "scopes": ["read"]})
    token = response.context["token"]
    facts = find(token)
    assert facts is not None
    assert (facts.kind, facts.scopes, token in response.content.decode()) == ("secret", ("read",), True)
    assert "no-store" in response.headers["Cache-Control"]
    assert token not in signed_in.get(f"{SETTINGS}keys/").content.decode()


def test_a_secret_key_needs_a_scope(signed_in: Client, workspace: Workspace) -> None:
    response = signed_in.post(f"{SETTINGS}keys/", {"name": "CRM", "kind": "secret"})
    assert (response.status_code, response.context["form"].errors) == (422, {"scopes": ["Choose what the key may do."]})


def test_a_write_key_is_edited(signed_in: Client, workspace: Workspace) -> None:
    key = Key.objects.get(workspace=workspace)
    given = {"name": "Shop", "requests_per_second": "25", "allowed_origins": "https://Shop.example:443/\r\n\r\n https://*.example.com\r\n"}
    response = signed_in.post(f"{SETTINGS}keys/{key.id}/", given, follow=True)
    assert flashed(response) == ["Shop is saved. Calls follow it within 30 seconds."]
    key.refresh_from_db()
    assert (key.name, key.requests_per_second, key.allowed_origins) == ("Shop", 25, ["https://shop.example", "https://*.example.com"])
    assert signed_in.get(f"{SETTINGS}keys/{key.id}/").context["form"]["allowed_origins"].value() == "https://shop.example\nhttps://*.example.com"
    told = signed_in.get(f"{SETTINGS}audit/").context["entries"][0]
    assert dict(told.details)["allowed origins"] == " → https://shop.example, https://*.example.com"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"name": ""}, "name", ["This field is required."]),
        ({"requests_per_second": "0"}, "requests_per_second", ["Ensure this value is greater than or equal to 1."]),
        ({"requests_per_second": "10001"}, "requests_per_second", ["A key makes 1 to 10,000 requests a second."]),
        ({"allowed_origins": "https://a.example\nshop"}, "allowed_origins", ["shop: Begin with https:// or http://, as in https://shop.example."]),
        (
            {"allowed_origins": "\n".join(f"https://s{number}.example" for number in range(51))},
            "allowed_origins",
            ["These are 51 origins; a key has at most 50."],
        ),
    ],
)
def test_an_edit_of_a_key_that_cannot_be_says_why_at_the_field(
    signed_in: Client, workspace: Workspace, given: dict[str, str], field: str, words: list[str]
) -> None:
    key = Key.objects.get(workspace=workspace)
    before = find(str(key.public_token))
    response = signed_in.post(f"{SETTINGS}keys/{key.id}/", {"name": "Shop", "requests_per_second": "25", **given})
    assert (response.status_code, response.context["form"].errors) == (422, {field: words})
    assert find(str(key.public_token)) == before


def test_a_secret_key_has_no_field_for_origins(signed_in: Client, workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = issue(workspace, "secret", "CRM", ["track"], alice, now)
    assert "allowed_origins" not in signed_in.get(f"{SETTINGS}keys/{key.id}/").context["form"].fields
    given = {"name": "ERP", "requests_per_second": "25", "allowed_origins": "https://shop.example"}
    assert signed_in.post(f"{SETTINGS}keys/{key.id}/", given).status_code == 302
    assert (find(token).requests_per_second, find(token).allowed_origins) == (25, ())  # type: ignore[union-attr]


def test_a_revoked_key_is_not_edited(signed_in: Client, workspace: Workspace, now: datetime) -> None:
    key = Key.objects.get(workspace=workspace)
    Key.objects.filter(id=key.id).update(revoked_at=now)
    assert signed_in.post(f"{SETTINGS}keys/{key.id}/", {"name": "Shop", "requests_per_second": "25"}).status_code == 404


def test_a_key_is_revoked(signed_in: Client, workspace: Workspace) -> None:
    key = Key.objects.get(workspace=workspace)
    response = signed_in.post(f"{SETTINGS}keys/{key.id}/revoke/", follow=True)
    assert flashed(response) == ["Website is revoked. Calls with it are refused from now on."]
    assert find(str(key.public_token)).revoked is True  # type: ignore[union-attr]


# Installing


@pytest.mark.parametrize("source", ["browser", "python", "node", "curl"])
def test_each_snippet_carries_the_write_key(signed_in: Client, workspace: Workspace, source: str) -> None:
    code = signed_in.get(f"{SETTINGS}install/?source={source}").context["code"]
    assert str(Key.objects.get(workspace=workspace).public_token) in code
    assert "http://127.0.0.1:8000" in code


def test_a_revoked_write_key_is_not_offered(signed_in: Client, workspace: Workspace, now: datetime) -> None:
    Key.objects.update(revoked_at=now)
    response = signed_in.get(f"{SETTINGS}install/")
    assert (response.context["key"], "YOUR_WRITE_KEY" in response.context["code"]) == (None, True)


def live_check(client: Client) -> str:
    response = client.get(f"{SETTINGS}install/", headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_the_live_check_listens_then_sees_a_call_then_its_contact(signed_in: Client, workspace: Workspace, now: datetime) -> None:
    assert live_check(signed_in).startswith("Listening for the first event Open your site")
    with workspace_scope(workspace.id):
        waiting = Inbox.objects.create(workspace=workspace, source=0, calls=1, body=b"[]")
    assert live_check(signed_in) == "Listening for the first event A call has arrived and is about to be processed."
    with workspace_scope(workspace.id):
        waiting.delete()
        visitor = Contact.objects.create(workspace=workspace, created_at=now)
        LastSeen.objects.create(workspace=workspace, contact=visitor, at=now, activity="Viewed /pricing")
    assert live_check(signed_in).startswith("First event received Latest: Viewed /pricing by Anonymous visitor")


def test_the_live_check_shows_why_a_call_was_set_aside(signed_in: Client, workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        Rejected.objects.create(workspace=workspace, source=0, code="required", path="event", message="A track call needs an event.", body=b"{}")
    assert "A track call needs an event. ( event )" in live_check(signed_in)


# Audit log


def test_the_audit_log_says_who_did_what(signed_in: Client, workspace: Workspace, alice: User) -> None:
    signed_in.post(SETTINGS, {"name": "Acme Ltd", "time_zone": "UTC"})
    told = signed_in.get(f"{SETTINGS}audit/").context["entries"][0]
    assert (told.entry.actor, told.before + told.thing + told.after) == (alice, "changed the workspace Acme Ltd")
    assert told.details == [("name", "Acme → Acme Ltd")]


def test_the_audit_log_goes_on_page_by_page(signed_in: Client, workspace: Workspace, alice: User) -> None:
    with workspace_scope(workspace.id):
        AuditEntry.objects.all().delete()
        for number in range(120):
            record(workspace.id, "team.created", number, alice)
    seen, place = [], "?"
    while place:
        response = signed_in.get(f"{SETTINGS}audit/{place}")
        seen.append([int(told.thing) for told in response.context["entries"]])
        place = response.context["next"]
    assert [len(part) for part in seen] == [50, 50, 20]
    assert [number for part in seen for number in part] == list(range(119, -1, -1))


def test_a_key_is_named_as_the_one_who_did_it(signed_in: Client, workspace: Workspace, alice: User, now: datetime) -> None:
    key = Key.objects.get(workspace=workspace)
    create_team(workspace, "By key", find(str(key.public_token)), now + timedelta(seconds=1))
    entry = signed_in.get(f"{SETTINGS}audit/").context["entries"][0].entry
    assert (entry.actor, entry.key, entry.target) == (None, key, "By key")


def test_an_address_that_takes_forms_alone_is_no_empty_page(signed_in: Client) -> None:
    response = signed_in.get(f"{SETTINGS}delete/")
    assert (response.status_code, response["Allow"], "This address is no page" in response.content.decode()) == (405, "POST", True)


@pytest.mark.parametrize("path", ["keys/", "install/"])
def test_the_api_can_be_found_with_the_workspace_named(signed_in: Client, path: str) -> None:
    assert '<a class="in" href="/api/v1/docs/?workspace=acme">' in signed_in.get(SETTINGS + path).content.decode()
