"""A team's name is its own within the workspace. Of teams that share one, the later ones get their key behind it."""

from django.db import migrations, models
from django.db.models.functions import Lower

TELL_APART = """
UPDATE accounts_team SET name = left(name, 45) || ' (' || key || ')'
WHERE EXISTS (
    SELECT FROM accounts_team earlier
    WHERE earlier.workspace_id = accounts_team.workspace_id AND lower(earlier.name) = lower(accounts_team.name) AND earlier.id < accounts_team.id
)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_import_secret")]

    operations = [
        migrations.RunSQL(TELL_APART, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "team", models.UniqueConstraint(models.F("workspace"), Lower("name"), name="accounts_team_name_any_case")
        ),
    ]
