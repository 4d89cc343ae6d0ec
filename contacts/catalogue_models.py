"""Which events and traits a workspace has been sent."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Workspace
from leadscore.exact_json import ExactDecoder, ExactEncoder


class Side(models.TextChoices):
    EVENT = "event", "Event"
    PROPERTY = "property", "Event property"
    CONTEXT = "context", "Context"
    CONTACT = "contact", "Contact trait"
    COMPANY = "company", "Company trait"


class CatalogueEntry(models.Model):
    """A name that was seen. Of an event `path` is empty; of what is no property `event` is, but of an event itself."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="catalogue_entries", db_index=False)
    side = models.CharField(max_length=8, choices=Side.choices)
    event = models.CharField(max_length=200, default="", db_collation="C")
    path = models.CharField(max_length=200, default="", db_collation="C")
    seen = models.BigIntegerField(help_text="Calls that named it.")
    by_server = models.BooleanField(help_text="Whether a server has, too. What only browsers send gives way first.")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    kinds = ArrayField(models.CharField(max_length=7), default=list)
    examples = models.JSONField(default=list, encoder=ExactEncoder, decoder=ExactDecoder, help_text="Values that several contacts had.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "side", "event", "path"], name="contacts_catalogue_once"),
            models.CheckConstraint(condition=models.Q(side__in=Side.values), name="contacts_catalogue_side"),
        ]


class Catalogue(models.Model):
    """How far a workspace's activities are counted in its catalogue: by their ids."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="catalogue")
    upto = models.BigIntegerField(default=0)


class CatalogueProgress(models.Model):
    """How far those of all workspaces are read: one row. A control table: it says nothing of anybody.

    `ahead` is an id up to which all activities are there once every transaction before `ahead_of` (a transaction id) has ended.
    """

    upto = models.BigIntegerField(default=0)
    ahead = models.BigIntegerField(default=0)
    ahead_of = models.BigIntegerField(default=0)
