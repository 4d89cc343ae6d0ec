"""What a workspace takes for a mail scanner is changed: the rule looks again at all that is stored, as a job, a range of contacts a transaction."""

from __future__ import annotations

from dataclasses import asdict

from django.db.models.functions import Now

from accounts import audit, jobs
from accounts.audit import By
from accounts.jobs import OPEN, fail, finish, hold, open_job, progress
from accounts.models import Job, Workspace
from accounts.scope import workspace_scope
from contacts.marking import settings_of
from contacts.models import ScannerRule
from contacts.scanners import Settings
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch
from scoring.reclassifying import judge_anew
from scoring.versions import active, hold_models

KIND = "bots"
RANGE = 200  # contacts a transaction; each brings all of its e-mail activities


def change(workspace: Workspace, settings: Settings, *, by: By) -> Job | None:
    """Keeps the settings, and begins to apply them to what is stored; the job, None where nothing changed. Call it inside the workspace's scope.

    No drain is at work meanwhile, so that none goes by the old ones after the job has looked at its contacts.
    """
    hold_models(workspace.id)
    before = settings_of(workspace.id)
    if settings == before:
        return None
    kept = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()}
    ScannerRule.objects.update_or_create(workspace=workspace, defaults={**kept, "changed_at": Now()})
    changed = {name: audit.change(getattr(before, name), value) for name, value in asdict(settings).items() if value != getattr(before, name)}
    audit.record(workspace.id, "scanner_rule.changed", "mail scanners", by, changed)
    for older in Job.objects.filter(workspace=workspace, kind=KIND, state__in=OPEN):
        fail(older, "The settings were changed again.")
    job = open_job(workspace.id, KIND, "mail scanners", workspace.contacts.filter(merged_into=None).count(), by)
    jobs.wake_on_commit("scoring.tasks.continue_rejudging", workspace.id, job.id)
    return job


def running(workspace: Workspace) -> Job | None:
    """The job that applies the settings, while it is at work."""
    return Job.objects.filter(workspace=workspace, kind=KIND, state__in=OPEN).first()


def stalled(workspace_id: int) -> list[int]:
    """Open jobs that no worker has touched for a while."""
    return jobs.stalled(workspace_id, [KIND])


def advance(workspace_id: int, job_id: int, clock: Clock = database_now) -> bool:
    """Does the next range in one transaction; whether there is more to do. False also where another worker holds the job, or it has ended."""
    with workspace_scope(workspace_id):
        active(workspace_id)  # its locks come before the job's
        job = hold(workspace_id, job_id)
        if job is None:
            return False
        contact_ids = _range(job)
        changed = int((job.result or {}).get("contacts", 0)) + judge_anew(workspace_id, contact_ids, clock)
        Job.objects.filter(workspace=workspace_id, id=job_id).update(result={"contacts": changed})
        if len(contact_ids) < RANGE:
            finish(job, {"contacts": changed})
            return False
        return progress(job, job.done + len(contact_ids), contact_ids[-1])


def give_up(workspace_id: int, job_id: int, error: Exception) -> None:
    """Ends a job that cannot go on. What it marked stays marked."""
    with workspace_scope(workspace_id):
        job = hold(workspace_id, job_id)
        if job:
            fail(job, f"Looking for mail scanners stopped: {type(error).__name__}: {error}"[:500].replace("\0", ""))


def _range(job: Job) -> list[int]:
    rows = fetch(
        "SELECT id FROM contacts_contact WHERE workspace_id = %s AND id > %s AND merged_into_id IS NULL ORDER BY id LIMIT %s",
        [job.workspace_id, job.cursor, RANGE],
    )
    return [row[0] for row in rows]
