"""Which activities are a bot's: by what the browser or program calls itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crawlerdetect import CrawlerDetect

from contacts.calls import ACTIVITY_KINDS, Received

LONGEST_AGENT = 320  # characters looked at: names of programs come early, and twice as many cost thirty times as much where somebody means harm
MOST_KEPT = 8192  # agents whose answer is remembered; a site's visitors have some hundreds

# A run without an end is no program's name, and has the expressions try every start of it: 26 ms where an everyday agent costs 0.1.
_ENDLESS = re.compile(r"\w{40,}")

# Programs in which people read and click, which crawlerdetect lists among what is no browser; and headless browsers, whose name says how
# they are run and not by whom: sites try themselves with them.
PEOPLES = ("slack/", "microsoft office", "okhttp", "cfnetwork", "dalvik", "headless")

_detector = CrawlerDetect()


def bot_of(received: Received) -> str:
    """Why an activity is taken for a bot's, such as `crawler: Googlebot`; "" where it is not."""
    return crawler_of(received.call.kind, received.call.context)


def crawler_of(kind: str, context: Mapping[str, Any]) -> str:
    """The same, of an activity's parts."""
    agent = context.get("userAgent") if kind in ACTIVITY_KINDS else None
    return crawler(agent[:LONGEST_AGENT]) if isinstance(agent, str) else ""


@lru_cache(maxsize=MOST_KEPT)
def crawler(agent: str) -> str:
    """The reason by a user agent alone."""
    agent = _ENDLESS.sub(" ", agent)
    if not _detector.is_crawler(agent):
        return ""
    name = (_detector.matches[0] if _detector.matches else "").strip()
    return "" if name.lower().startswith(PEOPLES) else f"crawler: {name}"[:60]
