"""Which traits a contact keeps of more than browsers may give it: the same ones in whatever order its calls arrive."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from contacts.models import Source
from contacts.people import Order
from contacts.profiles import CUSTOMARY, LONGEST_TRAIT, MOST_TRAITS, set_traits

Said = tuple[dict[str, Any], Order]


def said(random: Random, number: int) -> Said:
    """One call of many that name more traits than are kept, some of them again and again."""
    source = Source.SERVER if random.random() < 0.05 else Source.BROWSER
    names = [f"t{random.randrange(900)}" for _ in range(random.randrange(30))] + random.sample(sorted(CUSTOMARY), 1)
    return dict.fromkeys(names, number), [source, f"2026-03-{random.randrange(1, 29):02}", f"m{number:03}"]


def kept(calls: list[Said]) -> tuple[dict[str, Any], dict[str, Order]]:
    traits: dict[str, Any] = {}
    orders: dict[str, Order] = {}
    for named, order in calls:
        set_traits(traits, orders, named, order)
    return traits, orders


def as_the_text_says(calls: list[Said]) -> dict[str, Any]:
    """Every trait by its latest call; what servers said and the customary ones, and of the others the latest that have room."""
    latest: dict[str, tuple[Order, Any]] = {}
    for named, order in sorted(calls, key=lambda call: call[1]):
        latest.update({name: (order, value) for name, value in named.items()})
    stays = {name for name, (order, _) in latest.items() if order[0] == Source.SERVER or name in CUSTOMARY}
    others = sorted(latest.keys() - stays, key=lambda name: (latest[name][0], name), reverse=True)
    return {name: latest[name][1] for name in {*stays, *others[: max(0, MOST_TRAITS - len(stays))]}}


@pytest.mark.parametrize("seed", range(5))
def test_the_same_traits_are_kept_in_whatever_order_calls_arrive(seed: int) -> None:
    random = Random(seed)
    calls = [said(random, number) for number in range(200)]
    expected = as_the_text_says(calls)
    assert len(expected) == MOST_TRAITS
    for _ in range(4):
        random.shuffle(calls)
        assert kept(calls)[0] == expected


def test_what_two_contacts_kept_is_together_what_one_would_have_kept() -> None:
    random = Random(7)
    calls = [said(random, number) for number in range(200)]
    traits, orders = kept(calls[:120])
    for name, value in (theirs := kept(calls[120:]))[0].items():
        set_traits(traits, orders, {name: value}, theirs[1][name])
    assert (traits, orders) == kept(calls)
    assert traits == as_the_text_says(calls)


def test_servers_traits_have_no_end_and_leave_browsers_the_customary_ones() -> None:
    browser = ({"email": "ada@example.org", "plan": "pro"}, [Source.BROWSER, "2026-03-02", "a"])
    server = ({f"s{number}": 1 for number in range(MOST_TRAITS + 100)}, [Source.SERVER, "2026-03-01", "b"])
    assert kept([browser, server])[0] == kept([server, browser])[0] == {"email": "ada@example.org", **server[0]}


LONG = "x" * (LONGEST_TRAIT - len("name"))


@pytest.mark.parametrize(
    ("source", "value", "stays"),
    [
        (Source.BROWSER, LONG, True), (Source.BROWSER, LONG + "x", False), (Source.SERVER, LONG + "x", True), (Source.BROWSER, [LONG], False),
        (Source.BROWSER, {"a": [1] * 1_900}, True), (Source.BROWSER, {"a": [1] * 2_100}, False), (Source.BROWSER, 10**4_200, False),
        (Source.BROWSER, 10**300, True), (Source.BROWSER, None, True),
    ],
)  # fmt: skip
def test_what_is_too_long_of_a_browser_leaves_the_value_before(source: Source, value: Any, stays: bool) -> None:
    before = ({"name": "Ada"}, [Source.BROWSER, "2026-03-01", "a"])
    later = ({"name": value, "plan": "pro"}, [source, "2026-03-02", "b"])
    assert kept([before, later])[0] == kept([later, before])[0] == {"name": value if stays else "Ada", "plan": "pro"}


def test_a_name_may_not_be_too_long_either() -> None:
    assert kept([({"n" * LONGEST_TRAIT: 1, "plan": "pro"}, [Source.BROWSER, "2026-03-01", "a"])])[0] == {"plan": "pro"}
