"""Which e-mail activities of a contact a mail scanner made: a pure rule over what happened around them.

Programs that guard a mailbox follow the links of what arrives before anybody reads it. What gives them away is when they come and how they come,
so the rule looks at the deliveries, opens, clicks and landings of one contact that lie near each other. It gives the same for any order of them,
and a further activity can only add marks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

DELIVERED, OPENED, CLICKED, VIEWED = "Email Delivered", "Email Opened", "Email Link Clicked", "Page Viewed"
NAMES = (DELIVERED, OPENED, CLICKED, VIEWED)

MOST_SECONDS = 300  # that a setting may reach
INFLUENCE = timedelta(seconds=2 * MOST_SECONDS)  # how far an activity can change marks: a landing follows a click, and clicks each other
NEIGHBOURHOOD = 2 * INFLUENCE  # what has to be known around an activity to judge all that it can change

AGENTS = (
    "headless", "phantomjs", "puppeteer", "playwright", "selenium", "barracuda", "mimecast", "proofpoint", "symantec", "trend micro",
    "sophos", "fortinet", "ironport", "safelinks", "urldefense",
)  # fmt: skip
TRACKING = ("utm_", "mc_", "_hs", "mkt_tok", "gclid", "fbclid", "msclkid")  # parameters that say who clicked, not what


class Evidence(StrEnum):
    """What gave a scanner away."""

    AGENT = "agent"
    NETWORK = "network"
    DELIVERY = "delivery"
    BURST = "burst"
    LANDING = "landing"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace takes for a scanner. 0 seconds switch a part off, and so does an empty list; `on` all of it.

    `links`: so many different links of one e-mail, within `seconds` of each other. `agents`: parts of user agents, in small letters.
    `networks`: addresses in CIDR notation.
    """

    on: bool = True
    links: int = 3
    seconds: int = 10
    delivery_seconds: int = 5
    agents: tuple[str, ...] = AGENTS
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An activity that has to do with an e-mail. `name` is one of NAMES; `send`: which e-mail; `link`: what was clicked; "" where unknown.

    `is_vouched`: a server told of it.
    """

    id: int
    name: str
    at: datetime
    send: str = ""
    link: str = ""
    agent: str = ""
    address: str = ""
    is_vouched: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Why an activity is taken for a scanner's; the reason goes on after "scanner: "."""

    evidence: Evidence
    reason: str


