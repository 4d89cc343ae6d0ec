"""Three hundred visitors and their ninety days: most only look, some come to buy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count

from demo.catalogue import (
    ARTICLES,
    CASES,
    CONSULTANTS,
    FIRMS,
    FREE_MAIL,
    INTEGRATORS,
    LEADERS,
    PRODUCTS,
    SPECIALISTS,
    WEBINARS,
    WHITE_PAPERS,
)
from demo.steps import Claim, Step, Visit, download, identify, track, view
from demo.visitors import SEED, Visitor, draw

DAYS = 90
LAST = DAYS - 3  # the longest ago that anything happens: a weekend's visit moves to the Friday before

Event = Visit | Claim
Journey = Callable[[Visitor, float], None]

HOME = view("/", "Northwind Robotics")
PRICING = view("/pricing", "Pricing", scores=True)
CAREERS = view("/careers", "Careers", scores=True)
PARTNERS = view("/partners", "Partners", scores=True)
SPARE_PARTS = view("/spare-parts", "Spare parts", scores=True)
BOOK = view("/book-a-demo", "Book a demo")


def product(rng: random.Random) -> Step:
    name = rng.choice(PRODUCTS)
    return view(f"/products/{name}", name.replace("-", " ").title())


def article(rng: random.Random) -> Step:
    name = rng.choice(ARTICLES)
    return view(f"/articles/{name}", name.replace("-", " ").capitalize())


def case(rng: random.Random) -> Step:
    name = rng.choice(CASES)
    return view(f"/customers/{name}", name.replace("-", " ").title(), scores=True)


def white_paper(rng: random.Random) -> tuple[Step, Step]:
    file, title = rng.choice(sorted(WHITE_PAPERS.items()))
    return view("/white-papers", "White papers"), download(f"{file}.pdf", title)


def earlier(rng: random.Random, than: float, most: float) -> float:
    """Some days before `than` days ago, within the ninety."""
    return min(than + rng.uniform(1.2, most), LAST)


def passes_by(one: Visitor, days_ago: float) -> None:
    """Never says who they are."""
    for _ in range(one.rng.choice((1, 1, 1, 2, 3))):
        pages = [one.rng.choice((article, product, case))(one.rng) for _ in range(one.rng.randint(0, 3))]
        one.visits(days_ago, HOME, *pages, *([PRICING] if one.rng.random() < 0.15 else []))
        days_ago = earlier(one.rng, days_ago, 12)


def reads(one: Visitor, days_ago: float) -> None:
    """Likes the articles; subscribes."""
    one.sends(earlier(one.rng, days_ago, 20), "Newsletter", article(one.rng), article(one.rng))
    if one.rng.random() < 0.55:
        one.visits(days_ago, article(one.rng), *white_paper(one.rng))
    if one.rng.random() < 0.3:
        one.visits(max(days_ago - 3, 1.1), HOME, case(one.rng), PRICING)


def evaluates(one: Visitor, days_ago: float) -> None:
    """Compares robots; registers for a webinar; does not ask for anything yet."""
    rng = one.rng
    first = earlier(rng, days_ago, 30)
    one.visits(first, HOME, product(rng), article(rng))
    registered = earlier(rng, days_ago, max(first - days_ago, 2))
    one.sends(registered, "Webinar", view("/webinars", "Webinars"))
    if rng.random() < 0.7:
        one.is_told_of(max(registered - 2, days_ago), track("Webinar Attended", title=rng.choice(WEBINARS)))
    one.visits(days_ago + 0.9, product(rng), case(rng), PRICING)
    if rng.random() < 0.5:
        one.visits(days_ago, HOME, PRICING, *white_paper(rng), PRICING)
    if rng.random() < 0.35:
        one.visits(days_ago, view("/tour", "Product tour"), track("Product Tour Watched", title="The P-200 in three minutes"))


def buys(one: Visitor, days_ago: float) -> None:
    """Looks at prices more than once, then asks for a demo; a seller takes most of these leads."""
    rng = one.rng
    first = earlier(rng, days_ago, 25)
    one.visits(first, HOME, product(rng), rng.choice((case, article))(rng))
    if rng.random() < 0.6:
        one.visits(earlier(rng, days_ago, 6), *white_paper(rng), *[PRICING] * rng.randint(0, 1))
    if rng.random() < 0.7:
        one.visits(days_ago + 0.8, HOME, product(rng), *[PRICING] * rng.randint(0, 2))
    asked = one.sends(days_ago, "Book a demo", *[PRICING] * rng.randint(0, 2), BOOK)
    if days_ago > 2 and rng.random() < 0.75:
        one.is_claimed(asked, rng.uniform(0.4, 20))
        one.visits(days_ago - rng.uniform(1, 2), rng.choice((case, product, article))(rng), *[PRICING] * rng.randint(0, 1))


def looks_for_work(one: Visitor, days_ago: float) -> None:
    one.visits(earlier(one.rng, days_ago, 9), HOME, CAREERS, view("/about", "About us"))
    if one.rng.random() < 0.5:
        one.sends(days_ago, "Job alert", CAREERS)


def studies(one: Visitor, days_ago: float) -> None:
    one.sends(earlier(one.rng, days_ago, 9), "Newsletter", article(one.rng), article(one.rng))
    one.sends(days_ago, "Webinar", *white_paper(one.rng))


def partners(one: Visitor, days_ago: float) -> None:
    rng = one.rng
    one.visits(earlier(rng, days_ago, 12), HOME, PARTNERS, product(rng))
    one.visits(days_ago + 1.5, PARTNERS, download("partner-guide.pdf", "Partner guide"))
    if rng.random() < 0.6:
        one.sends(days_ago, "Become a partner", PARTNERS)


def returns(one: Visitor, days_ago: float) -> None:
    """Has robots already: signs in, orders parts, and some want more."""
    rng = one.rng
    one.device.user_id = f"customer-{rng.randint(2000, 9999)}"
    one.is_known = True
    known = {"email": one.email, "first_name": one.first_name, "last_name": one.last_name, "job_title": one.job_title}
    one.is_claimed(one.is_told_of(LAST, identify(known)), 1)
    one.is_told_of(LAST - 0.1, Step("group", {"groupId": one.firm.domain, "traits": one.firm.traits}))
    for _ in range(rng.randint(1, 5)):
        when = rng.uniform(1, LAST - 1)
        one.is_told_of(when, track("Signed In"))
        one.visits(when, view("/portal", "Portal"), SPARE_PARTS)
    for _ in range(rng.choice((0, 1, 1, 2))):
        order = track("Order Completed", order_id=f"NR-{rng.randint(10_000, 99_999)}", revenue=rng.randint(4, 90) * 100)
        one.is_told_of(rng.uniform(1, LAST - 1), order)
    if rng.random() < 0.3:
        one.sends(days_ago, "Plan a second line", view("/portal", "Portal"))


def everyone(now: datetime) -> Iterator[Visitor]:
    """All visitors with what they did. How long ago each was last there is spread over the ninety days."""
    numbers = count()
    taken = {f"{first} {last}" for first, last, _, _ in SHOWN.values()}
    for people, journey in CAST:
        for place in range(people):
            visitor = who(journey, next(numbers), now, taken)
            taken.add(f"{visitor.first_name} {visitor.last_name}")
            journey(visitor, spread(place, people, visitor.rng))
            yield visitor


CAST: tuple[tuple[int, Journey], ...] = (
    (30, buys), (44, evaluates), (66, reads), (100, passes_by), (16, looks_for_work), (8, studies), (14, partners), (22, returns),
)  # fmt: skip
TITLES: dict[Journey, tuple[str, ...]] = {buys: LEADERS + SPECIALISTS, partners: CONSULTANTS, studies: ("Student",)}
# The first of those who buy, and the first of those who compare, are the two whom the product's pictures show.
SHOWN = {
    0: ("Ingrid", "Solheim", "Head of Operations", "ingrid.solheim@fjordfrost.example"),
    CAST[0][0]: ("Liv", "Aasen", "CFO", "liv.aasen@fjordfrost.example"),
}


def spread(place: int, people: int, rng: random.Random) -> float:
    """Days ago: the first was there less than an hour ago, the last a season ago, and more of them lately."""
    return rng.uniform(0.012, 0.04) if place == 0 else min((place / people) ** 1.25 * (LAST - 5) + rng.uniform(0.05, 1.5), LAST - 5)


def who(journey: Journey, number: int, now: datetime, taken: set[str]) -> Visitor:
    if number in SHOWN:
        return Visitor(random.Random(f"{SEED}-{number}"), now, FIRMS[0], *SHOWN[number])  # noqa: S311 - repeatable, and no secret
    firms = INTEGRATORS if journey is partners else FIRMS
    titles = TITLES.get(journey, SPECIALISTS + LEADERS[:3])
    is_private = journey in (looks_for_work, studies) or (journey is reads and number % 3 == 0)
    return draw(number, now, firms, titles, taken, mail=FREE_MAIL[number % len(FREE_MAIL)] if is_private else None)


def history(now: datetime) -> list[Event]:
    """Everything that happened in the ninety days before `now`, in order."""
    start = now - timedelta(days=DAYS)
    events = [event for visitor in everyone(now) for event in visitor.events]
    return sorted((event for event in events if start < event.at < now), key=lambda event: event.at)
