"""The paths that probes and the operator look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from django.db import connections
from django.test import Client

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from leadscore.celery import QUEUES, WORKER_SEEN, say_that_a_worker_is_there
from leadscore.clock import now
from leadscore.roles import PrivilegedRole, process_role_is_bound, refuse_privileged_role
from tracking.models import Inbox, Source


@pytest.fixture
def operator(db):
    client = Client()
    client.force_login(User.objects.create_superuser("operator@example.com"))
    return client


@pytest.fixture
def broker(settings):
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(WORKER_SEEN, *QUEUES)
    yield client
    client.delete(WORKER_SEEN, *QUEUES)
    client.close()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_answered_whatever_host_they_name(client, path):
    answer = client.get(path, headers={"Host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
def test_it_is_alive_but_not_ready_while_the_database_is_away(client, monkeypatch):
    connections["default"].close()
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", {"host": "/nowhere"})
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200


IDLE = {"workspaces_waiting": 0, "pending": 0, "oldest_pending_seconds": 0.0}


def status_of(client: Client) -> dict[str, object]:
    return client.get("/status", headers={"Accept": "application/json"}).json()


def test_the_operator_sees_what_waits_and_whether_a_worker_is_there(operator, broker):
    broker.lpush("drain", "one", "two")
    assert status_of(operator) == {**IDLE, "broker": True, "worker_seen": None, "queued": {"drain": 2, "deliver": 0, "background": 0}}
    say_that_a_worker_is_there()
    assert 0 <= status_of(operator)["worker_seen"] < 5


def test_the_operator_sees_how_long_calls_of_any_workspace_wait(operator, broker):
    for slug, calls in (("one", 3), ("two", 4)):
        workspace = Workspace.objects.create(name=slug, slug=slug)
        with workspace_scope(workspace.pk):
            Inbox.objects.create(workspace=workspace, received_at=now() - timedelta(seconds=30), source=Source.BROWSER, calls=calls, body=b"[]")
    answer = status_of(operator)
    assert (answer["workspaces_waiting"], answer["pending"]) == (2, 7)
    assert 30 <= answer["oldest_pending_seconds"] < 60
    assert "Calls waiting to be processed" in operator.get("/status").content.decode()


def test_the_operator_is_told_that_the_broker_is_away(operator, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert status_of(operator) == {**IDLE, "broker": False, "worker_seen": None, "queued": None}
    assert "Does not answer" in operator.get("/status").content.decode()


def test_people_are_refused_the_status_and_strangers_sign_in_first(db, client):
    client.force_login(User.objects.create_user("member@example.com"))
    refused = client.get("/status")
    assert (refused.status_code, "This is for operators" in refused.content.decode()) == (403, True)
    client.logout()
    asked = client.get("/status")
    assert (asked.status_code, asked["Location"]) == (302, "/accounts/login/?next=/status")


@pytest.mark.parametrize(
    ("token", "sent", "code"), [("", "", 404), ("", "x", 404), ("secret", "", 404), ("secret", "x", 404), ("secret", "secret", 200)]
)
def test_metrics_are_there_for_whoever_has_the_token(db, client, settings, token, sent, code):
    settings.METRICS_TOKEN = token
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {sent}"})
    assert answer.status_code == code
    assert (b"python_info" in answer.content) is (code == 200)


@pytest.mark.django_db
def test_the_process_role_of_this_suite_is_bound_by_policies():
    assert process_role_is_bound(None, ["default"]) == []


@pytest.mark.django_db(transaction=True)
def test_web_and_worker_refuse_to_start_as_the_owner(settings, monkeypatch):
    connections["default"].close()
    monkeypatch.setitem(connections["default"].settings_dict, "USER", settings.DATABASES["owner"]["USER"])
    with pytest.raises(PrivilegedRole, match='"leadscore_owner" owns tables'):
        refuse_privileged_role()
    monkeypatch.setitem(connections["default"].settings_dict, "USER", "postgres")
    with pytest.raises(PrivilegedRole, match='"postgres" is a superuser'):
        refuse_privileged_role()
