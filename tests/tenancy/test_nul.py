"""A character that PostgreSQL takes in no text, wherever somebody may write text into an address or a form that no form class reads."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from tests.tenancy.routes import ROUTES
from tests.tenancy.rows import Rows

pytestmark = pytest.mark.django_db

# Route and parameter → the answer. Pages look for what is left, and 404 says that no type has such a key; the API refuses the parameter.
ASKED = {
    ("contacts:list", "q"): 200, ("contacts:list", "type"): 200, ("contacts:list", "stage"): 200, ("contacts:list", "company"): 200,
    ("contacts:list", "after"): 200, ("contacts:companies", "q"): 200, ("contacts:company", "type"): 200, ("contacts:profile", "type"): 200,
    ("contacts:profile", "older"): 200, ("contacts:merge", "other"): 200, ("contacts:adjust", "type"): 200, ("contacts:export", "q"): 200,
    ("home", "type"): 200, ("notifications:log", "q"): 200, ("notifications:log", "state"): 200, ("accounts:audit", "after"): 200,
    ("tracking:stream", "contact"): 200, ("tracking:names", "event"): 200, ("tracking:rejected", "code"): 200,
    ("scoring:try", "q"): 200, ("scoring:try", "contact"): 404, ("scoring:preview", "stage_now"): 200, ("scoring:versions", "before"): 200,
    ("scoring:compare", "old"): 404, ("scoring:grade", "criterion"): 200, ("scoring:import", "into"): 200, ("scoring:starters", "into"): 404,
    ("scoring:starter", "into"): 404,
    ("api:contact-list", "q"): 400, ("api:contact-list", "email"): 400, ("api:contact-list", "user_id"): 400,
    ("api:contact-list", "scoring_type"): 400, ("api:contact-list", "cursor"): 400, ("api:company-list", "domain"): 400,
    ("api:company-list", "group_id"): 400, ("api:contact-scores", "scoring_type"): 400, ("api:scoring-type", "version"): 400,
    ("api:scoring-type-preview-moves", "stage_now"): 400, ("api:catalogue", "event"): 400, ("api:rejected-call-list", "code"): 400,
}  # fmt: skip
POSTED = {
    ("scoring:starter", "into"): 404, ("scoring:import", "into"): 404, ("tracking:drop_all", "code"): 302, ("contacts:import_start", "kind"): 422,
}  # fmt: skip
DOCUMENT = '{"key": "new", "name": "New"}'


def url(name: str, workspace: Workspace, acme: Rows) -> str:
    slug = {"workspace": workspace.slug} if ROUTES[name].kind == "page" else {}
    return reverse(name, kwargs={**slug, **ROUTES[name].arguments(acme)})


def test_in_an_address(client: Client, workspace: Workspace, alice: User, acme: Rows) -> None:
    client.force_login(alice)
    header = {"X-Workspace": workspace.slug}
    answers = {(name, asked): client.get(url(name, workspace, acme), {asked: "a\0b"}, headers=header).status_code for name, asked in ASKED}
    assert answers == ASKED


def test_in_a_form(client: Client, workspace: Workspace, alice: User, acme: Rows) -> None:
    client.force_login(alice)
    answers = {(name, asked): client.post(url(name, workspace, acme), {asked: "a\0b", "text": DOCUMENT}).status_code for name, asked in POSTED}
    assert answers == POSTED


def test_nothing_else_than_it_is_asked_for(client: Client, workspace: Workspace, alice: User, acme: Rows) -> None:
    """What is left of `\0` is no text, for which nothing is sought."""
    client.force_login(alice)
    answer = client.get(url("contacts:merge", workspace, acme), {"other": "\0"})
    assert (answer.status_code, answer.context["asked"], answer.context["found"]) == (200, "", [])
