"""A workspace's worth of calls, the same for the product and for the bare script."""

from __future__ import annotations

import random
from typing import Any

CONTACTS = 20_000
CALLS_A_REQUEST = 100
PATHS = ["/", "/pricing", "/docs", "/blog", "/careers", "/features", "/customers", "/about", "/compare", "/security"]
EVENTS = ["Signed Up", "Demo Requested", "Whitepaper Downloaded", "Webinar Attended", "Trial Started", "Email Clicked"]


def document() -> dict[str, Any]:
    """30 rules: 16 of page views, 10 of other activities, 4 of the profile; limits and expiries among them."""
    rules: list[dict[str, Any]] = []
    for number in range(16):
        rules.append(
            {
                "key": f"page-{number}", "name": f"Page {number}", "when": "activity", "activity": "Page Viewed", "points": 1 + number % 5,
                "conditions": {"all": [
                    {"field": "properties.url", "op": "matches", "value": f"*{PATHS[number % 10]}*"},
                    {"field": "properties.title", "op": "not_contains", "value": f"secret {number}"},
                ]},
                "frequency": {"limit": 3, "per": ["day", "week", "month", "ever"][number % 4]} if number % 2 else None,
                "expiry": {"days": 30 + number} if number % 3 else None,
            }
        )  # fmt: skip
    for number in range(10):
        rules.append(
            {
                "key": f"event-{number}", "name": f"Event {number}", "when": "activity", "activity": EVENTS[number % 6], "points": 5 + number,
                "conditions": {"any": [{"field": "properties.value", "op": "gte", "value": number * 10},
                                       {"field": "properties.plan", "op": "is", "value": "pro"}]},
                "frequency": {"limit": 5, "per": "month"} if number % 2 else None, "expiry": {"days": 90},
            }
        )  # fmt: skip
    for number, title in enumerate(("director", "manager", "engineer", "head")):
        rules.append(
            {
                "key": f"title-{number}", "name": title, "when": "profile", "points": 10,
                "conditions": {"all": [{"field": "contact.job_title", "op": "contains", "value": title}]},
            }
        )  # fmt: skip
    stages = [{"key": f"s{threshold}", "name": f"Stage {threshold}", "threshold": threshold} for threshold in (10, 40, 75)]
    return {"key": "bench", "name": "Bench", "rules": rules, "stages": stages}


def identify(number: int) -> dict[str, Any]:
    """Who contact `number` is."""
    return {
        "type": "identify", "userId": f"u{number}", "messageId": f"i{number}", "timestamp": "2026-10-01T08:00:00Z",
        "traits": {"email": f"person{number}@company{number % 500}.example", "firstName": "Pat", "lastName": f"Person {number}",
                   "jobTitle": ["Director of IT", "Manager", "Engineer", "Head of Sales"][number % 4]},
    }  # fmt: skip


def activity(chance: random.Random, number: int) -> dict[str, Any]:
    """A page view or another activity of a random contact."""
    common = {"userId": f"u{chance.randrange(CONTACTS)}", "messageId": f"a{number}-{chance.getrandbits(64):x}",
              "timestamp": f"2026-11-{1 + number % 20:02d}T{chance.randrange(24):02d}:{chance.randrange(60):02d}:00.{number % 1000:03d}Z",
              "context": {"userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "locale": "en-GB",
                          "library": {"name": "bench", "version": "1"}}}  # fmt: skip
    if chance.random() < 0.7:
        path = chance.choice(PATHS)
        properties = {"url": f"https://shop.example{path}?n={number % 9}", "path": path, "title": f"Page {path}", "referrer": ""}
        return {"type": "page", **common, "properties": properties}
    event = chance.choice(EVENTS)
    return {"type": "track", **common, "event": event, "properties": {"value": chance.randrange(120), "plan": chance.choice(["free", "pro"])}}
