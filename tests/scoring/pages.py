"""What tests of the editor's pages share: a draft to begin with, addresses, what a form posts."""

from __future__ import annotations

from collections.abc import Callable
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
