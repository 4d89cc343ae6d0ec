"""Two scoring type documents side by side: what differs, part by part, each rule with its whole sentence before and after. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scoring.differences import SAME, Zones, are_reordered, group_names, keyed, of_grade, of_group, of_rule, of_stage, of_type, of_zones
from scoring.rule_sentences import rule_sentence
from scoring.wording import Sentence, shown

Document = Mapping[str, Any]
_Say = Callable[[Document], Sentence | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in one entry. `mark` is new, removed, changed or empty; the sentences are of rules, where there was one."""

    name: str
    mark: str
    lines: Sequence[str] = ()
    before: Sentence | None = None
    after: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """What differs in one part of the documents."""

    title: str
    changes: list[Change] = field(default_factory=list)


def compare(old: Document, new: Document, zones: Zones = SAME) -> list[Chapter]:
    """The parts in which `new` differs from `old`; drafts with something wrong in them are compared too. `zones` are those of the two."""
    chapters = [
        Chapter("This scoring type", _own([*of_zones(zones), *of_type(old, new)])),
        Chapter("Stages", list(_entries(old, new, "stages", of_stage, _no_sentence))),
        Chapter("Groups", list(_entries(old, new, "groups", of_group, _no_sentence))),
        Chapter("Rules", list(_entries(old, new, "rules", partial(of_rule, groups=group_names(old, new)), rule_sentence))),
        Chapter("Grade", _own(of_grade(old.get("grade"), new.get("grade")))),
    ]
    return [chapter for chapter in chapters if chapter.changes]


def _own(lines: Iterable[str]) -> list[Change]:
    told = list(lines)
    return [Change("", "", told)] if told else []


def _entries(
    old: Document, new: Document, name: str, compare: Callable[[Document, Document], Iterator[str]], say: _Say
) -> Iterator[Change]:
    before, after = keyed(old, name), keyed(new, name)
    for key, entry in after.items():
        if key not in before:
            yield Change(shown(entry.get("name")), "new", _begins(entry), after=say(entry))
            continue
        lines = [*_renamed(before[key], entry), *compare(before[key], entry)]
        if lines:
            yield Change(shown(entry.get("name")), "changed", lines, say(before[key]), say(entry))
    yield from (Change(shown(entry.get("name")), "removed", before=say(entry)) for key, entry in before.items() if key not in after)
    if are_reordered(before, after):
        yield Change("", "", ["They stand in another order"])


def _renamed(old: Document, new: Document) -> Iterator[str]:
    if old.get("name") != new.get("name"):
        yield f"was called “{shown(old.get('name'))}”"


def _begins(entry: Document) -> list[str]:
    return [f"from {shown(entry['threshold'], grouped=True)}"] if "threshold" in entry else []


def _no_sentence(_: Document) -> None:
    return None
