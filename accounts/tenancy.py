"""Migration operations for what Django's models cannot say about a tenant's tables: policies and references by (workspace, id)."""

from __future__ import annotations

from django.db import migrations

WORKSPACE_SETTING = "app.workspace"
_CURRENT = f"nullif(current_setting('{WORKSPACE_SETTING}', true), '')::bigint"


def isolate(table: str) -> migrations.RunSQL:
    """Row-level security on `table`: without a workspace set, it shows and takes no row.

    ENABLE and not FORCE: the owner's data migrations and dumps must see every row.
    """
    return migrations.RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY workspace ON {table} USING (workspace_id = {_CURRENT}) WITH CHECK (workspace_id = {_CURRENT});",
        f"DROP POLICY workspace ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


def identify_by_pair(table: str) -> migrations.RunSQL:
    """Makes (workspace, id) a key that other tables can refer to."""
    name = f"{table}_workspace_pair"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (workspace_id, id);",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def refer(table: str, column: str, target: str, *, on_delete: str = "NO ACTION", key: str = "id") -> migrations.RunSQL:
    """A foreign key of the pair (workspace_id, column): no row can point into another workspace.

    Args:
        on_delete: SQL action; `SET NULL` clears the column alone and keeps the workspace.
        key: the target's column beside its workspace_id.
    """
    name = f"{table}_{column}_pair"
    action = f"SET NULL ({column})" if on_delete == "SET NULL" else on_delete
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (workspace_id, {column}) REFERENCES {target} (workspace_id, {key})"
        f" ON DELETE {action} DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )
