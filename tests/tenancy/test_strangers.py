"""Every route, tried by those who should not get far. What each route is, routes.py says; a route without an entry fails here.

The cast: Alice owns Acme, whose every row carries the word "hushhush"; Bob is a viewer there; Charlie owns Elsewhere and is a stranger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.access import RIGHTS, SCOPES
from accounts.models import Role, User
from tests.tenancy.routes import ROUTES, Route
from tests.tenancy.rows import Rows

SECRET = b"hushhush"
LOGIN = "/accounts/login/?next="


def routes_of(resolver: URLResolver, namespace: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    """Each route's name, with its namespaces, and its path."""
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield namespace + (entry.name or entry.lookup_str), path
        else:
            yield from routes_of(entry, namespace + (f"{entry.namespace}:" if entry.namespace else ""), path)


FOUND = sorted(set(routes_of(get_resolver())))


def entry_of(name: str) -> Route | None:
    """The route's own entry, or that of its whole namespace."""
    return ROUTES.get(name) or ROUTES.get(f"{name.split(':')[0]}:*")


def test_every_route_has_an_entry() -> None:
    assert [f"{name} ({path})" for name, path in FOUND if entry_of(name) is None] == []


def test_every_entry_is_a_route() -> None:
    names = {name for name, _ in FOUND} | {f"{name.split(':')[0]}:*" for name, _ in FOUND}
    assert sorted(ROUTES.keys() - names) == []


def test_every_path_of_a_workspace_is_entered_as_one() -> None:
    wrong = [(name, path) for name, path in FOUND if path.startswith("w/") and getattr(entry_of(name), "kind", "page") != "page"]
    assert wrong == []


def tries(*kinds: str, named: bool | None = None, method: str | None = None) -> Any:
    """Parametrises with every (route, method) of these kinds; `named`: only routes that do, or do not, name a row in their path."""
    found = [
        (name, verb)
        for name, route in ROUTES.items()
        for verb in route.methods
        if route.kind in kinds and named in (None, route.names_a_row) and method in (None, verb)
    ]
    return pytest.mark.parametrize(("name", "method"), found)


def try_page(client: Client, name: str, method: str, slug: str, rows: Rows) -> HttpResponseBase:
    headers = {"HX-Request": "true"} if ROUTES[name].fragment else {}
    return _send(client, method, reverse(name, kwargs={"workspace": slug, **ROUTES[name].arguments(rows)}), headers=headers)


def try_api(client: Client, name: str, method: str, rows: Rows, headers: dict[str, str]) -> HttpResponseBase:
    return _send(client, method, reverse(name, kwargs=ROUTES[name].arguments(rows)), content_type="application/json", headers=headers)


def _send(client: Client, method: str, path: str, **more: Any) -> HttpResponseBase:
    return getattr(client, method)(path, **more)  # type: ignore[no-any-return]


def body_of(response: HttpResponseBase) -> bytes:
    return response.getvalue() if response.streaming else response.content  # type: ignore[attr-defined,no-any-return]


def content_of(response: HttpResponseBase) -> bytes:
    """A page without its frame, which names the workspace's scoring types on every page."""
    body = body_of(response)  # once: what is streamed is gone then
    return body.partition(b"<main")[2].partition(b"</main>")[0] or body


@pytest.fixture
def sign_in(client: Client) -> Any:
    def as_(user: User) -> Client:
        client.force_login(user)
        return client

    return as_


# Pages


@tries("page")
def test_a_stranger_finds_no_page(name: str, method: str, sign_in: Any, charlie: User, acme: Rows, other: Rows) -> None:
    response = try_page(sign_in(charlie), name, method, "acme", acme)
    assert (response.status_code, SECRET in body_of(response)) == (404, False)


@tries("page", named=True)
def test_a_row_is_not_found_from_another_workspace(name: str, method: str, sign_in: Any, charlie: User, acme: Rows, other: Rows) -> None:
    response = try_page(sign_in(charlie), name, method, "elsewhere", acme)
    assert (response.status_code, SECRET in body_of(response)) == (404, False)


@tries("page", method="get")
def test_a_page_shows_its_own_workspace_alone(name: str, method: str, sign_in: Any, alice: User, charlie: User, acme: Rows, other: Rows) -> None:
    own = try_page(sign_in(alice), name, method, "acme", acme)
    assert (own.status_code, SECRET in content_of(own)) == (200, not ROUTES[name].silent)
    others = try_page(sign_in(charlie), name, method, "elsewhere", other)
    assert (others.status_code, SECRET in body_of(others)) == (200, False)


