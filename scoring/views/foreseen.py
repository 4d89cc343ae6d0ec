"""What pages show of a preview: numbers with how far they may be off, stages now and then, who moves, the distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts import ranges
from accounts.models import Job, JobState
from contacts.models import Contact
from scoring.forms.stages import recipients, words_for
from scoring.models import Preview, PreviewMove, ScoringType
from scoring.preview_numbers import Estimate
from scoring.previewing import is_stale, latest
from scoring.stage_counts import Counts

SHOWN = 4  # movers beside the editor


@dataclass(frozen=True, slots=True)
class Badge:
    """A stage as its badge shows it: rank of `count`, 0 for none."""

    name: str
    rank: int
    count: int


@dataclass(frozen=True, slots=True)
class Mover:
    contact: Contact
    points_now: int
    points_then: int
    now: Badge
    then: Badge
    is_up: bool


@dataclass(frozen=True, slots=True)
class Crossing:
    """From which stage to which how many contacts go; `query` asks for them alone."""

    now: Badge
    then: Badge
    contacts: Estimate
    stage_now: str
    stage_then: str


@dataclass(frozen=True, slots=True)
class Level:
    """Contacts on a stage now (None: nothing is live) and by the draft; `gone`: the draft has no such stage."""

    badge: Badge
    now: Estimate | None
    then: Estimate
    gone: bool

    @property
    def change(self) -> int | None:
        return None if self.now is None else self.then.count - self.now.count


@dataclass(frozen=True, slots=True)
class Told:
    """Messages to one recipient in the last days, by what is live (None: nothing is) and by the draft."""

    words: str
    now: int | None
    then: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A preview for a page. `share` is how much is counted, in percent. Messages and the distribution of a sample are rough."""

    preview: Preview
    report: Mapping[str, Any]
    stale: bool
    running: bool
    failed: str
    share: int
    moved: Estimate
    up: Estimate
    down: Estimate
    changed: Estimate
    told: list[Told]
    told_now: int | None
    told_then: int

    @property
    def exact(self) -> bool:
        return bool(self.report["exact"])

    @property
    def rough(self) -> bool:
        return not self.exact

    def by_stage(self, counts: Counts | None) -> Counts:
        """Stage → contacts on it by the draft, None for no stage.

        Of a sample: as many as there are now by `counts`, and as many more or fewer as in the sample. Contacts that stay where they are then make
        no difference, as a stage's share of the sample would.
        """
        listed = [one for one in self.report["stages"] if not one["gone"]]
        if self.rough and not self.stale and counts is not None:
            return {one["stage"]: max(0, counts.get(one["stage"], 0) + one["then"] - one["now"]) for one in listed}
        return {one["stage"]: one["then"] for one in listed}


def foreseen(shown: Preview, scoring_type: ScoringType, now: datetime) -> Foreseen:
    """The preview beside the type as it is."""
    report, job = shown.told, shown.job
    moves, messages = report["moves"], report["messages"]
    known = recipients(shown.workspace_id)
    told = [Told(words_for(one["recipient"], known), one["now"], one["then"]) for one in messages["recipients"]]
    return Foreseen(
        shown, report, is_stale(shown, scoring_type), job is not None and job.state in (JobState.QUEUED, JobState.RUNNING),
        job.error if job and job.state == JobState.FAILED else "", _share(job) if job else 100,
        _estimate(moves, "contacts"), _estimate(moves, "up", "up_"), _estimate(moves, "down", "down_"),
        _estimate(report, "points_changed", "points_changed_"), told, messages["now"], messages["then"],
    )  # fmt: skip


def _estimate(told: Mapping[str, Any], name: str, prefix: str = "") -> Estimate:
    return Estimate(told[name], told[f"{prefix}low"], told[f"{prefix}high"])


def _share(job: Job) -> int:
    if job.state == JobState.DONE or not job.total:
        return 100
    return min(99, 100 * ranges.count(job.workspace_id, job.id).done // job.total)


class Ladders:
    """The stages of both documents, for badges."""

    def __init__(self, shown: Preview) -> None:
        self.now = _badges(shown.live.document if shown.live else {})
        self.then = _badges(shown.document)

    def mover(self, move: PreviewMove) -> Mover:
        now, then = self.now[move.stage_now], self.then[move.stage_then]
        return Mover(move.contact, move.points_now, move.points_then, now, then, move.is_up)

    def crossings(self, report: Mapping[str, Any]) -> list[Crossing]:
        listed = ((one["from"] or "", one["to"] or "", _estimate(one, "contacts")) for one in report["crossings"])
        return [Crossing(self.now[before], self.then[after], contacts, before, after) for before, after, contacts in listed]

    def stages(self, report: Mapping[str, Any]) -> list[Level]:
        """The levels of both, the highest first."""
        listed = []
        for one in report["stages"]:
            key = one["stage"] or ""
            badge = self.now[key] if one["gone"] else self.then[key]
            now = None if one["now"] is None else _estimate(one, "now", "now_")
            listed.append(Level(badge, now, _estimate(one, "then"), one["gone"]))
        return listed


def _badges(document: Mapping[str, Any]) -> dict[str, Badge]:
    stages = document.get("stages", [])
    ranked = {stage["key"]: Badge(stage["name"], rank, len(stages)) for rank, stage in enumerate(stages, start=1)}
    return {"": Badge("No stage", 0, len(stages)), **ranked}


def movers(shown: Preview, after: tuple[int, int] | None = None, **asked: Any) -> QuerySet[PreviewMove]:
    """Who moves, those with the most points by the draft first; contacts merged away since are left out.

    Args:
        after: points and id of the contact that the list goes on behind.
    """
    found = shown.moves.filter(workspace=shown.workspace_id, contact__merged_into=None, **asked)
    if after:
        found = found.filter(points_then__lte=after[0]).exclude(points_then=after[0], contact__gte=after[1])
    return found.select_related("contact__company").order_by("-points_then", "-contact_id")


def foreseen_of(scoring_type: ScoringType, now: datetime, *, differs: bool) -> Foreseen | None:
    """The latest preview of the draft, where publishing it would make another version than is live."""
    shown = latest(scoring_type) if differs else None
    return foreseen(shown, scoring_type, now) if shown else None


def wants_preview(seen: Foreseen | None, faulty: bool, differs: bool) -> bool:
    """Whether the draft as it is could be previewed and has not been, or not to the end."""
    return differs and not faulty and (seen is None or seen.stale or bool(seen.failed))


def first_movers(seen: Foreseen | None) -> list[Mover]:
    """Some of those who move, to show beside the editor."""
    if seen is None:
        return []
    ladders = Ladders(seen.preview)
    return [ladders.mover(move) for move in movers(seen.preview)[:SHOWN]]


@dataclass(frozen=True, slots=True)
class Bar:
    """Contacts of one range of points."""

    label: str
    now: int | None
    then: int


def bars(report: Mapping[str, Any]) -> list[Bar]:
    """The distribution's bars that have anybody, and those between them."""
    edges, now, then = (report["distribution"][name] for name in ("edges", "now", "then"))
    listed = [
        Bar(_label(edges, place), now[place] if now else None, then[place]) for place in range(len(edges))
    ]
    filled = [place for place, bar in enumerate(listed) if bar.now or bar.then]
    return listed[filled[0] : filled[-1] + 1] if filled else []


def _label(edges: Sequence[int], place: int) -> str:
    first, width = edges[place], edges[1] - edges[0] if len(edges) > 1 else 1
    if place == len(edges) - 1:
        return f"{first} and more"
    return str(first) if width == 1 else f"{first} to {first + width - 1}"
