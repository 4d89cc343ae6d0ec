"""Previews: what a document would make of all contacts. A random sample is counted at once, then a job counts them all, in parts, on all workers.

Nothing that a visitor or a salesperson sees is written, and no contact is locked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max, QuerySet

from accounts import audit, jobs, ranges
from accounts.access import KeyFacts
from accounts.audit import By
from accounts.jobs import OPEN, fail, finish, hold, open_job, progress
from accounts.models import Job, JobRange, Workspace
from accounts.scope import workspace_scope
from contacts import people
from contacts.checking import Faulty
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch
from scoring.document import parse, problems
from scoring.foretelling import Foretold, foretell
from scoring.model import Model
from scoring.models import Preview, PreviewMove, ScoringType
from scoring.portions import of_part, portion
from scoring.preview_numbers import NO_SCORE, Move, Numbers, bin_of, edges, is_up
from scoring.preview_report import report
from scoring.versions import model as model_of

TASK = "scoring.tasks.continue_preview"
KIND = "preview"
SAMPLE = 1_000  # contacts counted while somebody waits, or as many of them as have
SAMPLE_ACTIVITIES = 25_000  # together
PART = 500  # contacts a transaction of the job
WIDTH = 4  # workers that may count at once
GROWN = 20  # a preview is stale once more contacts came than those counted divided by this
KEPT = 5  # previews of a type's draft, and as many of documents sent
SUPERSEDED = "A newer preview was asked for."


class CannotPreview(Faulty):
    """The document is not valid. `problems` says where."""


def preview(workspace: Workspace, key: str, *, by: By, document: object = None, clock: Clock = database_now) -> Preview:
    """Counts a sample, and starts the job that counts all contacts. Call it inside the workspace's scope.

    Args:
        document: what to preview; None for the type's draft.

    Raises:
        ScoringType.DoesNotExist, CannotPreview.
    """
    scoring_type = workspace.scoring_types.select_related("published").get(key=key, archived_at=None)
    wanted = scoring_type.draft if document is None else document
    if found := problems(wanted):
        raise CannotPreview(found)
    assert isinstance(wanted, Mapping), "a valid document is an object"
    made = Preview(
        workspace=workspace, scoring_type=scoring_type, live=scoring_type.published, document=wanted, time_zone=workspace.time_zone,
        revision=scoring_type.draft_revision if document is None else None, created_by=audit.person(by), at=clock(),
    )  # fmt: skip
    pair = _Pair.of(made)
    made.edges, made.contacts = edges(pair.models), workspace.contacts.filter(merged_into=None).count()
    made.last_contact = workspace.contacts.aggregate(last=Max("id", default=0))["last"]
    numbers, moves = pair.count(_at_random(workspace.id))
    made.sample = report(pair.live, pair.draft, numbers, made.contacts, made.edges)
    made.job = open_job(workspace.id, KIND, key, made.contacts, by, _asker(by))
    made.report = made.sample if made.sample["exact"] else None
    made.save()
    _keep(made, moves)
    if made.report:
        finish(made.job, {"preview": made.id, **made.report})
        _make_room(made)
    else:
        jobs.wake_on_commit(TASK, workspace.id, made.job.id, 1)
    return made


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two models that a preview compares."""

    preview: Preview
    live: Model | None
    draft: Model

    @classmethod
    def of(cls, preview: Preview) -> _Pair:
        version = preview.live
        live = model_of(preview.workspace_id, version.id, version.created_at) if version else None
        return cls(preview, live, parse(preview.document, preview.time_zone))

    @property
    def models(self) -> list[Model]:
        return [self.live, self.draft] if self.live else [self.draft]

    def count(self, contact_ids: Sequence[int]) -> tuple[Numbers, list[Move]]:
        """What the contacts add to the numbers, and those whose stage differs."""
        numbers, moves = Numbers(), []
        found = foretell(self.preview.workspace_id, self.preview.scoring_type_id, self.models, contact_ids, self.preview.at)
        for contact, foretold in found.items():
            if move := self._add(numbers, contact, foretold):
                moves.append(move)
        return numbers, moves

    def _add(self, numbers: Numbers, contact: int, foretold: Sequence[Foretold]) -> Move | None:
        then = foretold[-1].outcome
        now = foretold[0].outcome if self.live else NO_SCORE
        before, after = now.stage or "", then.stage or ""
        numbers.contacts += 1
        numbers.now[before] += 1
        numbers.then[after] += 1
        numbers.changed += now.points != then.points
        numbers.bins_now[bin_of(now.points, self.preview.edges)] += 1
        numbers.bins_then[bin_of(then.points, self.preview.edges)] += 1
        numbers.told_now.update(foretold[0].told if self.live else {})
        numbers.told_then.update(foretold[-1].told)
        if before == after:
            return None
        up = is_up(self.live, self.draft, now, then) if self.live else True
        numbers.crossings[before, after] += 1
        numbers.up += up
        numbers.down += not up
        return Move(contact, now, then, up)


def _at_random(workspace_id: int) -> Sequence[int]:
    """Contacts in random order, up to the first that makes their activities too many; where that is the very first, it alone.

    Those with many activities are cut off more often than others, and this makes up for it: given which contacts are taken and which one stopped
    them, each is as likely to be the first in order, and the first is any of all. So shares in the sample are on average those of all contacts.
    """
    rows = fetch(
        """SELECT id FROM contacts_contact WHERE workspace_id = %s AND merged_into_id IS NULL ORDER BY random() LIMIT %s""", [workspace_id, SAMPLE]
    )
    return portion(workspace_id, [row[0] for row in rows], SAMPLE_ACTIVITIES)


