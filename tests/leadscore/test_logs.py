"""What log lines leave out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from leadscore.logs import logging_settings

SECRET = "Kc2v9-kZ_1s"  # of a link that was mailed
MAILED = [f"/invitations/{SECRET}/", f"/addresses/{SECRET}/", f"/accounts/password/reset/key/1-{SECRET}/", f"/accounts/confirm-email/{SECRET}/"]


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """The lines that a log store would get."""
    made = logging_settings(human=False, level="INFO")["formatters"]["lines"]
    formatter = made.pop("()")(**made)

    def lines() -> list[dict[str, Any]]:
        return [json.loads(formatter.format(record)) for record in caplog.records]

    caplog.set_level(logging.INFO)
    return lines


@pytest.mark.django_db
@pytest.mark.parametrize("path", MAILED)
def test_a_mailed_link_leaves_no_token_in_the_log(client: Client, written: Callable[[], list[dict[str, Any]]], path: str) -> None:
    client.get(path)
    lines = written()
    assert SECRET not in json.dumps(lines)
    kept = path.replace(f"1-{SECRET}", "…").replace(SECRET, "…")
    assert f"GET {kept}" in [line.get("request") for line in lines]


@pytest.mark.django_db
def test_a_refusal_is_a_line_without_a_trace(client: Client, written: Callable[[], list[dict[str, Any]]]) -> None:
    client.force_login(User.objects.create_user("member@example.com"))
    client.get("/status")
    refused = [line for line in written() if line["logger"] == "django.request"]
    assert [(line["event"], "exception" in line) for line in refused] == [("Forbidden (Permission denied): /status", False)]


@pytest.mark.django_db
def test_what_was_asked_for_is_not_in_the_log(client: Client, written: Callable[[], list[dict[str, Any]]]) -> None:
    client.get(f"/accounts/login/?next=/invitations/{SECRET}/&q=ingrid@example.com")
    lines = written()
    assert (SECRET in json.dumps(lines), "ingrid" in json.dumps(lines)) == (False, False)
    assert "GET /accounts/login/?…" in [line.get("request") for line in lines]
