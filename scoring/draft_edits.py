"""The edits of a draft: a document in, a changed copy out. Pure.

Lists may be missing and values mistaken; the shape (lists of objects with keys) is that of documents which the API accepted or
these edits made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from leadscore.slugs import free_slug

Entry = Mapping[str, Any]
Document = Mapping[str, Any]

KINDS = {"activity": "did", "profile": "are", "inactivity": "silence", "reset": "silence"}  # by a rule's `when`


def entries(document: Document, name: str) -> list[dict[str, Any]]:
    """`rules`, `stages` or `groups`, in order."""
    return list(document.get(name, []))


def find(listed: Iterable[Entry], key: str) -> tuple[int, Entry] | None:
    """The place and the entry with this key."""
    return next(((place, entry) for place, entry in enumerate(listed) if entry["key"] == key), None)


def key_for(name: str, listed: Iterable[Entry], otherwise: str) -> str:
    """A key made from the name that no entry has; of nothing usable in the name, from `otherwise`."""
    return free_slug(name, {entry["key"] for entry in listed}, otherwise)


def with_rule(document: Document, rule: Entry) -> dict[str, Any]:
    """With the rule in the place of the one with its key, or at the end."""
    rules: list[Entry] = list(entries(document, "rules"))
    found = find(rules, rule["key"])
    if found:
        rules[found[0]] = rule
    else:
        rules.append(rule)
    return {**document, "rules": rules}


def without_rule(document: Document, key: str) -> dict[str, Any]:
    return {**document, "rules": [rule for rule in entries(document, "rules") if rule["key"] != key]}


def with_copy(document: Document, key: str) -> tuple[dict[str, Any], str]:
    """With a copy of the rule after it, and the copy's key."""
    rules = entries(document, "rules")
    found = find(rules, key)
    if found is None:
        return dict(document), key
    place, rule = found
    name = f"{rule['name'][:190]} (copy)"
    copy = {**rule, "key": key_for(name, rules, "rule"), "name": name}
    return {**document, "rules": [*rules[: place + 1], copy, *rules[place + 1 :]]}, copy["key"]


def with_stages(document: Document, stages: Sequence[Entry]) -> dict[str, Any]:
    """With these stages, the lowest first; where a threshold is not a number yet, in the order they were in."""
    thresholds = [stage.get("threshold") for stage in stages]
    ordered = sorted(stages, key=lambda stage: stage["threshold"]) if all(map(_is_whole, thresholds)) else list(stages)
    return {**document, "stages": ordered}


def with_groups(document: Document, groups: Sequence[Entry]) -> dict[str, Any]:
    """With these groups; rules of a group that is gone are in none."""
    known = {group["key"] for group in groups}
    return {**document, "groups": list(groups), "rules": [_regrouped(rule, known) for rule in entries(document, "rules")]}


def _regrouped(rule: dict[str, Any], known: Collection[str]) -> dict[str, Any]:
    if rule.get("group") is None or rule["group"] in known:
        return rule
    return {key: value for key, value in rule.items() if key != "group"}


def moved(document: Document, key: str, by: int) -> dict[str, Any]:
    """With the rule before (`by` -1) or behind (1) its neighbour among the rules of its section: its group, or, without groups, its kind."""
    rules = entries(document, "rules")
    found = find(rules, key)
    if found is None:
        return dict(document)
    place, section = found[0], section_of(document, found[1])
    others = [other for other, rule in enumerate(rules) if (other - place) * by > 0 and section_of(document, rule) == section]
    if not others:
        return dict(document)
    other = min(others, key=lambda one: abs(one - place))
    rules.insert(other, rules.pop(place))
    return {**document, "rules": rules}


def section_of(document: Document, rule: Entry) -> str:
    """The key of the section that shows a rule: its group's; "" for one in none; where there are no groups, `did`, `are` or `silence`."""
    groups = {group["key"] for group in entries(document, "groups")}
    if not groups:
        return KINDS[rule["when"]]
    return rule["group"] if rule.get("group") in groups else ""


def criteria(document: Document) -> list[dict[str, Any]]:
    """What moves the grade; none where there is no grade."""
    return list((document.get("grade") or {}).get("criteria", []))


def with_grade(document: Document, **changes: Any) -> dict[str, Any]:
    """With these values of the grade, which begins at D without criteria where there was none."""
    return {**document, "grade": {"start": "D", "criteria": [], **(document.get("grade") or {}), **changes}}


def without_grade(document: Document) -> dict[str, Any]:
    """Without the grade and the stages' thresholds by it."""
    stages = [{key: value for key, value in stage.items() if key != "by_grade"} for stage in entries(document, "stages")]
    return {**{key: value for key, value in document.items() if key != "grade"}, "stages": stages}


def with_criterion(document: Document, place: int | None, criterion: Entry) -> dict[str, Any]:
    """With the criterion in this place, or, without one, at the end."""
    listed: list[Entry] = list(criteria(document))
    if place is None:
        listed.append(criterion)
    else:
        listed[place] = criterion
    return with_grade(document, criteria=listed)


def without_criterion(document: Document, place: int) -> dict[str, Any]:
    return with_grade(document, criteria=[one for number, one in enumerate(criteria(document)) if number != place])


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
