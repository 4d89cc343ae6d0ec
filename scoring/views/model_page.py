"""What pages show of a scoring type's document: rules as sentences by group, stages as a ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadscore.formats import number
from scoring.draft_edits import entries
from scoring.forms.stages import Recipient, words_for
from scoring.forms.typed import shown
from scoring.matching import Insight
from scoring.sentences import Sentence, condition_sentence, rule_reason
from scoring.stage_counts import Counts
from scoring.views.faults import Faults

Document = Mapping[str, Any]
NO_INSIGHTS: Mapping[str, Insight] = {}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in one line. `points` is None where it gives none; `mark` is new, changed or empty; `insight`: what it matched, once known."""

    key: str
    name: str
    points: int | None
    sentence: Sentence
    mark: str
    faulty: bool
    kind: str
    insight: Insight | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The rules of one group, or those in none (key "")."""

    key: str
    name: str
    bounds: str
    rows: list[RuleRow]

    @property
    def counted(self) -> str:
        """What the numbers beside the rules count."""
        return "30 days" if any(row.kind in ("activity", "reset") for row in self.rows) else "Contacts"


def sections(document: Document, faults: Faults, live: Document | None, insights: Mapping[str, Insight] = NO_INSIGHTS) -> list[Section]:
    """The groups in order, then the rules in none. Where there is no group, all rules are in one section."""
    groups = entries(document, "groups")
    by_group: dict[str, list[RuleRow]] = {group["key"]: [] for group in groups}
    rest: list[RuleRow] = []
    before = {rule["key"]: rule for rule in entries(live, "rules")} if live is not None else None
    for place, rule in enumerate(entries(document, "rules")):
        by_group.get(rule.get("group") or "", rest).append(_row(rule, faults.under(f"rules[{place}]"), before, insights.get(rule["key"])))
    listed = [Section(group["key"], shown(group.get("name")), _bounds(group), by_group[group["key"]]) for group in groups]
    return [*listed, Section("", "Rules in no group" if groups else "Rules", "", rest)]


def _row(rule: Mapping[str, Any], faulty: bool, before: Mapping[str, Any] | None, insight: Insight | None) -> RuleRow:
    points = rule.get("points")
    mark = "" if before is None or before.get(rule["key"]) == rule else "changed" if rule["key"] in before else "new"
    whole = points if isinstance(points, int) and not isinstance(points, bool) else None
    return RuleRow(rule["key"], shown(rule.get("name")), whole, rule_reason(rule), mark, faulty, shown(rule.get("when")), insight)


def _bounds(entry: Mapping[str, Any]) -> str:
    """`at least 0 and at most 30 points`, empty where there is no bound."""
    least, most = entry.get("minimum"), entry.get("maximum")
    words = [f"{word} {number(bound)}" for word, bound in (("at least", least), ("at most", most)) if isinstance(bound, int)]
    return f"{' and '.join(words)} points together" if words else ""


def score_bounds(document: Document) -> str:
    """What the whole score is kept between, in words."""
    least, most = document.get("minimum", 0), document.get("maximum")
    words = [f"never {word} {number(bound)}" for word, bound in (("below", least), ("above", most)) if isinstance(bound, int)]
    return f"A score is {' and '.join(words)}." if words else "A score has no bounds."


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage on the ladder. `was` is the live version's threshold where that is another; `now` are the contacts on it by the live version,
    `then` those by the draft as last previewed.
    """

    key: str
    name: str
    rank: int
    count: int
    at: str
    threshold: str
    was: str
    quiet_days: str
    tells: str
    notify: list[tuple[Recipient, bool]]
    grades: str
    now: int | None
    then: int | None
    opens: bool

    @property
    def change(self) -> int | None:
        return None if self.now is None or self.then is None else self.then - self.now


def ladder(
    document: Document,
    faults: Faults,
    live: Document | None,
    counts: Counts | None,
    known: Sequence[Recipient],
    then: Mapping[str, int] | None = None,
) -> list[Rung]:
    """The stages, the highest first. `then`: contacts on each by a preview of the document."""
    stages = entries(document, "stages")
    before = {stage["key"]: stage for stage in entries(live or {}, "stages")}
    rungs = [
        _rung(stage, place, len(stages), faults, before.get(stage["key"]), counts, known, then) for place, stage in enumerate(stages)
    ]
    return rungs[::-1]


def _rung(
    stage: Document,
    place: int,
    count: int,
    faults: Faults,
    live: Document | None,
    counts: Counts | None,
    known: Sequence[Recipient],
    then: Mapping[str, int] | None,
) -> Rung:
    at, notify = f"stages[{place}]", stage.get("notify", [])
    others = [Recipient(value, words_for(value, known)) for value in notify if value not in {one.value for one in known}]
    moved = live is not None and live["threshold"] != stage.get("threshold")
    return Rung(
        key=stage["key"], name=shown(stage.get("name")), rank=place + 1, count=count, at=at, threshold=shown(stage.get("threshold")),
        was=number(live["threshold"]) if moved and live else "", quiet_days=shown(stage.get("quiet_days", 30)),
        tells=", ".join(words_for(value, known) for value in notify) or "Nobody",
        notify=[(one, one.value in notify) for one in [*known, *others]], grades=_grades(stage.get("by_grade") or {}),
        now=counts.get(stage["key"], 0) if counts is not None else None, then=(then or {}).get(stage["key"]),
        opens=any(faults.under(f"{at}.{name}") for name in ("name", "notify", "quiet_days")),
    )  # fmt: skip


def _grades(by_grade: Mapping[str, Any]) -> str:
    """`Grade C needs 90; F never gets here`"""
    words = [f"{grade} needs {number(points)}" if isinstance(points, int) else f"{grade} never gets here" for grade, points in by_grade.items()]
    return f"Grade {'; '.join(words)}" if words else ""


@dataclass(frozen=True, slots=True)
class Criterion:
    name: str
    steps: int
    sentence: Sentence


def criteria(document: Document) -> list[Criterion]:
    """What moves the grade; nothing where there is no grade."""
    listed = (document.get("grade") or {}).get("criteria", [])
    return [Criterion(one["name"], one["steps"], condition_sentence(one["conditions"])) for one in listed]
