"""Which activities are a bot's: by what the browser or program calls itself."""
from __future__ import annotations

from functools import lru_cache

from crawlerdetect import CrawlerDetect

from contacts.calls import Received

LONGEST_AGENT = 512  # characters looked at; names of programs come early, and each new agent costs up to a millisecond
MOST_KEPT = 8192  # agents whose answer is remembered; a site's visitors have some hundreds

# Programs in which people read and click, which crawlerdetect lists among what is no browser; and headless browsers, whose name says how
# they are run and not by whom: sites try themselves with them.
PEOPLES = ("slack/", "microsoft office", "okhttp", "cfnetwork", "dalvik", "headless")

_detector = CrawlerDetect()


def bot_of(received: Received) -> str:
    """Why an activity is taken for a bot's, such as `crawler: Googlebot`; "" where it is not."""
    agent = received.call.context.get("userAgent") if received.is_activity else None
    return crawler(agent[:LONGEST_AGENT]) if isinstance(agent, str) else ""


@lru_cache(maxsize=MOST_KEPT)
def crawler(agent: str) -> str:
    """The reason by a user agent alone."""
    if not _detector.is_crawler(agent):
        return ""
    name = (_detector.matches[0] if _detector.matches else "").strip()
    return "" if name.lower().startswith(PEOPLES) else f"crawler: {name}"[:60]