def _keep(preview: Preview, moves: Sequence[Move]) -> None:
    """Writes who moves. Those of the sample are replaced when all are counted."""
    rows = (
        PreviewMove(
            workspace_id=preview.workspace_id, preview=preview, contact_id=move.contact, points_now=move.now.points, points_then=move.then.points,
            stage_now=move.now.stage or "", stage_then=move.then.stage or "", is_up=move.is_up,
        )
        for move in moves
    )  # fmt: skip
    PreviewMove.objects.bulk_create(rows)


def advance(workspace_id: int, job_id: int, clock: Clock = database_now) -> bool:
    """Does the next part of a preview's job in one transaction; whether there may be more to do."""
    with workspace_scope(workspace_id):
        job = Job.objects.get(workspace=workspace_id, id=job_id)
        if not job.phase:
            return _begin(workspace_id, job_id)
        claimed = ranges.claim(workspace_id, job_id)
        if claimed is None:
            return not ranges.count(workspace_id, job_id).open and _finish(workspace_id, job_id)
        _count(*claimed)
        return True


def _count(job: Job, part: JobRange) -> None:
    shown = Preview.objects.select_related("live").get(workspace=job.workspace_id, job=job)
    numbers, moves = _Pair.of(shown).count(of_part(part, people.between(job.workspace_id, part.first, part.last)))
    PreviewMove.objects.filter(workspace=job.workspace_id, preview=shown, contact__gte=part.first, contact__lte=part.last).delete()
    _keep(shown, moves)
    ranges.done(part, numbers.to_json())


def _begin(workspace_id: int, job_id: int) -> bool:
    """Cuts the work into parts and ends what nobody waits for any more, which may be this very job."""
    job = hold(workspace_id, job_id)
    if job is None or job.phase:  # another worker is beginning, or just did
        return job is not None
    shown = Preview.objects.select_related("job").get(workspace=workspace_id, job=job)
    if _rivals(shown).filter(id__gt=shown.id).exists():
        fail(job, SUPERSEDED)
        return False
    _make_room(shown)
    ranges.cut(job, people.all_of(workspace_id), PART)
    jobs.wake_on_commit(TASK, workspace_id, job_id, WIDTH - 1)
    return progress(job, 0, 0, phase="count")


def _make_room(shown: Preview) -> None:
    """Ends the older ones that this one takes the place of; and of finished ones only the latest are kept, the draft's apart from others."""
    for older in _rivals(shown).filter(id__lt=shown.id, job__state__in=OPEN).select_related("job"):
        if older.job:
            ranges.call_off(older.job, SUPERSEDED)
    for gone in _of_the_kind(shown).filter(id__lt=shown.id).exclude(job__state__in=OPEN).order_by("-id")[KEPT - 1 :]:
        gone.delete()


def _rivals(shown: Preview) -> QuerySet[Preview]:
    """Previews of which only the newest is of use: all of the draft's, or those of documents sent by the same person or key."""
    return _of_the_kind(shown) if shown.revision is not None else _of_the_kind(shown).filter(job__params=shown.job.params if shown.job else None)


def _of_the_kind(shown: Preview) -> QuerySet[Preview]:
    """The type's previews of the draft, or those of documents sent."""
    of_type = Preview.objects.filter(workspace=shown.workspace_id, scoring_type=shown.scoring_type_id)
    return of_type.filter(revision__isnull=shown.revision is None)


def _asker(by: By) -> dict[str, int]:
    """Who asked, as the job keeps it."""
    return {"key": by.id} if isinstance(by, KeyFacts) else {"user": by.id} if by else {}


def _finish(workspace_id: int, job_id: int) -> bool:
    job = hold(workspace_id, job_id)
    if job is None:
        return False
    shown, numbers = Preview.objects.select_related("live").get(workspace=workspace_id, job=job), Numbers()
    for found in ranges.results(workspace_id, job_id):
        numbers.add(Numbers.from_json(found))
    pair = _Pair.of(shown)
    shown.report = report(pair.live, pair.draft, numbers, numbers.contacts, shown.edges)
    shown.save(update_fields=["report"])
    progress(job, numbers.contacts, 0)
    finish(job, {"preview": shown.id, **shown.report})
    ranges.drop(job)
    return False


def give_up(workspace_id: int, job_id: int, error: Exception) -> None:
    """Ends a preview's job that cannot go on."""
    with workspace_scope(workspace_id):
        ranges.call_off(Job.objects.get(workspace=workspace_id, id=job_id), f"The preview stopped: {type(error).__name__}: {error}")


def stalled(workspace_id: int) -> list[int]:
    """Open previews that no worker has come on with for a while."""
    return jobs.stalled(workspace_id, [KIND])


def is_stale(shown: Preview, scoring_type: ScoringType) -> bool:
    """Whether the draft, the live version or the time zone, in which a new version would count days, is another one by now; or many contacts came."""
    zone = shown.workspace.time_zone
    return (shown.revision, shown.live_id, shown.time_zone) != (scoring_type.draft_revision, scoring_type.published_id, zone) or _has_grown(shown)


def _has_grown(shown: Preview) -> bool:
    """Whether more contacts came since than a twentieth of those counted. No more are looked at than it takes to say so."""
    enough = shown.contacts // GROWN + 1
    ((came,),) = fetch(
        """SELECT count(*) FROM (SELECT FROM contacts_contact WHERE workspace_id = %s AND id > %s AND merged_into_id IS NULL LIMIT %s) AS newer""",
        [shown.workspace_id, shown.last_contact, enough],
    )
    return bool(came == enough)


def latest(scoring_type: ScoringType) -> Preview | None:
    """The latest preview of the type's draft."""
    found = Preview.objects.filter(workspace=scoring_type.workspace_id, scoring_type=scoring_type, revision__isnull=False)
    return found.select_related("workspace", "job", "live").order_by("-id").first()
