"""Why conditions hold or fail: the leaves that decided it, each with the value it found (docs/scoring.md, Conditions). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from contacts.condition_problems import group_of
from contacts.conditions import compile
from contacts.fields import Facts, read

MOST = 10  # leaves told of one node


@dataclass(frozen=True, slots=True)
class Cause:
    """A leaf that decided; `holds` says which way. One that holds is at fault where the conditions exclude it, in `none`."""

    leaf: Mapping[str, Any]
    found: Any
    holds: bool


def causes(node: Mapping[str, Any] | None, facts: Facts, t: datetime) -> tuple[Cause, ...]:
    """The leaves of a valid node that made it what it is, in order, at most MOST.

    Of `all` that fails those that fail, of `any` that holds those that hold, of `none` that fails those that hold; else every one.
    """
    return tuple(islice(_causes(node, facts, t), MOST)) if node is not None else ()


def _causes(node: Mapping[str, Any], facts: Facts, t: datetime) -> Iterator[Cause]:
    holds = compile(node)(facts, t)
    group = group_of(node)
    if group is None:
        yield Cause(node, read(node["field"])(facts), holds)
        return
    # What a member has to be to have had a part in it: as the group is, and the other way round in `none`.
    part = holds is not (group == "none")
    for member in node[group]:
        if compile(member)(facts, t) is part:
            yield from _causes(member, facts, t)
