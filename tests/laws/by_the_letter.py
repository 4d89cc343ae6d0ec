"""Scores by the letter of the semantics: slow, from documents and lists alone, with none of the engine's arithmetic.

Conditions alone are the engine's own; other tests hold those to account.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from scoring.engine import Activity, Adjustment, Profile
from scoring.model import SCALE, Model

Holds = Callable[[Activity], bool]
Rule = Mapping[str, Any]


def rounded(exact: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


def halved(points: int, age: int, days: int) -> int:
    """points × 0.5^(age ÷ days) in thousandths: the greatest k with k − ½ ≤ the value, by comparing powers of whole numbers."""
    if age >= 10 * days:
        return 0
    low, high = 0, abs(points) * 1000
    while low < high:
        k = (low + high + 1) // 2
        low, high = (k, high) if (2 * k - 1) ** days * 2**age <= (2000 * abs(points)) ** days else (low, k - 1)
    return low if points > 0 else -low


def worth(rule: Rule, awarded_at: datetime, t: datetime) -> int:
    """What an award is worth at `t`, in thousandths, resets apart."""
    points, expiry = rule["points"], rule.get("expiry") or {}
    age = (t.astimezone(UTC).date() - awarded_at.astimezone(UTC).date()).days
    if "days" in expiry:
        return points * 1000 if t < awarded_at + timedelta(days=expiry["days"]) else 0
    if "half_life_days" in expiry:
        return halved(points, age, expiry["half_life_days"])
    if "linear_days" in expiry:
        return rounded(points * 1000 * max(Fraction(0), 1 - Fraction(age, expiry["linear_days"])))
    return int(points * 1000)


def awarded(rule: Rule, matches: Sequence[Activity], zone: ZoneInfo) -> list[Activity]:
    """Which of the matches, in order, the frequency picks."""
    frequency = rule.get("frequency") or {}
    if "limit" in frequency:
        return _earliest(matches, frequency["limit"], lambda one: (_period(frequency["per"], one, zone), _distinct(frequency.get("each"), one)))
    if "per" in frequency:
        periods = [_period(frequency["per"], one, zone) for one in matches]
        return [one for place, one in enumerate(matches) if periods[: place + 1].count(periods[place]) == frequency["reach"]]
    if "reach" in frequency:
        return [one for place, one in enumerate(matches) if _near(matches[: place + 1], one, frequency["within_days"]) >= frequency["reach"]][:1]
    return list(matches)


def _near(matches: Iterable[Activity], last: Activity, days: int | None) -> int:
    return sum(days is None or last.occurred_at - one.occurred_at < timedelta(days=days) for one in matches)


def _earliest(matches: Iterable[Activity], most: int, part: Callable[[Activity], object]) -> list[Activity]:
    taken: list[object] = []
    kept = []
    for one in matches:
        if taken.count(part(one)) < most:
            taken.append(part(one))
            kept.append(one)
    return kept


def _period(per: str, one: Activity, zone: ZoneInfo) -> object:
    day = one.occurred_at.astimezone(zone).date()
    return {"ever": "ever", "day": day, "week": day.isocalendar()[:2], "month": (day.year, day.month)}[per]


def _distinct(field: str | None, one: Activity) -> object:
    if field is None:
        return None
    root, key = field.split(".")  # one step is enough for the documents drawn
    value = {"properties": one.properties, "context": one.context}[root].get(key)
    if isinstance(value, bool):
        return ("text", str(value).lower())
    if isinstance(value, str):
        return ("text", unicodedata.normalize("NFC", value.strip().casefold()))
    if isinstance(value, int | Decimal):
        return ("text", _plain(value))
    return None if value is None else ("json", json.dumps(value, sort_keys=True, default=float))


def _plain(number: int | Decimal) -> str:
    """Without exponent and needless zeros: 2.5 for 2.50, 0 for -0."""
    whole, point, fraction = f"{Decimal(number):f}".partition(".")
    text = f"{whole}{point}{fraction}".rstrip("0").rstrip(".") if point else whole
    return "0" if text == "-0" else text


def silence(rule: Rule, heard: Iterable[Activity], profile: Profile, t: datetime) -> int:
    """What an inactivity rule gives at `t`, in thousandths."""
    counted = [one.occurred_at for one in heard if _breaks(rule.get("activity"), one)]
    last = max(counted, default=None) or datetime.fromisoformat(str(profile.contact["created_at"]))
    spans = max(0, (t - last) // timedelta(days=rule["days"]))
    return int(rule["points"] * 1000 * min(rule.get("times", 1), spans))


def _breaks(name: str | None, one: Activity) -> bool:
    return one.context.get("passive") is not True if name is None else one.name == name


def score(
    document: Mapping[str, Any], model: Model, history: Iterable[Activity], given: Iterable[Adjustment], profile: Profile, t: datetime
) -> tuple[int, str | None, str | None]:
    """Points, grade and stage at `t`. `model` is the document's, for its conditions and zone."""
    past = sorted({one.order: one for one in history if one.occurred_at <= t}.values(), key=lambda one: one.order)
    rules = list(zip(document["rules"], model.rules, strict=True))
    matches = {rule["key"]: [one for one in past if one.name == rule.get("activity") and read.test(one.facts, t)]  # type: ignore[union-attr]
               for rule, read in rules if rule["when"] in ("activity", "reset")}  # fmt: skip
    resets = [one.occurred_at for rule, _ in rules if rule["when"] == "reset" for one in matches[rule["key"]]]
    since = max(resets, default=datetime.min.replace(tzinfo=UTC))
    sums = {group["key"]: 0 for group in document.get("groups", [])} | {None: 0}
    for rule, read in rules:
        if rule["when"] == "activity":
            value = sum(worth(rule, one.occurred_at, t) for one in awarded(rule, matches[rule["key"]], model.zone) if one.occurred_at > since)
        elif rule["when"] == "profile":
            value = rule["points"] * 1000 if read.test(profile.facts, t) else 0  # type: ignore[union-attr]
        else:
            value = silence(rule, past, profile, t) if rule["when"] == "inactivity" else 0
        sums[rule.get("group")] += value
    sums[None] += sum(one.points * 1000 for one in given if since < one.awarded_at <= t)
    total = sums[None] + sum(_bound(sums[group["key"]], group.get("minimum"), group.get("maximum")) for group in document.get("groups", []))
    points = rounded(Fraction(_bound(total, document.get("minimum", 0), document.get("maximum")), 1000))
    grade = _grade(document.get("grade"), model, profile, t)
    return points, grade, _stage(document.get("stages", []), points, grade)


