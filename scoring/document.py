"""The scoring type document (docs/scoring.md): checked, and read into the model the engine computes with.

Pure. Documents are parsed JSON. `problems` says whether one is valid, `parse` reads a valid one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from contacts import conditions
from contacts.checking import Problem
from scoring.document_problems import problems
from scoring.model import (
    ActivityRule,
    Criterion,
    Expiry,
    Frequency,
    Grade,
    Group,
    InactivityRule,
    Model,
    ProfileRule,
    ResetRule,
    Rule,
    Stage,
)
from scoring.worth import living_days

__all__ = ["Model", "Problem", "parse", "problems"]


def parse(document: Mapping[str, Any], time_zone: str) -> Model:
    """The model of a valid document; `time_zone` is an IANA name, frozen with the version."""
    zone = ZoneInfo(time_zone)
    rules = tuple(_rule(rule, position, zone) for position, rule in enumerate(document.get("rules", [])))
    activity_rules = [rule for rule in rules if isinstance(rule, ActivityRule)]
    resets = [rule for rule in rules if isinstance(rule, ResetRule)]
    return Model(
        key=document["key"],
        name=document["name"],
        description=document.get("description", ""),
        minimum=document.get("minimum", 0),
        maximum=document.get("maximum"),
        groups=tuple(_group(group) for group in document.get("groups", [])),
        rules=rules,
        stages=tuple(_stage(stage) for stage in document.get("stages", [])),
        grade=_grade(document.get("grade")),
        zone=zone,
        by_activity={name: tuple(rule for rule in activity_rules if rule.activity == name) for name in {rule.activity for rule in activity_rules}},
        profile_rules=tuple(rule for rule in rules if isinstance(rule, ProfileRule)),
        silences=tuple(rule for rule in rules if isinstance(rule, InactivityRule)),
        resets={name: tuple(rule for rule in resets if rule.activity == name) for name in {rule.activity for rule in resets}},
        fading={rule.position: living_days(rule.expiry) for rule in activity_rules if rule.expiry is not None and rule.expiry.fades},
        relative=_relative(document),
    )


def _group(group: Mapping[str, Any]) -> Group:
    return Group(group["key"], group["name"], group.get("minimum"), group.get("maximum"))


def _rule(rule: Mapping[str, Any], position: int, zone: ZoneInfo) -> Rule:
    common = {"position": position, "key": rule["key"], "name": rule["name"]}
    if rule["when"] == "reset":
        return ResetRule(**common, activity=rule["activity"], test=conditions.compile(rule.get("conditions")))
    common |= {"points": rule["points"], "group": rule.get("group")}
    if rule["when"] == "profile":
        return ProfileRule(**common, test=conditions.compile(rule["conditions"]))
    if rule["when"] == "inactivity":
        return InactivityRule(**common, days=rule["days"], times=rule.get("times", 1), activity=rule.get("activity"))
    frequency, expiry = rule.get("frequency"), rule.get("expiry")
    return ActivityRule(
        **common,
        activity=rule["activity"],
        frequency=None if frequency is None else Frequency(**frequency),
        expiry=None if expiry is None else Expiry(**expiry),
        zone=zone,
        test=conditions.compile(rule.get("conditions")),
        fields=conditions.fields(rule.get("conditions")),
    )


def _stage(stage: Mapping[str, Any]) -> Stage:
    return Stage(
        stage["key"], stage["name"], stage["threshold"], stage.get("by_grade", {}), tuple(stage.get("notify", [])), stage.get("quiet_days", 30)
    )


def _grade(grade: Mapping[str, Any] | None) -> Grade | None:
    if grade is None:
        return None
    criteria = (Criterion(one["name"], one["steps"], conditions.compile(one["conditions"])) for one in grade.get("criteria", []))
    return Grade(grade.get("start", "D"), tuple(criteria))


def _relative(document: Mapping[str, Any]) -> tuple[conditions.Relative, ...]:
    asked = [rule["conditions"] for rule in document.get("rules", []) if rule["when"] == "profile"]
    asked += [one["conditions"] for one in (document.get("grade") or {}).get("criteria", [])]
    return tuple(leaf for node in asked for leaf in conditions.relative_leaves(node))
