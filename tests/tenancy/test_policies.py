"""The second wall: what PostgreSQL itself refuses the process role. Tables, references and functions are found in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.utils import ProgrammingError
from psycopg2 import sql

from accounts.models import Workspace
from accounts.scope import AnotherWorkspaceIsOpen, current_workspace, workspace_scope
from tests.tenancy.rows import Rows

# Needed before a workspace is known; they say nothing of any contact.
CONTROL_TABLES = {"accounts_membership", "accounts_invitation", "accounts_key", "tracking_work"}

# References without a constraint: written by scoring alone, beside a contact of the same workspace, for millions of rows.
UNCHECKED = {
    "scoring_award.version_id",
    "scoring_score.version_id",
    "scoring_standing.version_id",
    "scoring_stagechange.version_id",
}

CONDITION = "(workspace_id = (NULLIF(current_setting('app.workspace'::text, true), ''::text))::bigint)"


def select(query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def about(table: str, query: str, *parameters: object) -> Any:
    """The first value of a query's answer; `{}` in it is the table."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(query).format(sql.Identifier(table)), parameters)
        return cursor.fetchone()[0] if cursor.description else cursor.rowcount


TABLES_WITH_A_WORKSPACE = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace AND a.attname = 'workspace_id' AND NOT a.attisdropped
"""


@pytest.fixture
def tenant_tables(db: None) -> list[str]:
    return sorted(table for (table,) in select(TABLES_WITH_A_WORKSPACE) if table not in CONTROL_TABLES)


def test_there_are_tables_to_look_at(tenant_tables: list[str]) -> None:
    assert {"contacts_contact", "scoring_score", "notifications_message", "tracking_inbox", "accounts_auditentry"} <= set(tenant_tables)


def test_every_tenant_table_has_the_one_policy(tenant_tables: list[str]) -> None:
    found = select(
        """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.permissive, p.cmd, p.roles::text, p.qual, p.with_check
        FROM pg_class c LEFT JOIN pg_policies p ON p.tablename = c.relname AND p.schemaname = current_schema()
        WHERE c.relname = ANY(%s) AND c.relnamespace = current_schema()::regnamespace ORDER BY 1
        """,
        tenant_tables,
    )
    expected = [(table, True, False, "PERMISSIVE", "ALL", "{public}", CONDITION, CONDITION) for table in tenant_tables]
    assert found == expected


def test_every_tenant_table_has_a_row_to_hide(acme: Rows, tenant_tables: list[str]) -> None:
    with workspace_scope(acme.workspace.id):
        assert [table for table in tenant_tables if about(table, "SELECT count(*) FROM {}") == 0] == []


def test_without_a_scope_no_row_is_seen(acme: Rows, tenant_tables: list[str]) -> None:
    assert {table: about(table, "SELECT count(*) FROM {}") for table in tenant_tables} == dict.fromkeys(tenant_tables, 0)


def test_in_another_scope_no_row_is_seen_changed_or_deleted(acme: Rows, other: Rows, tenant_tables: list[str]) -> None:
    mine = acme.workspace.id
    with workspace_scope(other.workspace.id):
        for table in tenant_tables:
            seen = about(table, "SELECT count(*) FROM {} WHERE workspace_id = %s", mine)
            changed = about(table, "UPDATE {} SET workspace_id = workspace_id WHERE workspace_id = %s", mine)
            deleted = about(table, "DELETE FROM {} WHERE workspace_id = %s", mine)
            assert (table, seen, changed, deleted) == (table, 0, 0, 0)


INSERT_COPY = "INSERT INTO {0} SELECT * FROM json_populate_record(NULL::{0}, %s::json)"


@pytest.fixture
def rows_of_acme(acme: Rows, tenant_tables: list[str]) -> dict[str, str]:
    """A row of each table, as JSON text."""
    with workspace_scope(acme.workspace.id):
        return {table: about(table, "SELECT row_to_json(t)::text FROM {} t LIMIT 1") for table in tenant_tables}


def refused(table: str, query: str, *parameters: object) -> bool:
    with pytest.raises(ProgrammingError, match="row-level security policy"), transaction.atomic():
        about(table, query, *parameters)
    return True


def test_without_a_scope_no_row_is_taken(rows_of_acme: dict[str, str]) -> None:
    assert [table for table, row in rows_of_acme.items() if refused(table, INSERT_COPY, row)] == list(rows_of_acme)


def test_in_another_scope_no_row_is_taken(rows_of_acme: dict[str, str], elsewhere: Workspace) -> None:
    with workspace_scope(elsewhere.id):
        assert [table for table, row in rows_of_acme.items() if refused(table, INSERT_COPY, row)] == list(rows_of_acme)


def test_a_row_cannot_be_moved_into_another_workspace(acme: Rows, elsewhere: Workspace, tenant_tables: list[str]) -> None:
    with workspace_scope(acme.workspace.id):
        moved = [table for table in tenant_tables if refused(table, "UPDATE {} SET workspace_id = %s", elsewhere.id)]
    assert moved == tenant_tables


def test_a_malformed_setting_shows_nothing(acme: Rows, tenant_tables: list[str]) -> None:
    with transaction.atomic():
        select("SELECT set_config('app.workspace', '', true)")
        assert {about(table, "SELECT count(*) FROM {}") for table in tenant_tables} == {0}


# References


def test_every_reference_between_tenant_tables_is_a_pair(tenant_tables: list[str]) -> None:
    """A foreign key is checked outside the policies: of the id alone, it would let a row point into another workspace."""
    found = select(
        """
        SELECT con.conname, 'workspace_id' = ANY(source.names) AND 'workspace_id' = ANY(target.names)
                            AND array_position(source.names, 'workspace_id') = array_position(target.names, 'workspace_id')
        FROM pg_constraint con
        JOIN pg_class s ON s.oid = con.conrelid JOIN pg_class t ON t.oid = con.confrelid,
        LATERAL (SELECT array_agg(a.attname::text ORDER BY k.place) AS names FROM unnest(con.conkey) WITH ORDINALITY k(num, place)
                 JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num) source,
        LATERAL (SELECT array_agg(a.attname::text ORDER BY k.place) AS names FROM unnest(con.confkey) WITH ORDINALITY k(num, place)
                 JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num) target
        WHERE con.contype = 'f' AND s.relname = ANY(%s) AND t.relname = ANY(%s)
        """,
        tenant_tables,
        tenant_tables,
    )
    assert len(found) > 10
    assert [name for name, is_pair in found if not is_pair] == []


def references() -> Iterator[tuple[str, str]]:
    """Each reference of a model from one tenant table to another: table and column."""
    owned = {
        model for model in apps.get_models() if any(field.name == "workspace" and field.related_model is Workspace for field in model._meta.fields)
    }
    tenant = {model for model in owned if model._meta.db_table not in CONTROL_TABLES}
    for model in tenant:
        for field in model._meta.fields:
            if isinstance(field, models.ForeignKey) and field.related_model in tenant:
                yield model._meta.db_table, str(field.column)


def test_every_reference_of_a_model_has_its_pair_in_the_database(db: None) -> None:
    constrained = {
        (table, column)
        for table, column in select(
            """
            SELECT s.relname, a.attname FROM pg_constraint con JOIN pg_class s ON s.oid = con.conrelid
            JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = ANY(con.conkey)
            WHERE con.contype = 'f' AND cardinality(con.conkey) = 2 AND a.attname <> 'workspace_id'
            """
        )
    }
    assert {f"{table}.{column}" for table, column in set(references()) - constrained} == UNCHECKED


# What else could get round the policies


def test_definer_functions_have_a_fixed_search_path_and_are_not_public(db: None) -> None:
    found = select(
        """
        SELECT proname, proconfig, has_function_privilege(oid, 'EXECUTE'),
               EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)
        FROM pg_proc WHERE prosecdef AND pronamespace = current_schema()::regnamespace
        """
    )
    assert "matching_contacts" in {name for name, *_ in found}
    assert [row for row in found if row[1:] != (["search_path=public, pg_temp"], True, False)] == []


def test_no_view_shows_rows_with_its_owners_rights(db: None) -> None:
    views = select("SELECT relname, reloptions FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = current_schema()::regnamespace")
    assert [name for name, options in views if "security_invoker=true" not in (options or [])] == []


def test_the_process_role_can_neither_truncate_nor_own_nor_bypass(tenant_tables: list[str]) -> None:
    assert [table for table in tenant_tables if about(table, f"SELECT has_table_privilege('{table}', 'TRUNCATE')")] == []
    assert select("SELECT count(*) FROM pg_class WHERE pg_has_role(relowner, 'USAGE') AND relname = ANY(%s)", tenant_tables) == [(0,)]
    assert select("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user") == [(False, False, False)]


# The scope


def test_scopes_of_one_workspace_nest(workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        with workspace_scope(workspace.id):
            assert current_workspace() == workspace.id
        assert current_workspace() == workspace.id
    assert current_workspace() is None


def test_scopes_of_two_workspaces_do_not_nest(workspace: Workspace, elsewhere: Workspace) -> None:
    with workspace_scope(workspace.id), pytest.raises(AnotherWorkspaceIsOpen), workspace_scope(elsewhere.id):
        pass


def test_a_scope_that_failed_is_closed(workspace: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), workspace_scope(workspace.id):
        raise ZeroDivisionError
    assert current_workspace() is None


@pytest.mark.django_db(transaction=True)
def test_a_scope_ends_with_its_transaction() -> None:
    """Connections live on between requests, and a pooler hands them around."""
    with transaction.atomic():
        select("SELECT set_config('app.workspace', '7', true)")
    assert select("SELECT current_setting('app.workspace', true)") == [("",)]
