"""The durable inbox of accepted requests, and calls set aside with their reasons."""
from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from accounts.models import Workspace
from contacts.models import Source


class Work(models.Model):
    """The row a drainer holds, so that a workspace has one at a time. A control table: it says nothing of any contact."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="work")


class Inbox(models.Model):
    """One accepted request: JSON of its good calls as received, message ids filled in. Deleted by the transaction that processes it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="inbox", db_constraint=False, db_index=False)
    received_at = models.DateTimeField(db_default=Now())
    source = models.SmallIntegerField(choices=Source.choices)
    calls = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "id"], name="tracking_inbox_order")]


class Rejected(models.Model):
    """A call that is not valid, or could not be processed: the bytes received and the reason. Kept for 30 days."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="rejected_calls")
    received_at = models.DateTimeField(db_default=Now())
    source = models.SmallIntegerField(choices=Source.choices)
    code = models.CharField(max_length=40)
    path = models.CharField(max_length=300, default="")
    message = models.TextField(default="")
    body = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="tracking_rejected_newest")]
