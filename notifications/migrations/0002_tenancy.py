from django.db import migrations

from accounts.tenancy import isolate, refer


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("contacts", "0002_tenancy")]

    operations = [
        isolate("notifications_message"),
        isolate("notifications_attempt"),
        refer("notifications_message", "contact_id", "contacts_contact", on_delete="CASCADE"),
        refer("notifications_attempt", "message_id", "notifications_message", on_delete="CASCADE"),
        migrations.RunSQL(
            """
            CREATE FUNCTION workspaces_with_due_messages() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public, pg_temp AS $$
                SELECT id FROM accounts_workspace w
                WHERE EXISTS (SELECT 1 FROM notifications_message m
                              WHERE m.workspace_id = w.id AND m.state IN ('queued', 'sending') AND m.next_attempt_at <= clock_timestamp())
            $$;
            REVOKE ALL ON FUNCTION workspaces_with_due_messages() FROM PUBLIC;
            """,
            "DROP FUNCTION workspaces_with_due_messages()",
        ),
    ]
