import django.contrib.postgres.functions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_job_ranges'),
    ]

    operations = [
        migrations.AddField(
            model_name='workspace',
            name='import_secret',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, help_text='What the messageIds of imported rows are made with.'),
        ),
    ]
