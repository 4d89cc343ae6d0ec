"""What is kept of contacts that were made one, and of those that may be one person."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import Workspace
from leadscore.exact_json import ExactDecoder, ExactEncoder


class MergeCause(models.TextChoices):
    ALIAS = "alias", "a server’s alias"
    PERSON = "person", "a person"


class Merge(models.Model):
    """What undoing a merge needs to know: which rows were the other contact's. Its own row keeps its traits, as they were.

    Only merges by a server's alias, by people and by the REST API are remembered, and for 30 days. Lists hold ids.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="merges", db_index=False)
    other = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    survivor = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    cause = models.CharField(max_length=6, choices=MergeCause.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    undo_until = models.DateTimeField()
    activities = ArrayField(models.BigIntegerField())
    identifiers = ArrayField(models.BigIntegerField())
    merged = ArrayField(models.BigIntegerField(), help_text="Contacts that had been merged into the other one.")
    stage_changes = ArrayField(models.BigIntegerField(), default=list)
    messages = ArrayField(models.BigIntegerField(), default=list)
    adjustments = ArrayField(models.BigIntegerField(), default=list)
    standings = models.JSONField(default=list, help_text="The other's stages on record: type, version, stage, entered.")
    replaced = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder, help_text="What the other's values took the place of.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "other"], name="contacts_merge_once"),
            models.CheckConstraint(condition=models.Q(cause__in=MergeCause.values), name="contacts_merge_cause"),
        ]
        indexes = [
            models.Index(fields=["workspace", "survivor"], name="contacts_merge_survivor"),
            models.Index(fields=["workspace", "undo_until"], name="contacts_merge_kept"),
        ]


class MergePart(models.Model):
    """Some of the activities that the job of a long merge has moved: what `Merge.activities` is for a short one, in pieces that stay small."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="merge_parts", db_index=False)
    merge = models.ForeignKey(Merge, models.CASCADE, related_name="parts", db_constraint=False, db_index=False)
    activities = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [models.Index(fields=["workspace", "merge"], name="contacts_mergepart_merge")]


class Suspicion(models.TextChoices):
    EMAIL = "email", "E-mail address"
    ALIAS = "alias", "Alias of a browser"


class Duplicate(models.Model):
    """A reason to think that two known contacts are one person: a call that named both. `first` has the lesser id.

    Rows name the contacts as they were then; one that was merged since stands for its survivor.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="duplicates", db_index=False)
    first = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    second = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    reason = models.CharField(max_length=5, choices=Suspicion.choices)
    value = models.CharField(max_length=255, help_text="The address, or the id, that the call named.")
    at = models.DateTimeField(help_text="Reception of the latest call that named both.")
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "first", "second", "reason", "value"], name="contacts_duplicate_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="contacts_duplicate_in_order"),
            models.CheckConstraint(condition=models.Q(reason__in=Suspicion.values), name="contacts_duplicate_reason"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-at"], name="contacts_duplicate_open", condition=models.Q(dismissed_at__isnull=True)),
            models.Index(fields=["workspace", "second"], name="contacts_duplicate_second"),
        ]
