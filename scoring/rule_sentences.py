"""Rules read back as one sentence each: `5 points for viewing a page whose address contains /pricing, at most 3 times a
day, for 90 days`. Pure; works on documents as they are while being edited, and never raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoring.condition_sentences import PAGE_FIELDS, condition_sentence, fields_of, label
from scoring.wording import MISSING, Part, Sentence, counted, say, shown, strong

_DOING = {
    "Page Viewed": "viewing a page",
    "Screen Viewed": "viewing a screen",
    "Form Submitted": "sending a form",
    "File Downloaded": "downloading a file",
    "Link Clicked": "following a link",
    "Email Opened": "opening an e-mail",
    "Email Link Clicked": "following a link in an e-mail",
    "Product Viewed": "viewing a product",
    "Product Added": "putting a product into the cart",
    "Order Completed": "completing an order",
    "Signed Up": "signing up",
    "Signed In": "signing in",
    "Trial Started": "starting a trial",
}
PERIODS = {"day": "a day", "week": "a week", "month": "a month", "ever": "in all"}


def rule_sentence(rule: object) -> Sentence:
    """The whole rule, points first."""
    if not isinstance(rule, dict):
        return say("a rule not written yet")
    if rule.get("when") == "reset":
        return rule_reason(rule)
    return say(Part(points_text(rule.get("points")), True), " ", rule_reason(rule))


def points_text(points: object) -> str:
    """`5 points`, `−1 point`."""
    return counted(points, "point") if points != -1 else "−1 point"


def rule_reason(rule: object) -> Sentence:
    """The rule without its points, as it stands beside them: `for …`, `when …`, `start again at zero on …`."""
    if not isinstance(rule, dict):
        return say("a rule not written yet")
    kind = rule.get("when")
    if kind == "profile":
        conditions = condition_sentence(rule.get("conditions"))
        return say("when ", conditions or MISSING)
    if kind == "inactivity":
        return _silence(rule)
    if kind == "reset":
        return say("start again at zero on ", _done(rule, bare=True))
    return say("for ", _done(rule), frequency_clause(rule.get("frequency")), expiry_clause(rule.get("expiry")))


def _done(rule: Mapping[str, Any], *, bare: bool = False) -> Sentence:
    """What was done, and its conditions: `whose …` where all ask about a page, else `where the …`."""
    name, node = rule.get("activity"), rule.get("conditions")
    known = isinstance(name, str) and name in _DOING
    doing = say(_DOING[name]) if known and not bare else say(strong(name or MISSING))  # type: ignore[index]
    paged = name == "Page Viewed" and not bare and fields_of(node) <= PAGE_FIELDS
    conditions = condition_sentence(node, article="" if paged else "the ")
    if not conditions:
        return doing
    return say(doing, " whose " if paged else " where ", conditions)


def _silence(rule: Mapping[str, Any]) -> Sentence:
    days, times, activity = rule.get("days"), rule.get("times", 1), rule.get("activity")
    span = Part(counted(days, "silent day" if activity is None else "day"), True)
    start = say("after " if times == 1 else "for every ", span)
    without = say(" without ", strong(activity)) if activity is not None else say()
    return say(start, without, "" if times == 1 else f", up to {counted(times, 'time')}")


def frequency_clause(frequency: object) -> Sentence:
    """`, at most 3 times a day`; empty where every match counts."""
    if not isinstance(frequency, dict):
        return say()
    if "reach" in frequency:
        return _reach(frequency)
    limit, per = frequency.get("limit"), PERIODS.get(str(frequency.get("per")), MISSING)
    often = "once" if limit == 1 else f"{shown(limit, grouped=True)} times"
    each = say(" for each ", strong(label(frequency["each"]))) if "each" in frequency else say()
    return say(f", at most {often} {per}", each)


def _reach(frequency: Mapping[str, Any]) -> Sentence:
    reach = frequency.get("reach")
    if "per" in frequency:
        return say(f", the {_ordinal(reach)} time within {PERIODS.get(str(frequency['per']), MISSING)}")
    times = "time" if reach == 1 else "times"
    if frequency.get("within_days") is None:
        return say(f", once, when it is there {shown(reach, grouped=True)} {times}")
    return say(f", once, when it is there {shown(reach, grouped=True)} {times} within {counted(frequency['within_days'], 'day')}")


def _ordinal(number: object) -> str:
    if not isinstance(number, int):
        return MISSING
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def expiry_clause(expiry: object) -> Sentence:
    """`, for 90 days`; empty where points stay."""
    if not isinstance(expiry, dict):
        return say()
    if "half_life_days" in expiry:
        return say(f", halving every {counted(expiry['half_life_days'], 'day')}")
    if "linear_days" in expiry:
        return say(f", fading to nothing over {counted(expiry['linear_days'], 'day')}")
    return say(f", for {counted(expiry.get('days'), 'day')}")
