"""The second wall: which workspace the database lets this transaction see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from accounts.tenancy import WORKSPACE_SETTING


class AnotherWorkspaceIsOpen(RuntimeError):
    """A scope was opened for one workspace inside that of another."""


@contextmanager
def workspace_scope(workspace_id: int) -> Iterator[None]:
    """Opens a transaction in which the rows of one workspace, and no others, can be seen and written.

    Nested scopes of the same workspace are savepoints of the outer transaction.

    Raises:
        AnotherWorkspaceIsOpen: a scope of a different workspace is open.
    """
    outer = current_workspace()
    if outer is not None and outer != workspace_id:
        raise AnotherWorkspaceIsOpen(f"workspace {outer} is open; {workspace_id} was asked for")
    with transaction.atomic():
        _set(str(workspace_id))
        yield
        if outer is None:
            _set("")


def current_workspace() -> int | None:
    """The workspace of the open scope, or None."""
    if not connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [WORKSPACE_SETTING])
        value = cursor.fetchone()[0]
    return int(value) if value else None


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [WORKSPACE_SETTING, value])