@tries("page")
def test_a_viewer_goes_as_far_as_the_table_says(name: str, method: str, sign_in: Any, bob: User, acme: Rows) -> None:
    response = try_page(sign_in(bob), name, method, "acme", acme)
    if ROUTES[name].methods[method] in RIGHTS[Role.VIEWER]:
        assert response.status_code in (200, 204, 302, 400, 422)
    else:
        assert response.status_code == 403


@tries("page")
def test_who_is_signed_out_is_asked_to_sign_in(name: str, method: str, client: Client, acme: Rows) -> None:
    response = try_page(client, name, method, "acme", acme)
    where = response.headers.get("HX-Redirect" if ROUTES[name].fragment else "Location", "")
    assert (response.status_code, where[: len(LOGIN)]) == (401 if ROUTES[name].fragment else 302, LOGIN)


# The API, by session and by key


@tries("api")
def test_a_stranger_finds_nothing_in_the_api(name: str, method: str, sign_in: Any, charlie: User, acme: Rows, other: Rows) -> None:
    response = try_api(sign_in(charlie), name, method, acme, {"X-Workspace": "acme"})
    assert (response.status_code, SECRET in body_of(response)) == (404, False)


@tries("api", named=True)
def test_the_api_finds_no_row_of_another_workspace(name: str, method: str, sign_in: Any, charlie: User, acme: Rows, other: Rows) -> None:
    by_session = try_api(sign_in(charlie), name, method, acme, {"X-Workspace": "elsewhere"})
    by_key = try_api(Client(), name, method, acme, bearer(other))
    assert [(answer.status_code, SECRET in body_of(answer)) for answer in (by_session, by_key)] == [(404, False), (404, False)]


@tries("api", method="get")
def test_the_api_shows_its_own_workspace_alone(name: str, method: str, client: Client, acme: Rows, other: Rows) -> None:
    own = try_api(client, name, method, acme, bearer(acme))
    assert (own.status_code, SECRET in body_of(own)) == (200, not ROUTES[name].silent)
    others = try_api(client, name, method, other, bearer(other))
    assert (others.status_code, SECRET in body_of(others)) == (200, False)


@tries("api")
def test_a_viewer_goes_as_far_in_the_api(name: str, method: str, sign_in: Any, bob: User, acme: Rows) -> None:
    response = try_api(sign_in(bob), name, method, acme, {"X-Workspace": "acme"})
    if ROUTES[name].methods[method] in RIGHTS[Role.VIEWER]:
        assert response.status_code in (200, 201, 202, 204, 400, 422)
    else:
        assert response.status_code == 403


@tries("api")
def test_a_key_that_only_tracks_goes_nowhere_in_the_api(name: str, method: str, client: Client, acme: Rows) -> None:
    type(acme.key).objects.filter(id=acme.key.id).update(scopes=["track"])
    assert ROUTES[name].methods[method] not in SCOPES["track"]
    assert try_api(client, name, method, acme, bearer(acme)).status_code == 403


@tries("api")
def test_the_api_wants_to_know_who_asks(name: str, method: str, client: Client, acme: Rows) -> None:
    nobody = try_api(client, name, method, acme, {"X-Workspace": "acme"})
    unknown = try_api(client, name, method, acme, {"Authorization": "Bearer sk_" + "0" * 40})
    assert (nobody.status_code, unknown.status_code) == (401, 401)


def bearer(rows: Rows) -> dict[str, str]:
    return {"Authorization": f"Bearer {rows.secret_key}"}


# What is of no workspace


@tries("person")
def test_a_persons_own_pages_ask_to_sign_in(name: str, method: str, client: Client, db: None) -> None:
    response = _send(client, method, reverse(name))
    assert (response.status_code, response.headers["Location"][: len(LOGIN)]) == (302, LOGIN)


@tries("person", method="get")
def test_a_persons_own_pages_show_nothing_of_others(name: str, method: str, sign_in: Any, charlie: User, acme: Rows, other: Rows) -> None:
    response = _send(sign_in(charlie), method, reverse(name))
    assert SECRET not in body_of(response)
    assert b"Acme" not in body_of(response)


OPERATOR_PATHS = [f"/{path}" for name, path in FOUND if getattr(entry_of(name), "kind", "") == "operator" and "<" not in path and "(" not in path]


@pytest.mark.parametrize("path", OPERATOR_PATHS)
def test_an_owner_of_a_workspace_is_no_operator(path: str, sign_in: Any, alice: User, acme: Rows) -> None:
    response = sign_in(alice).get(path)
    assert SECRET not in body_of(response)
    assert (response.status_code, response.headers.get("Location", "")[:10]) in [(302, "/operator/"), (403, ""), (404, "")]
