"""What is wrong with the stages and the grade of a scoring type document (docs/scoring.md and docs/how-scores-work.md). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from contacts import checking
from contacts.checking import Problem, Problems, under
from contacts.condition_problems import MOST_DAYS
from scoring import checks
from scoring.model import SCALE, SLUG

_REQUIRED = ("key", "name", "threshold")
_OPTIONAL = ("by_grade", "notify", "quiet_days")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)*")
MOST_CRITERIA = 50
MOST_RECIPIENTS = 20
MOST_STEPS = 12


def stages(entries: Sequence[object], at: str, *, graded: bool) -> Problems:
    """All that is wrong with the stages; `graded` tells whether the type has a grade."""
    for number, entry in enumerate(entries):
        yield from _stage(entry, f"{at}[{number}]", graded)
    yield from _rising(entries, at)
    for grade in SCALE:
        yield from _never_falling(entries, at, grade)


def _stage(stage: object, at: str, graded: bool) -> Problems:
    if not isinstance(stage, dict):
        yield checking.wrong_kind(stage, at, "a stage (an object)")
        return
    yield from checking.keys(stage, at, required=_REQUIRED, optional=_OPTIONAL)
    if "key" in stage:
        yield from checks.slug(stage["key"], under(at, "key"))
    if "name" in stage:
        yield from checking.text(stage["name"], under(at, "name"))
    if "threshold" in stage:
        yield from checking.integer(stage["threshold"], under(at, "threshold"), -checks.MOST_POINTS, checks.MOST_POINTS)
    if "by_grade" in stage:
        yield from _by_grade(stage["by_grade"], under(at, "by_grade"), graded)
    if "notify" in stage:
        yield from _notify(stage["notify"], under(at, "notify"))
    if "quiet_days" in stage:
        yield from checking.integer(stage["quiet_days"], under(at, "quiet_days"), 0, MOST_DAYS)


def _by_grade(value: object, at: str, graded: bool) -> Problems:
    if not isinstance(value, dict):
        yield checking.wrong_kind(value, at, "an object of grades")
        return
    if value and not graded:
        yield Problem(at, "reference", "Thresholds by grade need a grade, and this scoring type has none.")
    for grade, threshold in value.items():
        path = under(at, grade)
        if grade not in SCALE:
            yield Problem(path, "unknown", f"The grades are {', '.join(SCALE)}.")
        elif threshold is not None:
            yield from checking.integer(threshold, path, -checks.MOST_POINTS, checks.MOST_POINTS)


def _rising(entries: Sequence[object], at: str) -> Problems:
    """Thresholds that are not above the one before."""
    before: int | None = None
    for number, entry in enumerate(entries):
        threshold = _whole(entry.get("threshold")) if isinstance(entry, dict) else None
        if threshold is None:
            continue
        if before is not None and threshold <= before:
            yield Problem(f"{at}[{number}].threshold", "order", f"Each stage begins above the one before it, which begins at {before:,}.")
        before = threshold


def _never_falling(entries: Sequence[object], at: str, grade: str) -> Problems:
    """Where this grade's thresholds fall from one stage to the next; told at the threshold listed for the grade."""
    before, listed_before = None, ""
    for number, entry in enumerate(entries):
        table = entry.get("by_grade") if isinstance(entry, dict) else None
        listed = isinstance(table, dict) and grade in table
        threshold = _whole(table[grade] if listed else entry.get("threshold")) if isinstance(entry, dict) else None  # type: ignore[index]
        if threshold is None:
            continue
        path = f"{at}[{number}].by_grade.{grade}" if listed else ""
        if before is not None and threshold < before and (path or listed_before):
            yield Problem(
                path or listed_before, "order", f"For grade {grade}, a stage would begin at {threshold:,}, below the stage before it ({before:,})."
            )
        before, listed_before = threshold, path


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _notify(value: object, at: str) -> Problems:
    recipients, wrong = checks.members(value, at, MOST_RECIPIENTS)
    yield from wrong
    for number, recipient in enumerate(recipients):
        yield from recipient_problems(recipient, f"{at}[{number}]")


def recipient_problems(value: object, at: str) -> Problems:
    """Whether a text names a recipient: `team:<key>`, `owner`, `owner-or:team:<key>`, `user:<email>`, `email:<address>`.

    Whether the team or the member exists is asked at publishing, elsewhere.
    """
    wrong = list(checking.text(value, at))
    yield from wrong
    if not wrong and not _is_recipient(str(value)):
        yield Problem(at, "recipient", "A recipient is owner, team:key, owner-or:team:key, user:address of a member, or email:outside address.")


def _is_recipient(text: str) -> bool:
    kind, _, rest = text.partition(":")
    if kind == "owner-or" and rest.startswith("team:"):
        kind, rest = "team", rest.removeprefix("team:")
    if kind == "team":
        return SLUG.fullmatch(rest) is not None
    if kind in ("user", "email"):
        return _ADDRESS.fullmatch(rest) is not None
    return text == "owner"


def grade(value: object, at: str) -> Problems:
    """All that is wrong with the grade, which may be null."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield checking.wrong_kind(value, at, "an object")
        return
    yield from checking.keys(value, at, required=(), optional=("start", "criteria"))
    if "start" in value:
        yield from checking.choice(value["start"], under(at, "start"), SCALE)
    criteria, wrong = checks.members(value.get("criteria", []), under(at, "criteria"), MOST_CRITERIA)
    yield from wrong
    for number, entry in enumerate(criteria):
        yield from _criterion(entry, f"{under(at, 'criteria')}[{number}]")


def _criterion(value: object, at: str) -> Problems:
    if not isinstance(value, dict):
        yield checking.wrong_kind(value, at, "a criterion (an object)")
        return
    yield from checking.keys(value, at, required=("name", "steps", "conditions"))
    criterion: dict[str, Any] = value
    if "name" in criterion:
        yield from checking.text(criterion["name"], under(at, "name"))
    if "steps" in criterion:
        yield from checking.integer(criterion["steps"], under(at, "steps"), -MOST_STEPS, MOST_STEPS)
    yield from checks.conditions(criterion, at, "profile", nullable=False)
