from django.db import migrations

# Each entry is found by the whole of its key. In one DELETE for all of them PostgreSQL may instead read every entry of the workspace, where
# statistics are missing or old: whether it does is a guess about sizes, and a late call must not cost what the history is long.
FUNCTION = """
CREATE FUNCTION drop_awards(workspace bigint, entries json) RETURNS void LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM json_to_recordset(entries) AS r(version bigint, contact bigint, rule smallint, slot text, awarded_at timestamptz,
                                                             message_id text) LOOP
        DELETE FROM scoring_award a
        WHERE a.workspace_id = workspace AND a.version_id = one.version AND a.contact_id = one.contact AND a.rule = one.rule AND a.slot = one.slot
          AND a.awarded_at = one.awarded_at AND a.message_id = one.message_id;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("scoring", "0008_cancelled_versions")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION drop_awards(bigint, json)")]
