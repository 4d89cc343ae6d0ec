"""Who may see what: people, workspaces and their members, keys; and two records every app uses, the audit log and jobs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person who signs in with an e-mail address (kept in lower case)."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An operator: may use the admin over the control tables."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do in a workspace is said by their membership alone."""

    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False, help_text="May use the operator's admin.")
    date_joined = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] or self.email


class Role(models.TextChoices):
    """From the least to the most; what each may do is `accounts.access.RIGHTS`."""

    VIEWER = "viewer", "Viewer"
    SALES = "sales", "Sales"
    MARKETER = "marketer", "Marketer"
    ADMIN = "admin", "Admin"
    OWNER = "owner", "Owner"


slug_validator = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$", "Small letters, digits and hyphens only.")


class Workspace(models.Model):
    """The tenant."""

    name = models.CharField(max_length=100)
    slug = models.CharField(max_length=50, unique=True, validators=[slug_validator])
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(db_default=Now())
    import_secret = models.UUIDField(db_default=RandomUUID(), editable=False, help_text="What the messageIds of imported rows are made with.")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person may do in a workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="accounts_membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"


class Invitation(models.Model):
    """An invitation sent to an address. The token is in the mail; only its hash is kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_invitation_role")]

    def __str__(self) -> str:
        return f"{self.email} to {self.workspace}"


class KeyKind(models.TextChoices):
    WRITE = "write", "Write key"
    SECRET = "secret", "Secret key"


class Key(models.Model):
    """A key of the tracking or management API. A secret key's text is shown once; its SHA-256 finds it. A write key is public."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=6, choices=KeyKind.choices)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    public_token = models.CharField(max_length=64, null=True, help_text="The whole text of a write key, which every visitor of a site can read.")
    scopes = models.JSONField(default=list)
    requests_per_second = models.PositiveIntegerField(default=1000)
    allowed_origins = models.JSONField(default=list, help_text="Of a write key: where its calls may come from; empty: from anywhere.")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=KeyKind.values), name="accounts_key_kind"),
            models.CheckConstraint(
                condition=models.Q(kind="write", public_token__isnull=False) | models.Q(kind="secret", public_token__isnull=True),
                name="accounts_key_secret_is_hashed",
            ),
            models.CheckConstraint(condition=models.Q(requests_per_second__gte=1), name="accounts_key_rate"),
            models.CheckConstraint(condition=models.Q(kind="write") | models.Q(allowed_origins=[]), name="accounts_key_origins_of_write_keys"),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People who are told together: `team:<key>` in a stage's recipients."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="teams")
    key = models.CharField(max_length=50, validators=[slug_validator])
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="accounts_team_key")]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """A member of a workspace in one of its teams. Both references are pairs with the workspace (see the migration)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="team_members")
    team = models.ForeignKey(Team, models.CASCADE, related_name="members", db_constraint=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="team_members", db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "team", "user"], name="accounts_teammember_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class AuditEntry(models.Model):
    """Who did what. Written by each deed that a person or a key can do."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="audit_entries")
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(Key, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60, help_text="Deed in the past tense, such as `key.revoked`.")
    target = models.CharField(max_length=200)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="accounts_audit_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Job(models.Model):
    """Long work with its progress. `cursor` is where the next range starts, so that a crash costs one range."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, default="", help_text="What it is about, such as a scoring type's key.")
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    phase = models.CharField(max_length=20, default="")
    cursor = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    params = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.TextField(default="")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    touched_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="accounts_job_state")]
        indexes = [
            models.Index(fields=["workspace", "id"], name="accounts_job_open", condition=models.Q(state__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class JobRange(models.Model):
    """A part of a job that any worker may do: the contacts with `first` ≤ id ≤ `last`. Whoever has locked the row is at work on it.

    `result` is what the part found, for the job to add up; null until it is done.
    """

    pk = models.CompositePrimaryKey("workspace_id", "job_id", "number")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="job_ranges", db_constraint=False, db_index=False)
    job = models.ForeignKey(Job, models.CASCADE, related_name="ranges", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    size = models.PositiveIntegerField(help_text="How many contacts it holds, for the job's progress.")
    result = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)
