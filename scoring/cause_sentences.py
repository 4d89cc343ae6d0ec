"""Deciding conditions in words: `the job title is “Engineer”, which does not contain “director”`. Pure; of valid conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from contacts.causes import Cause
from contacts.fields import elements
from contacts.values import blank
from scoring.condition_sentences import label
from scoring.wording import Part, Sentence, counted, joined, say, shown

MOST_VALUES = 3

# (as it holds, as it fails) of each op that has a value
_VERBS = {
    "is": ("is", "is not"), "is_not": ("is not", "is"), "in": ("is one of", "is neither"), "not_in": ("is neither", "is one of"),
    "contains": ("contains", "does not contain"), "not_contains": ("does not contain", "contains"),
    "starts_with": ("begins with", "does not begin with"), "ends_with": ("ends with", "does not end with"),
    "matches": ("matches", "does not match"), "gt": ("is more than", "is not more than"), "gte": ("is at least", "is not at least"),
    "lt": ("is less than", "is not less than"), "lte": ("is at most", "is not at most"),
    "between": ("is between", "is not between"), "before": ("is before", "is not before"), "after": ("is after", "is not after"),
    "within_last": ("is within the last", "is not within the last"), "within_next": ("is within the next", "is not within the next"),
}  # fmt: skip
_MERGED = ("is", "contains", "starts_with", "ends_with", "matches")
_COMPARING = ("gt", "gte", "lt", "lte")
_BARE = {"is_true": ("is true", "is not true"), "is_false": ("is false", "is not false")}


def cause_sentence(cause: Cause) -> Sentence:
    """A leaf as it turned out: the value found, and that it is, or is not, what was asked."""
    field, op, found = str(cause.leaf["field"]), str(cause.leaf["op"]), cause.found
    if field == "contact.name_looks_fake" and op in _BARE:
        return say("the name ", "looks made up" if found is True else "does not look made up")
    name = f"the {label(field)}"
    if op in ("present", "absent"):
        return say(f"{name} is not given") if blank(found) else say(f"{name} is given, as ", _value(found))
    asked = _asked(op, cause.leaf.get("value"), cause.holds)
    if found is None or found == []:
        return say(f"{name} is not given, so it ", asked)
    if op == "is" and cause.holds and not isinstance(found, list | dict):
        return say(f"{name} is ", _value(found))
    return say(f"{name} is ", _value(found), ", which ", asked)


def causes_sentence(causes: Iterable[Cause], *, failed: bool, most: int = 3) -> Sentence:
    """All of them in one sentence, the first few by name. `failed`: together they fail, so that one which holds was excluded."""
    told = [say(cause_sentence(cause), " (excluded)" if failed and cause.holds else "") for cause in _merged(causes)]
    more = len(told) - most
    shown_ones = told[:most] if more > 0 else told
    return joined([*shown_ones, say(f"{more} more")] if more > 0 else shown_ones, "and") if told else say()


def _merged(causes: Iterable[Cause]) -> Iterator[Cause]:
    """Neighbours that ask the same of the same field as one, with a list of what they ask for."""
    for (_, op, _), found in groupby(causes, key=lambda cause: (cause.leaf["field"], cause.leaf["op"], cause.holds)):
        first, *rest = found
        values = [cause.leaf.get("value") for cause in (first, *rest)]
        yield Cause({**first.leaf, "value": values}, first.found, first.holds) if rest and op in _MERGED else first
        if op not in _MERGED:
            yield from rest


def _asked(op: str, value: Any, holds: bool) -> Sentence:
    if op in _BARE:
        return say(_BARE[op][0 if holds else 1])
    verb = _VERBS[op][0 if holds else 1]
    if op == "between":
        low, high = value
        return say(f"{verb} ", _number(low), " and ", _number(high))
    if op in ("within_last", "within_next"):
        return say(f"{verb} ", Part(counted(value, "day"), True))
    if op in _COMPARING:
        return say(f"{verb} ", _number(value))
    members = value if isinstance(value, list) else [value]
    if len(members) == 1:
        verb = {"is neither": "is not", "is one of": "is"}.get(verb, verb)
    if verb == "is neither":
        return say(f"{verb} ", _listed(members, "nor"))
    return say(f"{verb} ", _listed(members, "and" if holds and op in _MERGED else "or"))


def _number(value: Any) -> Part:
    return Part(shown(value, grouped=True), True)


def _value(value: Any) -> Sentence:
    """A value as it was found: texts in quotes, of a list the first few."""
    if isinstance(value, list):
        return _listed(list(elements(value)), "and")
    if isinstance(value, dict):
        return say("an object")
    return say(Part(f"“{shown(value)}”" if isinstance(value, str) else shown(value), True))


def _listed(members: list[Any], word: str) -> Sentence:
    told = [say(Part(f"“{shown(one)}”" if isinstance(one, str) else shown(one), True)) for one in members[:MOST_VALUES]]
    more = len(members) - len(told)
    return joined([*told, say(f"{more:,} more")] if more > 0 else told, word)
