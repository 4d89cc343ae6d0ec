import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import leadscore.exact_json
from accounts.tenancy import isolate, refer


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_team_names'),
        ('scoring', '0009_drop_awards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DraftEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.JSONField(decoder=leadscore.exact_json.ExactDecoder, encoder=leadscore.exact_json.ExactEncoder)),
                ('changes', models.JSONField(default=list, help_text='What the edit changed, in words.')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('is_undone', models.BooleanField(default=False)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scoring_type', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft_edits', to='scoring.scoringtype')),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft_edits', to='accounts.workspace')),
            ],
            options={
                'indexes': [models.Index(fields=['workspace', 'scoring_type', '-id'], name='scoring_draftedit_latest')],
            },
        ),
        isolate('scoring_draftedit'),
        refer('scoring_draftedit', 'scoring_type_id', 'scoring_scoringtype', on_delete='CASCADE'),
    ]
