"""`manage.py load_demo`: the demo workspace, unless it is there, and how to sign in to it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.crypto import salted_hmac

from accounts.people import find_person
from demo import company, loading
from demo.journeys import DAYS
from leadscore.clock import now

SAY_EVERY = 30  # days of the history


class Command(BaseCommand):
    help = "Makes a believable workspace with 90 days of history, unless there is one, and says how to sign in. In demo mode only."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("The demo is loaded in demo mode only: without DATABASE_URL and REDIS_URL.")
        if loading.find() is None:
            self.load()
        self.say_how_to_sign_in()

    def load(self) -> None:
        started, present = time.monotonic(), now()
        self.stdout.write(f"loading the demo: 300 contacts, {DAYS} days of history …")
        loading.load(present, password(), Progress(self, present))
        self.stdout.write(f"the demo is loaded ({time.monotonic() - started:.0f} s).")

    def say_how_to_sign_in(self) -> None:
        owner = find_person(company.EMAIL)
        known = owner is not None and owner.check_password(password())
        self.stdout.write(f"demo shop   {settings.SITE_URL}/demo/  (click through it, and find yourself among the leads)")
        self.stdout.write(f"sign in     {settings.SITE_URL}/  as {company.EMAIL}, password {password() if known else 'as you changed it'}")


class Progress:
    """Says each month of the history that is done."""

    def __init__(self, command: Command, present: datetime) -> None:
        self.command, self.present, self.said = command, present, 0

    def __call__(self, reached: datetime) -> None:
        done = DAYS - (self.present - reached).days
        if done - self.said >= SAY_EVERY:
            self.said = done // SAY_EVERY * SAY_EVERY
            self.command.stdout.write(f"  {self.said} of {DAYS} days")


def password() -> str:
    """This installation's own: made from its secret key, so that every run of `up` can say it and no two installations share one."""
    digits = salted_hmac("leadscore.demo", company.EMAIL, algorithm="sha256").hexdigest()
    return f"robot-{digits[:5]}-{digits[5:10]}"
