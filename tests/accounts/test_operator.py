"""The operator's admin over the control tables."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.invitations import invite
from accounts.keys import find
from accounts.models import Key, Role, User, Workspace


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("olga@example.com", name="Olga"))
    return client


SHOWN = {"user": "alice@example.com", "workspace": "acme", "membership": "Owner", "invitation": "erin@example.com", "key": "Website"}


@pytest.mark.parametrize(("table", "row"), SHOWN.items())
def test_the_operator_sees_the_control_tables(operator: Client, workspace: Workspace, alice: User, now: datetime, table: str, row: str) -> None:
    invite(workspace, "erin@example.com", Role.SALES, alice, now)
    listed = operator.get(f"/operator/accounts/{table}/").context["results"]
    assert row in "".join(cell for cells in listed for cell in cells)


def test_nothing_of_a_workspaces_inside_is_there(operator: Client) -> None:
    models = {model["object_name"] for app in operator.get("/operator/").context["app_list"] for model in app["models"]}
    assert models & {"Contact", "Message", "Team", "AuditEntry", "ScoringType", "Score"} == set()
    assert {"User", "Workspace", "Membership", "Invitation", "Key"} <= models


def test_a_keys_hash_is_not_shown_and_its_rate_can_be_set(operator: Client, workspace: Workspace) -> None:
    key = Key.objects.get(workspace=workspace)
    path = f"/operator/accounts/key/{key.id}/change/"
    assert key.token_hash not in operator.get(path).content.decode()
    operator.post(path, {"requests_per_second": 5000})
    facts = find(str(key.public_token))
    assert facts is not None
    assert facts.requests_per_second == 5000


def test_a_person_is_switched_off_and_not_deleted(operator: Client, alice: User) -> None:
    assert operator.post(f"/operator/accounts/user/{alice.id}/delete/", {"post": "yes"}).status_code == 403
    operator.post(f"/operator/accounts/user/{alice.id}/change/", {"name": alice.name})
    alice.refresh_from_db()
    assert alice.is_active is False


def test_signed_out_it_leads_to_the_one_sign_in_page(client: Client, db: None) -> None:
    response = client.get("/operator/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_an_operator_made_by_command_needs_no_mail_to_sign_in(client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, db: None) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "Corr3ct-horse-battery")
    call_command("createsuperuser", "--noinput", email="olga@example.com", stdout=StringIO())
    response = client.post("/accounts/login/?next=/operator/", {"login": "olga@example.com", "password": "Corr3ct-horse-battery"})
    assert response["Location"] == "/operator/"
    assert client.get("/operator/").status_code == 200
