"""The guides of docs/ as pages: every one is there, and every link of them leads somewhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from insights import guides

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(home: str) -> str:
    return f"{home}help/"


def test_help_begins_with_how_scores_work(client: Client, home: str) -> None:
    first = re.findall(rf'href="({home}help/[^"]*)"', client.get(home).content.decode())[0]
    text = client.get(first).content.decode()
    assert "<h1>How scores work</h1>" in text
    assert text.count("<h1") == 1
    assert '<td>Page Viewed {&quot;url&quot;: &quot;https://shop.example/pricing&quot;}</td>' in text
    assert "&quot;points&quot;: 5" in text


@pytest.mark.parametrize("name", guides.NAMES)
def test_each_guide_is_a_page_with_its_headings_to_link_to(client: Client, page: str, name: str) -> None:
    text = client.get(f"{page}{name}/").content.decode()
    assert f"<h1>{guides.guide(name).title}</h1>" in text
    headings = re.findall(r"<h[23]", text)
    assert len(headings) == len(set(re.findall(r'<h[23] id="([^"]+)"', text)))


@pytest.mark.parametrize(("name", "sections"), [("how-scores-work", 18), ("roles", 0)])
def test_a_long_guide_begins_with_what_it_holds(client: Client, page: str, name: str, sections: int) -> None:
    text = client.get(f"{page}{name}/").content.decode()
    linked = re.findall(r'href="#([^"]+)"', text.partition("<article")[2])
    assert linked[:sections] == re.findall(r'<h2 id="([^"]+)"', text)[:sections]
    assert ("On this page" in text, len(guides.guide(name).contents)) == (bool(sections), sections)


def test_every_link_between_guides_leads_to_a_page_and_a_heading_of_it() -> None:
    links = [link for name in guides.NAMES for link in re.findall(r'href="\.\./([a-z-]+)/(?:#([^"]+))?"', guides.guide(name).body)]
    assert len(links) > 8
    assert [link for link in links if link[1] and f'id="{link[1]}"' not in guides.guide(link[0]).body] == []


def test_no_link_leads_to_a_file_without_a_page() -> None:
    assert [href for name in guides.NAMES for href in re.findall(r'href="([^"]*)"', guides.guide(name).body) if ".md" in href or not href] == []


def test_a_guide_that_there_is_not_is_not_found(client: Client, page: str) -> None:
    assert client.get(f"{page}deployment/").status_code == 404
