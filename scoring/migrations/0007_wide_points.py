from django.db import migrations, models


class Migration(migrations.Migration):
    """Points of any number of activities: 200 rules of 1,000 points need 10,738 matches of each to leave 32 bits."""

    dependencies = [
        ('scoring', '0006_domain_changes'),
    ]

    operations = [
        migrations.AlterField(model_name='score', name='points', field=models.BigIntegerField()),
        migrations.AlterField(model_name='stagechange', name='points', field=models.BigIntegerField()),
    ]
