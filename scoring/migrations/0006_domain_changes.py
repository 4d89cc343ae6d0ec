from django.db import migrations

DUE = """
    CREATE OR REPLACE FUNCTION workspaces_with_due_scores() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
        SELECT w.id FROM accounts_workspace w
        CROSS JOIN LATERAL (SELECT next_due_at FROM scoring_score WHERE workspace_id = w.id AND next_due_at <= statement_timestamp()
                            ORDER BY next_due_at LIMIT 1) due
        UNION
        SELECT workspace_id FROM contacts_company WHERE rescored_to IS NOT NULL
        {more}
    $$
"""
DOMAINS = "UNION SELECT workspace_id FROM contacts_domainchange"


class Migration(migrations.Migration):
    dependencies = [("scoring", "0005_due_by_index"), ("contacts", "0008_companies_by_domain")]

    operations = [migrations.RunSQL(DUE.format(more=DOMAINS), DUE.format(more=""))]
