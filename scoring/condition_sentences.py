"""Conditions read back in words: `address contains /pricing and campaign name is spring or summer`. Pure; never raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.condition_problems import MOST_LEVELS, group_of
from scoring.wording import MISSING, Part, Sentence, counted, joined, listed, say, shown, strong

_LABELS = {
    "properties.url": "address",
    "properties.path": "path",
    "properties.title": "title",
    "properties.referrer": "referring page",
    "properties.search": "query string",
    "context.page.url": "page address",
    "context.page.path": "page path",
    "context.page.title": "page title",
    "context.page.referrer": "referring page",
    "context.userAgent": "browser",
    "context.ip": "IP address",
    "contact.email": "e-mail address",
    "contact.email_domain": "e-mail domain",
    "contact.email_kind": "kind of e-mail address",
    "contact.name_looks_fake": "name",
    "contact.created_at": "first contact",
    "company.employees": "company's number of employees",
}
PAGE_FIELDS = frozenset({"properties.url", "properties.path", "properties.title", "properties.search"})

_VERBS = {
    "is": "is", "is_not": "is not", "contains": "contains", "not_contains": "does not contain",
    "starts_with": "begins with", "ends_with": "ends with", "matches": "matches", "gt": "is more than",
    "gte": "is at least", "lt": "is less than", "lte": "is at most", "before": "is before", "after": "is after",
}  # fmt: skip
_BARE = {"present": "is given", "absent": "is not given", "is_true": "is true", "is_false": "is false"}
_COMPARING = ("gt", "gte", "lt", "lte")
_MERGED = ("is", "contains", "starts_with", "ends_with")


def condition_sentence(node: object, *, article: str = "the ") -> Sentence:
    """A node in words, with `article` before each field; empty for no conditions at all."""
    if node is None:
        return say()
    return _node(node, article, level=1)


def fields_of(node: object, level: int = 1) -> set[str]:
    """The fields that a node asks about."""
    if not isinstance(node, dict) or level > MOST_LEVELS:
        return set()
    group = group_of(node)
    if group is None:
        return {node["field"]} if isinstance(node.get("field"), str) else set()
    return {field for member in _members(node, group) for field in fields_of(member, level + 1)}


def label(field: object) -> str:
    """What people call a field: `campaign name` for `context.campaign.name`."""
    if not isinstance(field, str):
        return MISSING
    if field in _LABELS:
        return _LABELS[field]
    root, _, path = field.partition(".")
    words = shown(path.replace("_", " ").replace(".", " ")) or MISSING
    return f"company's {words}" if root == "company" else words


def _members(node: Mapping[str, Any], group: str) -> list[Any]:
    members = node[group]
    return members if isinstance(members, list) else []


def _node(node: object, article: str, level: int) -> Sentence:
    if not isinstance(node, dict) or level > MOST_LEVELS:
        return say(MISSING)
    group = group_of(node)
    if group is None:
        return _leaf(node, article)
    members = _members(node, group)
    if not members:
        return say("nothing holds" if group == "any" else "anything holds")
    if group != "all":
        members = _merged(members)
    inner = [_inner(member, article, level + 1, alone=len(members) == 1 and group != "none") for member in members]
    if group == "none":
        return say("it is not so that ", joined(inner, "or"))
    return joined(inner, "and" if group == "all" else "or")


def _inner(node: object, article: str, level: int, *, alone: bool) -> Sentence:
    """A member of a group; a group of several is set in brackets, so that `and` and `or` cannot be mixed up."""
    sentence = _node(node, article, level)
    several = isinstance(node, dict) and (group := group_of(node)) is not None and len(_merged(_members(node, group))) > 1
    return say("(", sentence, ")") if several and not alone else sentence


def _merged(members: list[Any]) -> list[Any]:
    """Neighbouring alternatives for one field and op as one leaf with a list: `contains operations or logistics`."""
    merged: list[Any] = []
    for member in members:
        last = merged[-1] if merged else None
        if isinstance(last, dict) and _mergeable(member) and last.get("field") == member["field"] and last.get("op") == member["op"]:
            earlier = last["value"] if isinstance(last["value"], list) else [last["value"]]
            merged[-1] = {**last, "value": [*earlier, member["value"]]}
        else:
            merged.append(member)
    return merged


def _mergeable(member: object) -> bool:
    return (
        isinstance(member, dict)
        and "field" in member
        and isinstance(member.get("op"), str)
        and member["op"] in _MERGED
        and isinstance(member.get("value"), (str, int))
    )


def _leaf(leaf: Mapping[str, Any], article: str) -> Sentence:
    field, op, value = leaf.get("field"), leaf.get("op"), leaf.get("value")
    if field == "contact.email_kind" and op in ("is", "is_not"):
        return _email_kind(op, value, article)
    if field == "contact.name_looks_fake" and op in ("is_true", "is_false"):
        return say(f"{article}name ", strong("looks made up" if op == "is_true" else "does not look made up"))
    return say(f"{article}{label(field)} ", _predicate(op, value))


def _email_kind(op: str, value: object, article: str) -> Sentence:
    verb = "is not" if op == "is_not" else "is"
    if value == "missing":
        return say(f"{article}e-mail address {verb} ", strong("missing"))
    kinds = [say(strong(kind)) for kind in (value if isinstance(value, list) else [value])]
    return say(f"{article}e-mail address {verb} a ", joined(kinds, "or"), " one")


def _predicate(op: object, value: object) -> Sentence:
    if not isinstance(op, str):
        return say(MISSING)
    if op in _BARE:
        return say(_BARE[op])
    if op == "in":
        return say("is ", listed(value, "or"))
    if op == "not_in":
        return say("is none of ", listed(value, "and"))
    if op == "between":
        low, high = value if isinstance(value, list) and len(value) == 2 else (None, None)
        return say("is between ", Part(shown(low, grouped=True), True), " and ", Part(shown(high, grouped=True), True))
    if op in ("within_last", "within_next"):
        when = "last" if op == "within_last" else "next"
        return say(f"is within the {when} ", Part(counted(value, "day"), True))
    if op == "matches" and isinstance(value, str):
        return _matches(value)
    return say(f"{_VERBS.get(op, MISSING)} ", listed(value, "or", grouped=op in _COMPARING))


def _matches(pattern: str) -> Sentence:
    """A pattern whose stars are only at its ends in plainer words."""
    inner = pattern.strip("*")
    if not inner or "*" in inner:
        return say("matches ", strong(pattern))
    verb = {(True, True): "contains", (True, False): "ends with", (False, True): "begins with", (False, False): "is"}
    return say(f"{verb[pattern.startswith('*'), pattern.endswith('*')]} ", strong(inner))
