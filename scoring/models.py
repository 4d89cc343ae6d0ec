"""Scoring types, their versions, the ledger of awards, and what contacts' scores and stages are and were."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

from accounts.models import Job, Key, Workspace
from contacts.models import Contact
from leadscore.exact_json import ExactDecoder, ExactEncoder

key_validator = RegexValidator(r"^[a-z0-9-]{1,50}$", "Small letters, digits and hyphens only.")


class ScoringType(models.Model):
    """A named model: one draft, and numbered immutable versions of which at most one is published."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="scoring_types")
    key = models.CharField(max_length=50, validators=[key_validator])
    name = models.CharField(max_length=100)
    draft = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    draft_revision = models.PositiveIntegerField(default=1, help_text="Counts the draft's edits: its ETag.")
    draft_saved_at = models.DateTimeField(db_default=Now())
    published = models.ForeignKey("Version", models.SET_NULL, null=True, related_name="+", db_constraint=False)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="scoring_scoringtype_key"),
            models.UniqueConstraint(fields=["workspace", "id"], name="scoring_scoringtype_pair"),
        ]

    def __str__(self) -> str:
        return self.name


class VersionState(models.TextChoices):
    BUILDING = "building", "Being computed"
    LIVE = "live", "Live"
    RETIRED = "retired", "Retired"
    SUPERSEDED = "superseded", "Superseded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Version(models.Model):
    """A published document: never changed, except for its state."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="scoring_versions")
    scoring_type = models.ForeignKey(ScoringType, models.CASCADE, related_name="versions", db_constraint=False)
    number = models.PositiveIntegerField()
    document = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    time_zone = models.CharField(max_length=64)
    note = models.TextField(default="", blank=True)
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.BUILDING)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    live_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "scoring_type", "number"], name="scoring_version_number"),
            models.UniqueConstraint(fields=["workspace", "id"], name="scoring_version_pair"),
            models.UniqueConstraint(fields=["workspace", "scoring_type"], name="scoring_version_one_live", condition=models.Q(state="live")),
            models.UniqueConstraint(fields=["workspace", "scoring_type"], name="scoring_version_one_building", condition=models.Q(state="building")),
            models.CheckConstraint(condition=models.Q(state__in=VersionState.values), name="scoring_version_state"),
        ]


class DraftEdit(models.Model):
    """An edit of a draft that can be undone, or one that was and can be done again: the latest hundred of a type.

    `document` is what the draft becomes by that: the one before the edit, or, once it `is_undone`, the one after it.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="draft_edits", db_constraint=False, db_index=False)
    scoring_type = models.ForeignKey(ScoringType, models.CASCADE, related_name="draft_edits", db_constraint=False, db_index=False)
    document = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    changes = models.JSONField(default=list, help_text="What the edit changed, in words.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    is_undone = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["workspace", "scoring_type", "-id"], name="scoring_draftedit_latest")]

    def __str__(self) -> str:
        return "; ".join(self.changes)


class Award(models.Model):
    """One ledger entry of an activity rule. What it is worth at an instant follows from its rule.

    `rule` is the rule's place in the version's document; `slot` what its frequency counts apart (see scoring.slots). One that does not count
    is a match that `reach` still needs; it is worth nothing.
    """

    pk = models.CompositePrimaryKey("workspace_id", "version_id", "contact_id", "rule", "slot", "awarded_at", "message_id")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="awards", db_constraint=False, db_index=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="awards", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="awards", db_constraint=False, db_index=False)
    rule = models.SmallIntegerField()
    slot = models.CharField(max_length=120, default="", db_collation="C")
    awarded_at = models.DateTimeField()
    message_id = models.CharField(max_length=100, db_collation="C")
    activity_id = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)
    counts = models.BooleanField(default=True, db_default=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "version", "contact", "expires_at"], name="scoring_award_expiry", condition=models.Q(expires_at__isnull=False)
            ),
        ]


