"""The condition builder: a tree of conditions as fields of a form, and back.

A field's name tells its place: `c.op` belongs to the root, `c.0.2.op` to the third member of the root's first member. The root is
always a group; a condition that stands alone is shown as the only one of `all`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import QueryDict

from contacts.condition_problems import GROUPS, MOST_LEVELS, RELATIVE, Side, group_of
from leadscore.exact_json import dumps
from scoring.field_names import field_of, name_of
from scoring.forms import typed

Node = dict[str, Any]
Place = tuple[int, ...]
Parts = Mapping[Place, Mapping[str, str]]

LISTS = ("in", "not_in")
NUMBERS = ("gt", "gte", "lt", "lte")
BARE = ("present", "absent", "is_true", "is_false")
_PLACE = re.compile(r"c(?:\.[0-9]{1,3}){0,7}")
_NAME = re.compile(rf"({_PLACE.pattern})\.(group|field|op|value|high|was)")
_BLANK = {"field": "", "op": "contains", "value": ""}
BLANK: Node = {"all": [_BLANK]}

GROUP_WORDS = {"all": "all of these hold", "any": "any of these holds", "none": "none of these holds"}
OP_WORDS = {
    "Text": {
        "is": "is", "is_not": "is not", "in": "is one of", "not_in": "is none of", "contains": "contains",
        "not_contains": "does not contain", "starts_with": "begins with", "ends_with": "ends with", "matches": "matches",
    },
    "Number": {"gt": "is more than", "gte": "is at least", "lt": "is less than", "lte": "is at most", "between": "is between"},
    "Date": {"before": "is before", "after": "is after", "within_last": "is within the last", "within_next": "is within the next"},
    "Anything": {"present": "is given", "absent": "is not given", "is_true": "is true", "is_false": "is false"},
}  # fmt: skip


def op_words(side: Side) -> dict[str, dict[str, str]]:
    """Ops by what they compare; those about today only on the profile side."""
    return {
        kind: {op: words for op, words in ops.items() if side == "profile" or op not in RELATIVE} for kind, ops in OP_WORDS.items()
    }


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition as it stands in its line. `at` is its path in the document, `name` how its fields' names begin, `field` what people call it."""

    name: str
    at: str
    field: str
    op: str
    text: str
    high: str
    was: str
    input: Literal["text", "list", "range", "number", "days", "date", "none"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A group with its members in order."""

    name: str
    at: str
    kind: str
    level: int
    members: list[Leaf | Branch] = field(default_factory=list)

    @property
    def may_nest(self) -> bool:
        """Whether a group inside could still hold a condition."""
        return self.level < MOST_LEVELS - 1


def tree(node: object, at: str) -> Branch:
    """What the builder shows of a stored node; `at` is its path in the document."""
    if not isinstance(node, dict):
        return Branch("c", at, "all", 1)
    if group_of(node) is None:
        return Branch("c", at, "all", 1, [_leaf(node, "c.0", f"{at}.all[0]")])
    return _branch(node, "c", at, 1)


def _branch(node: Node, name: str, at: str, level: int) -> Branch:
    kind = group_of(node) or "all"
    members = [_shown(member, f"{name}.{place}", f"{at}.{kind}[{place}]", level + 1) for place, member in enumerate(node[kind])]
    return Branch(name, at, kind, level, members)


def _shown(node: Node, name: str, at: str, level: int) -> Leaf | Branch:
    return _leaf(node, name, at) if group_of(node) is None else _branch(node, name, at, level)


def _leaf(node: Node, name: str, at: str) -> Leaf:
    op, value = str(node.get("op", "")), node.get("value")
    low, high = _texts(op, value)
    was = dumps(value) if "value" in node else ""
    return Leaf(name, at, name_of(typed.shown(node.get("field"))), op, low, high, was, _input(op))


def _texts(op: str, value: object) -> tuple[str, str]:
    """What the one field, or both of a range, shows."""
    members = [typed.shown(member) for member in value] if isinstance(value, list) else [typed.shown(value)]
    if op == "between":
        low, high = [*members, "", ""][:2]
        return low, high
    return "\n".join(members), ""


def _input(op: str) -> Literal["text", "list", "range", "number", "days", "date", "none"]:
    if op in BARE:
        return "none"
    if op in LISTS:
        return "list"
    if op == "between":
        return "range"
    if op in NUMBERS:
        return "number"
    if op in RELATIVE:
        return "days"
    return "date" if op in ("before", "after") else "text"


def read(posted: QueryDict, side: Side) -> Node | None:
    """The node that the fields say, of activities or of profiles; None where there is no condition at all."""
    parts: dict[Place, dict[str, str]] = defaultdict(dict)
    for name, value in posted.items():
        if found := _NAME.fullmatch(name):
            parts[_steps(found[1])][found[2]] = str(value)
    return _read(parts, (), side)


def _read(parts: Parts, place: Place, side: Side) -> Node | None:
    fields = parts.get(place)
    if fields is None:
        return None
    if "group" not in fields:
        return _read_leaf(fields, side)
    kind = fields["group"] if fields["group"] in GROUPS else "all"
    return {kind: [node for member in _members(parts, place) if (node := _read(parts, member, side)) is not None]}


def _members(parts: Parts, place: Place) -> Iterator[Place]:
    return iter(sorted(other for other in parts if len(other) == len(place) + 1 and other[: len(place)] == place))


def _read_leaf(fields: Mapping[str, str], side: Side) -> Node:
    op = typed.text(fields.get("op", ""))
    node: Node = {"field": field_of(typed.text(fields.get("field", "")), side), "op": op}
    return node if op in BARE else {**node, "value": _value(op, fields)}


def _value(op: str, fields: Mapping[str, str]) -> Any:
    stood, low = typed.originals(fields.get("was", "")), typed.text(fields.get("value", ""))
    if op == "between":
        return [stood.get(end, typed.number(end)) for end in (low, typed.text(fields.get("high", "")))]
    if op in LISTS:
        lines = (typed.text(line) for line in low.splitlines())
        return [stood.get(line, line) for line in lines if line]
    if op in NUMBERS:
        return _numeric(stood.get(low)) or typed.number(low)
    if op in RELATIVE:
        return typed.whole(low)
    return stood.get(low, low)


def _numeric(value: object) -> Any:
    return None if isinstance(value, (str, bool)) else value


def change(node: Node | None, do: str) -> Node | None:
    """The node after a press on one of the builder's buttons.

    Args:
        do: `condition:c.0` or `group:c.0` adds a member to the group there, `remove:c.0.1` takes a member out.
    """
    deed, _, name = do.partition(":")
    place = _place(name)
    root = node if node is not None and group_of(node) else {"all": [node] if node else []}
    if place is None:
        return root
    if deed == "remove":
        return _without(root, place)
    return _with(root, place, dict(_BLANK) if deed == "condition" else {"any": [dict(_BLANK), dict(_BLANK)]})


def _place(name: str) -> Place | None:
    """The place that a button names; None for what no button says."""
    return _steps(name) if _PLACE.fullmatch(name) else None


def _steps(place: str) -> Place:
    return tuple(int(step) for step in place.split(".")[1:])


def _with(node: Node, place: Place, added: Node) -> Node:
    kind = group_of(node)
    if kind is None:
        return node
    if not place:
        return {kind: [*node[kind], added]}
    return {kind: [_with(member, place[1:], added) if number == place[0] else member for number, member in enumerate(node[kind])]}


def _without(node: Node, place: Place) -> Node:
    kind = group_of(node)
    if kind is None or not place:
        return node
    if len(place) == 1:
        return {kind: [member for number, member in enumerate(node[kind]) if number != place[0]]}
    return {kind: [_without(member, place[1:]) if number == place[0] else member for number, member in enumerate(node[kind])]}


def added(do: str, node: Node | None) -> str:
    """The name of the condition that a button just added, to put the cursor there; else no condition's, so that it stays where it is."""
    deed, _, name = do.partition(":")
    if deed not in ("condition", "group"):
        return do
    members = _inside(node, _place(name))
    return f"{name}.{len(members) - 1}" + (".0" if deed == "group" else "") if members else do


def _inside(node: Node | None, place: Place | None) -> list[Node]:
    """The members of the group at a place; none where there is no group."""
    kind = group_of(node) if node else None
    if node is None or kind is None or place is None:
        return []
    members: list[Node] = node[kind]
    if not place:
        return members
    return _inside(members[place[0]], place[1:]) if place[0] < len(members) else []
