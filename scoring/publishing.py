"""Publishing a version: started, built in ranges beside the live one, switched in one short transaction, then settled.

Each step is a transaction of its own and the job's row says which comes next, so that any worker can go on after a crash.
"""
from __future__ import annotations

from collections.abc import Callable

from celery import current_app
from django.db import transaction

from accounts import audit, jobs
from accounts.audit import By
from accounts.jobs import fail, finish, hold, open_job, progress
from accounts.models import Job, Workspace
from accounts.scope import workspace_scope
from contacts import people
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch
from notifications import recipients
from scoring.building import build, forget
from scoring.document import Problem, problems
from scoring.models import ScoringType, Version, VersionState
from scoring.rescoring import Touched, rescore
from scoring.versions import Active, active, hold_models

RANGE = 1_000  # contacts a transaction
KIND = "publish"


class CannotPublish(Exception):
    """The draft is not valid, or names recipients that the workspace does not have. `problems` says where."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.path}: {problem.message}" for problem in found))
        self.problems = found


def obstacles(workspace_id: int, document: object) -> list[Problem]:
    """Everything that keeps a document from being published."""
    found = problems(document)
    if found or not isinstance(document, dict):
        return found
    named = [
        (f"stages[{stage}].notify[{place}]", recipient)
        for stage, one in enumerate(document.get("stages", []))
        for place, recipient in enumerate(one.get("notify", []))
    ]
    return [Problem(path, "unknown_recipient", message) for path, message in recipients.problems(workspace_id, named)]


def publish(workspace: Workspace, key: str, *, by: By, note: str = "") -> Job:
    """Makes the draft a version and starts to compute its scores; the job that does it. Call it inside the workspace's scope.

    A version that is still being computed is superseded.

    Raises:
        ScoringType.DoesNotExist, CannotPublish.
    """
    hold_models(workspace.id)
    scoring_type = workspace.scoring_types.select_for_update().get(key=key, archived_at=None)
    if found := obstacles(workspace.id, scoring_type.draft):
        raise CannotPublish(found)
    call_off(scoring_type, "A newer version was published before this one was ready.")
    job = open_job(workspace.id, KIND, key, 2 * workspace.contacts.filter(merged_into=None).count(), by)
    version = Version.objects.create(
        workspace=workspace, scoring_type=scoring_type, number=_next_number(scoring_type), document=scoring_type.draft,
        time_zone=workspace.time_zone, note=note, job=job, created_by=audit.person(by),
    )  # fmt: skip
    audit.record(workspace.id, "scoring_type.published", f"{key} version {version.number}", by, {"note": note})
    transaction.on_commit(lambda: wake(workspace.id, job.id), robust=True)
    return job


def wake(workspace_id: int, job_id: int) -> None:
    """Asks a worker to go on with a job. A wake-up that is lost is found by the sweep."""
    current_app.send_task("scoring.tasks.continue_publishing", [workspace_id, job_id], retry=False)


def stalled(workspace_id: int) -> list[int]:
    """Open publishing jobs that no worker has touched for a while."""
    return jobs.stalled(workspace_id, [KIND])


def _next_number(scoring_type: ScoringType) -> int:
    latest = scoring_type.versions.order_by("-number").values_list("number", flat=True).first()
    return (latest or 0) + 1


def call_off(scoring_type: ScoringType, why: str) -> None:
    """Ends the version that is being computed, if there is one, and its job. The type is locked."""
    for version in scoring_type.versions.filter(state=VersionState.BUILDING).select_related("job"):
        _end(version, VersionState.SUPERSEDED)
        if version.job:
            fail(version.job, why)


def _end(version: Version, state: VersionState) -> None:
    version.state = state
    version.save(update_fields=["state"])


def advance(workspace_id: int, job_id: int, clock: Clock = database_now) -> bool:
    """Does the next range of a publishing job in one transaction; whether there is more to do.

    False also where another worker holds the job, or it has ended.
    """
    with workspace_scope(workspace_id):
        may_switch = _hold_type_to_switch(workspace_id, job_id)
        job = hold(workspace_id, job_id)
        if job is None:
            return False
        if job.phase == "switch" and not may_switch:  # it came to that just now
            return True
        version = Version.objects.select_related("scoring_type").get(workspace=workspace_id, job=job)
        return PHASES[job.phase or "build"](job, version, clock)


def _hold_type_to_switch(workspace_id: int, job_id: int) -> bool:
    """Locks the type of a job that is about to switch. Before the job: whoever publishes locks the type first, then ends an older job."""
    return bool(
        fetch(
            """SELECT 1 FROM scoring_scoringtype t WHERE t.workspace_id = %s AND t.id = (
                   SELECT v.scoring_type_id FROM scoring_version v JOIN accounts_job j ON j.workspace_id = v.workspace_id AND j.id = v.job_id
                   WHERE v.workspace_id = %s AND j.id = %s AND j.phase = 'switch') FOR UPDATE""",
            [workspace_id, workspace_id, job_id],
        )
    )


def give_up(workspace_id: int, job_id: int, error: Exception) -> None:
    """Ends a job that cannot go on; the version that was live stays live."""
    with workspace_scope(workspace_id):
        job = hold(workspace_id, job_id)
        if job:
            fail(job, f"Publishing stopped: {type(error).__name__}: {error}")
            Version.objects.filter(workspace=workspace_id, job=job, state=VersionState.BUILDING).update(state=VersionState.FAILED)


def _build(job: Job, version: Version, clock: Clock) -> bool:
    contact_ids = _range(job)
    if not contact_ids:
        return progress(job, job.done, 0, phase="switch")
    _build_contacts(job.workspace_id, _active(version), contact_ids, clock)
    return progress(job, job.done + len(contact_ids), contact_ids[-1], phase="build")


def _build_contacts(workspace_id: int, version: Active, contact_ids: list[int], clock: Clock) -> None:
    locked = people.lock(workspace_id, contact_ids)
    build(workspace_id, version, list(locked.values()), clock())


def _switch(job: Job, version: Version, clock: Clock) -> bool:
    """Makes the version live. No drain is at work on the type meanwhile, so that no contact is without a score afterwards."""
    scoring_type = version.scoring_type
    missing = _without_score(version)
    if len(missing) > RANGE:
        return progress(job, job.done, missing[0] - 1, phase="build")
    _build_contacts(job.workspace_id, _active(version), missing, clock)
    Version.objects.filter(workspace=job.workspace_id, scoring_type=scoring_type, state=VersionState.LIVE).update(state=VersionState.RETIRED)
    version.state, version.live_at = VersionState.LIVE, clock()
    version.save(update_fields=["state", "live_at"])
    scoring_type.published = version
    scoring_type.save(update_fields=["published"])
    return progress(job, job.done, 0, phase="settle")


def _settle(job: Job, version: Version, clock: Clock) -> bool:
    """Puts on record, with cause model, the stages that the new version made. Nobody is told."""
    versions = active(job.workspace_id)
    contact_ids = _range(job)
    if not contact_ids:
        return progress(job, job.done, 0, phase="clean")
    locked = people.lock(job.workspace_id, contact_ids)
    rescore(job.workspace_id, versions, [Touched(person) for person in locked.values()], clock())
    return progress(job, job.done + len(contact_ids), contact_ids[-1])


def _clean(job: Job, version: Version, clock: Clock) -> bool:
    """Drops, some at a time, the scores of the type's versions that are neither live nor being built."""
    done = Version.objects.filter(workspace=job.workspace_id, scoring_type=version.scoring_type_id)
    gone = done.exclude(state__in=[VersionState.LIVE, VersionState.BUILDING]).values_list("id", flat=True)
    if forget(job.workspace_id, list(gone)):
        return True
    finish(job, {"version": version.number, "scoring_type": version.scoring_type.key})
    return False


PHASES: dict[str, Callable[[Job, Version, Clock], bool]] = {"build": _build, "switch": _switch, "settle": _settle, "clean": _clean}


def _range(job: Job) -> list[int]:
    rows = fetch(
        "SELECT id FROM contacts_contact WHERE workspace_id = %s AND id > %s AND merged_into_id IS NULL ORDER BY id LIMIT %s",
        [job.workspace_id, job.cursor, RANGE],
    )
    return [row[0] for row in rows]


def _without_score(version: Version) -> list[int]:
    rows = fetch(
        """SELECT c.id FROM contacts_contact c WHERE c.workspace_id = %s AND c.merged_into_id IS NULL AND NOT EXISTS (
               SELECT 1 FROM scoring_score s WHERE s.workspace_id = c.workspace_id AND s.version_id = %s AND s.contact_id = c.id)
           ORDER BY c.id LIMIT %s""",
        [version.workspace_id, version.id, RANGE + 1],
    )
    return [row[0] for row in rows]


def _active(version: Version) -> Active:
    return next(one for one in active(version.workspace_id, lock=False) if one.id == version.id)
