"""Events and traits: what a workspace was sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import WorkspaceRequest, workspace_view
from contacts import catalogue
from contacts.models import Side
from leadscore.exact_json import dumps
from leadscore.htmx import wants_fragment

SHOWN = 200
TABS = {Side.EVENT: "Events", Side.CONTACT: "Contact traits", Side.COMPANY: "Company traits", Side.CONTEXT: "Context"}


class CatalogueForm(forms.Form):
    """What is asked for in the address. What is wrong there asks for events."""

    side = forms.ChoiceField(choices=list(TABS.items()), required=False)
    event = forms.CharField(max_length=200, required=False, strip=False)
    q = forms.CharField(max_length=200, required=False)


@require_safe
@vary_on_headers("HX-Request")
@workspace_view("read")
def names(request: WorkspaceRequest) -> HttpResponse:
    """The names of one kind, or the properties of one event; for htmx the list alone."""
    form = CatalogueForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    event, words = asked.get("event", ""), asked.get("q", "")
    side = Side.PROPERTY if event else Side(asked.get("side") or Side.EVENT)
    page = catalogue.page(request.workspace.id, side, SHOWN, event=event, words=words)
    context = {
        "tabs": TABS,
        "side": side,
        "event": event,
        "words": words,
        "page": page,
        "rows": [(entry, catalogue.field_of(entry), [_text(value) for value in entry.examples]) for entry in page.entries],
        "more": page.fitting - len(page.entries),
    }
    return render(request, "tracking/_names.html" if wants_fragment(request) else "tracking/names.html", context)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)
