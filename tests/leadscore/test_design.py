"""What the design language promises of every page: readable colours, and nothing that a strict Content-Security-Policy refuses."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = sorted(path for path in (settings.BASE_DIR / "templates").rglob("*.html") if "mail" not in path.parts)
INLINE = re.compile(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)
MAKES_ELEMENTS = "points|thousandths|when|icon|stage|avatar|sparkline"
ELEMENT_IN_AN_ATTRIBUTE = re.compile(rf"""[a-z-]+="[^"<>]*{{% (?:{MAKES_ELEMENTS}) [^"<>]*\"""")
TOKEN = re.compile(r"--ls-([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


def tokens() -> dict[str, tuple[str, str]]:
    text = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    return {name: (light, dark) for name, light, dark in TOKEN.findall(text)}


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG 2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


INKS = ["ink", "ink-2", "ink-3", "accent", "good", "bad", "warn", *(f"s{number}-ink" for number in range(6))]
GROUNDS = ["paper", "surface", "sunken"]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_ink_is_readable_on_every_ground(theme: int) -> None:
    colours = tokens()
    ratios = {(ink, ground): contrast(colours[ink][theme], colours[ground][theme]) for ink, ground in product(INKS, GROUNDS)}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("fill", ["accent-fill", "bad-fill"])
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_white_is_readable_on_filled_buttons(fill: str, theme: int) -> None:
    assert contrast("#ffffff", tokens()[fill][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_lightness_of_stages_moves_one_way(theme: int) -> None:
    lights = [luminance(tokens()[f"s{number}"][theme]) for number in range(1, 6)]
    assert lights in (sorted(lights), sorted(lights, reverse=True))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_templates_hold_no_inline_style_or_script(template: Path) -> None:
    assert INLINE.findall(template.read_text()) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_no_attribute_holds_an_element(template: Path) -> None:
    assert ELEMENT_IN_AN_ATTRIBUTE.findall(template.read_text()) == []
