"""Rules of a model that do not do what rules are for, found by what they gave among some contacts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from leadscore.formats import number
from scoring.model import ActivityRule, Model, ResetRule, Rule

DAYS = 90  # how far back awards count as given lately
FEWEST = 20  # contacts below which nothing is said
NEARLY_ALL = 0.95
TOGETHER = 0.98  # of the contacts that either rule gave points to, both did
FEWEST_TOGETHER = 10
MOST_POINTS = 0.5
FEWEST_RULES = 3  # that give points: of fewer, one always gives most

Kind = Literal["never", "everyone", "together", "most"]
KINDS: tuple[Kind, ...] = ("never", "everyone", "together", "most")
ADVICE: Mapping[Kind, str] = {
    "never": "Check what it asks for, try it on somebody whom it means, or take it out.",
    "everyone": "It tells nobody apart. Narrow its conditions, or take it out and lower the stages by as much.",
    "together": "They count the same thing more than once. Keep one of them, or put them into a group with a maximum.",
    "most": "One rule decides the score. Lower its points, limit how often it counts, or let them expire.",
}


@dataclass(frozen=True, slots=True)
class Gave:
    """What one contact got: rules that gave or took something lately, and what each is worth now, in thousandths; by position."""

    rules: Collection[int]
    values: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A rule's `contacts` among those looked at, and its share of all points given, 0 to 1."""

    key: str
    name: str
    contacts: int
    share: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one rule, or with several that go together. `contacts` of `of` were given something; `share` of all points.

    `lately`: in DAYS days, as activity rules give; other rules are told of as they are now.
    """

    kind: Kind
    rules: tuple[str, ...]
    names: tuple[str, ...]
    contacts: int = 0
    of: int = 0
    share: float = 0.0
    lately: bool = True

    @property
    def text(self) -> str:
        """The figures in a sentence, with their period where they have one."""
        first, period = f"“{self.names[0]}”", f" in {DAYS} days" if self.lately else ""
        if self.kind == "never":
            return f"{first} {'gave' if self.lately else 'gives'} nothing to anybody: none of {number(self.of)} contacts{period}."
        if self.kind == "everyone":
            return f"{first} fires for nearly everyone: {number(self.contacts)} of {number(self.of)} contacts{period}."
        if self.kind == "together":
            others = " and ".join(f"“{name}”" for name in self.names[1:])
            both = f"{number(self.contacts)} of the {number(self.of)} contacts with any of them"
            return f"{first} and {others} go together: for {both}{',' if period else ''}{period}."
        return f"{first} gives most of all points: {round(self.share * 100)} % of what all rules give now."

    @property
    def named(self) -> list[tuple[str, str]]:
        """Key and name of each rule."""
        return list(zip(self.rules, self.names, strict=True))

    @property
    def advice(self) -> str:
        return ADVICE[self.kind]


@dataclass(frozen=True, slots=True)
class Health:
    """Findings by kind, figures of every rule but resets among the contacts looked at, and how many these were, of how many."""

    findings: tuple[Finding, ...]
    rules: tuple[RuleFigures, ...]
    sampled: int
    contacts: int

    @property
    def is_enough(self) -> bool:
        return self.sampled >= FEWEST

    @property
    def is_sample(self) -> bool:
        return self.sampled < self.contacts

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Health:
        findings = (Finding(**{**one, "rules": tuple(one["rules"]), "names": tuple(one["names"])}) for one in state["findings"])
        return cls(tuple(findings), tuple(RuleFigures(**one) for one in state["rules"]), state["sampled"], state["contacts"])


def health_of(model: Model, contacts: Sequence[Gave], in_all: int, elsewhere: Collection[int] = ()) -> Health:
    """What is wrong with a model's rules.

    Args:
        contacts: those looked at, of `in_all`.
        elsewhere: positions of activity rules that gave something to contacts not looked at.
    """
    rules = [rule for rule in model.rules if not isinstance(rule, ResetRule)]
    masks, points = _masks(contacts), Counter[int]()
    for one in contacts:
        points.update({rule: value for rule, value in one.values.items() if value > 0})
    given = points.total()
    figures = [
        RuleFigures(rule.key, rule.name, masks.get(rule.position, 0).bit_count(), points[rule.position] / given if given else 0.0) for rule in rules
    ]
    found = []
    if len(contacts) >= FEWEST:
        found = [*_never(rules, figures, len(contacts), in_all, elsewhere), *_findings(rules, figures, masks, len(contacts))]
    return Health(tuple(sorted(found, key=lambda one: KINDS.index(one.kind))), tuple(figures), len(contacts), in_all)


def _masks(contacts: Sequence[Gave]) -> dict[int, int]:
    """Rule → a bit for each contact that it gave something to: sets whose overlap is one operation."""
    masks: dict[int, int] = {}
    for place, one in enumerate(contacts):
        for rule in one.rules:
            masks[rule] = masks.get(rule, 0) | 1 << place
    return masks


def _never(
    rules: Sequence[Rule], figures: Sequence[RuleFigures], sampled: int, in_all: int, elsewhere: Collection[int]
) -> Iterator[Finding]:
    """Rules that gave nobody anything. What profiles and silence give is in no ledger: a sample without any of it proves nothing."""
    for rule, figure in zip(rules, figures, strict=True):
        lately = isinstance(rule, ActivityRule)
        if not figure.contacts and (rule.position not in elsewhere if lately else sampled >= in_all):
            yield Finding("never", (rule.key,), (rule.name,), 0, in_all, lately=lately)


def _findings(rules: Sequence[Rule], figures: Sequence[RuleFigures], masks: Mapping[int, int], sampled: int) -> list[Finding]:
    found, apart = [], []
    for rule, figure in zip(rules, figures, strict=True):
        if figure.contacts >= NEARLY_ALL * sampled:
            lately = isinstance(rule, ActivityRule)
            found.append(Finding("everyone", (rule.key,), (rule.name,), figure.contacts, sampled, lately=lately))
        elif figure.contacts:
            apart.append(rule)
    givers = [figure for figure in figures if figure.share > 0]
    if len(givers) >= FEWEST_RULES:
        found += [Finding("most", (one.key,), (one.name,), one.contacts, sampled, one.share) for one in givers if one.share > MOST_POINTS]
    return [*found, *_together(apart, masks)]


def _together(rules: Sequence[Rule], masks: Mapping[int, int]) -> list[Finding]:
    """Rules that go together, each told once: with the first of them."""
    found, taken = [], set[int]()
    for place, rule in enumerate(rules):
        if rule.position in taken or masks[rule.position].bit_count() < FEWEST_TOGETHER:
            continue
        both = either = masks[rule.position]
        group = [rule]
        for other in rules[place + 1 :]:
            mask = masks[other.position]
            if other.position not in taken and (both & mask).bit_count() >= TOGETHER * (either | mask).bit_count():
                both, either = both & mask, either | mask
                group.append(other)
        if len(group) > 1:
            taken |= {one.position for one in group}
            keys, names = tuple(one.key for one in group), tuple(one.name for one in group)
            lately = any(isinstance(one, ActivityRule) for one in group)
            found.append(Finding("together", keys, names, both.bit_count(), either.bit_count(), lately=lately))
    return found
