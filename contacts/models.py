"""Contacts, what identifies them, their companies and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property

from accounts.models import Workspace
from contacts.bot_models import BotMark, MarkedBy, ScannerRule
from contacts.catalogue_models import Catalogue, CatalogueEntry, CatalogueProgress, Side
from contacts.import_models import Import, ImportChunk, ImportKind, ImportState
from contacts.labels import ANONYMOUS
from contacts.merge_models import Duplicate, Merge, MergeCause, MergePart, Suspicion
from leadscore.exact_json import ExactDecoder, ExactEncoder

__all__ = [
    "Activity", "ActivityKind", "BotMark", "Catalogue", "CatalogueEntry", "CatalogueProgress", "Company", "Contact", "DomainChange", "Duplicate",
    "Identifier", "IdentifierKind", "Import", "ImportChunk", "ImportKind", "ImportState", "LastSeen", "MailKind", "MarkedBy", "Merge", "MergeCause",
    "MergePart", "ScannerRule", "Side", "Source", "Suspicion", "employer_said",
]  # fmt: skip


class MailKind(models.TextChoices):
    BUSINESS = "business", "Business"
    FREE = "free", "Free"
    DISPOSABLE = "disposable", "Disposable"
    MISSING = "missing", "Missing"


class Company(models.Model):
    """A company, known by the `groupId` its sites and servers use."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="companies")
    group_id = models.CharField(max_length=255, null=True)
    name = models.CharField(max_length=255, default="")
    domain = models.CharField(max_length=255, default="", help_text="The trait as contacts are found by it: contacts.belonging.domain_key.")
    traits = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    trait_orders = models.JSONField(default=dict, help_text="trait → [rank, occurred_at, message_id] of the call that set it.")
    created_at = models.DateTimeField(db_default=Now(), help_text="occurred_at of the earliest call that names the company.")
    first_call = models.CharField(max_length=100, default="", db_default="", db_collation="C", help_text="message_id of that call.")
    domain_rank = models.SmallIntegerField(default=0, db_default=0, help_text="Rank of the call that set the trait domain.")
    sorted_as = models.CharField(
        max_length=255, default="", db_default="", db_collation="C", help_text="What lists call it, in small letters and without accents."
    )
    search = SearchVectorField(null=True)
    rescored_to = models.BigIntegerField(null=True, help_text="How far the job has come that applies changed traits to the contacts; null: none.")
    turn_at = models.DateTimeField(db_default=Now(), help_text="When the job last took its turn: those that change come in the order of it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "group_id"], name="contacts_company_group"),
            models.UniqueConstraint(fields=["workspace", "id"], name="contacts_company_pair"),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "domain", "-domain_rank", "created_at", "first_call", "id"],
                name="contacts_company_domain",
                condition=~models.Q(domain=""),
            ),
            models.Index(fields=["workspace", "sorted_as", "id"], name="contacts_company_list"),
            GinIndex(fields=["search"], name="contacts_company_search"),
            models.Index(fields=["workspace", "turn_at", "id"], name="contacts_company_changed", condition=models.Q(rescored_to__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.group_id or self.domain


class DomainChange(models.Model):
    """A domain whose contacts have to be looked through, for which company is the earliest with it may have changed."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    domain = models.CharField(max_length=255)
    reached = models.BigIntegerField(default=0, db_default=0, help_text="The last contact that was looked at.")
    asked = models.BigIntegerField(default=1, db_default=1, help_text="How often it was asked for: another change sends the job back to the start.")
    turn_at = models.DateTimeField(db_default=Now(), help_text="When the job last took its turn, or it was asked for: the order of the queue.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "domain"], name="contacts_domainchange_once")]
        indexes = [models.Index(fields=["workspace", "turn_at", "id"], name="contacts_domainchange_turn")]


class Contact(models.Model):
    """A person, anonymous or known. Built-in fields are columns beside the traits they are made from."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="contacts", db_index=False)
    created_at = models.DateTimeField(help_text="Earliest occurred_at of any call that names the contact.")
    has_user_id = models.BooleanField(default=False, help_text="Has a userId among its identifiers.")
    has_email = models.BooleanField(default=False, help_text="Has an e-mail address among its identifiers. One with either is known.")
    traits = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    trait_orders = models.JSONField(default=dict, help_text="trait → [rank, occurred_at, message_id] of the call that set it.")
    name = models.CharField(max_length=255, default="", help_text="First and last name, for lists; empty when not known.")
    email = models.CharField(max_length=254, default="", help_text="The trait, trimmed and in lower case.")
    email_domain = models.CharField(max_length=254, default="")
    email_kind = models.CharField(max_length=10, choices=MailKind.choices, default=MailKind.MISSING)
    name_looks_fake = models.BooleanField(default=False)
    search = SearchVectorField(null=True)
    company = models.ForeignKey(Company, models.SET_NULL, null=True, related_name="contacts", db_constraint=False, db_index=False)
    company_order = models.JSONField(null=True, help_text="Order of the group call that named the company.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False)
    merged_into = models.ForeignKey("self", models.CASCADE, null=True, related_name="merged", db_constraint=False, db_index=False)
    merged_at = models.DateTimeField(null=True)
    recomputing_since = models.DateTimeField(
        null=True, help_text="When a job began to move a long history to it, or out of it: its stages rest until that is done."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="contacts_contact_pair"),
            models.CheckConstraint(condition=models.Q(email_kind__in=MailKind.values), name="contacts_contact_mail_kind"),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")), name="contacts_contact_not_into_itself"
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "company", "id"], name="contacts_contact_company",
                condition=models.Q(company__isnull=False, merged_into__isnull=True),
            ),
            models.Index(fields=["workspace", "email"], name="contacts_contact_email", condition=~models.Q(email="")),
            models.Index(
                fields=["workspace", "email_domain", "id"], include=["company"], name="contacts_contact_by_domain",
                condition=models.Q(company_order__isnull=True, merged_into__isnull=True, email_kind=MailKind.BUSINESS),
            ),
            models.Index(fields=["workspace", "merged_into"], name="contacts_contact_merged", condition=models.Q(merged_into__isnull=False)),
            GinIndex(fields=["search"], name="contacts_contact_search"),
            models.Index(
                fields=["workspace", "id"], include=["owner", "has_user_id", "has_email"], name="contacts_contact_list",
                condition=models.Q(merged_into__isnull=True),
            ),
            models.Index(fields=["workspace", "owner"], name="contacts_contact_owner", condition=models.Q(owner__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.called_by or ANONYMOUS

    @cached_property
    def called_by(self) -> str:
        """The first userId, or else address, that it is known by; "" for an anonymous visitor. `contacts.calling` asks for many at once."""
        if not self.has_user_id and not self.has_email:
            return ""
        known_by = Identifier.objects.filter(workspace=self.workspace_id, contact=self.id, kind__in=("user_id", "email"))
        return known_by.order_by("-kind", "id").values_list("value", flat=True).first() or ""

    @property
    def employer(self) -> str:
        """The name of the company, or what the contact said it is."""
        return str(self.company) if self.company else employer_said(self.traits)


def employer_said(traits: Mapping[str, Any]) -> str:
    """The trait `company`, which forms fill in: a name, or an object that has one. "" where nothing was said."""
    said = traits.get("company")
    name = said.get("name") if isinstance(said, Mapping) else said
    return name.strip()[:255] if isinstance(name, str) else ""


class LastSeen(models.Model):
    """What a contact did last. A narrow row beside the contact's wide one, for it changes with each activity."""

    pk = models.CompositePrimaryKey("workspace_id", "contact_id")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    contact = models.OneToOneField(Contact, models.CASCADE, related_name="last_seen", db_constraint=False)
    at = models.DateTimeField(help_text="occurred_at of the latest activity.")
    activity = models.CharField(max_length=255, help_text="What that was, as lists say it.")

    class Meta:
        indexes = [models.Index(fields=["workspace", "-at", "-contact"], name="contacts_lastseen_order")]


class IdentifierKind(models.TextChoices):
    USER_ID = "user_id", "userId"
    EMAIL = "email", "E-mail"
    ANONYMOUS_ID = "anonymous_id", "anonymousId"


class Identifier(models.Model):
    """What a call may name a contact by. It belongs to at most one contact of a workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="identifiers", db_index=False)
    kind = models.CharField(max_length=12, choices=IdentifierKind.choices)
    value = models.CharField(max_length=255)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identifiers", db_constraint=False, db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "value"], name="contacts_identifier_once"),
            models.CheckConstraint(condition=models.Q(kind__in=IdentifierKind.values), name="contacts_identifier_kind"),
        ]
        indexes = [models.Index(fields=["workspace", "contact"], name="contacts_identifier_contact")]


class ActivityKind(models.TextChoices):
    TRACK = "track", "Track"
    PAGE = "page", "Page"
    SCREEN = "screen", "Screen"
    IDENTIFY = "identify", "Identify"
    GROUP = "group", "Group"
    ALIAS = "alias", "Alias"


class Source(models.IntegerChoices):
    """The rank of a call's traits."""

    BROWSER = 0, "Browser"
    SERVER = 1, "Server"


class Activity(models.Model):
    """One processed call. Those of kind track, page and screen are activities that rules can match; the others set a profile.

    Its `context` is as sent, but for what undoing a merge asks for (`activities.GROUP_ID`, `LEFT_ALONE`).

    An erased one keeps its message_id, so that it cannot come again, and nothing else; not even whose it was.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="activities", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="activities", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=8, choices=ActivityKind.choices)
    name = models.CharField(max_length=200, default="", db_collation="C")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    message_id = models.CharField(max_length=100, db_collation="C")
    source = models.SmallIntegerField(choices=Source.choices)
    properties = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder, help_text="For identify and group: the traits.")
    context = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    bot = models.CharField(max_length=250, default="", help_text="Why it is taken for a bot's; empty when it is not. Not scored.")
    erased = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "message_id"], name="contacts_activity_once"),
            models.CheckConstraint(condition=models.Q(kind__in=ActivityKind.values), name="contacts_activity_kind"),
            models.CheckConstraint(condition=models.Q(source__in=Source.values), name="contacts_activity_source"),
            models.CheckConstraint(condition=models.Q(contact__isnull=False) | models.Q(erased=True), name="contacts_activity_of_somebody"),
            models.CheckConstraint(condition=models.Q(occurred_at__lte=models.F("received_at")), name="contacts_activity_not_ahead"),
        ]
        indexes = [
            models.Index(fields=["workspace", "contact", "-occurred_at", "-message_id"], name="contacts_activity_timeline"),
            models.Index(fields=["workspace", "-received_at"], name="contacts_activity_bots", condition=~models.Q(bot="")),
            models.Index(fields=["workspace", "contact"], name="contacts_activity_own_bots", condition=~models.Q(bot="")),
        ]
