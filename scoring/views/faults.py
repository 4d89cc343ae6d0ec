"""What is wrong with a draft, found again at the fields where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from contacts.checking import Problem
from scoring.models import ScoringType

_ENTRY = re.compile(r"(rules|stages|groups)\[([0-9]+)\]")
_CRITERION = re.compile(r"grade\.criteria\[([0-9]+)\]")
_NOUNS = {"rules": "Rule", "stages": "Stage", "groups": "Group"}
_FIELDS = {
    "name": "name", "activity": "activity", "points": "points", "field": "field of a condition", "op": "comparison of a condition",
    "value": "value of a condition", "days": "days", "threshold": "threshold", "notify": "who is told", "conditions": "conditions",
    "limit": "times", "reach": "times", "times": "times", "each": "each value of", "per": "period", "within_days": "within days",
    "half_life_days": "days", "linear_days": "days", "group": "group", "by_grade": "thresholds for grades", "criteria": "criteria",
    "quiet_days": "quiet days", "minimum": "lowest points", "maximum": "highest points", "description": "description",
    "steps": "steps", "start": "where it starts",
}  # fmt: skip


class Faults:
    """Problems by their paths."""

    def __init__(self, problems: Sequence[Problem] = ()) -> None:
        self._problems = problems

    def __len__(self) -> int:
        return len(self._problems)

    def at(self, path: str) -> list[str]:
        """What is wrong with the value there, or with a plain member of it where it is a list."""
        here = re.compile(re.escape(path) + r"(\[[0-9]+\])*")
        return [problem.message for problem in self._problems if here.fullmatch(problem.path)]

    def under(self, path: str) -> bool:
        """Whether anything is wrong there or inside."""
        return any(problem.path == path or problem.path.startswith((f"{path}.", f"{path}[")) for problem in self._problems)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the summary: what it is about and where that is mended, which field of it, what is wrong."""

    about: str
    url: str
    field: str
    message: str


def summary(scoring_type: ScoringType, workspace: str, problems: Sequence[Problem]) -> list[Told]:
    """A line for each problem."""
    page = reverse("scoring:edit", args=[workspace, scoring_type.key])
    return [_told(scoring_type, workspace, page, problem) for problem in problems]


def _told(scoring_type: ScoringType, workspace: str, page: str, problem: Problem) -> Told:
    if problem.path.startswith("grade"):
        return _told_of_grade(scoring_type, workspace, problem)
    found = _ENTRY.match(problem.path)
    where = _field(problem)
    if not found:
        return Told("Scoring type", f"{page}#type", where, problem.message)
    name, entry = found[1], scoring_type.draft[found[1]][int(found[2])]
    about = f"{_NOUNS[name]} “{entry.get('name') or 'without a name'}”"
    return Told(about, _url(name, entry, workspace, scoring_type.key, page), where, problem.message)


def _field(problem: Problem) -> str:
    """Which field it is, in words; empty where the message says enough."""
    names = re.sub(r"\[[0-9]+\]", "", problem.path).split(".")
    return _FIELDS.get("by_grade" if "by_grade" in names else names[-1], "")


def _told_of_grade(scoring_type: ScoringType, workspace: str, problem: Problem) -> Told:
    found, url = _CRITERION.match(problem.path), reverse("scoring:grade", args=[workspace, scoring_type.key])
    where = _field(problem)
    if not found:
        return Told("Grade", f"{url}#grading", where, problem.message)
    name = scoring_type.draft["grade"]["criteria"][int(found[1])].get("name") or "without a name"
    return Told(f"Criterion “{name}”", f"{url}?criterion={found[1]}#grading", where, problem.message)


def _url(name: str, entry: Mapping[str, Any], workspace: str, key: str, page: str) -> str:
    if name == "rules":
        return reverse("scoring:rule", args=[workspace, key, entry["key"]]) + f"#rule-{entry['key']}"
    return f"{page}#{name.removesuffix('s')}-{entry['key']}"
