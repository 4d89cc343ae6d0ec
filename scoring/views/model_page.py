"""What pages show of a scoring type's document: rules as sentences by group, stages as a ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leadscore.formats import number
from scoring import draft_edits
from scoring.draft_edits import entries, section_of
from scoring.forms.stages import Recipient, words_for
from scoring.forms.typed import shown
from scoring.matching import Insight
from scoring.model import SCALE, from_the_best
from scoring.sentences import Sentence, condition_sentence, rule_reason, rule_sentence
from scoring.stage_counts import Counts
from scoring.views.faults import Faults

Document = Mapping[str, Any]
NO_INSIGHTS: Mapping[str, Insight] = {}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in one line. `points` is None where it gives none; `mark` is new, changed or empty, `was` what a changed one said; `insight`: what it
    matched, once known.
    """

    key: str
    name: str
    points: int | None
    sentence: Sentence
    mark: str
    was: Sentence | None
    faulty: bool
    kind: str
    insight: Insight | None = None

    @property
    def is_reset(self) -> bool:
        return self.kind == "reset"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule that a section takes: its `when`, in words, its icon."""

    when: str
    words: str
    icon: str

    @property
    def is_groupless(self) -> bool:
        """Whether its rules are in no group, wherever they are begun."""
        return self.when == "reset"


KINDS = (
    Kind("activity", "What people did: an activity", "click"),
    Kind("profile", "Who they are: the profile", "user"),
    Kind("inactivity", "Silence: nothing is heard", "zzz"),
    Kind("reset", "Start again: back to zero", "restore"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """The rules of one group, those in none (key ""), or, where there are no groups, those of one kind (`did`, `are`, `silence`)."""

    key: str
    name: str
    bounds: str
    kinds: Sequence[Kind]
    group: str = ""
    rows: list[RuleRow] = field(default_factory=list)

    @property
    def counted(self) -> str:
        """What the numbers beside the rules count."""
        return "30 days" if any(row.kind in ("activity", "reset") for row in self.rows) else "Contacts"


def sections(document: Document, faults: Faults, live: Document | None, insights: Mapping[str, Insight] = NO_INSIGHTS) -> list[Section]:
    """The groups in order, then the rules in none; without groups, the rules by their kinds."""
    listed = {section.key: section for section in _grouped(document)}
    before = {rule["key"]: rule for rule in entries(live, "rules")} if live is not None else None
    for place, rule in enumerate(entries(document, "rules")):
        listed[section_of(document, rule)].rows.append(_row(rule, faults.under(f"rules[{place}]"), before, insights.get(rule["key"])))
    return list(listed.values())


def _grouped(document: Document) -> list[Section]:
    groups = entries(document, "groups")
    if groups:
        named = [Section(one["key"], shown(one.get("name")) or "Group without a name", _bounds(one), KINDS, one["key"]) for one in groups]
        return [*named, Section("", "Rules in no group", "", KINDS)]
    return [
        Section("did", "What people did", "", KINDS[:1]),
        Section("are", "Who they are", "", KINDS[1:2]),
        Section("silence", "Silence and resets", "", KINDS[2:]),
    ]


def _row(rule: Mapping[str, Any], faulty: bool, before: Mapping[str, Any] | None, insight: Insight | None) -> RuleRow:
    old = (before or {}).get(rule["key"])
    mark = "" if before is None or old == rule else "changed" if old else "new"
    was = _was(old, rule) if old and mark else None
    points = _whole(rule.get("points"))
    return RuleRow(rule["key"], shown(rule.get("name")), points, rule_reason(rule), mark, was, faulty, shown(rule.get("when")), insight)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _was(old: Mapping[str, Any], rule: Mapping[str, Any]) -> Sentence:
    """What a rule said; the points too, where they were others."""
    return rule_reason(old) if old.get("points") == rule.get("points") else rule_sentence(old)


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
    by_grade: list[tuple[str, str]]
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
    then: Counts | None = None,
) -> list[Rung]:
    """The stages, the highest first. `then`: contacts on each by a preview of the document."""
    stages = entries(document, "stages")
    before = {stage["key"]: stage for stage in entries(live or {}, "stages")}
    graded = document.get("grade") is not None
    rungs = [
        _rung(stage, place, len(stages), faults, before.get(stage["key"]), counts, known, then, graded) for place, stage in enumerate(stages)
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
    then: Counts | None,
    graded: bool,
) -> Rung:
    at, notify = f"stages[{place}]", stage.get("notify", [])
    others = [Recipient(value, words_for(value, known)) for value in notify if value not in {one.value for one in known}]
    moved = live is not None and live["threshold"] != stage.get("threshold")
    return Rung(
        key=stage["key"], name=shown(stage.get("name")), rank=place + 1, count=count, at=at, threshold=shown(stage.get("threshold")),
        was=number(live["threshold"]) if moved and live else "", quiet_days=shown(stage.get("quiet_days", 30)),
        tells=", ".join(words_for(value, known) for value in notify) or "Nobody",
        notify=[(one, one.value in notify) for one in [*known, *others]], grades=_grades(stage.get("by_grade") or {}),
        by_grade=_by_grade(stage.get("by_grade") or {}, graded),
        now=counts.get(stage["key"], 0) if counts is not None else None, then=(then or {}).get(stage["key"]),
        opens=any(faults.under(f"{at}.{name}") for name in ("name", "notify", "quiet_days", "by_grade")),
    )  # fmt: skip


def _grades(by_grade: Mapping[str, Any]) -> str:
    """`Grade C needs 90; F never gets here`"""
    listed = [(grade, by_grade[grade]) for grade in from_the_best(by_grade)]
    words = [f"{grade} needs {number(points)}" if isinstance(points, int) else f"{grade} never gets here" for grade, points in listed]
    return f"Grade {'; '.join(words)}" if words else ""


def _by_grade(table: Mapping[str, Any], graded: bool) -> list[tuple[str, str]]:
    """The lines of a stage's thresholds by grade, from A+ down, and an empty one; none where there is nothing to say and no grade."""
    if not graded and not table:
        return []
    listed = [(grade, shown(table[grade])) for grade in from_the_best(table)]
    return [*listed, *([("", "")] if len(listed) < len(SCALE) else [])]


@dataclass(frozen=True, slots=True)
class Criterion:
    """What moves the grade, in a line. `steps` is None where they are not a number yet."""

    place: int
    name: str
    steps: int | None
    sentence: Sentence
    faulty: bool

    @property
    def is_named(self) -> bool:
        """Whether its name says something else than its conditions do."""
        return self.name.casefold() != str(self.sentence).casefold()


def criteria(document: Document, faults: Faults) -> list[Criterion]:
    """What moves the grade; nothing where there is no grade."""
    return [_criterion(one, place, faults) for place, one in enumerate(draft_edits.criteria(document))]


def _criterion(criterion: Mapping[str, Any], place: int, faults: Faults) -> Criterion:
    sentence = condition_sentence(criterion.get("conditions"))
    return Criterion(place, shown(criterion.get("name")), _whole(criterion.get("steps")), sentence, faults.under(f"grade.criteria[{place}]"))
