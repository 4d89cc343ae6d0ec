from django.db import migrations, models


class Migration(migrations.Migration):
    """Previews of before do not say which contacts came since: they are stale by what else has changed alone."""

    dependencies = [("scoring", "0012_tallies_as_text")]

    operations = [
        migrations.AddField(
            model_name="preview",
            name="last_contact",
            field=models.BigIntegerField(help_text="The highest id of a contact then: those above it came since.", null=True),
        )
    ]
