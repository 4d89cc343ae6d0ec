from django.db import migrations

from accounts.tenancy import isolate, refer


class Migration(migrations.Migration):
    dependencies = [("scoring", "0001_initial"), ("contacts", "0002_tenancy")]

    operations = [
        isolate("scoring_scoringtype"),
        isolate("scoring_version"),
        isolate("scoring_award"),
        isolate("scoring_score"),
        isolate("scoring_standing"),
        isolate("scoring_stagechange"),
        refer("scoring_version", "scoring_type_id", "scoring_scoringtype", on_delete="CASCADE"),
        refer("scoring_version", "job_id", "accounts_job", on_delete="SET NULL"),
        refer("scoring_scoringtype", "published_id", "scoring_version", on_delete="SET NULL"),
        refer("scoring_award", "contact_id", "contacts_contact", on_delete="CASCADE"),
        refer("scoring_score", "contact_id", "contacts_contact", on_delete="CASCADE"),
        refer("scoring_standing", "contact_id", "contacts_contact", on_delete="CASCADE"),
        refer("scoring_standing", "scoring_type_id", "scoring_scoringtype", on_delete="CASCADE"),
        refer("scoring_stagechange", "contact_id", "contacts_contact", on_delete="CASCADE"),
        refer("scoring_stagechange", "scoring_type_id", "scoring_scoringtype", on_delete="CASCADE"),
        migrations.RunSQL(
            """
            CREATE FUNCTION workspaces_with_due_scores() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public, pg_temp AS $$
                SELECT id FROM accounts_workspace w
                WHERE EXISTS (SELECT 1 FROM scoring_score s WHERE s.workspace_id = w.id AND s.next_due_at <= clock_timestamp())
                   OR EXISTS (SELECT 1 FROM contacts_company c WHERE c.workspace_id = w.id AND c.rescored_to IS NOT NULL)
            $$;
            REVOKE ALL ON FUNCTION workspaces_with_due_scores() FROM PUBLIC;
            """,
            "DROP FUNCTION workspaces_with_due_scores()",
        ),
    ]