class Adjustment(models.Model):
    """Whole points that somebody gave or took in a scoring type, in whatever version; undone by a reset alone."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="adjustments", db_index=False)
    scoring_type = models.ForeignKey(ScoringType, models.CASCADE, related_name="adjustments", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="adjustments", db_constraint=False, db_index=False)
    points = models.SmallIntegerField()
    reason = models.CharField(max_length=200)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(Key, models.SET_NULL, null=True, related_name="+")
    awarded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(points__range=(-1000, 1000)) & ~models.Q(points=0), name="scoring_adjustment_points"),
        ]
        indexes = [models.Index(fields=["workspace", "contact", "scoring_type", "awarded_at"], name="scoring_adjustment_contact")]

    def __str__(self) -> str:
        return f"{self.points:+} {self.reason}"


class Score(models.Model):
    """A contact's score by one version as of `computed_at`.

    `exact` is in thousandths of a point, after the bounds and before rounding; `rank` counts stages from the lowest (1), 0 is none.
    """

    pk = models.CompositePrimaryKey("workspace_id", "version_id", "contact_id")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="scores", db_constraint=False, db_index=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="scores", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="scores", db_constraint=False, db_index=False)
    points = models.BigIntegerField()
    exact = models.BigIntegerField()
    grade = models.CharField(max_length=2, null=True)
    stage = models.CharField(max_length=50, null=True)
    rank = models.SmallIntegerField(default=0)
    tally = models.TextField(default="{}")  # JSON that only the engine reads: as jsonb it would be taken apart and put together for each score
    computed_at = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "version", "-points", "-contact"], name="scoring_score_by_points"),
            models.Index(fields=["workspace", "version", "rank", "-points", "-contact"], name="scoring_score_by_stage"),
            models.Index(fields=["workspace", "next_due_at"], name="scoring_score_due", condition=models.Q(next_due_at__isnull=False)),
            models.Index(fields=["workspace", "contact"], name="scoring_score_contact"),
        ]


class Standing(models.Model):
    """The stage on record of a contact in a scoring type, and the stages entered on the way to it and not left since."""

    pk = models.CompositePrimaryKey("workspace_id", "scoring_type_id", "contact_id")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="standings", db_constraint=False, db_index=False)
    scoring_type = models.ForeignKey(ScoringType, models.CASCADE, related_name="standings", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="standings", db_constraint=False, db_index=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    stage = models.CharField(max_length=50, null=True)
    entered = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["workspace", "contact"], name="scoring_standing_contact")]


class Direction(models.TextChoices):
    ENTERED = "entered", "Entered"
    LEFT = "left", "Left"


class Cause(models.TextChoices):
    ACTIVITY = "activity", "Activity"
    PROFILE = "profile", "Profile"
    TIME = "time", "Time"
    ADJUSTMENT = "adjustment", "Adjustment"
    MODEL = "model", "New version"
    MERGE = "merge", "Merge"
    IMPORT = "import", "Import"
    ERASURE = "erasure", "Erasure"
    RECLASSIFICATION = "reclassification", "Bot marking"


class StageChange(models.Model):
    """The record that a contact entered or left a stage. Kept as it was, whatever versions come later."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="stage_changes", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="stage_changes", db_constraint=False, db_index=False)
    scoring_type = models.ForeignKey(ScoringType, models.CASCADE, related_name="stage_changes", db_constraint=False, db_index=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="stage_changes", db_constraint=False, db_index=False)
    direction = models.CharField(max_length=7, choices=Direction.choices)
    stage = models.CharField(max_length=50)
    stage_name = models.CharField(max_length=200)
    rank = models.SmallIntegerField(default=0)
    points = models.BigIntegerField()
    grade = models.CharField(max_length=2, null=True)
    cause = models.CharField(max_length=16, choices=Cause.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="scoring_stagechange_pair"),
            models.CheckConstraint(condition=models.Q(cause__in=Cause.values), name="scoring_stagechange_cause"),
            models.CheckConstraint(condition=models.Q(direction__in=Direction.values), name="scoring_stagechange_direction"),
        ]
        indexes = [
            models.Index(fields=["workspace", "contact", "-at", "-id"], name="scoring_stagechange_contact"),
            models.Index(fields=["workspace", "scoring_type", "-at"], name="scoring_stagechange_type"),
        ]


class Preview(models.Model):
    """What a document would make of the contacts at `at`, beside the version that was live then. `report` is exact, `sample` from some of them.

    `revision` is the draft's; null where the document was sent.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="previews", db_constraint=False, db_index=False)
    scoring_type = models.ForeignKey(ScoringType, models.CASCADE, related_name="previews", db_constraint=False, db_index=False)
    live = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    document = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    revision = models.PositiveIntegerField(null=True)
    time_zone = models.CharField(max_length=64)
    edges = models.JSONField(default=list)
    contacts = models.PositiveIntegerField()
    last_contact = models.BigIntegerField(null=True, help_text="The highest id of a contact then: those above it came since.")
    sample = models.JSONField()
    report = models.JSONField(null=True)
    at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "id"], name="scoring_preview_pair")]
        indexes = [models.Index(fields=["workspace", "scoring_type", "-id"], name="scoring_preview_latest")]

    def __str__(self) -> str:
        return f"Preview of {self.document.get('name')} at {self.at}"

    @property
    def told(self) -> dict[str, Any]:
        """The exact report where there is one, else the sample's."""
        told: dict[str, Any] = self.report or self.sample
        return told


class PreviewMove(models.Model):
    """A contact whose stage a previewed document changes. Ranks are those of the version live then, and of the document; 0 is no stage."""

    pk = models.CompositePrimaryKey("workspace_id", "preview_id", "contact_id")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="preview_moves", db_constraint=False, db_index=False)
    preview = models.ForeignKey(Preview, models.CASCADE, related_name="moves", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    points_now = models.BigIntegerField()
    points_then = models.BigIntegerField()
    stage_now = models.CharField(max_length=50, default="")
    stage_then = models.CharField(max_length=50, default="")
    is_up = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "preview", "-points_then", "-contact"], name="scoring_preview_by_points"),
            models.Index(fields=["workspace", "contact"], name="scoring_preview_contact"),
        ]
