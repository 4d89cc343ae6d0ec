"""What differs between two scoring type documents, a line for each change, in words. Pure; never raises on drafts.

A default that one document spells out and the other leaves away is no difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from scoring.condition_sentences import condition_sentence
from scoring.model import from_the_best
from scoring.rule_sentences import expiry_clause, frequency_clause, points_text, rule_sentence
from scoring.wording import MISSING, counted, shown

Document = Mapping[str, Any]
Lines = Iterator[str]
Zones = tuple[str, str]  # of the old and of the new one
SAME: Zones = ("", "")
_Say = Callable[[Any], str]


def differences(old: object, new: object, zones: Zones = SAME) -> list[str]:
    """The changes from `old` to `new`: the time zone, the type's own values, groups, rules, stages, the grade."""
    before, after = _object(old), _object(new)
    return [
        *of_zones(zones),
        *of_type(before, after),
        *_entries(before, after, "groups", "group", of_group),
        *_entries(before, after, "rules", "rule", partial(of_rule, groups=group_names(before, after))),
        *_entries(before, after, "stages", "stage", of_stage),
        *of_grade(before.get("grade"), after.get("grade")),
    ]


def of_zones(zones: Zones) -> Lines:
    """What differs where the one is counted in another time zone than the other: not what the documents say, but what they come to."""
    old, new = zones
    if old != new:
        yield f"Days, weeks and months are counted in {new} instead of {old}"


def of_type(old: Document, new: Document) -> Lines:
    """What differs in the type's own values."""
    yield from _value(old, new, "name", "The name", _quoted)
    if old.get("description", "") != new.get("description", ""):
        yield "The description is another one"
    yield from _value({"minimum": 0, **old}, {"minimum": 0, **new}, "minimum", "The lowest score", _bound)
    yield from _value(old, new, "maximum", "The highest score", _bound)


def _entries(old: Document, new: Document, name: str, noun: str, compare: Callable[[Document, Document], Lines]) -> Lines:
    """Removed, new, moved and changed entries of a list; entries are the same where their keys are."""
    before, after = keyed(old, name), keyed(new, name)
    yield from (f"Removed {noun} {_name(entry)}" for key, entry in before.items() if key not in after)
    for key, entry in after.items():
        if key not in before:
            yield _added(noun, entry)
            continue
        if (was := _name(before[key])) != _name(entry):
            yield f"{noun.capitalize()} {was} is now called {_name(entry)}"
        yield from (f"{_name(entry)}: {line}" for line in compare(before[key], entry))
    if are_reordered(before, after):
        yield f"The {noun}s stand in another order"


def are_reordered(before: Mapping[str, Document], after: Mapping[str, Document]) -> bool:
    """Whether the entries that both have stand in another order."""
    return [key for key in before if key in after] != [key for key in after if key in before]


def _added(noun: str, entry: Document) -> str:
    if noun == "rule":
        return f"New rule {_name(entry)}: {rule_sentence(entry)}"
    if noun == "stage":
        return f"New stage {_name(entry)} from {shown(entry.get('threshold'), grouped=True)}"
    return f"New {noun} {_name(entry)}"


def of_group(old: Document, new: Document) -> Lines:
    """What differs between two states of a group, but for its name; so for rules and stages."""
    yield from _value(old, new, "minimum", "at least", _bound)
    yield from _value(old, new, "maximum", "at most", _bound)


def group_names(old: Document, new: Document) -> dict[str, str]:
    """What the groups of either document are called, by their keys."""
    return {key: shown(entry.get("name") or key) for document in (old, new) for key, entry in keyed(document, "groups").items()}


