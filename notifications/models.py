"""Messages to people: the outbox and its log in one table."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models import Workspace
from contacts.models import Contact


class OutsideAddress(models.Model):
    """An address of nobody in the workspace that stages may name. It gets messages while `confirmed_at` is set."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="outside_addresses")
    email = models.EmailField(max_length=254)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "email"], name="notifications_outsideaddress_once"),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True) | models.Q(declined_at__isnull=True), name="notifications_outsideaddress_one_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def state(self) -> str:
        """waiting, confirmed or declined."""
        return "confirmed" if self.confirmed_at else "declined" if self.declined_at else "waiting"


class MessageState(models.TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    KEPT = "kept", "Kept, not sent"
    REFUSED = "refused", "Refused"
    GAVE_UP = "gave_up", "Gave up"


class Message(models.Model):
    """One message to one recipient: about one stage entered, or, with neither contact nor change, the summary of a version.

    `facts` are the values at the step; subject, text and html are rendered from them before the first attempt. A message in state
    sending belongs to the sender until `lease_until`.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="messages")
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="messages", db_constraint=False)
    stage_change_id = models.BigIntegerField(null=True, help_text="The change it tells of (scoring_stagechange).")
    scoring_type_id = models.BigIntegerField()
    scoring_type_name = models.CharField(max_length=100)
    stage = models.CharField(max_length=50)
    stage_name = models.CharField(max_length=200)
    recipient = models.EmailField(max_length=254)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=200, help_text="The recipient as the stage names it, such as team:sales.")
    facts = models.JSONField()
    subject = models.CharField(max_length=255, default="")
    text = models.TextField(default="")
    html = models.TextField(default="")
    message_id = models.CharField(max_length=255, unique=True, help_text="The Message-ID header, the same at every attempt.")
    state = models.CharField(max_length=8, choices=MessageState.choices, default=MessageState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="notifications_message_pair"),
            models.UniqueConstraint(fields=["workspace", "stage_change_id", "recipient"], name="notifications_message_once"),
            models.CheckConstraint(condition=models.Q(state__in=MessageState.values), name="notifications_message_state"),
            models.CheckConstraint(
                condition=models.Q(contact__isnull=False, stage_change_id__isnull=False)
                | models.Q(contact__isnull=True, stage_change_id__isnull=True),
                name="notifications_message_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"], name="notifications_message_log"),
            models.Index(fields=["workspace", "contact", "scoring_type_id", "stage", "recipient", "created_at"], name="notifications_message_quiet"),
            models.Index(
                fields=["workspace", "next_attempt_at"], name="notifications_message_due", condition=models.Q(state__in=["queued", "sending"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage_name} to {self.recipient}"

    @property
    def is_summary(self) -> bool:
        """Whether it is about a version instead of one contact."""
        return "stages" in self.facts


class Attempt(models.Model):
    """What a mail server said to one attempt."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="attempts")
    message = models.ForeignKey(Message, models.CASCADE, related_name="tries", db_constraint=False)
    at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=10, help_text="accepted, deferred or refused")
    detail = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["workspace", "message", "id"], name="notifications_attempt_message")]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at}"
