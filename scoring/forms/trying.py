"""A made-up contact and made-up activities as rows of a form, and back to what a trial takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict

from contacts.checking import Problem
from contacts.values import iso
from leadscore.exact_json import loads
from leadscore.query_text import whole_number
from scoring import made_up
from scoring.condition_sentences import fields_of
from scoring.draft_edits import entries
from scoring.field_names import field_of, name_of
from scoring.made_up import MadeUp
from scoring.reasons import INSTEAD

UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}
MOST_ROWS = 50
MOST_TIMES = 100
MOST_AGO = 100_000  # of a unit
MOST_AHEAD = 3_650  # days
OFFERED = 8  # fields that the document asks about, put into the form at first
# What follows from another trait, which is offered instead.


@dataclass(frozen=True, slots=True)
class TraitRow:
    """A field's path, `contact.job_title`, and its value as text."""

    path: str = ""
    value: str = ""
    fault: str = ""

    @property
    def name(self) -> str:
        """What the field is called in the form: `Job title`."""
        return name_of(self.path)


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity done so many `times`, so long ago; `lines` are its fields: `url: https://…`, one a line. `wrong` names the field of the fault."""

    name: str = ""
    ago: str = "0"
    unit: str = "days"
    times: str = "1"
    lines: str = ""
    fault: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class TryForm:
    """`version` is `draft` or a number, `ahead` how many days after now the score is asked for."""

    traits: Sequence[TraitRow] = ()
    activities: Sequence[ActivityRow] = (ActivityRow(),)
    version: str = "draft"
    ahead: str = "0"
    fault: str = ""

    units = tuple(UNITS)

    @property
    def is_faulty(self) -> bool:
        return bool(self.fault) or any(row.fault for row in self.traits) or any(row.fault for row in self.activities)

    @property
    def days_ahead(self) -> int:
        return _whole(self.ahead, MOST_AHEAD) or 0


@dataclass(slots=True)
class _Said:
    """What the rows say, as JSON, and which row said each activity."""

    contact: dict[str, Any] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    activities: list[dict[str, Any]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def blank(document: Mapping[str, Any], version: str) -> TryForm:
    """A form to begin with: the fields that the document asks about, without values, and room for an activity."""
    asked = [rule.get("conditions") for rule in entries(document, "rules") if rule.get("when") == "profile"]
    asked += [one.get("conditions") for one in (document.get("grade") or {}).get("criteria", [])]
    paths = dict.fromkeys(INSTEAD.get(path, path) for node in asked for path in sorted(fields_of(node)))
    offered = [TraitRow(path) for path in paths if path.startswith(("contact.", "company."))][:OFFERED]
    return TryForm([*offered, TraitRow()], version=version)


def read(posted: QueryDict) -> TryForm:
    """The rows as they were posted; the button pressed may add one, or take an activity away."""
    do = posted.get("do", "")
    traits = [TraitRow(field_of(path.strip(), "profile"), value.strip()) for path, value in _together(posted, "path", "value")]
    names = ("name", "ago", "unit", "times", "lines")
    activities = [
        ActivityRow(*(part.strip() for part in row)) for place, row in enumerate(_together(posted, *names)) if do != f"without:{place}"
    ]
    return TryForm(
        [*traits, *([TraitRow()] if do == "trait" else [])], [*activities, *([ActivityRow()] if do == "activity" else [])],
        posted.get("version", "draft"), posted.get("ahead", "0").strip(),
    )  # fmt: skip


def _together(posted: QueryDict, *names: str) -> Iterable[tuple[str, ...]]:
    """The values of the fields of each row; a row that lacks one was not made by the form."""
    return list(zip(*(posted.getlist(name)[:MOST_ROWS] for name in names), strict=False))


def understood(form: TryForm, now: datetime, t: datetime) -> tuple[TryForm, MadeUp]:
    """What the form says, and the form with what is wrong at its rows; where something is, nothing was made up."""
    said, traits, activities = _Said(), [], []
    for trait in form.traits:
        traits.append(replace(trait, fault=_say_trait(said, trait)))
    for place, activity in enumerate(form.activities):
        wrong, fault = _say_activity(said, activity, place, now)
        activities.append(replace(activity, fault=fault, wrong=wrong))
    read_back = replace(form, traits=traits, activities=activities, fault="" if _whole(form.ahead, MOST_AHEAD) is not None else _AHEAD)
    if not read_back.is_faulty:
        read_back = _with_problems(read_back, said, made_up.problems(said.contact, said.company, said.activities, t))
    return (read_back, MadeUp()) if read_back.is_faulty else (read_back, made_up.read(said.contact, said.company, said.activities, t))


SOUND = ("", "")
_FIELDS = {"name": "name", "occurred_at": "ago"}  # of an activity as JSON, in the form; all else is said in its lines
_AHEAD = f"Days ahead are a whole number from 0 to {MOST_AHEAD:,}."


def _say_trait(said: _Said, row: TraitRow) -> str:
    if not row.path or not row.value:
        return "Which trait is this the value of?" if row.value else ""
    root, _, path = row.path.partition(".") if "." in row.path else ("contact", "", row.path)
    if root not in ("contact", "company"):
        return "A trait’s name begins with contact. or company."
    return _put(said.contact if root == "contact" else said.company, path, row.value)


def _say_activity(said: _Said, row: ActivityRow, place: int, now: datetime) -> tuple[str, str]:
    """Adds what the row says; else which field of it is wrong, and why."""
    if not row.name:
        return ("name", "Which activity is this?") if row.lines else SOUND
    ago, times = _whole(row.ago, MOST_AGO), _whole(row.times, MOST_TIMES)
    if ago is None or row.unit not in UNITS:
        return "ago", "How long ago is a whole number."
    if not times:
        return "times", f"It can be done 1 to {MOST_TIMES} times."
    one: dict[str, Any] = {"name": row.name, "occurred_at": iso(now - ago * UNITS[row.unit]), "properties": {}, "context": {}}
    for line in row.lines.splitlines():
        if line.strip() and (fault := _say_line(one, line)):
            return "lines", fault
    said.activities += [one] * times
    said.rows += [place] * times
    return SOUND


def _say_line(one: Mapping[str, Any], line: str) -> str:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        return f"“{line.strip()[:60]}” is not written as name: value."
    root, _, path = name.strip().partition(".")
    if root in ("properties", "context") and path:
        return _put(one[root], path, value.strip())
    return _put(one["properties"], name.strip(), value.strip())


def _put(into: dict[str, Any], path: str, text: str) -> str:
    """Sets what a path of names leads to; what went wrong, or ""."""
    *steps, last = path.split(".")
    if not all((*steps, last)):
        return f"“{path[:60]}” is not the name of a field."
    for step in steps:
        inner: Any = into.setdefault(step, {})
        if not isinstance(inner, dict):
            return f"“{path[:60]}” lies in what has a value of its own."
        into = inner
    try:
        into[last] = loads(text) if text[:1] in ("[", "{") else text
    except (ValueError, RecursionError):
        return "This begins like JSON and is none."
    return ""


def _with_problems(form: TryForm, said: _Said, problems: Sequence[Problem]) -> TryForm:
    """Each problem at the row that it came from."""
    traits, activities, rest = list(form.traits), list(form.activities), ""
    for problem in problems:
        root, _, path = problem.path.partition(".")
        if root.startswith("activities["):
            place = said.rows[int(root[len("activities[") : -1])]
            activities[place] = replace(activities[place], fault=problem.message, wrong=_FIELDS.get(path, "lines"))
        elif (at := next((place for place, row in enumerate(traits) if row.path in (problem.path, path)), None)) is not None:
            traits[at] = replace(traits[at], fault=problem.message)
        else:
            rest = problem.message
    return replace(form, traits=traits, activities=activities, fault=rest)


def _whole(text: str, most: int) -> int | None:
    found = whole_number(text)
    return found if found is not None and found <= most else None
