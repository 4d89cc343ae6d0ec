"""The second wall's foundation: processes connect as a role that row-level security binds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

# Superusers and BYPASSRLS roles pass every policy; an owner passes those of its own tables, and so does a member of an owning role.
PRIVILEGES = """
SELECT current_user, rolsuper, rolbypassrls,
       EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
               AND pg_has_role(current_user, relowner, 'USAGE'))
FROM pg_roles WHERE rolname = current_user
"""
REMEDY = "Set DATABASE_URL to a role that only has been granted rights (`manage.py setup_database` grants them), and DATABASE_OWNER_URL to the owner."


class PrivilegedRole(RuntimeError):
    """The process role could read every tenant's rows."""


@register(Tags.database)
def process_role_is_bound(app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """A check that Django runs only when asked to look at the database: `check --database default`."""
    if not databases or "default" not in databases:
        return []
    return [Error(reason, hint=REMEDY, id="leadscore.E001") for reason in privileges("default")]


def refuse_privileged_role() -> None:
    """Raise if policies would not bind this process. Web and worker call it before they serve anything."""
    reasons = privileges("default")
    connections["default"].close()
    if reasons:
        raise PrivilegedRole(f"{' '.join(reasons)} {REMEDY}")


def privileges(alias: str) -> list[str]:
    """What is wrong with the role that a connection uses; empty if nothing."""
    with connections[alias].cursor() as cursor:
        cursor.execute(PRIVILEGES)
        name, is_superuser, bypasses, owns = cursor.fetchone()
    found = {"is a superuser": is_superuser, "bypasses row-level security": bypasses, "owns tables": owns}
    return [f'The process role "{name}" {what}.' for what, is_so in found.items() if is_so]
