"""Publishing a version: started, built beside the live one, switched in one short transaction, then settled.

Each part and each step is a transaction of its own. Building and settling are cut into parts that all workers do at once (accounts.ranges); what
lies between is done by one of them. Whoever dies leaves the rest to the others.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Max

from accounts import audit, jobs, ranges
from accounts.audit import By
from accounts.jobs import fail, finish, hold, open_job, progress
from accounts.models import Job, JobRange, Workspace
from accounts.scope import workspace_scope
from contacts import people
from contacts.checking import Faulty, Problem
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch
from notifications import recipients
from scoring import drafts, portions, summarising
from scoring.building import Source, build, forget
from scoring.document import problems
from scoring.models import ScoringType, Version, VersionState
from scoring.rescoring import Touched, rescore
from scoring.taking_over import carried
from scoring.versions import Active, active, hold_models, model

RANGE = 1_000  # contacts a transaction
MOST_NOTE = 2_000
WIDTH = 4  # workers that may be at it at once
TASK = "scoring.tasks.continue_publishing"
KIND, CLEANING = "publish", "clean"


class CannotPublish(Faulty):
    """The draft is not valid, or names recipients that the workspace does not have. `problems` says where."""


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


def publish(workspace: Workspace, key: str, *, by: By, note: str = "", notify: str = "none", revision: int | None = None) -> Job:
    """Makes the draft a version and starts to compute its scores; the job that does it.

    A version that is still being computed is superseded.

    Args:
        notify: `none`, or `summary` for one mail a recipient once it is live, which lists who entered which stage by it.
        revision: what `draft_revision` was when the draft was looked at; None publishes whatever is there.

    Raises:
        ScoringType.DoesNotExist, drafts.Stale, CannotPublish.
    """
    with workspace_scope(workspace.id):  # where it is refused, the locks end here
        contacts = workspace.contacts.filter(merged_into=None).count()  # before them: drains wait meanwhile
        hold_models(workspace.id)
        scoring_type = drafts.hold(workspace, key, revision, alone=True)
        if found := obstacles(workspace.id, scoring_type.draft):
            raise CannotPublish(found)
        call_off(scoring_type, "A newer version was published before this one was ready.")
        job = open_job(workspace.id, KIND, key, 2 * contacts, by, {"notify": notify})
        number = (scoring_type.versions.aggregate(latest=Max("number"))["latest"] or 0) + 1
        Version.objects.create(
            workspace=workspace, scoring_type=scoring_type, number=number, document=scoring_type.draft,
            time_zone=workspace.time_zone, note=note, job=job, created_by=audit.person(by),
        )  # fmt: skip
        audit.record(workspace.id, "scoring_type.published", f"{key} version {number}", by, {"note": note, "notify": notify})
        jobs.wake_on_commit(TASK, workspace.id, job.id, 1)
    return job


def cancel(workspace: Workspace, key: str, *, by: By) -> bool:
    """Ends the version that is being computed; False when there is none. What is live stays live, and the draft is as it was.

    Raises:
        ScoringType.DoesNotExist.
    """
    scoring_type = drafts.hold(workspace, key, None, alone=True)
    version = scoring_type.versions.filter(state=VersionState.BUILDING).select_related("job").first()
    if version is None or version.job is None:
        return False
    if not _wind_up(version.job, "Publishing was cancelled."):
        return False
    _end(version.job, VersionState.CANCELLED)
    audit.record(workspace.id, "scoring_type.cancelled", f"{key} version {version.number}", by)
    return True


def stalled(workspace_id: int) -> list[int]:
    """Open jobs of publishing and of cleaning that no worker has come on with for a while."""
    return jobs.stalled(workspace_id, [KIND, CLEANING])


def call_off(scoring_type: ScoringType, why: str) -> None:
    """Ends the version that is being computed, if there is one, and its job. The type is locked."""
    for version in scoring_type.versions.filter(state=VersionState.BUILDING).select_related("job"):
        if version.job and ranges.call_off(version.job, why):
            _end(version.job, VersionState.SUPERSEDED)


def put_away(scoring_type: ScoringType, by: By) -> None:
    """Ends the version that is being computed and the one that is live, and has what they have written deleted. The type is locked."""
    call_off(scoring_type, "The scoring type was archived.")
    scoring_type.versions.filter(state=VersionState.LIVE).update(state=VersionState.RETIRED)
    job = open_job(scoring_type.workspace_id, CLEANING, scoring_type.key, 0, by)
    progress(job, 0, 0, phase="clean")
    jobs.wake_on_commit(TASK, job.workspace_id, job.id, 1)


def _wind_up(job: Job, why: str) -> bool:
    """Ends a job after the parts being done, and once what it has written is deleted. False where it does that already, or has ended."""
    ranges.stop(job.id)
    winds_up = jobs.wind_up(job, "clean", why)
    ranges.drop(job)
    jobs.wake_on_commit(TASK, job.workspace_id, job.id, 1)
    return winds_up


def _end(job: Job, state: VersionState) -> None:
    """Ends the version that a job computes, after the job: in that order whoever ends one waits for another."""
    Version.objects.filter(workspace=job.workspace_id, job=job, state=VersionState.BUILDING).update(state=state)


def advance(workspace_id: int, job_id: int, clock: Clock = database_now) -> bool:
    """Does the next part of a publishing job in one transaction; whether there may be more to do for this worker.

    False also where the job has ended, or other workers have all that is left of its phase.
    """
    with workspace_scope(workspace_id):
        claimed = ranges.claim(workspace_id, job_id)
        if claimed:
            job, part = claimed
            PARTS[job.phase](job, part, clock)
            ranges.done(part)
            return True
        if ranges.count(workspace_id, job_id).open:
            return False
    with workspace_scope(workspace_id):  # another transaction: the job is not held while the type is waited for
        return _step(workspace_id, job_id, clock)


def _step(workspace_id: int, job_id: int, clock: Clock) -> bool:
    """What one worker does alone, between the phases that all of them do."""
    may_switch = _hold_type_to_switch(workspace_id, job_id)
    job = hold(workspace_id, job_id)
    if job is None:
        return False
    if ranges.count(workspace_id, job_id).open or (job.phase == "switch" and not may_switch):  # it came to that just now
        return True
    return STEPS[job.phase](job, clock)


def _version(job: Job) -> Version:
    return Version.objects.select_related("scoring_type__published").get(workspace=job.workspace_id, job=job)


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
    why = f"Publishing stopped: {type(error).__name__}: {error}"
    with workspace_scope(workspace_id):
        job = Job.objects.get(workspace=workspace_id, id=job_id)
        if _wind_up(job, why):
            _end(job, VersionState.FAILED)
        else:
            fail(job, why)


def _begin(job: Job, clock: Clock) -> bool:
    return _cut(job, "build", people.all_of(job.workspace_id))


def _cut(job: Job, phase: str, contact_ids: list[int]) -> bool:
    """Makes parts of these contacts for a phase, and wakes workers for them."""
    counted = job.done + ranges.count(job.workspace_id, job.id).done
    ranges.cut(job, contact_ids, RANGE)
    jobs.wake_on_commit(TASK, job.workspace_id, job.id, WIDTH - 1)
    return progress(job, counted, 0, phase=phase)


def _build(job: Job, part: JobRange, clock: Clock) -> None:
    """Scores the part's contacts by the version, but those that a drain has scored by it: drains keep them up to date."""
    version = _version(job)
    wanted = portions.of_part(part, _without_score(version, part.first, part.last))
    locked = people.lock(version.workspace_id, wanted)
    build(version.workspace_id, _active(version), list(locked.values()), clock(), _source(version))


