"""What is wrong with a whole scoring type document (docs/scoring.md). Pure; any JSON value is answered, none raises.

Lists that are too long are looked at up to their limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from contacts import checking
from contacts.checking import Problem, Problems, under
from scoring import checks, stage_problems
from scoring.rule_problems import rule

_OPTIONAL = ("description", "minimum", "maximum", "groups", "rules", "stages", "grade")
MOST_NAME = 100
MOST_DESCRIPTION = 2_000
MOST = {"groups": 20, "rules": 200, "stages": 20}


def problems(document: object) -> list[Problem]:
    """What is wrong with a document, each finding with its path, at most 1,000 of them; [] where it is valid."""
    if not isinstance(document, dict):
        return [checking.wrong_kind(document, "", "a scoring type (an object)")]
    return list(islice(_document(document), checking.MOST_FAULTS))


def _document(document: dict[str, object]) -> Problems:
    yield from checking.keys(document, "", required=("key", "name"), optional=_OPTIONAL)
    if "key" in document:
        yield from checks.slug(document["key"], "key")
    if "name" in document:
        yield from checking.text(document["name"], "name", longest=MOST_NAME)
    if "description" in document:
        yield from checking.text(document["description"], "description", shortest=0, longest=MOST_DESCRIPTION)
    yield from checks.bounds(document, "", minimum=0)
    for name in MOST:
        yield from _list(document, name)
    yield from stage_problems.grade(document.get("grade"), "grade")


def _list(document: Mapping[str, object], name: str) -> Problems:
    entries, wrong = checks.members(document.get(name, []), name, MOST[name])
    yield from wrong
    yield from checks.duplicates(entries, name)
    if name == "stages":
        yield from stage_problems.stages(entries, name, graded=document.get("grade") is not None)
        return
    groups = _group_keys(document)
    for number, entry in enumerate(entries):
        at = f"{name}[{number}]"
        yield from _group(entry, at) if name == "groups" else rule(entry, at, groups)


def _group(group: object, at: str) -> Problems:
    if not isinstance(group, dict):
        yield checking.wrong_kind(group, at, "a group (an object)")
        return
    yield from checking.keys(group, at, required=("key", "name"), optional=("minimum", "maximum"))
    if "key" in group:
        yield from checks.slug(group["key"], under(at, "key"))
    if "name" in group:
        yield from checking.text(group["name"], under(at, "name"))
    yield from checks.bounds(group, at, minimum=None)


def _group_keys(document: Mapping[str, object]) -> set[str]:
    groups = document.get("groups")
    keys = [group.get("key") for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return {key for key in keys if isinstance(key, str)}
