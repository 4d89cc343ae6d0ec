from django.db import migrations

DUE = """
    CREATE OR REPLACE FUNCTION workspaces_with_due_scores() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
        SELECT id FROM accounts_workspace w
        WHERE EXISTS (SELECT 1 FROM scoring_score s WHERE s.workspace_id = w.id AND s.next_due_at <= clock_timestamp())
           OR EXISTS (SELECT 1 FROM contacts_company c WHERE c.workspace_id = w.id AND c.rescored_to IS NOT NULL)
           {more}
    $$;
"""
DOMAINS = "OR EXISTS (SELECT 1 FROM contacts_domainchange q WHERE q.workspace_id = w.id)"


class Migration(migrations.Migration):
    dependencies = [("scoring", "0004_previews"), ("contacts", "0006_companies_by_domain")]

    operations = [migrations.RunSQL(DUE.format(more=DOMAINS), DUE.format(more=""))]
