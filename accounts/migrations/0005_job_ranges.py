import django.db.models.deletion
from django.db import migrations, models

from accounts.tenancy import isolate, refer


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_allowed_origins")]

    operations = [
        migrations.CreateModel(
            name="JobRange",
            fields=[
                ("pk", models.CompositePrimaryKey("workspace_id", "job_id", "number", blank=True, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("size", models.PositiveIntegerField(help_text="How many contacts it holds, for the job's progress.")),
                ("result", models.JSONField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="ranges", to="accounts.job"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="job_ranges",
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        isolate("accounts_jobrange"),
        refer("accounts_jobrange", "job_id", "accounts_job", on_delete="CASCADE"),
    ]
