from django.db import migrations

# The index on next_due_at serves a comparison with an instant that stays the same for the statement; clock_timestamp() would be asked for every
# row, and all scores be read for it. LIMIT keeps the look-up one a workspace: an EXISTS may be turned into a join that reads them all as well.
FUNCTION = """
    CREATE OR REPLACE FUNCTION workspaces_with_due_scores() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
        SELECT w.id FROM accounts_workspace w
        CROSS JOIN LATERAL (SELECT next_due_at FROM scoring_score WHERE workspace_id = w.id AND next_due_at <= statement_timestamp()
                            ORDER BY next_due_at LIMIT 1) due
        UNION
        SELECT workspace_id FROM contacts_company WHERE rescored_to IS NOT NULL
    $$
"""
BEFORE = """
    CREATE OR REPLACE FUNCTION workspaces_with_due_scores() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
        SELECT id FROM accounts_workspace w
        WHERE EXISTS (SELECT 1 FROM scoring_score s WHERE s.workspace_id = w.id AND s.next_due_at <= clock_timestamp())
           OR EXISTS (SELECT 1 FROM contacts_company c WHERE c.workspace_id = w.id AND c.rescored_to IS NOT NULL)
    $$
"""


class Migration(migrations.Migration):
    dependencies = [("scoring", "0004_previews")]

    operations = [migrations.RunSQL(FUNCTION, BEFORE)]
