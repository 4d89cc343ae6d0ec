"""A trial as a ledger that adds up: the rules by group with what became of each, what bounds cut, adjustments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contacts.labels import label
from leadscore.formats import number
from scoring.engine import Cut, Line, Outcome
from scoring.sentences import Sentence, rule_reason
from scoring.trial_sentences import activity_reason, criterion_reason, reason, stage_reason
from scoring.trials import Attempt
from scoring.trying import CriterionTried, StageTried, Tested, Tried, Verdict

# verdict → in a word or two, and whether it is what a marketer looks for
TAGS: Mapping[Verdict, str] = {
    "gives": "", "counts": "not yet", "limit": "over the limit", "expired": "expired", "faded": "faded", "voided": "taken by a reset",
    "failed": "condition not met", "resets": "reset", "nothing": "never done", "silent": "not silent", "unknown": "unknown",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TestedRow:
    """An activity and what the rule made of it. `is_made_up`: it is no one's."""

    tested: Tested
    label: str
    sentence: Sentence

    @property
    def is_made_up(self) -> bool:
        return self.tested.activity.id < 0


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, what it gives (thousandths), and why or why not."""

    tried: Tried
    sentence: Sentence
    reason: Sentence
    tag: str
    activities: tuple[TestedRow, ...]

    @property
    def value(self) -> int:
        return self.tried.value


@dataclass(frozen=True, slots=True)
class CutRow:
    """What a bound took or added, in thousandths, and the bound in words."""

    value: int
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    """Rules counted together; `sum` in thousandths, after the group's bounds."""

    title: str
    sum: int
    rows: tuple[RuleRow, ...]
    cut: CutRow | None = None


@dataclass(frozen=True, slots=True)
class CriterionRow:
    tried: CriterionTried
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class StageRow:
    tried: StageTried
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class TrialPage:
    """The sections' sums, the adjustments' values and `cut` add up to the outcome's `exact`."""

    attempt: Attempt
    sections: tuple[Section, ...]
    adjustments: tuple[Line, ...]
    cut: CutRow | None
    criteria: tuple[CriterionRow, ...]
    stages: tuple[StageRow, ...]

    @property
    def outcome(self) -> Outcome:
        return self.attempt.trial.explanation.outcome

    @property
    def stage(self) -> StageRow | None:
        return next((row for row in self.stages if row.tried.is_present), None)


def page_of(attempt: Attempt) -> TrialPage:
    trial, outcome = attempt.trial, attempt.trial.explanation.outcome
    cuts = {cut.group: cut for cut in trial.explanation.cuts}
    bounds = {group["key"]: group for group in attempt.document.get("groups", [])}
    sections = [
        Section(bounds[group.key]["name"], group.bounded, _rows(trial.rules, group.key), _cut(cuts.get(group.key), bounds[group.key]))
        for group in outcome.groups
    ]
    alone = _rows(trial.rules, None)
    if alone:
        sections.append(Section("Rules in no group" if sections else "Rules", sum(row.value for row in alone), alone))
    whole = {"name": trial.model.name, "minimum": trial.model.minimum, "maximum": trial.model.maximum}
    return TrialPage(
        attempt, tuple(sections), tuple(line for line in trial.explanation.lines if line.kind == "adjustment"), _cut(cuts.get(None), whole),
        tuple(CriterionRow(one, criterion_reason(one)) for one in trial.criteria),
        tuple(StageRow(one, len(trial.stages), stage_reason(one, outcome.points, outcome.grade)) for one in reversed(trial.stages)),
    )  # fmt: skip


def _rows(rules: Iterable[Tried], group: str | None) -> tuple[RuleRow, ...]:
    found = [one for one in rules if one.document.get("group") == group]
    return tuple(RuleRow(one, rule_reason(one.document), reason(one), TAGS[one.verdict], _activities(one)) for one in found)


def _activities(tried: Tried) -> tuple[TestedRow, ...]:
    return tuple(TestedRow(one, label(one.activity.name, one.activity.properties), activity_reason(one, tried)) for one in tried.tested)


def _cut(cut: Cut | None, bounds: Mapping[str, Any]) -> CutRow | None:
    if cut is None:
        return None
    words = f"counts {number(bounds['maximum'])} points at most" if cut.value < 0 else f"never counts less than {number(bounds['minimum'])} points"
    return CutRow(cut.value, f"“{bounds['name']}” {words}")
