"""The checks that all parts of a scoring type document share (docs/scoring.md). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contacts import checking
from contacts.checking import Problem, Problems, under
from contacts.condition_problems import Side
from contacts.condition_problems import problems as condition_problems
from scoring.model import SLUG

MOST_POINTS = 1_000_000


def slug(value: object, at: str) -> Problems:
    if value is None:
        yield checking.null(at)
    elif not isinstance(value, str):
        yield checking.wrong_kind(value, at, "a text")
    elif not SLUG.fullmatch(value):
        yield Problem(at, "slug", "A key has 1 to 50 characters: small letters a to z, digits and hyphens.")


def bounds(value: Mapping[str, object], at: str, *, minimum: int | None) -> Problems:
    """`minimum` (where it is left out, the given one) and `maximum` of a type or a group."""
    wrong = False
    for key in ("minimum", "maximum"):
        if value.get(key) is not None:
            for problem in checking.integer(value[key], under(at, key), -MOST_POINTS, MOST_POINTS):
                wrong = True
                yield problem
    low, high = value.get("minimum", minimum), value.get("maximum")
    if not wrong and isinstance(low, int) and isinstance(high, int) and low > high:
        yield Problem(under(at, "maximum"), "order", f"The maximum must not be below the minimum, which is {low:,}.")


def members(value: object, at: str, most: int) -> tuple[list[object], list[Problem]]:
    """The members of a list to look at, and what is wrong with the list itself."""
    if not isinstance(value, list):
        return [], [checking.wrong_kind(value, at, "a list")]
    if len(value) > most:
        return value[:most], [Problem(at, "length", f"This list may have at most {most} entries; it has {len(value):,}.")]
    return value, []


def duplicates(entries: Sequence[object], at: str) -> Problems:
    """Keys that an earlier entry of the list already has."""
    first: dict[str, int] = {}
    for number, entry in enumerate(entries):
        key = entry.get("key") if isinstance(entry, Mapping) else None
        if not isinstance(key, str):
            continue
        if first.setdefault(key, number) != number:
            yield Problem(f"{at}[{number}].key", "duplicate", f"This key is already taken by {at}[{first[key]}].")


def conditions(value: Mapping[str, object], at: str, side: Side, *, nullable: bool) -> Problems:
    """The key `conditions` of a rule or criterion, where it is there."""
    path = under(at, "conditions")
    if "conditions" not in value:
        return
    if value["conditions"] is None and not nullable:
        yield checking.null(path)
        return
    yield from condition_problems(value["conditions"], at=path, side=side)
