from django.db import migrations

from accounts.tenancy import identify_by_pair, isolate, refer


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        identify_by_pair("accounts_team"),
        identify_by_pair("accounts_job"),
        isolate("accounts_team"),
        isolate("accounts_teammember"),
        isolate("accounts_auditentry"),
        isolate("accounts_job"),
        refer("accounts_teammember", "team_id", "accounts_team", on_delete="CASCADE"),
        refer("accounts_teammember", "user_id", "accounts_membership", on_delete="CASCADE", key="user_id"),
        migrations.RunSQL(
            """
            CREATE FUNCTION workspaces_with_open_jobs() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT id FROM accounts_workspace w
                WHERE EXISTS (SELECT 1 FROM accounts_job j WHERE j.workspace_id = w.id AND j.state IN ('queued', 'running'))
            $$;
            REVOKE ALL ON FUNCTION workspaces_with_open_jobs() FROM PUBLIC;
            """,
            "DROP FUNCTION workspaces_with_open_jobs()",
        ),
    ]
