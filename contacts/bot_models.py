"""What is kept of activities that are not, or were not, a person's own."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import Key, Workspace
from contacts.scanners import AGENTS


def usual_agents() -> list[str]:
    return list(AGENTS)


class MarkedBy(models.TextChoices):
    RULE = "rule", "The rule for mail scanners"
    PERSON = "person", "A person"


class BotMark(models.Model):
    """Who or what decided whether an activity is a bot's, why and when. A person's word outranks the rule's.

    What a crawler's user agent says is in the activity alone, from the moment it is stored.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="bot_marks", db_index=False)
    activity_id = models.BigIntegerField()
    is_bot = models.BooleanField()
    marked_by = models.CharField(max_length=6, choices=MarkedBy.choices)
    evidence = models.CharField(max_length=10, default="", help_text="What the rule went by; empty for a person.")
    reason = models.CharField(max_length=200, default="")
    had_counted = models.BooleanField(help_text="Whether the activity was scored before it was marked as a bot’s.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(Key, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "activity_id"], name="contacts_botmark_once"),
            models.CheckConstraint(condition=models.Q(marked_by__in=MarkedBy.values), name="contacts_botmark_by"),
            models.CheckConstraint(condition=models.Q(is_bot=True) | models.Q(marked_by="person"), name="contacts_botmark_rule_marks"),
        ]
        indexes = [models.Index(fields=["workspace", "-at", "-id"], name="contacts_botmark_latest")]

    def __str__(self) -> str:
        return self.reason


class ScannerRule(models.Model):
    """What a workspace takes for a mail scanner, where it differs from `contacts.scanners.Settings`."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="scanner_rule", primary_key=True)
    on = models.BooleanField(default=True)
    links = models.PositiveSmallIntegerField(default=3)
    seconds = models.PositiveSmallIntegerField(default=10)
    delivery_seconds = models.PositiveSmallIntegerField(default=5)
    agents = ArrayField(models.CharField(max_length=100), default=usual_agents)
    networks = ArrayField(models.CharField(max_length=50), default=list)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(seconds__lte=300, delivery_seconds__lte=300), name="contacts_scannerrule_near"),
            models.CheckConstraint(condition=models.Q(links__gte=2), name="contacts_scannerrule_links"),
        ]
