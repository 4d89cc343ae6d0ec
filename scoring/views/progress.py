"""How far publishing has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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


def publishing_of(scoring_type: ScoringType, now: datetime) -> Progress | None:
    """The version whose job is not over yet."""
    version = scoring_type.versions.filter(job__kind=KIND, job__state__in=OPEN).select_related("job").order_by("-number").first()
    if version is None or version.job is None:
        return None
    job = version.job
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


def failed_of(scoring_type: ScoringType) -> Version | None:
    """The latest version, if computing it failed."""
    latest = scoring_type.versions.select_related("job").order_by("-number").first()
    return latest if latest and latest.state == VersionState.FAILED else None
