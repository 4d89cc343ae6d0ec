"""Why a score is what it is, in rows for a reader: the awards of a rule as one, what bounds cut as rows of their own. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from contacts.fields import elements, read
from scoring.condition_sentences import fields_of
from scoring.engine import Cut, Explanation, Line, Profile
from scoring.model import Group, Model
from scoring.sentences import expiry_clause, frequency_clause
from scoring.wording import shown
from scoring.worth import THOUSANDTHS

# What stands for a built-in field, which says little by itself.
INSTEAD = {"contact.email_kind": "contact.email", "contact.email_domain": "contact.email", "contact.name_looks_fake": "contact.last_name"}
MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """A row; `value` in thousandths, `each` in points. `of`: what an expired one gave, or the sum before a cut, in thousandths.

    `limit` says what kept all but `counted` of the `times` from counting, `fades` how points lose their worth from day to day; `voided`: a
    reset took it.
    """

    value: int
    name: str
    kind: Literal["activity", "contact", "company", "silence", "adjustment", "cut"]
    detail: str = ""
    times: int = 1
    each: int = 0
    counted: int = 0
    limit: str = ""
    fades: str = ""
    voided: bool = False
    at: datetime | None = None
    first_end: datetime | None = None
    last_end: datetime | None = None
    of: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """Reasons that are counted together; `sum` in thousandths, after the group's bounds."""

    title: str
    sum: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """The sections' sums and the limits of the whole add up to `exact`, in thousandths. `expired`: what no longer counts."""

    sections: tuple[Section, ...]
    limits: tuple[Reason, ...]
    expired: tuple[Reason, ...]
    exact: int
    biggest: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows tell beside the explanation.

    details: activity → what it was about. matched: rule's key → activities that matched, awarded or not; only of rules with a limit.
    over: rule's key → those of them that the limit kept from counting; made from the explanation.
    """

    document: Mapping[str, Any]
    profile: Profile
    who: str
    details: Mapping[int, str] = field(default_factory=dict)
    matched: Mapping[str, int] = field(default_factory=dict)
    over: Mapping[str, int] = field(default_factory=dict)


def reasons(model: Model, explanation: Explanation, known: Known) -> Reasons:
    """The explanation in rows. Sections: the model's groups, then what is in none."""
    rules = {rule["key"]: rule for rule in known.document.get("rules", [])}
    known = replace(known, over=_over(explanation, known.matched))
    alive = [line for line in explanation.lines if line.value]
    expired = _rows([line for line in explanation.lines if not line.value], rules, known)
    sections = [_group(group, alive, explanation, rules, known) for group in model.groups]
    sections += [
        _own(f"What {known.who} did", ("activity", "inactivity"), alive, rules, known),
        _own(f"Who {known.who} is", ("profile",), alive, rules, known),
        _own("Adjusted by hand", ("adjustment",), alive, rules, known),
    ]
    filled = tuple(section for section in sections if section.reasons)
    total = explanation.outcome.total
    limits = tuple(_limit(model.name, cut, model.minimum, model.maximum, total) for cut in explanation.cuts if cut.group is None)
    values = [abs(reason.value) for section in filled for reason in section.reasons] + [abs(limit.value) for limit in limits]
    return Reasons(filled, limits, expired, explanation.outcome.exact, max(values, default=0))


def _over(explanation: Explanation, matched: Mapping[str, int]) -> dict[str, int]:
    """How many matches of each rule have no award; one that has run out had its place in the limit, and is not among them."""
    awarded = Counter(line.rule for line in explanation.lines if line.kind == "activity")
    return {rule: max(0, count - awarded[rule]) for rule, count in matched.items()}


def _group(group: Group, lines: Sequence[Line], explanation: Explanation, rules: Mapping[str, Any], known: Known) -> Section:
    rows = _rows([line for line in lines if line.group == group.key], rules, known)
    sums = next(one for one in explanation.outcome.groups if one.key == group.key)
    cuts = tuple(_limit(group.name, cut, group.minimum, group.maximum, sums.sum) for cut in explanation.cuts if cut.group == group.key)
    return Section(group.name, sums.bounded, rows + cuts)