def _bound(value: int, low: int | None, high: int | None) -> int:
    value = value if low is None else max(value, low * 1000)
    return value if high is None else min(value, high * 1000)


def _grade(grade: Mapping[str, Any] | None, model: Model, profile: Profile, t: datetime) -> str | None:
    if grade is None or model.grade is None:
        return None
    held = [one.steps for one in model.grade.criteria if one.test(profile.facts, t)]
    return SCALE[max(0, min(len(SCALE) - 1, SCALE.index(grade.get("start", "D")) + sum(held)))]


def _stage(stages: Iterable[Mapping[str, Any]], points: int, grade: str | None) -> str | None:
    reached = None
    for stage in stages:
        threshold = stage.get("by_grade", {}).get(grade, stage["threshold"])
        reached = stage["key"] if threshold is not None and threshold <= points else reached
    return reached


def company(calls: Sequence[Mapping[str, Any]], user: str, domain_of: Mapping[object, str], business: Iterable[str]) -> str | None:
    """The groupId of a user's company, of calls that all name a userId; a browser's have the source 0, a server's 1 or none.

    A company whose domain a server named goes before those whose domain only browsers did, as its value would in one trait.

    Args:
        domain_of: each trait `domain` that is drawn → the domain it stands for; what is not in it stands for none.
        business: the domains of business addresses.
    """
    ordered = sorted(calls, key=_order)
    own = [call for call in ordered if call["userId"] == user]
    groups = [call["groupId"] for call in own if call["type"] == "group"]
    if groups:
        return str(groups[-1])
    addresses = [call["traits"]["email"] for call in own if "email" in call["traits"]]
    address = addresses[-1] if addresses else None
    domain = address.rpartition("@")[2] if address else ""
    named = [call["groupId"] for call in sorted(calls, key=_when) if call["type"] == "group"]
    holding = [group for group in named if domain in business and domain_of.get(company_trait(calls, group, "domain")) == domain]
    return max(holding, key=lambda group: _order(_setting(calls, group, "domain")[-1])[0]) if holding else None  # of several the first


def company_trait(calls: Sequence[Mapping[str, Any]], group: str | None, name: str) -> Any:
    """What a company's trait is by its calls."""
    setting = _setting(calls, group, name)
    return setting[-1]["traits"][name] if setting else None


def _setting(calls: Sequence[Mapping[str, Any]], group: str | None, name: str) -> list[Mapping[str, Any]]:
    of_group = [call for call in calls if call["type"] == "group" and call["groupId"] == group and name in call["traits"]]
    return sorted(of_group, key=_order)


def _order(call: Mapping[str, Any]) -> tuple[int, str, str]:
    return call.get("source", 1), *_when(call)


def _when(call: Mapping[str, Any]) -> tuple[str, str]:
    return call["timestamp"], call["messageId"]
