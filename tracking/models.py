"""The durable inbox of accepted requests, those processed last, and calls set aside with their reasons."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from accounts.models import Key, Workspace
from contacts.models import Source


class Work(models.Model):
    """The row a drainer holds, so that a workspace has one at a time. A control table: it says nothing of any contact."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="work")


class Inbox(models.Model):
    """One accepted request: JSON of its good calls as received, message ids filled in. Deleted by the transaction that processes it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="inbox", db_constraint=False, db_index=False)
    received_at = models.DateTimeField(db_default=Now())
    source = models.SmallIntegerField(choices=Source.choices)
    key = models.ForeignKey(Key, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False)
    calls = models.IntegerField()
    size = models.IntegerField(db_default=0, help_text="Bytes that the calls come to, each with what the request says for all; 0: those of the body.")
    body = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "id"], name="tracking_inbox_order")]


class Recent(models.Model):
    """A request of the inbox that was processed lately, for the event stream. Each drain leaves its newest here and takes the oldest away."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="recent_calls", db_constraint=False, db_index=False)
    id = models.BigIntegerField(primary_key=True, help_text="The id that it had in the inbox.")
    received_at = models.DateTimeField()
    begun_at = models.DateTimeField(help_text="When the transaction that processed it began.")
    drained_at = models.DateTimeField(help_text="When that transaction was about to end.")
    source = models.SmallIntegerField(choices=Source.choices)
    key = models.ForeignKey(Key, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False)
    calls = models.IntegerField()
    size = models.IntegerField(help_text="Bytes of the body.")
    body = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="tracking_recent_newest")]


class Rejected(models.Model):
    """A call that is not valid, or could not be processed: the bytes received and the reason. Kept for 30 days."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="rejected_calls")
    received_at = models.DateTimeField(db_default=Now())
    source = models.SmallIntegerField(choices=Source.choices)
    key = models.ForeignKey(Key, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False)
    head = models.BinaryField(default=b"", help_text="What its body said for all of its calls.")
    code = models.CharField(max_length=40)
    path = models.CharField(max_length=300, default="")
    message = models.TextField(default="")
    body = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="tracking_rejected_newest")]
