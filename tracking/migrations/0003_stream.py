import django.db.models.deletion
from django.db import migrations, models

from accounts.tenancy import isolate

KEY = {
    "db_constraint": False,
    "db_index": False,
    "null": True,
    "on_delete": django.db.models.deletion.SET_NULL,
    "related_name": "+",
    "to": "accounts.key",
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tracking", "0002_tenancy")]

    operations = [
        migrations.AddField("inbox", "key", models.ForeignKey(**KEY)),
        migrations.AddField("rejected", "key", models.ForeignKey(**KEY)),
        migrations.AddField(
            "rejected",
            "head",
            models.BinaryField(
                default=b"", help_text="What its body said for all of its calls; null: too large to be kept with each.", null=True
            ),
        ),
        migrations.CreateModel(
            name="Recent",
            fields=[
                ("id", models.BigIntegerField(help_text="The id that it had in the inbox.", primary_key=True, serialize=False)),
                ("received_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(help_text="When the transaction that processed it began.")),
                ("drained_at", models.DateTimeField(help_text="When that transaction was about to end.")),
                ("source", models.SmallIntegerField(choices=[(0, "Browser"), (1, "Server")])),
                ("calls", models.IntegerField()),
                ("size", models.IntegerField(help_text="Bytes of the body.")),
                ("body", models.BinaryField()),
                ("key", models.ForeignKey(**KEY)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recent_calls",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["workspace", "-id"], name="tracking_recent_newest")]},
        ),
        isolate("tracking_recent"),
    ]
