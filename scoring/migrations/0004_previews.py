import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import leadscore.exact_json
from accounts.tenancy import isolate, refer


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_job_ranges'),
        ('contacts', '0005_imports'),
        ('scoring', '0003_whole_model'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Preview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.JSONField(decoder=leadscore.exact_json.ExactDecoder, encoder=leadscore.exact_json.ExactEncoder)),
                ('revision', models.PositiveIntegerField(null=True)),
                ('time_zone', models.CharField(max_length=64)),
                ('edges', models.JSONField(default=list)),
                ('contacts', models.PositiveIntegerField()),
                ('sample', models.JSONField()),
                ('report', models.JSONField(null=True)),
                ('at', models.DateTimeField()),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.job')),
                ('live', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='scoring.version')),
                ('scoring_type', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='previews', to='scoring.scoringtype')),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='previews', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='PreviewMove',
            fields=[
                ('pk', models.CompositePrimaryKey('workspace_id', 'preview_id', 'contact_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('points_now', models.BigIntegerField()),
                ('points_then', models.BigIntegerField()),
                ('stage_now', models.CharField(default='', max_length=50)),
                ('stage_then', models.CharField(default='', max_length=50)),
                ('is_up', models.BooleanField()),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.contact')),
                ('preview', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='scoring.preview')),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='preview_moves', to='accounts.workspace')),
            ],
        ),
        migrations.AddIndex(
            model_name='preview',
            index=models.Index(fields=['workspace', 'scoring_type', '-id'], name='scoring_preview_latest'),
        ),
        migrations.AddConstraint(
            model_name='preview',
            constraint=models.UniqueConstraint(fields=('workspace', 'id'), name='scoring_preview_pair'),
        ),
        migrations.AddIndex(
            model_name='previewmove',
            index=models.Index(fields=['workspace', 'preview', '-points_then', '-contact'], name='scoring_preview_by_points'),
        ),
        migrations.AddIndex(
            model_name='previewmove',
            index=models.Index(fields=['workspace', 'contact'], name='scoring_preview_contact'),
        ),
        isolate('scoring_preview'),
        isolate('scoring_previewmove'),
        refer('scoring_preview', 'scoring_type_id', 'scoring_scoringtype', on_delete='CASCADE'),
        refer('scoring_preview', 'live_id', 'scoring_version', on_delete='SET NULL'),
        refer('scoring_preview', 'job_id', 'accounts_job', on_delete='SET NULL'),
        refer('scoring_previewmove', 'preview_id', 'scoring_preview', on_delete='CASCADE'),
        refer('scoring_previewmove', 'contact_id', 'contacts_contact', on_delete='CASCADE'),
    ]
