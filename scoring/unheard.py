"""Names in a rule that no call has had yet, with the one that was probably meant: a slip of the pen matches nothing, and nothing is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from contacts import catalogue
from contacts.models import Side
from contacts.trait_names import BUILT_IN
from scoring.condition_sentences import fields_of
from scoring.field_names import name_of

MOST_EVENTS = 500  # the catalogue keeps no more: of a workspace that has so many nothing can be said
MOST_FIELDS = 1_000
SHORTEST_BEGINNING = 3  # of a name that was not written to its end
WORKED_OUT = {f"contact.{name}" for name in (*BUILT_IN, "email")}  # which no trait has to name


@dataclass(frozen=True, slots=True)
class Unheard:
    """An activity or a field as people call it; `meant` is "" where no name is like it."""

    name: str
    meant: str


def of_rule(workspace_id: int, rule: Mapping[str, Any]) -> list[Unheard]:
    """What the rule names and nobody has sent; none as long as nothing was received."""
    activity = rule.get("activity")
    wanted = sorted(fields_of(rule.get("conditions")) - WORKED_OUT)
    found = _activity(workspace_id, activity) if isinstance(activity, str) and activity else []
    return [*found, *_fields(workspace_id, wanted, _sides(rule))] if wanted else found


def _sides(rule: Mapping[str, Any]) -> list[str]:
    return [Side.CONTACT, Side.COMPANY] if rule.get("when") == "profile" else [Side.PROPERTY, Side.CONTEXT]


def _activity(workspace_id: int, name: str) -> list[Unheard]:
    heard = catalogue.events(workspace_id, MOST_EVENTS)
    if name in heard or not 0 < len(heard) < MOST_EVENTS:
        return []
    return [Unheard(name, _like(name, {one: one for one in heard}))]


def _fields(workspace_id: int, wanted: Sequence[str], sides: Sequence[str]) -> list[Unheard]:
    heard = catalogue.fields(workspace_id, sides, MOST_FIELDS)
    if not 0 < len(heard) < MOST_FIELDS:
        return []
    return [Unheard(name_of(field), _meant(field, heard)) for field in wanted if not any(_is_part(field, one) for one in heard)]


def _is_part(field: str, heard: str) -> bool:
    """Whether the field is one that was heard, or holds it, or lies within it: the catalogue goes three levels deep."""
    return field == heard or heard.startswith(f"{field}.") or field.startswith(f"{heard}.")


def _meant(field: str, heard: Iterable[str]) -> str:
    root, _, step = field.partition(".")
    steps = {one.partition(".")[2]: one for one in heard if one.startswith(f"{root}.")}
    meant = _like(step, steps)
    return name_of(meant) if meant else ""


def _like(name: str, known: Mapping[str, str]) -> str:
    """What belongs to the known name that is most like this one, whatever the case of letters; "" for none."""
    lowered = {one.lower(): belongs for one, belongs in known.items()}
    close = get_close_matches(name.lower(), lowered, 1)
    close += [one for one in sorted(lowered) if len(name) >= SHORTEST_BEGINNING and one.startswith(name.lower())]
    return lowered[close[0]] if close else ""