def _source(version: Version) -> Source | None:
    live = version.scoring_type.published
    if live is None:
        return None
    held = model(live.workspace_id, live.id, live.created_at)
    wanted = model(version.workspace_id, version.id, version.created_at)
    return Source(live.id, carried(live.document, held, version.document, wanted))


def _built(job: Job, clock: Clock) -> bool:
    """Looks, while drains go on, whether all contacts have a score. From then on they all do: drains score those that they make."""
    if missing := _without_score(_version(job)):
        return _cut(job, "build", missing)
    counted = job.done + ranges.count(job.workspace_id, job.id).done
    ranges.drop(job)
    return progress(job, counted, 0, phase="switch")


def _switch(job: Job, clock: Clock) -> bool:
    """Makes the version live. No drain is at work on the type meanwhile, so this reads and writes no contact."""
    version = _version(job)
    scoring_type = version.scoring_type
    Version.objects.filter(workspace=job.workspace_id, scoring_type=scoring_type, state=VersionState.LIVE).update(state=VersionState.RETIRED)
    version.state, version.live_at = VersionState.LIVE, clock()
    version.save(update_fields=["state", "live_at"])
    scoring_type.published = version
    scoring_type.save(update_fields=["published"])
    return progress(job, job.done, 0, phase="live")


def _live(job: Job, clock: Clock) -> bool:
    return _cut(job, "settle", people.all_of(job.workspace_id))


