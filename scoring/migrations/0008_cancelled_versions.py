from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_job_ranges'),
        ('scoring', '0007_wide_points'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='version',
            name='scoring_version_state',
        ),
        migrations.AlterField(
            model_name='version',
            name='state',
            field=models.CharField(choices=[('building', 'Being computed'), ('live', 'Live'), ('retired', 'Retired'), ('superseded', 'Superseded'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='building', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='version',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['building', 'live', 'retired', 'superseded', 'failed', 'cancelled'])), name='scoring_version_state'),
        ),
    ]
