"""`create_workspace NAME --email E --password P [--json]`: a workspace, its owner and its first keys."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from accounts.access import SCOPES
from accounts.keys import issue
from accounts.models import KeyKind, User, Workspace
from accounts.people import add_person, find_person
from accounts.workspaces import create_workspace
from leadscore import clock


class Command(BaseCommand):
    help = "Creates a workspace. An existing person becomes its owner and keeps their password; otherwise the person is created."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", type=_name)
        parser.add_argument("--email", required=True, type=_address)
        parser.add_argument("--password", help="needed when nobody has this address yet")
        parser.add_argument("--time-zone", default="UTC", choices=sorted(available_timezones()), metavar="ZONE")
        parser.add_argument("--json", action="store_true", help="one line of JSON, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            made = create(options["name"], self._owner(options["email"], options["password"]), options["time_zone"])
        self.stdout.write(json.dumps(made, indent=None if options["json"] else 2))

    def _owner(self, email: str, password: str | None) -> User:
        if existing := find_person(email):
            if password:
                self.stderr.write(f"{existing.email} has an account already and keeps its password; --password was not used.")
            return existing
        if not password:
            raise CommandError(f"Nobody has the address {email} yet: --password is needed.")
        try:
            validate_password(password, User(email=email))
        except ValidationError as refused:
            raise CommandError(f"--password: {' '.join(refused.messages)}") from refused
        return add_person(email, password)


def _name(text: str) -> str:
    """As the form of a new workspace takes it: without blanks around it, not empty, not too long."""
    try:
        name: str = Workspace._meta.get_field("name").clean(text.strip(), None)
    except ValidationError as refused:
        raise ArgumentTypeError(" ".join(refused.messages)) from None
    return name


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ArgumentTypeError(f"{text} is not an e-mail address") from None
    return text


def create(name: str, owner: User, time_zone: str) -> dict[str, str]:
    """The workspace's slug, its keys in clear, and where it is."""
    now = clock.now()
    workspace = create_workspace(name, owner, time_zone=time_zone, now=now)
    _, api_key = issue(workspace, KeyKind.SECRET, "First secret key", SCOPES, owner, now)
    write_key = workspace.keys.get(kind=KeyKind.WRITE).public_token
    return {"workspace": workspace.slug, "write_key": str(write_key), "api_key": api_key, "url": f"{settings.SITE_URL}/w/{workspace.slug}/"}
