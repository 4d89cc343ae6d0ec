"""Tallies as the text that the engine reads, with pairs of rule and count in place of an object."""

from __future__ import annotations

from django.db import migrations, models

PAIRS = """UPDATE scoring_score SET tally = jsonb_set(tally, '{alive}', (
    SELECT coalesce(jsonb_agg(jsonb_build_array(key::int, value) ORDER BY key::int), '[]') FROM jsonb_each(tally->'alive')))
    WHERE jsonb_typeof(tally->'alive') = 'object'"""


class Migration(migrations.Migration):
    dependencies = [("scoring", "0011_previews_with_margins")]

    operations = [
        migrations.RunSQL(PAIRS, migrations.RunSQL.noop),
        migrations.AlterField("score", "tally", models.TextField(default="{}")),
    ]
