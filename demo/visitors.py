"""One visitor of the pretend company's site: the same person at every loading; only the dates follow the present."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from demo import steps
from demo.catalogue import FREE_MAIL, NAMES, Firm
from demo.company import SELLERS
from demo.steps import Claim, Device, Step, Visit

SEED = 20


@dataclass(slots=True)
class Visitor:
    """One person: who they are, their browser, and what they have done so far."""

    rng: random.Random
    now: datetime
    firm: Firm
    first_name: str
    last_name: str
    job_title: str
    email: str
    events: list[Visit | Claim] = field(default_factory=list)
    is_known: bool = False
    device: Device = field(init=False)

    def __post_init__(self) -> None:
        self.device = Device(self.rng)

    def visits(self, days_ago: float, *doing: Step) -> datetime:
        """A visit about so many days ago; when it ended."""
        at = self.moment(days_ago)
        self.events.append(self.device.visit(at, doing))
        return at

    def sends(self, days_ago: float, form: str, *before: Step) -> datetime:
        """A visit that ends with a form. The site's server looks up the company of those who say who they are at work."""
        traits = {"email": self.email, "first_name": self.first_name, "last_name": self.last_name}
        if form != "Newsletter":
            traits["job_title"] = self.job_title
        at = self.visits(days_ago, *before, steps.identify(traits), steps.form(form))
        if not self.is_known and self.email.endswith(self.firm.domain):
            self.events.append(self.device.told(at + timedelta(seconds=2), [steps.group(self.firm.domain, self.firm.traits)]))
        self.is_known = True
        return at

    def is_told_of(self, days_ago: float, step: Step) -> datetime:
        """Something that the site's server sends."""
        at = self.moment(days_ago)
        self.events.append(self.device.told(at, [step]))
        return at

    def is_claimed(self, after: datetime, hours: float) -> None:
        self.events.append(Claim(after + timedelta(hours=hours), self.email, self.rng.choice(SELLERS)))

    def moment(self, days_ago: float) -> datetime:
        """On that day in working hours, seldom on a weekend, and not in the future."""
        if days_ago < 1:
            return self.now - timedelta(days=days_ago)
        hour = min(max(self.rng.gauss(12.5, 3.2), 5.5), 20.5)
        day = (self.now - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0, microsecond=0)
        at = day + timedelta(hours=hour, microseconds=self.rng.randint(0, 999_999))
        return at - timedelta(days=2) if at.weekday() >= 5 and self.rng.random() < 0.8 else at


def draw(number: int, now: datetime, firms: Sequence[Firm], titles: Sequence[str], taken: Collection[str], *, mail: str | None = None) -> Visitor:
    """The visitor with this number, under a name that is not taken."""
    rng = random.Random(f"{SEED}-{number}")  # noqa: S311 - repeatable, and no secret
    while True:
        firm = rng.choice(firms)
        firsts, lasts = NAMES[firm.names]
        first, last = rng.choice(firsts.split()), rng.choice(lasts.split())
        if f"{first} {last}" not in taken:
            return Visitor(rng, now, firm, first, last, rng.choice(titles), address(first, last, mail or firm.domain, number))


def address(first: str, last: str, domain: str, number: int) -> str:
    """At a free mail provider with a number that no real person is likely to have."""
    name = f"{ascii_of(first)}.{ascii_of(last)}"
    return f"{name}.demo{1000 + number}@{domain}" if domain in FREE_MAIL else f"{name}@{domain}"


def ascii_of(text: str) -> str:
    table = str.maketrans({"ø": "o", "æ": "ae", "å": "a", "ö": "oe", "ü": "ue", "ä": "ae", "ß": "ss", "ł": "l", "ı": "i", "-": ""})
    return "".join(char for char in unicodedata.normalize("NFD", text.lower().translate(table)) if char.isascii())
