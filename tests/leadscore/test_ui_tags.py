"""The components' tags, as templates use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import ResolverMatch

NOW = datetime(2026, 11, 17, 9, 2, tzinfo=UTC)


def show(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context({"now": NOW, **context}))


def test_a_stage_says_its_name_and_no_markup_of_its_own() -> None:
    badge = show("{% stage name 3 3 %}", name="<b>Hot</b>")
    assert badge.startswith('<span class="stage s5">')
    assert badge.endswith("&lt;b&gt;Hot&lt;/b&gt;</span>")


def test_no_stage_is_said_in_words() -> None:
    assert show("{% stage '' %}").endswith("No stage yet</span>")


def test_changes_are_signed_and_coloured() -> None:
    up = show("{% points 23 signed=True tone='change' %}")
    down = show("{% points -4 signed=True tone='change' %}")
    assert (up, down) == ('<span class="tn up">+23</span>', '<span class="tn down">−4</span>')


def test_only_losses_are_coloured_in_a_ledger() -> None:
    gain = show("{% thousandths 6400 signed=True tone='loss' %}")
    loss = show("{% thousandths -5000 signed=True tone='loss' %}")
    assert (gain, loss) == ('<span class="tn">+6.4</span>', '<span class="tn down">−5</span>')


def test_no_points_are_a_dash_and_not_a_zero() -> None:
    assert show("{% points value %}", value=None) == '<span class="faint">–</span>'


def test_decimals_are_taken_as_they_are() -> None:
    assert show("{% points value %}", value=Decimal("82.3")) == '<span class="tn">82.3</span>'


def test_an_instant_is_in_the_workspaces_zone() -> None:
    request = RequestFactory().get("/")
    request.workspace = SimpleNamespace(time_zone="Asia/Tokyo")  # type: ignore[attr-defined]
    html = show("{% when instant 'clock' %}", request=request, instant=NOW)
    assert html == '<time datetime="2026-11-17T09:02:00+00:00" title="17 Nov 2026, 18:02 JST">18:02</time>'


def test_an_instant_that_never_was_says_so() -> None:
    assert show("{% when instant empty='not yet' %}", instant=None) == '<span class="faint">not yet</span>'


def test_all_instants_of_a_page_are_told_from_one_now() -> None:
    html = show("{% when earlier %}{% when later %}", earlier=NOW - timedelta(minutes=21), later=NOW + timedelta(minutes=5))
    assert re.findall(r">([^<]+)</time>", html) == ["21 min ago", "in 5 min"]


def test_the_query_keeps_filters_and_starts_from_the_first_page() -> None:
    request = RequestFactory().get("/", {"q": "a&b", "stage": ["hot", "cold"], "after": "xyz"})
    assert show("{% query sort='name' q=None %}", request=request) == "?stage=hot&amp;stage=cold&amp;sort=name"


def test_the_present_page_is_marked_by_route_or_app() -> None:
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name="list", app_names=["contacts"], namespaces=["contacts"])
    marks = show("{% current 'contacts:list' %}|{% current 'contacts:' %}|{% current 'scoring:' %}", request=request)
    assert marks == ' aria-current="page"| aria-current="page"|'


class SampleForm(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="Where leads go.")
    note = forms.CharField(required=False, widget=forms.Textarea)
    role = forms.ChoiceField(choices=[("sales", "Sales")])
    tell = forms.BooleanField(required=False)


def test_what_is_wrong_is_said_at_its_field() -> None:
    html = str(SampleForm({"email": "<nobody>", "role": "sales"}))
    described = 'aria-describedby="id_email_helptext id_email_error"'
    assert described in html
    assert 'id="id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert "Enter a valid email address." in html
    assert "&lt;nobody&gt;" in html


def test_controls_have_the_class_of_their_kind() -> None:
    form = SampleForm()
    classes = {name: show("{{ field|control }}", field=form[name]).split('class="')[1].split('"')[0] for name in form.fields}
    assert classes == {"email": "form-control", "note": "form-control", "role": "form-select", "tell": "form-check-input"}


def test_optional_fields_say_so() -> None:
    html = str(SampleForm())
    assert html.count('<span class="optional">optional</span>') == 1  # the note; a tick box needs no word
