"""What tests of the editor's pages share: a draft to begin with, addresses, what a form posts."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from scoring import drafts
from scoring.models import ScoringType
from tests.scoring.documents import document

Make = Callable[..., None]
HTMX = {"HX-Request": "true"}


def maker(workspace: Workspace, alice: User, client: Client) -> Make:
    """Signs Alice in; then makes a type whose draft is the smallest document with the given keys."""
    client.force_login(alice)

    def make(**changes: Any) -> None:
        with workspace_scope(workspace.id):
            drafts.create(workspace, document(**changes), by=alice)

    return make


def url(name: str, *more: object) -> str:
    return reverse(f"scoring:{name}", args=["acme", "new-leads", *more])


def draft(workspace: Workspace) -> dict[str, Any]:
    with workspace_scope(workspace.id):
        stored: dict[str, Any] = ScoringType.objects.get(workspace=workspace, key="new-leads").draft
    return stored


def fields(**changes: Any) -> dict[str, Any]:
    """A posted rule without conditions."""
    return {"revision": 1, "do": "save", "name": "", "activity": "Page Viewed", "points": "5", "often": "", "expires": "", **changes}


def leaf(name: str, **parts: str) -> dict[str, str]:
    """The posted fields of one condition."""
    return {f"{name}.{part}": value for part, value in parts.items()}


def stages_posted(**changes: Any) -> dict[str, Any]:
    posted = {"revision": 1, "stage": ["cold", "hot"]}
    for key, name, threshold in (("cold", "Cold", "10"), ("hot", "Hot", "40")):
        posted |= {f"s.{key}.name": name, f"s.{key}.threshold": threshold, f"s.{key}.quiet_days": "30"}
    return {**posted, **changes}


def stages_of(workspace: Workspace) -> list[tuple[str, Any]]:
    return [(one["key"], one.get("threshold")) for one in draft(workspace)["stages"]]


class _Fields(HTMLParser):
    """What a browser would post of the form with this id."""

    def __init__(self, id: str) -> None:
        super().__init__()
        self.id, self.inside, self.select = id, False, ""
        self.posted: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.id
        if not self.inside:
            return
        if tag == "select":
            self.select = given["name"]
        elif tag == "option" and self.select and ("selected" in given or self.select not in self.posted):
            self.posted[self.select] = given["value"]
        elif tag == "input" and given["name"] != "csrfmiddlewaretoken":
            self.posted[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""


def posted_by(html: str, form: str) -> dict[str, Any]:
    """The fields of a form as they stand in a page, and the button that saves."""
    parser = _Fields(form)
    parser.feed(html)
    return {**parser.posted, "do": "save"}
