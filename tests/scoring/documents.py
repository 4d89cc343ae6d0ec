"""Documents for tests: the smallest valid one, and the one of the specification's example."""

from __future__ import annotations

import copy
from typing import Any

PRICING = {"all": [{"field": "properties.url", "op": "matches", "value": "*/pricing*"}]}


def document(**changes: Any) -> dict[str, Any]:
    """The smallest valid document, with the given keys."""
    return {"key": "new-leads", "name": "New leads", **changes}


def rule(**changes: Any) -> dict[str, Any]:
    """A valid activity rule, with the given keys; a key given as `...` is left out."""
    base = {"key": "r", "name": "R", "when": "activity", "activity": "Page Viewed", "points": 5}
    return {key: value for key, value in {**base, **changes}.items() if value is not ...}


def profile_rule(**changes: Any) -> dict[str, Any]:
    conditions = {"field": "contact.job_title", "op": "contains", "value": "director"}
    return {"key": "p", "name": "P", "when": "profile", "points": 20, "conditions": conditions, **changes}


def stage(**changes: Any) -> dict[str, Any]:
    return {"key": "hot", "name": "Hot", "threshold": 40, **changes}


def criterion(**changes: Any) -> dict[str, Any]:
    conditions = {"field": "company.industry", "op": "is", "value": "Software"}
    return {"name": "Software industry", "steps": 2, "conditions": conditions, **changes}


_EXAMPLE: dict[str, Any] = {
    "key": "new-leads",
    "name": "New leads",
    "groups": [{"key": "engagement", "name": "Engagement", "maximum": 100}],
    "rules": [
        {
            "key": "pricing",
            "name": "Viewed the pricing page",
            "when": "activity",
            "activity": "Page Viewed",
            "points": 5,
            "group": "engagement",
            "conditions": PRICING,
            "frequency": {"limit": 3, "per": "day"},
            "expiry": {"days": 90},
        },
        {
            "key": "keen",
            "name": "Three pricing views within a week",
            "when": "activity",
            "activity": "Page Viewed",
            "points": 15,
            "conditions": PRICING,
            "frequency": {"reach": 3, "within_days": 7},
        },
        {
            "key": "director",
            "name": "Director or above",
            "when": "profile",
            "points": 20,
            "conditions": {"any": [{"field": "contact.job_title", "op": "contains", "value": "director"}]},
        },
        {"key": "silent", "name": "Silent for 30 days", "when": "inactivity", "days": 30, "points": -10, "times": 3},
        {"key": "won", "name": "Became a customer", "when": "reset", "activity": "Order Completed"},
    ],
    "stages": [
        {"key": "cold", "name": "Cold leads", "threshold": 10},
        {"key": "hot", "name": "Hot leads", "threshold": 40, "notify": ["team:marketing"]},
        {
            "key": "mql",
            "name": "Marketing qualified leads",
            "threshold": 75,
            "by_grade": {"C": 90, "F": None},
            "notify": ["team:sales", "owner"],
        },
    ],
    "grade": {
        "start": "D",
        "criteria": [
            {"name": "Software industry", "steps": 2, "conditions": {"all": [{"field": "company.industry", "op": "is", "value": "Software"}]}}
        ],
    },
}


def example() -> dict[str, Any]:
    """A document with every kind of rule."""
    return copy.deepcopy(_EXAMPLE)
