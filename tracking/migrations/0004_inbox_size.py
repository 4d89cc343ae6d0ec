from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0003_stream")]

    operations = [
        migrations.AddField(
            "inbox",
            "size",
            models.IntegerField(db_default=0, help_text="Bytes that the calls come to, each with what the request says for all; 0: those of the body."),
        ),
        migrations.AlterField("rejected", "head", models.BinaryField(default=b"", help_text="What its body said for all of its calls.")),
    ]
