"""Contacts and activities that were made up for a trial: checked like what sites send, and read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.checking import Problem, Problems, keys, text, under, wrong_kind
from contacts.limits import MOST_ACTIVITY_NAME, MOST_EMAIL
from contacts.trait_names import BUILT_IN, snake_case
from contacts.values import instant_of
from leadscore.exact_json import dumps
from scoring.engine import Activity

MOST_ACTIVITIES = 500
MOST_TRAITS = 500
MOST_BYTES = 32 * 1024  # of one activity, as of one call

_DECIDED = BUILT_IN - {"created_at"}


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A contact that is not there, or what one would do besides. Activities have ids below zero: −1 is the first."""

    traits: Mapping[str, Any] = field(default_factory=dict)
    company: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    activities: tuple[Activity, ...] = ()


def problems(contact: object, company: object, activities: object, t: datetime) -> list[Problem]:
    """Everything that is wrong, by the paths `contact`, `company` and `activities[0].name`; each is JSON, empty where nothing was said."""
    return [*_contact(contact, t), *_traits(company, "company"), *_activities(activities)]


def read(contact: Mapping[str, Any], company: Mapping[str, Any], activities: Sequence[Mapping[str, Any]], t: datetime) -> MadeUp:
    """What was made up, of which `problems` found none. An activity that does not say when happens at `t`."""
    traits = snake_case(dict(contact))
    created_at = instant_of(traits.pop("created_at", None))
    return MadeUp(traits, snake_case(dict(company)), created_at, tuple(_activity(place, one, t) for place, one in enumerate(activities)))


def _activity(place: int, given: Mapping[str, Any], t: datetime) -> Activity:
    """Those of one instant are in the order given, after what is on record."""
    said = instant_of(given.get("occurred_at"))
    return Activity(-1 - place, given["name"], said or t, f"\U0010ffff{place:06}", given.get("properties") or {}, given.get("context") or {})


def _contact(given: object, t: datetime) -> Problems:
    yield from _traits(given, "contact")
    if not isinstance(given, Mapping):
        return
    traits = snake_case(dict(given))
    for name in sorted(_DECIDED & traits.keys()):
        yield Problem(under("contact", name), "built_in", "This follows from the address and the name; it cannot be given.")
    email = traits.get("email")
    if email is not None:
        yield from text(email, "contact.email", shortest=0, longest=MOST_EMAIL)
    yield from _created(traits, t)


def _created(traits: Mapping[str, Any], t: datetime) -> Problems:
    if "created_at" not in traits:
        return
    created_at = instant_of(traits["created_at"])
    if created_at is None:
        yield Problem("contact.created_at", "invalid", "This is a date, or a date and time, such as 2026-11-21T10:00:00Z.")
    elif created_at > t:
        yield Problem("contact.created_at", "range", "This is after the instant that is tried.")


def _traits(given: object, at: str) -> Problems:
    if not isinstance(given, Mapping):
        yield wrong_kind(given, at, "an object")
    elif len(given) > MOST_TRAITS:
        yield Problem(at, "length", f"There may be at most {MOST_TRAITS:,} traits.")


def _activities(given: object) -> Problems:
    if not isinstance(given, list):
        yield wrong_kind(given, "activities", "a list")
    elif len(given) > MOST_ACTIVITIES:
        yield Problem("activities", "length", f"There may be at most {MOST_ACTIVITIES:,} activities; there are {len(given):,}.")
    else:
        for place, one in enumerate(given):
            yield from _one(one, f"activities[{place}]")


def _one(given: object, at: str) -> Iterator[Problem]:
    if not isinstance(given, Mapping):
        yield wrong_kind(given, at, "an object")
        return
    yield from keys(given, at, required=("name",), optional=("occurred_at", "properties", "context"))
    if "name" in given:
        yield from _name(given["name"], f"{at}.name")
    if given.get("occurred_at") is not None and instant_of(given["occurred_at"]) is None:
        yield Problem(f"{at}.occurred_at", "invalid", "This is a date, or a date and time, such as 2026-11-21T10:00:00Z.")
    for key in ("properties", "context"):
        if given.get(key) is not None and not isinstance(given[key], Mapping):
            yield wrong_kind(given[key], f"{at}.{key}", "an object")
    if len(dumps(given).encode()) > MOST_BYTES:
        yield Problem(at, "too_large", f"An activity may have at most {MOST_BYTES:,} bytes.")


def _name(name: object, at: str) -> Problems:
    found = list(text(name, at, longest=MOST_ACTIVITY_NAME))
    yield from found
    if not found and str(name).isspace():
        yield Problem(at, "length", "This must not be empty.")
