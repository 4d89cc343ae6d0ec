"""How far publishing has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts import ranges
from accounts.jobs import OPEN
from accounts.models import Job
from scoring.models import ScoringType, Version, VersionState
from scoring.publishing import KIND

ENOUGH_TO_TELL = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Progress:
    """A version on its way. `share` is a percentage, `left` the time to go in words, empty while that cannot be told."""

    version: Version
    job: Job
    share: int
    left: str

    @property
    def is_live(self) -> bool:
        """Live already, while stages are still put on record."""
        return self.version.state == VersionState.LIVE


def publishing_in(workspace_id: int, now: datetime) -> dict[int, Progress]:
    """Scoring type id → the version whose job is not over yet."""
    states = (VersionState.BUILDING, VersionState.LIVE)
    versions = Version.objects.filter(workspace=workspace_id, job__kind=KIND, job__state__in=OPEN, state__in=states)
    versions = versions.select_related("job").order_by("number")
    return {version.scoring_type_id: _progress(version, version.job, now) for version in versions if version.job}


def publishing_of(scoring_type: ScoringType, now: datetime) -> Progress | None:
    return publishing_in(scoring_type.workspace_id, now).get(scoring_type.id)


def _progress(version: Version, job: Job, now: datetime) -> Progress:
    job.done += ranges.count(job.workspace_id, job.id).done
    share = min(99, 100 * job.done // job.total) if job.total else 0
    return Progress(version, job, share, _left(job, now))


def _left(job: Job, now: datetime) -> str:
    """From the pace so far."""
    passed = now - job.created_at
    if not job.done or not job.total or passed < ENOUGH_TO_TELL:
        return ""
    seconds = round(passed.total_seconds() * max(0, job.total - job.done) / job.done)
    if seconds < 5:
        return "a few seconds left"
    return f"about {seconds} s left" if seconds < 90 else f"about {round(seconds / 60)} min left"


def latest_of(scoring_type: ScoringType) -> Version | None:
    """The latest version, with its job."""
    return scoring_type.versions.select_related("job").order_by("-number").first()


def failed_of(scoring_type: ScoringType) -> Version | None:
    """The latest version, if computing it failed."""
    latest = latest_of(scoring_type)
    return latest if latest and latest.state == VersionState.FAILED else None
