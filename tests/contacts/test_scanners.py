"""The rule for mail scanners: what marks an e-mail's click, landing or open, and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.scanners import CLICKED, DELIVERED, OPENED, VIEWED, Evidence, Item, Settings, item_of, judge, link_of

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
USUAL = Settings()


def item(id: int, name: str, second: float, link: str = "", send: str = "may", agent: str = "", address: str = "") -> Item:
    return Item(id, name, AT + timedelta(seconds=second), send, link, agent, address)


def clicks(*seconds: float, name: str = CLICKED) -> list[Item]:
    """Clicks on different links of one e-mail."""
    return [item(id, name, second, f"x.example/{id}") for id, second in enumerate(seconds)]


def evidence(items: Sequence[Item], settings: Settings = USUAL) -> dict[int, Evidence]:
    return {id: mark.evidence for id, mark in judge(items, settings).items()}


BURST, DELIVERY, AGENT, NETWORK, LANDING = Evidence.BURST, Evidence.DELIVERY, Evidence.AGENT, Evidence.NETWORK, Evidence.LANDING


@pytest.mark.parametrize(
    ("seconds", "marked"),
    [
        ((0, 1, 2), {0, 1, 2}),
        ((0, 5, 10), {0, 1, 2}),
        ((0, 5, 10.001), set()),
        ((0, 1), set()),
        ((0, 9, 18, 27), set()),
        ((0, 5, 10, 15), {0, 1, 2, 3}),
        ((0, 600, 601, 602), {1, 2, 3}),
        ((0, 0, 0), {0, 1, 2}),
    ],
)
def test_three_links_of_one_email_within_ten_seconds_are_a_scanners(seconds: Sequence[float], marked: set[int]) -> None:
    assert evidence(clicks(*seconds)) == dict.fromkeys(marked, BURST)


def test_a_mark_says_how_many_links_and_how_fast() -> None:
    marks = judge(clicks(0, 1, 2, 3), USUAL)
    assert {mark.reason for mark in marks.values()} == {"one of 4 links of an e-mail followed within 10 seconds"}


def test_the_same_link_clicked_three_times_is_a_persons_impatience() -> None:
    assert evidence([item(id, CLICKED, id, "x.example/a") for id in range(5)]) == {}


def test_links_of_different_emails_are_not_counted_together() -> None:
    assert evidence([item(id, CLICKED, id, f"x.example/{id}", send=f"e-mail {id}") for id in range(5)]) == {}


def test_a_click_and_the_page_that_it_leads_to_are_one_link_even_where_the_site_sends_the_visitor_on() -> None:
    assert evidence([item(1, CLICKED, 0, "x.example/a"), item(2, VIEWED, 1, "x.example/en/a"), item(3, CLICKED, 3, "x.example/b")]) == {}


def test_landings_on_many_pages_at_once_are_a_scanners_as_well() -> None:
    assert evidence(clicks(0, 1, 2, name=VIEWED)) == dict.fromkeys(range(3), BURST)


def test_clicks_whose_link_is_unknown_are_no_evidence() -> None:
    assert evidence([item(id, CLICKED, id) for id in range(5)]) == {}


@pytest.mark.parametrize(("second", "found"), [(0, True), (5, True), (-5, True), (5.001, False), (-5.001, False), (60, False)])
@pytest.mark.parametrize("name", [CLICKED, OPENED, VIEWED])
def test_what_happens_within_five_seconds_of_the_delivery_is_a_scanners(name: str, second: float, found: bool) -> None:
    assert evidence([item(1, DELIVERED, 0), item(2, name, second, "x.example/a")]) == ({2: DELIVERY} if found else {})


@pytest.mark.parametrize(("delivered", "clicked", "found"), [(True, True, True), (True, False, True), (False, False, True), (False, True, False)])
def test_a_browser_s_word_says_nothing_of_a_click_that_a_server_told_of(delivered: bool, clicked: bool, found: bool) -> None:
    told = [replace(item(1, DELIVERED, 0), is_vouched=delivered), replace(item(2, CLICKED, 1, "x.example/a"), is_vouched=clicked)]
    assert evidence(told) == ({2: DELIVERY} if found else {})


def test_clicks_that_browsers_add_make_no_burst_of_a_servers() -> None:
    told = [replace(one, is_vouched=one.id == 0) for one in clicks(0, 1, 2)]
    assert evidence(told) == {1: BURST, 2: BURST}


def test_another_emails_delivery_says_nothing_of_a_click() -> None:
    assert evidence([item(1, DELIVERED, 0, send="another"), item(2, CLICKED, 1, "x.example/a")]) == {}


@pytest.mark.parametrize(
    ("name", "agent", "found"),
    [
        (CLICKED, "mozilla/5.0 (x11) headlesschrome/120.0", {1: AGENT}),
        (VIEWED, "mozilla/5.0 (x11) headlesschrome/120.0", {1: AGENT}),
        (CLICKED, "barracuda sentinel (ee)", {1: AGENT}),
        (CLICKED, "mozilla/5.0 (windows nt 10.0) chrome/120.0 safari/537.36", {}),
        (OPENED, "barracuda sentinel (ee)", {}),
        (CLICKED, "", {}),
    ],
)
def test_agents_without_a_person_give_a_click_away(name: str, agent: str, found: dict[int, Evidence]) -> None:
    assert evidence([item(1, name, 0, "x.example/a", agent=agent)]) == found


@pytest.mark.parametrize(
    ("address", "found"),
    [("203.0.113.9", {1: NETWORK}), ("203.0.114.9", {}), ("2001:db8::7", {1: NETWORK}), ("somewhere", {}), ("", {})],
)
def test_networks_that_the_workspace_names_give_a_click_away(address: str, found: dict[int, Evidence]) -> None:
    settings = replace(USUAL, networks=("203.0.113.0/24", "2001:db8::/32"))
    assert evidence([item(1, CLICKED, 0, "x.example/a", address=address)], settings) == found


def test_the_page_that_a_scanners_click_leads_to_is_the_scanners() -> None:
    clicked = item(1, CLICKED, 0, "x.example/a", agent="mimecast")
    landed = [item(2, VIEWED, 2, "x.example/a", send=""), item(3, VIEWED, 11, "x.example/a", send=""), item(4, VIEWED, 2, "x.example/b", send="")]
    assert evidence([clicked, *landed]) == {1: AGENT, 2: LANDING}


@pytest.mark.parametrize(
    "settings",
    [replace(USUAL, on=False), replace(USUAL, seconds=0, delivery_seconds=0, agents=()), replace(USUAL, links=9, delivery_seconds=0, agents=())],
)
def test_each_part_can_be_switched_off(settings: Settings) -> None:
    assert evidence([item(9, DELIVERED, 0), *clicks(0, 1, 2), item(8, CLICKED, 3, "y", agent="headless")], settings) == {}


@pytest.mark.parametrize(
    ("link", "same"),
    [
        ("https://www.X.example/pricing/?utm_source=may&utm_medium=email#top", "x.example/pricing"),
        ("http://x.example/pricing?mc_cid=1&mkt_tok=2", "x.example/pricing"),
        ("https://x.example/p?id=2&b=1&utm_campaign=c", "x.example/p?b=1&id=2"),
        ("https://x.example", "x.example"),
        ("not a link", "not a link"),
        ("https://[broken", "https://[broken"),
        ("", ""),
    ],
)
def test_links_are_told_apart_by_where_they_lead(link: str, same: str) -> None:
    assert link_of(link) == same


@pytest.mark.parametrize(
    ("name", "properties", "context", "send", "link"),
    [
        (CLICKED, {"email_id": "e1", "campaign_id": "c1", "link_url": "https://x.example/a"}, {}, "e1", "x.example/a"),
        (CLICKED, {"campaign_id": 7, "link_id": "top"}, {}, "7", "top"),
        (DELIVERED, {"campaign_name": "May"}, {}, "May", ""),
        (OPENED, {}, {}, "", ""),
        (VIEWED, {"url": "https://x.example/a?utm_medium=email&utm_campaign=May"}, {}, "May", "x.example/a"),
        (VIEWED, {"url": "https://x.example/a"}, {"campaign": {"medium": "email", "name": "May"}}, "May", "x.example/a"),
        (VIEWED, {"path": "/a"}, {"campaign": {"medium": "email"}}, "", "/a"),
    ],
)
def test_what_an_activity_says_of_an_email(name: str, properties: dict[str, Any], context: dict[str, Any], send: str, link: str) -> None:
    assert item_of(1, name, AT, properties, context) == Item(1, name, AT, send, link)


@pytest.mark.parametrize(
    ("name", "properties", "context"),
    [
        ("Page Viewed", {"url": "https://x.example/a"}, {}),
        ("Page Viewed", {"url": "https://x.example/a?utm_medium=social"}, {}),
        ("Page Viewed", {"url": "https://x.example/a"}, {"campaign": {"medium": "social"}}),
        ("Page Viewed", {"url": 5}, {"campaign": ["email"]}),
        ("Email Bounced", {}, {}),
        ("email link clicked", {}, {}),
        ("", {}, {}),
    ],
)
def test_what_has_nothing_to_do_with_an_email(name: str, properties: dict[str, Any], context: dict[str, Any]) -> None:
    assert item_of(1, name, AT, properties, context) is None


items = st.builds(
    lambda id, name, second, link, send, agent, is_vouched: replace(item(id, name, second, link, send, agent), is_vouched=is_vouched),
    st.integers(0, 10**6), st.sampled_from((DELIVERED, OPENED, CLICKED, VIEWED)), st.integers(0, 40), st.sampled_from(("", "a", "b", "c", "d")),
    st.sampled_from(("", "may")), st.sampled_from(("", "", "headless")), st.booleans(),
)  # fmt: skip
several = st.lists(items, max_size=14, unique_by=lambda one: one.id)


@given(several.flatmap(lambda listed: st.tuples(st.just(listed), st.permutations(listed))))
def test_any_order_gives_the_same_marks(both: tuple[list[Item], list[Item]]) -> None:
    assert judge(both[0], USUAL) == judge(both[1], USUAL)


@given(several, items)
def test_one_more_activity_only_adds_marks(listed: list[Item], more: Item) -> None:
    others = [one for one in listed if one.id != more.id]
    assert judge(others, USUAL).keys() <= judge([*others, more], USUAL).keys()


@given(several)
def test_each_stretch_of_many_links_is_found_as_by_looking_at_all_pairs(listed: list[Item]) -> None:
    listed = [replace(one, is_vouched=False) for one in listed]
    clicked = [one for one in listed if one.name == CLICKED and one.link]
    only_bursts = replace(USUAL, agents=(), delivery_seconds=0)
    expected = set()
    for first in clicked:
        stretch = [one for one in clicked if one.send == first.send and timedelta(0) <= one.at - first.at <= timedelta(seconds=10)]
        if len({one.link for one in stretch}) >= 3:
            expected |= {one.id for one in stretch}
    found = judge(listed, only_bursts)
    assert {one.id for one in clicked if one.id in found} == expected


def test_ten_thousand_clicks_at_once_are_judged_in_a_moment() -> None:
    many = [item(id, CLICKED, id / 1000, f"x.example/{id}") for id in range(10_000)]
    started = datetime.now(UTC)
    assert len(judge(many, USUAL)) == 10_000
    assert datetime.now(UTC) - started < timedelta(seconds=5)
