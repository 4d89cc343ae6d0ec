"""Django's `createsuperuser`, whose operator can sign in at once: the address needs no confirmation by mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from accounts.models import User
from accounts.people import confirm_address


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        said: str | None = super().handle(*args, **options)
        for operator in User.objects.filter(is_superuser=True, emailaddress__isnull=True):
            confirm_address(operator)
        return said
