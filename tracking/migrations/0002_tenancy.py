from django.db import migrations

from accounts.tenancy import isolate


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_initial"), ("accounts", "0002_tenancy")]

    operations = [
        isolate("tracking_inbox"),
        isolate("tracking_rejected"),
        migrations.RunSQL(
            """
            CREATE FUNCTION workspaces_with_inbox() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT id FROM accounts_workspace w WHERE EXISTS (SELECT 1 FROM tracking_inbox i WHERE i.workspace_id = w.id)
            $$;
            REVOKE ALL ON FUNCTION workspaces_with_inbox() FROM PUBLIC;
            """,
            "DROP FUNCTION workspaces_with_inbox()",
        ),
    ]
