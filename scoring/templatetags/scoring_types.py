"""What the pages of scoring types say in more than one place: sentences, and what is wrong at a field."""

from __future__ import annotations

from typing import Protocol

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from leadscore import formats
from leadscore.templatetags import ui
from scoring.sentences import Sentence

register = template.Library()


class Counted(Protocol):
    @property
    def count(self) -> int: ...

    @property
    def margin(self) -> int: ...


class Findings(Protocol):
    def at(self, path: str) -> list[str]: ...


@register.filter
def emphasised(sentence: Sentence) -> SafeString:
    """The sentence with what was chosen in it set strong."""
    return format_html_join("", "{}", ((format_html("<b>{}</b>", part.text) if part.strong else part.text,) for part in sentence))


@register.simple_tag
def estimate(counted: Counted | None) -> SafeString:
    """A number, with how far it may be off where that is not 0."""
    if counted is None or not counted.margin:
        return ui.points(counted.count if counted else None)
    number, margin = ui.points(counted.count), formats.number(counted.margin)
    return format_html('<span class="nowrap">{}<span class="margin xs soft"> ± {}</span></span>', number, margin)


@register.simple_tag
def percent(share: float) -> str:
    """A share from 0 to 1: `12 %`, `under 1 %`."""
    return "under 1 %" if 0 < share < 0.01 else f"{round(share * 100)} %"


@register.simple_tag
def wrong(findings: Findings | None, at: str, name: str, id: str, lead: str = "") -> SafeString:
    """What is wrong with the value `name` of the entry at `at`, below its field; nothing where all is well. `lead`: which field it is."""
    told = findings.at(_path(at, name)) if findings else []
    if not told:
        return SafeString()
    lines = format_html_join("", '<li><i class="ti ti-alert-circle" aria-hidden="true"></i><span>{}{}</span></li>', ((lead, line) for line in told))
    return format_html('<ul class="wrong" id="{}">{}</ul>', _id(id, name), lines)


@register.simple_tag
def invalid(findings: Findings | None, at: str, name: str, id: str) -> SafeString:
    """The attributes of a field that something is wrong with."""
    if not findings or not findings.at(_path(at, name)):
        return SafeString()
    return format_html(' aria-invalid="true" aria-describedby="{}"', _id(id, name))


def _id(id: str, name: str) -> str:
    return f"{id}-{name.replace('.', '-')}-wrong"


def _path(at: str, name: str) -> str:
    return f"{at}.{name}" if at and name else at or name
