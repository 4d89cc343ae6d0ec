"""How a field of a document is found in facts (docs/scoring.md, Conditions). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Facts = Mapping[str, Any]
Read = Callable[[Facts], Any]

_MISSING: Any = object()


def read(field: str) -> Read:
    """Reads a field such as `context.page.url`; None where it is missing (no op tells that from null).

    A step on a list gives the list of what its elements have there.
    """
    root, *steps = field.split(".")
    if len(steps) == 1:
        key = steps[0]
        return lambda facts: facts[root].get(key)

    def walk(facts: Facts) -> Any:
        value: Any = facts[root]
        for step in steps:
            value = value.get(step, _MISSING) if value.__class__ is dict else _step(value, step)
        return None if value is _MISSING else value

    return walk


def _step(value: Any, key: str) -> Any:
    """What an object has under the key; of a list the list of what its elements have, of which a list has such a list again.

    Without recursion, as `elements`.
    """
    if value.__class__ is not list:
        return value.get(key, _MISSING) if isinstance(value, Mapping) else _MISSING
    found: list[Any] = []
    stack: list[tuple[Iterator[Any], list[Any]]] = [(iter(value), found)]
    while stack:
        members, into = stack[-1]
        member = next(members, _MISSING)
        if member is _MISSING:
            stack.pop()
            if stack and into:
                stack[-1][1].append(into)
        elif member.__class__ is list:
            stack.append((iter(member), []))
        elif isinstance(member, dict) and key in member:
            into.append(member[key])
    return found or _MISSING


def elements(value: Any) -> Iterator[Any]:
    """A value alone, or what a list and the lists in it hold, in order.

    Without recursion: lists come from outside and may be nested as deep as a body is long.
    """
    stack = [value]
    while stack:
        value = stack.pop()
        if value.__class__ is list:
            stack.extend(reversed(value))
        else:
            yield value