def concerns(name: str | None, properties: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether an activity has to do with an e-mail. Asked of each call of a drain."""
    if name == VIEWED:
        campaign = context.get("campaign")
        if isinstance(campaign, Mapping):
            return campaign.get("medium") == "email"
        url = properties.get("url")
        return isinstance(url, str) and "utm_medium=email" in url
    return name in (CLICKED, OPENED, DELIVERED)


def item_of(
    id: int, name: str, at: datetime, properties: Mapping[str, Any], context: Mapping[str, Any], *, is_vouched: bool = False
) -> Item | None:
    """What the rule needs of an activity; None for one that it does not concern."""
    if not concerns(name, properties, context):
        return None
    agent, address = _text(context, "userAgent").lower(), _text(context, "ip")
    if name == VIEWED:
        url = _text(properties, "url") or _text(properties, "path")
        return Item(id, name, at, _campaign(url, context), link_of(url), agent, address, is_vouched)
    link = link_of(_text(properties, "link_url")) or _text(properties, "link_id")
    send = next((given for key in ("email_id", "campaign_id", "campaign_name") if (given := _text(properties, key))), "")
    return Item(id, name, at, send, link, agent, address, is_vouched)


def judge(items: Iterable[Item], settings: Settings) -> dict[int, Mark]:
    """The marks of one contact's activities, by their ids. Each carries the first evidence that holds of it.

    What servers told of is judged by itself: anybody can have a browser say that an e-mail was delivered just before a click, or make a burst of it.
    """
    listed = sorted(items, key=lambda item: (item.at, item.id)) if settings.on else []
    vouched = [item for item in listed if item.is_vouched]
    marks = _judged(listed, settings)
    if len(vouched) in (0, len(listed)):
        return marks
    known = {item.id for item in vouched}
    return {id: mark for id, mark in marks.items() if id not in known} | _judged(vouched, settings)


def _judged(listed: Sequence[Item], settings: Settings) -> dict[int, Mark]:
    marks = {item.id: mark for item in listed if (mark := _by_itself(item, settings))}
    for found in (_near_delivery(listed, settings), _bursts(listed, settings)):
        marks = found | marks
    return _landings(listed, marks, settings) | marks


def link_of(url: str) -> str:
    """A link without what merely says where it was clicked, so that a click and the landing that it leads to are alike."""
    try:
        parts = urlsplit(url.strip())
        query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not key.lower().startswith(TRACKING)]
    except ValueError:
        return url.strip()
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/") + (f"?{urlencode(sorted(query))}" if query else "")


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _campaign(url: str, context: Mapping[str, Any]) -> str:
    campaign = context.get("campaign")
    if isinstance(campaign, Mapping):
        return _text(campaign, "name")
    try:
        return dict(parse_qsl(urlsplit(url).query)).get("utm_campaign", "")
    except ValueError:
        return ""


def _by_itself(item: Item, settings: Settings) -> Mark | None:
    """What a click says alone. A proxy that fetches the images of an e-mail does so for somebody who reads it, so opens are not judged by it."""
    if item.name not in (CLICKED, VIEWED):
        return None
    word = next((word for word in settings.agents if word in item.agent), None)
    if word:
        return Mark(Evidence.AGENT, f"clicked by a program that calls itself “{word}”")
    network = _network(item.address, settings.networks) if settings.networks and item.address else None
    return Mark(Evidence.NETWORK, f"clicked from the network {network}") if network else None


def _network(address: str, networks: tuple[str, ...]) -> str | None:
    try:
        given = ip_address(address)
    except ValueError:
        return None
    return next((str(network) for network in _parsed(networks) if given in network), None)


@lru_cache(maxsize=64)
def _parsed(networks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in networks)


def _near_delivery(items: Sequence[Item], settings: Settings) -> dict[int, Mark]:
    """What happened when hardly anybody can have read the e-mail. A landing does not say which e-mail it was, so any one counts."""
    reach = timedelta(seconds=settings.delivery_seconds)
    delivered: dict[str | None, list[datetime]] = defaultdict(list)
    for item in items:
        if item.name == DELIVERED:
            delivered[item.send].append(item.at)
            delivered[None].append(item.at)
    if not reach or not delivered:
        return {}
    mark = Mark(Evidence.DELIVERY, f"within {_seconds(settings.delivery_seconds)} of the delivery")
    return {item.id: mark for item in items if item.name != DELIVERED and _is_near(item, delivered, reach)}


def _is_near(item: Item, delivered: Mapping[str | None, Sequence[datetime]], reach: timedelta) -> bool:
    instants = delivered.get(None if item.name == VIEWED else item.send, ())
    place = bisect_left(instants, item.at - reach)
    return place < len(instants) and instants[place] <= item.at + reach


def _bursts(items: Sequence[Item], settings: Settings) -> dict[int, Mark]:
    """Many links of one e-mail at once. Clicks and landings are counted apart, for one click of a person makes both."""
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.name in (CLICKED, VIEWED) and item.link:
            groups[item.name, item.send].append(item)
    found = {}
    for group in groups.values():
        if settings.seconds and len(group) >= settings.links:
            for item, most in zip(group, _most_links(group, timedelta(seconds=settings.seconds)), strict=True):
                if most >= settings.links:
                    found[item.id] = Mark(Evidence.BURST, f"one of {most} links of an e-mail followed within {_seconds(settings.seconds)}")
    return found


def _most_links(group: Sequence[Item], span: timedelta) -> list[int]:
    """For each item the most different links that any stretch of `span` holds it together with. `group` is in order."""
    counts: Counter[str] = Counter()
    lengths, end = [], 0
    for item in group:  # the stretch that begins with it
        while end < len(group) and group[end].at - item.at <= span:
            counts[group[end].link] += 1
            end += 1
        lengths.append((len(counts), end))
        counts[item.link] -= 1
        if not counts[item.link]:
            del counts[item.link]
    most: list[int] = []
    best: deque[int] = deque()  # beginnings of stretches that hold the item, their numbers of links falling
    for place in range(len(group)):
        while best and lengths[best[-1]][0] <= lengths[place][0]:
            best.pop()
        best.append(place)
        while lengths[best[0]][1] <= place:
            best.popleft()
        most.append(lengths[best[0]][0])
    return most


def _landings(items: Sequence[Item], marks: Mapping[int, Mark], settings: Settings) -> dict[int, Mark]:
    """Pages that a marked click led to."""
    reach = timedelta(seconds=settings.seconds)
    clicks: dict[str, list[datetime]] = defaultdict(list)
    for item in items:
        if item.name == CLICKED and item.id in marks and item.link:
            clicks[item.link].append(item.at)
    found = {}
    for item in items:
        instants = clicks.get(item.link, ()) if item.name == VIEWED else ()
        place = bisect_left(instants, item.at - reach)
        if place < len(instants) and instants[place] <= item.at + reach:
            found[item.id] = Mark(Evidence.LANDING, f"within {_seconds(settings.seconds)} of a scanner’s click on the same link")
    return found


def _seconds(number: int) -> str:
    return f"{number} second{'' if number == 1 else 's'}"
