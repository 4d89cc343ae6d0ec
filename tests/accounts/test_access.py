"""What each role and key may do, and the door to a workspace's pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import Client, RequestFactory

from accounts.access import LAST_WORKSPACE, RIGHTS, WorkspaceRequest, rights_of_scopes, workspace_view
from accounts.models import Membership, Role, Team, User, Workspace
from accounts.scope import current_workspace

# role → its letter, from the least to the most
LETTERS = {"V": Role.VIEWER, "S": Role.SALES, "M": Role.MARKETER, "A": Role.ADMIN, "O": Role.OWNER}
WHO_MAY = {
    "read": "VSMAO",
    "assign": "SMAO",
    "claim": "SMAO",
    "contacts": "MAO",
    "adjust": "MAO",
    "scoring": "MAO",
    "members": "AO",
    "teams": "AO",
    "keys": "AO",
    "settings": "AO",
    "audit": "AO",
    "delete_workspace": "O",
    "name_owners": "O",
}


@pytest.mark.parametrize(("right", "letters"), WHO_MAY.items())
def test_exactly_these_roles_have_the_right(right: str, letters: str) -> None:
    assert "".join(letter for letter, role in LETTERS.items() if right in RIGHTS[role]) == letters


def test_the_table_above_names_every_right() -> None:
    assert RIGHTS[Role.OWNER] == set(WHO_MAY)


@pytest.mark.parametrize(
    ("scopes", "rights"),
    [
        ([], set()),
        (["track"], {"track"}),
        (["read"], RIGHTS[Role.VIEWER]),
        (["write"], RIGHTS[Role.MARKETER]),
        (["track", "admin"], RIGHTS[Role.ADMIN] | {"track"}),
    ],
)
def test_a_key_may_do_what_its_scopes_say(scopes: list[str], rights: set[str]) -> None:
    assert rights_of_scopes(scopes) == rights


Ask = Callable[..., HttpRequest]


@pytest.fixture
def ask(rf: RequestFactory) -> Ask:
    def request(user: User | None, method: str = "get", **headers: str) -> HttpRequest:
        made = getattr(rf, method)("/w/acme/page/?q=1", headers=headers)
        made.session = SessionStore()
        made.user = user or type("Nobody", (), {"is_authenticated": False})()
        return made

    return request


@workspace_view("read", post="scoring")
def page(request: WorkspaceRequest, number: int = 0) -> HttpResponse:
    return HttpResponse(f"{request.workspace.slug} {request.membership.role} {number} {current_workspace() == request.workspace.id}")


def test_a_member_is_let_in_with_the_scope_open(ask: Ask, alice: User, workspace: Workspace) -> None:
    assert page(ask(alice), workspace="acme", number=7).content == b"acme owner 7 True"


def test_the_scope_is_closed_behind_the_page(ask: Ask, alice: User, workspace: Workspace) -> None:
    page(ask(alice), workspace="acme")
    assert current_workspace() is None


def test_the_session_remembers_the_workspace(ask: Ask, alice: User, workspace: Workspace) -> None:
    request = ask(alice)
    page(request, workspace="acme")
    assert request.session[LAST_WORKSPACE] == workspace.id


def test_the_template_is_rendered_inside_the_scope(ask: Ask, alice: User, workspace: Workspace) -> None:
    @workspace_view("read")
    def lazy(request: WorkspaceRequest) -> SimpleTemplateResponse:
        template = engines["django"].from_string("{% for team in teams %}{{ team.key }} {% endfor %}")
        return SimpleTemplateResponse(template, {"teams": Team.objects.filter(workspace=request.workspace).order_by("key")})

    assert lazy(ask(alice), workspace="acme").content == b"marketing sales "


@pytest.mark.parametrize("slug", ["acme", "there-is-none"])
def test_a_stranger_cannot_tell_a_workspace_from_none(ask: Ask, charlie: User, workspace: Workspace, elsewhere: Workspace, slug: str) -> None:
    with pytest.raises(Http404):
        page(ask(charlie), workspace=slug)


def test_a_viewer_reads_but_does_not_write(ask: Ask, bob: User, workspace: Workspace) -> None:
    assert page(ask(bob), workspace="acme").status_code == 200
    with pytest.raises(PermissionDenied):
        page(ask(bob, "post"), workspace="acme")


def test_a_role_counts_as_soon_as_it_is_given(ask: Ask, bob: User, workspace: Workspace) -> None:
    Membership.objects.filter(workspace=workspace, user=bob).update(role=Role.MARKETER)
    assert page(ask(bob, "post"), workspace="acme").content == b"acme marketer 0 True"


def test_a_signed_out_person_signs_in_and_comes_back(ask: Ask, workspace: Workspace) -> None:
    response = page(ask(None), workspace="acme")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/w/acme/page/%3Fq%3D1")


def test_a_fragment_sends_the_whole_page_to_sign_in(ask: Ask, workspace: Workspace) -> None:
    request = ask(None, **{"HX-Request": "true", "HX-Current-URL": "http://testserver/w/acme/contacts/?stage=hot"})
    response = page(request, workspace="acme")
    assert (response.status_code, response["HX-Redirect"]) == (401, "/accounts/login/?next=/w/acme/contacts/%3Fstage%3Dhot")


def test_what_a_signed_out_person_sends_from_a_form_leaves_the_page_where_it_is(ask: Ask, workspace: Workspace) -> None:
    response = page(ask(None, "post", **{"HX-Request": "true"}), workspace="acme")
    assert (response.status_code, "HX-Redirect" in response) == (401, False)


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_fragment_with_an_old_token_tells_who_is_signed_out_from_who_is_not(alice: User, workspace: Workspace, signed_in: bool) -> None:
    client = Client(enforce_csrf_checks=True)
    if signed_in:
        client.force_login(alice)
    response = client.post("/w/acme/scoring/", {"name": "New"}, headers={"HX-Request": "true"})
    assert response.status_code == (403 if signed_in else 401)


@pytest.mark.parametrize("address", ["http://[", "http://[::1/w/acme/"])
def test_an_address_that_is_none_leads_to_the_start(ask: Ask, workspace: Workspace, address: str) -> None:
    response = page(ask(None, **{"HX-Request": "true", "HX-Current-URL": address}), workspace="acme")
    assert (response.status_code, response["HX-Redirect"]) == (401, "/accounts/login/?next=/")


def test_no_page_about_people_is_kept_by_a_cache(ask: Ask, alice: User, workspace: Workspace) -> None:
    assert page(ask(alice), workspace="acme")["Cache-Control"] == "private, no-store"


def test_a_page_may_say_for_itself_how_long_it_is_kept(ask: Ask, alice: User, workspace: Workspace) -> None:
    @workspace_view("read")
    def lasting(request: WorkspaceRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "private, max-age=60"})

    assert lasting(ask(alice), workspace="acme")["Cache-Control"] == "private, max-age=60"


def test_the_documentation_shows_the_same_table() -> None:
    lines = (Path(__file__).parents[2] / "docs" / "roles.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    shown = {cells[0].strip("`"): [cell == "yes" for cell in cells[2:]] for cells in rows if len(cells) == 7}
    assert shown == {right: [right in RIGHTS[role] for role in Role.values] for right in RIGHTS[Role.OWNER]}
