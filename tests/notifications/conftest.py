"""A sales team of two, a lead, and a mail server that answers as a test tells it to."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from socket import socket
from typing import Any

import pytest
import redis
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from anymail.exceptions import AnymailRequestsAPIError
from django.core.cache import cache

from accounts.models import Membership, Role, Team, TeamMember, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from notifications import outbox
from notifications.due import Entered, Step
from notifications.models import Message

CHANGES = count(1)
QUEUE = "deliver"


def facts_of(**changes: Any) -> dict[str, Any]:
    """What a step says of Ingrid, with some of it changed."""
    facts = {
        "contact": {
            "id": 8,
            "name": "Ingrid Solheim",
            "email": "ingrid@fjordfrost.example",
            "phone": "+47 55 90 12 84",
            "job_title": "Head of Operations",
            "city": "Oslo",
            "country": "Norway",
        },
        "company": {"name": "Fjordfrost Logistics", "industry": "Cold storage", "employees": "640", "city": "Bergen", "country": "Norway"},
        "workspace": {"name": "Northwind Robotics", "slug": "northwind"},
        "scoring_type": {"key": "new-leads", "name": "New leads"},
        "points": 82,
        "grade": "B",
        "reasons": [
            {"value": 20000, "text": "Asked for a demo"},
            {"value": 15000, "text": "Leads operations"},
            {"value": 12000, "text": "Viewed the pricing page, 3 times"},
            {"value": 12000, "text": "Company has 250 to 1,000 employees"},
            {"value": 10000, "text": "Three pricing views within a week"},
        ],
        "others": {"value": 13000, "count": 5, "limited": False},
        "activities": [
            {"at": "2026-11-17T08:41:00.000000Z", "text": "Sent form Book a demo"},
            {"at": "2026-11-17T08:38:00.000000Z", "text": "Viewed /pricing"},
            {"at": "2026-11-16T14:12:00.000000Z", "text": "Viewed /pricing"},
            {"at": "2026-11-11T14:12:00.000000Z", "text": "Viewed /features"},
            {"at": "2025-12-24T14:12:00.000000Z", "text": "Viewed /"},
        ],
        "at": "2026-11-17T08:41:03.200000Z",
        "time_zone": "Europe/Oslo",
    }
    return facts | changes


def entered(stage: str, rank: int, *notify: str, quiet_days: int = 30, change_id: int | None = None) -> Entered:
    return Entered(next(CHANGES) if change_id is None else change_id, stage, stage.title(), rank, 3, notify, quiet_days)


def step(contact: Contact, at: datetime, *stages: Entered, cause: str = "activity", scoring_type_id: int = 5) -> Step:
    return Step(contact.id, contact.owner_id, scoring_type_id, "New leads", cause, at, stages, facts_of())


def join(workspace: Workspace, email: str, role: Role = Role.SALES) -> User:
    user = User.objects.create_user(email)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


@pytest.fixture
def dora(workspace: Workspace) -> User:
    return join(workspace, "dora@example.com")


@pytest.fixture
def emil(workspace: Workspace) -> User:
    return join(workspace, "emil@example.com")


@pytest.fixture
def sales(workspace: Workspace, dora: User, emil: User) -> Team:
    """Dora and Emil."""
    with workspace_scope(workspace.id):
        team = Team.objects.get(workspace=workspace, key="sales")
        TeamMember.objects.filter(team=team).delete()
        TeamMember.objects.bulk_create(TeamMember(workspace=workspace, team=team, user=user) for user in (dora, emil))
    return team


@pytest.fixture
def lead(workspace: Workspace, now: datetime) -> Contact:
    with workspace_scope(workspace.id):
        return Contact.objects.create(workspace=workspace, created_at=now, name="Ingrid Solheim")


@pytest.fixture
def message(workspace: Workspace, lead: Contact, dora: User, now: datetime) -> Message:
    """One to Dora, due now."""
    with workspace_scope(workspace.id):
        outbox.queue(workspace.id, [step(lead, now, entered("hot", 2, "user:dora@example.com"))])
        return Message.objects.get()


@dataclass
class MailServer:
    """Takes mail. Answers are used up one a command; after them, everything is accepted."""

    port: int
    on_recipient: list[str] = field(default_factory=list)
    on_data: list[str] = field(default_factory=list)
    before_answer: Callable[[], None] | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.on_recipient:
            return self.on_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        if self.before_answer:
            self.before_answer()
        answer = self.on_data.pop(0) if self.on_data else "250 OK"
        self.mails.append(parsed)
        if answer.startswith("250"):
            self.recipients += envelope.rcpt_tos
        return answer


def free_port() -> int:
    with closing(socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def smtp_settings(settings: Any) -> int:
    """Django sends through SMTP to a port where nobody listens (yet)."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.MAIL_IS_KEPT = False
    port: int = settings.EMAIL_PORT
    return port


@pytest.fixture
def server(smtp_settings: int) -> Iterator[MailServer]:
    mail_server = MailServer(smtp_settings)
    controller = Controller(mail_server, hostname="127.0.0.1", port=smtp_settings)
    controller.start()
    yield mail_server
    controller.stop()


class Broker:
    """What lies in the delivery queue."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def waiting(self) -> list[tuple[str, list[Any]]]:
        return [_task(json.loads(text)) for text in reversed(self._client.lrange(QUEUE, 0, -1))]

    def forget(self) -> None:
        """Loses what is waiting, and every trace of it."""
        self._client.delete(QUEUE)
        cache.clear()


def _task(sent: dict[str, Any]) -> tuple[str, list[Any]]:
    body = json.loads(base64.b64decode(sent["body"]))
    return sent["headers"]["task"], body[0]


@pytest.fixture
def broker(settings: Any) -> Iterator[Broker]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(QUEUE)
    yield Broker(client)
    client.delete(QUEUE)
    client.close()


def provider_error(status: int) -> AnymailRequestsAPIError:
    """What Anymail raises when a provider's API answers with this status."""
    response = requests.Response()
    response.status_code = status
    response.reason = "No"
    return AnymailRequestsAPIError("the provider's answer", response=response)