def _own(title: str, kinds: Collection[str], lines: Sequence[Line], rules: Mapping[str, Any], known: Known) -> Section:
    """A section of what is of these kinds and in no group."""
    found = [line for line in lines if line.group is None and line.kind in kinds]
    return Section(title, sum(line.value for line in found), _rows(found, rules, known))


def _rows(lines: Iterable[Line], rules: Mapping[str, Any], known: Known) -> tuple[Reason, ...]:
    """One row a rule, and one an adjustment, from the greatest value to the least."""
    by_rule: dict[str, list[Line]] = defaultdict(list)
    rows = []
    for line in lines:
        if line.kind == "adjustment":
            rows.append(_adjustment_row(line))
        else:
            by_rule[line.rule].append(line)
    rows += [_row(found, rules[key], known) for key, found in by_rule.items()]
    return tuple(sorted(rows, key=lambda row: -row.value))


def _adjustment_row(line: Line) -> Reason:
    detail = f"by {line.author}" if line.author else ""
    of = line.points * THOUSANDTHS
    return Reason(line.value, line.name, "adjustment", detail=detail, each=line.points, counted=1, at=line.awarded_at, of=of)


def _row(lines: Sequence[Line], rule: Mapping[str, Any], known: Known) -> Reason:
    if lines[0].kind == "profile":
        return _profile_row(lines[0], rule, known)
    if lines[0].kind == "inactivity":
        return Reason(lines[0].value, lines[0].name, "silence", each=lines[0].points, counted=1, of=lines[0].value)
    ends = sorted(line.expires_at for line in lines if line.expires_at)
    value, counted = sum(line.value for line in lines), len(lines)
    over = known.over.get(lines[0].rule, 0) if value else 0
    return Reason(
        value, lines[0].name, "activity",
        detail=_detail(lines, known.details), times=counted + over, each=lines[0].points, counted=counted,
        limit=str(frequency_clause(rule.get("frequency"))).removeprefix(", ") if over else "",
        fades=str(expiry_clause(rule.get("expiry"))).removeprefix(", ") if _fades(rule) and value else "", voided=any(line.voided for line in lines),
        at=max(line.awarded_at for line in lines if line.awarded_at), first_end=ends[0] if ends else None, last_end=ends[-1] if ends else None,
        of=lines[0].points * counted * THOUSANDTHS,
    )  # fmt: skip


def _fades(rule: Mapping[str, Any]) -> bool:
    return not (rule.get("expiry") or {"days": None}).keys() <= {"days"}


def _detail(lines: Sequence[Line], details: Mapping[int, str]) -> str:
    """What a single activity was about, where the rule's name does not say so."""
    detail = details.get(lines[0].activity or 0, "") if len(lines) == 1 else ""
    return "" if detail.casefold() in lines[0].name.casefold() else detail


def _profile_row(line: Line, rule: Mapping[str, Any], known: Known) -> Reason:
    fields = sorted(fields_of(rule.get("conditions")))
    kind: Literal["contact", "company"] = "company" if fields and all(field.startswith("company.") for field in fields) else "contact"
    return Reason(line.value, line.name, kind, detail=_held_by(fields, known.profile), each=line.points, counted=1, of=line.value)


def _held_by(fields: Iterable[str], profile: Profile) -> str:
    """The values that the conditions looked at, as people write them: “Head of Operations”, 640."""
    asked = dict.fromkeys(INSTEAD.get(field, field) for field in fields)
    values = [value for field in asked for value in elements(read(field)(profile.facts)) if value is not None and value != ""]
    return ", ".join(f"“{shown(value)}”" if isinstance(value, str) else shown(value, grouped=True) for value in values[:MOST_VALUES])


def _limit(name: str, cut: Cut, minimum: int | None, maximum: int | None, before: int) -> Reason:
    """What a bound took (below zero) or added to a sum of `before` thousandths."""
    most, least = shown(maximum, grouped=True), shown(minimum, grouped=True)
    rule = f"“{name}” counts {most} points at most" if cut.value < 0 else f"“{name}” never counts less than {least} points"
    return Reason(cut.value, f"Limit: {rule}", "cut", of=before)
