"""The main job, end to end: a visitor of a site becomes a lead, and whoever is told of it finds out who and why."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.product import Delivered, Product, wait_until

MARKETING = ["demo@leadscore.example", "nora.lindqvist@northwind.example"]
SALES = ["jonas.weber@northwind.example", "priya.nair@northwind.example", "tom.becker@northwind.example"]
TOLD = sorted(MARKETING + SALES)
TOLD_SECONDS = 30
A_SECOND_COPY_SECONDS = 5  # longer than a sweep, which would find a message that is sent again

STATES_OF_THE_PAST = """SELECT DISTINCT m.state FROM notifications_message m JOIN contacts_contact c ON c.id = m.contact_id
    WHERE c.email NOT LIKE '%%-freight.example' AND c.email NOT LIKE 'ada.moe@%%'"""


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    """Somebody else's browser, signed out."""
    with browser.new_context() as context:
        yield context.new_page()


def shop(visitor: Page, product: Product) -> None:
    """Looks at prices three times, then asks for a demo."""
    visitor.goto(f"{product.url}/demo/")
    for _ in range(3):
        visitor.get_by_role("navigation").get_by_role("link", name="Pricing").click()
        visitor.get_by_role("heading", name="By the month, robots included.").wait_for()
        visitor.wait_for_timeout(700)
    visitor.get_by_role("navigation").get_by_role("link", name="Book a demo").click()
    visitor.get_by_label("Name").fill("Ada Moe")
    visitor.get_by_label("Work e-mail").fill("ada.moe@moe-cargo.example")
    visitor.get_by_label("Company").fill("Moe Cargo")
    visitor.get_by_label("Job title").fill("Director of Logistics")
    visitor.get_by_role("main").get_by_role("button", name="Book a demo").click()
    visitor.get_by_role("heading", name="Thank you. We will call you today.").wait_for()


def about_ada(product: Product) -> list[Delivered]:
    """The mails of this story: other tests tell of their own leads to the same installation."""
    return [one for one in product.sink.delivered if "Ada Moe" in str(one.mail["Subject"])]


def link_of(one: Delivered, product: Product) -> str:
    (link,) = set(re.findall(rf"{product.url}/w/northwind/contacts/\d+/", one.text))
    return link


def sign_in(page: Page, product: Product) -> None:
    address, password = product.sign_in()
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def number(text: str) -> int:
    """A number of the page, with its true minus; thousandths are told by their digits behind the point."""
    return round(float(text.strip().replace("−", "-").replace(",", "")) * 1000)


def test_from_a_website_to_a_sales_inbox_and_back_to_the_lead(product: Product, visitor: Page, reader: Page) -> None:
    assert product.rows(STATES_OF_THE_PAST) == [("kept",)]  # it was never sent

    shop(visitor, product)
    wait_until(lambda: len(about_ada(product)) >= len(TOLD), TOLD_SECONDS, product.output)
    time.sleep(A_SECOND_COPY_SECONDS)
    mails = about_ada(product)
    assert sorted(one.recipient for one in mails) == TOLD
    assert len({one.mail["Message-ID"] for one in mails}) == len(TOLD)

    (link,) = {link_of(one, product) for one in mails}
    reader.goto(link)
    assert "/accounts/login/" in reader.url
    assert "Ada" not in reader.content()
    sign_in(reader, product)
    reader.wait_for_url(link)
    reader.get_by_role("heading", name="Ada Moe").wait_for()

    rows = reader.locator("#why > table tr:not(.g):not(.sum) td.num").all_inner_texts()
    assert len(rows) == 5  # pricing, demo, director, logistics, business address
    (total,) = reader.locator("#why > table tr.sum td.num").all_inner_texts()
    assert sum(map(number, rows)) == number(total) == number(reader.locator(".big").inner_text())
    assert number(total) == (3 * 5 + 50 + 15 + 10 + 10) * 1000


def test_the_lead_is_in_the_list_and_its_messages_in_the_log(product: Product, reader: Page) -> None:
    """Reads on where the story ends."""
    reader.goto(f"{product.url}/w/northwind/messages/")
    sign_in(reader, product)
    reader.get_by_role("heading", name="Messages").wait_for()
    newest = reader.locator("tbody tr").all_inner_texts()[: len(TOLD)]
    assert sorted(re.search(r"\S+@\S+", row)[0] for row in newest) == TOLD  # type: ignore[index]
    assert all("Sent" in row for row in newest)
    reader.goto(f"{product.url}/w/northwind/contacts/?q=moe")
    assert reader.locator("tbody tr").count() == 1