def _settle(job: Job, part: JobRange, clock: Clock) -> None:
    """Puts on record, with cause model, the stages that the new version made. Nobody is told."""
    versions = active(job.workspace_id)
    locked = people.lock(job.workspace_id, people.between(job.workspace_id, part.first, part.last))
    rescore(job.workspace_id, versions, [Touched(person) for person in locked.values()], clock())


def _settled(job: Job, clock: Clock) -> bool:
    """All stages are on record: tells those who asked for a summary, unless the type was archived meanwhile."""
    version = _version(job)
    counted = job.done + ranges.count(job.workspace_id, job.id).done
    ranges.drop(job)
    if job.params.get("notify") == "summary" and version.state == VersionState.LIVE:
        summarising.summarise(job.workspace_id, version, clock())
    return progress(job, counted, 0, phase="clean")


def _clean(job: Job, clock: Clock) -> bool:
    """Drops, some at a time, the awards and scores of the type's versions that are neither live nor being built."""
    versions = Version.objects.filter(workspace=job.workspace_id, scoring_type__key=job.subject)
    gone = versions.exclude(state__in=[VersionState.LIVE, VersionState.BUILDING]).values_list("id", flat=True)
    if forget(job.workspace_id, list(gone)):
        return True
    if job.error:
        fail(job, job.error)
    else:
        number = versions.filter(job=job).values_list("number", flat=True).first()
        finish(job, {"scoring_type": job.subject} | ({"version": number} if number else {}))
    return False


PARTS: dict[str, Callable[[Job, JobRange, Clock], None]] = {"build": _build, "settle": _settle}
STEPS: dict[str, Callable[[Job, Clock], bool]] = {
    "": _begin, "build": _built, "switch": _switch, "live": _live, "settle": _settled, "clean": _clean,
}  # fmt: skip


def _without_score(version: Version, first: int = 0, last: int = 2**63 - 1) -> list[int]:
    """The contacts between these ids that have no score by the version, ascending."""
    rows = fetch(
        """SELECT id FROM contacts_contact WHERE workspace_id = %s AND id BETWEEN %s AND %s AND merged_into_id IS NULL
           EXCEPT SELECT contact_id FROM scoring_score WHERE workspace_id = %s AND version_id = %s AND contact_id BETWEEN %s AND %s ORDER BY 1""",
        [version.workspace_id, first, last, version.workspace_id, version.id, first, last],
    )
    return [row[0] for row in rows]


def _active(version: Version) -> Active:
    return next(one for one in active(version.workspace_id, lock=False) if one.id == version.id)
