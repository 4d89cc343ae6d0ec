"""`manage.py setup_database`: migrate as the owner, then grant the process role what it needs and no more."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from psycopg2 import sql

# Functions stay executable for PUBLIC unless a migration revokes that; those are granted here as well. Default privileges cover
# what a later migration adds, until the next setup_database.
GRANTS = """
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role};
REVOKE INSERT, UPDATE, DELETE ON {schema}.django_migrations FROM {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT EXECUTE ON FUNCTIONS TO {role};
"""


class Command(BaseCommand):
    help = "Migrates as the role of DATABASE_OWNER_URL and grants the role of DATABASE_URL its rights. Safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing of migrations")

    def handle(self, *args: Any, quiet: bool = False, **options: Any) -> None:
        if "owner" not in settings.DATABASES:
            raise CommandError("Set DATABASE_OWNER_URL to the role that owns the tables.")
        call_command("migrate", database="owner", interactive=False, verbosity=0 if quiet else options["verbosity"], skip_checks=True)
        grant(settings.DATABASES["default"]["USER"])
        if not quiet:
            self.stdout.write("The database is ready.")


def grant(role: str) -> None:
    """Give the process role its rights on everything the owner has made."""
    connection = connections["owner"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_schema()")
        owner, schema = cursor.fetchone()
        if role == owner:
            raise CommandError(f'DATABASE_URL and DATABASE_OWNER_URL both name "{owner}"; the processes need a role of their own.')
        cursor.execute(sql.SQL(GRANTS).format(schema=sql.Identifier(schema), role=sql.Identifier(role)))
    connection.close()