def of_rule(old: Document, new: Document, groups: Mapping[str, str]) -> Lines:
    """`groups`: their names by their keys."""
    if old.get("when") != new.get("when"):
        yield f"now {rule_sentence(new)}, instead of {rule_sentence(old)}"
        return
    yield from _value(old, new, "points", "", points_text)
    yield from _value(old, new, "activity", "for", lambda name: "any activity" if name is None else _quoted(name))
    yield from _value(old, new, "conditions", "if", lambda node: str(condition_sentence(node)) or "anything")
    yield from _value(old, new, "frequency", "", lambda one: str(frequency_clause(one)).lstrip(", ") or "every time")
    yield from _value(old, new, "expiry", "", lambda one: str(expiry_clause(one)).lstrip(", ") or "for good")
    yield from _value(old, new, "days", "after", lambda days: counted(days, "silent day"))
    yield from _value({"times": 1, **old}, {"times": 1, **new}, "times", "up to", lambda times: counted(times, "time"))
    yield from _value(old, new, "group", "in", lambda key: "no group" if key is None else f"group {_quoted(groups.get(shown(key), key))}")


def of_stage(old: Document, new: Document) -> Lines:
    yield from _value(old, new, "threshold", "from", lambda points: shown(points, grouped=True))
    before, after = _object(old.get("by_grade")), _object(new.get("by_grade"))
    for grade in from_the_best({**before, **after}):
        was, now = _by_grade(before, grade), _by_grade(after, grade)
        if was != now:
            yield f"grade {grade} {now} instead of {was}"
    yield from _value({"notify": [], **old}, {"notify": [], **new}, "notify", "tells", _recipients)
    yield from _value({"quiet_days": 30, **old}, {"quiet_days": 30, **new}, "quiet_days", "quiet for", lambda days: counted(days, "day"))


def _by_grade(table: Document, grade: str) -> str:
    if grade not in table:
        return "as any other"
    return "never" if table[grade] is None else f"from {shown(table[grade], grouped=True)}"


def _recipients(value: object) -> str:
    return ", ".join(map(shown, value)) if isinstance(value, list) and value else "nobody"


def of_grade(old: object, new: object) -> Lines:
    """What differs between two grades, either of which may be null."""
    if new is None:
        yield from () if old is None else ("No grade any more",)
        return
    if old is None:
        yield "Contacts are graded now"
    before, after = _object(old), _object(new)
    yield from _value({"start": "D", **before}, {"start": "D", **after}, "start", "The grade starts at", shown)
    was, now = _named(before), _named(after)
    yield from (f"Removed criterion {_quoted(name)}" for name in was if name not in now)
    for name, criterion in now.items():
        if name not in was:
            yield f"New criterion {_quoted(name)}: {_steps(criterion)}"
        elif _text(was[name]) != _text(criterion):
            yield f"{_quoted(name)}: {_steps(criterion)} instead of {_steps(was[name])}"


def _steps(criteria: list[Document]) -> str:
    return "; ".join(f"{counted(one.get('steps'), 'step')} when {condition_sentence(one.get('conditions')) or MISSING}" for one in criteria)


def _value(old: Document, new: Document, key: str, lead: str, say: _Say) -> Lines:
    """`lead new instead of old`, where the values differ as JSON."""
    if _text(old.get(key)) != _text(new.get(key)):
        yield f"{lead} {say(new.get(key))} instead of {say(old.get(key))}".lstrip()


def _text(value: object) -> str:
    """Text by which JSON values are told apart, `1` from `true` included."""
    return json.dumps(value, sort_keys=True, default=lambda number: ["number", shown(number)])


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def keyed(document: Document, name: str) -> dict[str, Document]:
    """The entries of a list by their keys, in order."""
    entries = document.get(name)
    return {str(entry.get("key")): entry for entry in entries if isinstance(entry, dict)} if isinstance(entries, list) else {}


def _named(grade: Document) -> dict[str, list[Document]]:
    """Criteria by name, which need not be unique."""
    named: dict[str, list[Document]] = {}
    criteria = grade.get("criteria")
    for one in criteria if isinstance(criteria, list) else []:
        if isinstance(one, dict):
            named.setdefault(shown(one.get("name")), []).append(one)
    return named


def _name(entry: Document) -> str:
    return _quoted(entry.get("name"))


def _quoted(value: object) -> str:
    return f"“{shown(value)}”"


def _bound(value: object) -> str:
    return "no bound" if value is None else shown(value, grouped=True)
