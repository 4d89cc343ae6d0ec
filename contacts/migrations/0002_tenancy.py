from django.db import migrations

from accounts.tenancy import isolate, refer


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial"), ("accounts", "0002_tenancy")]

    operations = [
        isolate("contacts_company"),
        isolate("contacts_contact"),
        isolate("contacts_identifier"),
        isolate("contacts_lastseen"),
        isolate("contacts_activity"),
        refer("contacts_contact", "company_id", "contacts_company", on_delete="SET NULL"),
        refer("contacts_contact", "owner_id", "accounts_membership", on_delete="SET NULL", key="user_id"),
        refer("contacts_contact", "merged_into_id", "contacts_contact", on_delete="CASCADE"),
        refer("contacts_identifier", "contact_id", "contacts_contact", on_delete="CASCADE"),
        refer("contacts_lastseen", "contact_id", "contacts_contact", on_delete="CASCADE"),
        refer("contacts_activity", "contact_id", "contacts_contact", on_delete="CASCADE"),
        # Text search needs operators that are not leakproof, which under a policy cannot use an index. The function's owner is not subject to
        # the policy; it names the workspace itself, as a lexeme of each contact's vector ("@7"), so that one index scan answers.
        migrations.RunSQL(
            """
            CREATE FUNCTION matching_contacts(words text[]) RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public, pg_temp AS $$
                SELECT c.id FROM contacts_contact c
                WHERE c.search @@ (
                        SELECT ('''@' || current_setting('app.workspace', true) || '''' || string_agg(' & ' || quote_literal(replace(word, '\\', '')) || ':*', ''))::tsquery
                        FROM unnest(words) word)
                  AND c.workspace_id = nullif(current_setting('app.workspace', true), '')::bigint
                  AND c.merged_into_id IS NULL
            $$;
            REVOKE ALL ON FUNCTION matching_contacts(text[]) FROM PUBLIC;
            """,
            "DROP FUNCTION matching_contacts(text[])",
        ),
    ]
