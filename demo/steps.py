"""What a visitor's browser, or the site's server, sends: the calls of one visit as the tracking protocol has them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contacts.models import Source
from demo.catalogue import CAMPAIGNS, REFERRERS
from demo.company import SITE

Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a visitor does. `scores` is false where no rule of the demo looks at it."""

    type: str
    fields: Mapping[str, Any]
    scores: bool = True


@dataclass(frozen=True, slots=True)
class Visit:
    """A request: calls that arrive together at `at`."""

    at: datetime
    source: Source
    calls: Sequence[Call]
    scores: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A seller takes the lead with this address."""

    at: datetime
    email: str
    seller: str


@dataclass(slots=True)
class Device:
    """A browser: what its calls have in common."""

    rng: random.Random
    locale: str = "en-GB"
    anonymous_id: str = field(init=False)
    user_id: str | None = None

    def __post_init__(self) -> None:
        self.anonymous_id = self.new_id()

    def new_id(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def visit(self, at: datetime, steps: Sequence[Step]) -> Visit:
        """Pages are looked at for half a minute or so each; the last step is just before `at`."""
        moments = self._moments(at, len(steps))
        arrival = self._arrival()
        calls = [self._call(step, moment, arrival) for step, moment in zip(steps, moments, strict=True)]
        return Visit(at, Source.BROWSER, calls, any(step.scores for step in steps))

    def told(self, at: datetime, steps: Iterable[Step]) -> Visit:
        """What the site's server knows of this visitor and sends with its secret key."""
        calls = [self._named(step, at, {"library": {"name": "northwind-site", "version": "3.2"}}) for step in steps]
        return Visit(at, Source.SERVER, calls, scores=True)

    def _moments(self, at: datetime, number: int) -> list[datetime]:
        moments = [at - timedelta(milliseconds=self.rng.randint(300, 900))]
        while len(moments) < number:
            moments.append(moments[-1] - timedelta(seconds=self.rng.randint(6, 95), milliseconds=self.rng.randint(0, 999)))
        return moments[::-1]

    def _arrival(self) -> dict[str, Any]:
        if self.rng.random() < 0.18:
            name = self.rng.choice(CAMPAIGNS)
            return {"referrer": "https://www.linkedin.com/", "campaign": {"name": name, "source": "linkedin", "medium": "paid-social"}}
        return {"referrer": self.rng.choice(REFERRERS)}

    def _call(self, step: Step, at: datetime, arrival: Mapping[str, Any]) -> Call:
        page = step.fields.get("properties", {}) if step.type == "page" else {}
        page = {"url": f"{SITE}/", "path": "/", "title": "Northwind Robotics", "search": "", **page, "referrer": arrival["referrer"]}
        context = {"page": page, "locale": self.locale, "library": {"name": "leadscore.js", "version": "0.1.0"}}
        if "campaign" in arrival:
            context["campaign"] = arrival["campaign"]
        call = self._named(step, at, context)
        return {**call, "properties": page} if step.type == "page" else call

    def _named(self, step: Step, at: datetime, context: Mapping[str, Any]) -> Call:
        call = {"type": step.type, "messageId": self.new_id(), "timestamp": at.isoformat(), "anonymousId": self.anonymous_id, **step.fields}
        return {**call, "context": dict(context), **({"userId": self.user_id} if self.user_id else {})}


def view(path: str, title: str, *, scores: bool = False) -> Step:
    return Step("page", {"properties": {"url": f"{SITE}{path}", "path": path, "title": title}}, scores)


def track(event: str, **properties: Any) -> Step:
    return Step("track", {"event": event, "properties": properties})


def form(name: str) -> Step:
    return track("Form Submitted", form=name, form_name=name, form_id=name.lower().replace(" ", "-"))


def download(file: str, title: str) -> Step:
    return track("File Downloaded", file=file, title=title, url=f"{SITE}/files/{file}")


def identify(traits: Mapping[str, Any]) -> Step:
    return Step("identify", {"traits": dict(traits)})


def group(domain: str, traits: Mapping[str, Any]) -> Step:
    return Step("group", {"groupId": domain, "traits": dict(traits)})
