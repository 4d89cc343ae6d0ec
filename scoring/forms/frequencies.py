"""How often a rule gives points and how long they last, as fields of a form, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from scoring.field_names import field_of, name_of
from scoring.forms import typed
from scoring.rule_sentences import PERIODS

OFTEN = {
    "": "every time",
    "limit": "at most",
    "each": "for each value of",
    "reach": "once, as soon as there were",
    "nth": "each time there were",
}
EXPIRIES = {"": "for good", "days": "for", "half_life_days": "halving every", "linear_days": "fading to nothing over"}


@dataclass(frozen=True, slots=True)
class Often:
    """A frequency in its fields: `mode` is a key of OFTEN, `count` the limit or the number to be reached, `path` where it is in the rule."""

    mode: str
    count: str
    per: str
    each: str
    within: str

    modes = OFTEN
    periods = PERIODS

    @property
    def path(self) -> str:
        """Of the count, for what is wrong with it."""
        return "frequency.reach" if self.mode in ("reach", "nth") else "frequency.limit"


@dataclass(frozen=True, slots=True)
class Lasting:
    """An expiry in its fields: `mode` is a key of EXPIRIES."""

    mode: str
    days: str

    modes = EXPIRIES

    @property
    def path(self) -> str:
        return f"expiry.{self.mode or 'days'}"


def often(frequency: Mapping[str, Any] | None) -> Often:
    """The fields of a frequency; None is every time."""
    given = frequency or {}
    count = given["reach"] if "reach" in given else given.get("limit", 1)
    per, each, within = given.get("per", "day"), given.get("each", ""), given.get("within_days")
    return Often(_mode(given), typed.shown(count), str(per), name_of(typed.shown(each)), typed.shown(within))


def _mode(frequency: Mapping[str, Any]) -> str:
    if "reach" in frequency:
        return "nth" if "per" in frequency else "reach"
    if "limit" in frequency:
        return "each" if "each" in frequency else "limit"
    return ""


def lasting(expiry: Mapping[str, Any] | None) -> Lasting:
    """The fields of an expiry; None is for good."""
    kind, days = next(iter((expiry or {}).items()), ("", 90))
    return Lasting(kind, typed.shown(days))


def read_often(posted: QueryDict) -> dict[str, Any] | None:
    """The frequency that the fields say."""
    mode, count, per = posted.get("often", ""), typed.whole(posted.get("limit", "")), typed.text(posted.get("per", ""))
    if mode == "reach":
        within = typed.whole(posted.get("within", ""))
        return {"reach": count, "within_days": None if within == "" else within}
    if mode == "nth":
        return {"reach": count, "per": per}
    if mode == "each":
        return {"limit": count, "per": per, "each": field_of(typed.text(posted.get("each", "")), "activity")}
    return {"limit": count, "per": per} if mode else None


def read_lasting(posted: QueryDict) -> dict[str, Any] | None:
    """The expiry that the fields say."""
    mode = posted.get("expires", "")
    return {mode if mode in EXPIRIES else "days": typed.whole(posted.get("days", ""))} if mode else None
