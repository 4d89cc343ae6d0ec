"""Files of contacts and of past activities that were uploaded, and their rows while they are kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models import Job, Workspace


class ImportKind(models.TextChoices):
    CONTACTS = "contacts", "Contacts"
    ACTIVITIES = "activities", "Past activities"


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", "Columns to be chosen"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked, not imported"
    RUNNING = "running", "Being imported"
    DONE = "done", "Imported"
    FAILED = "failed", "Stopped"
    DISCARDED = "discarded", "Discarded"


class Import(models.Model):
    """One uploaded file. Its rows lie in chunks; this row stays as the history after they are gone."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="imports", db_index=False)
    kind = models.CharField(max_length=10, choices=ImportKind.choices)
    file_name = models.CharField(max_length=200)
    encoding = models.CharField(max_length=10)
    delimiter = models.CharField(max_length=1)
    headers = models.JSONField(help_text="Names of the columns, each once.")
    rows = models.PositiveIntegerField(default=0)
    mapping = models.JSONField(null=True, help_text="What each column is; see contacts.import_mapping.")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    counts = models.JSONField(default=dict, help_text="new, updated, unchanged, refused, warnings: of the check, then of the run.")
    instant = models.DateTimeField(null=True, help_text="When the run was begun: all of its calls are dated so.")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="contacts_import_pair"),
            models.CheckConstraint(condition=models.Q(kind__in=ImportKind.values), name="contacts_import_kind"),
            models.CheckConstraint(condition=models.Q(state__in=ImportState.values), name="contacts_import_state"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportChunk(models.Model):
    """Up to a thousand rows of a file, and what was found wrong with them; each part is packed JSON, empty once it is dropped."""

    pk = models.CompositePrimaryKey("workspace_id", "source_id", "number")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    source = models.ForeignKey(Import, models.CASCADE, related_name="chunks", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField(help_text="From 0.")
    rows = models.BinaryField(help_text="[[row, [cell, …]], …]")
    notes = models.BinaryField(default=b"", help_text="What the rows have to do with earlier and later ones; see contacts.import_notes.")
    faults = models.BinaryField(default=b"", help_text="[[row, [cell, …], refused or warning, reason], …]")
