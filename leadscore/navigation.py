"""What the frame of every page shows: the theme, and for a member of a workspace where they are and where they can go."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Membership, Workspace
from scoring.models import ScoringType

THEMES = ("light", "dark", "auto")


class Navigation:
    """The rail's lists. Each is one query, made when a template first asks, so a fragment without a rail costs nothing."""

    def __init__(self, workspace: Workspace, membership: Membership) -> None:
        self.workspace = workspace
        self.membership = membership

    @cached_property
    def scoring_types(self) -> QuerySet[ScoringType]:
        return self.workspace.scoring_types.filter(archived_at=None).only("workspace", "key", "name").order_by("name")

    @cached_property
    def other_workspaces(self) -> QuerySet[Workspace]:
        """The person's further workspaces, by name."""
        own = Workspace.objects.filter(memberships__user=self.membership.user_id)
        return own.exclude(pk=self.workspace.pk).order_by("name")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `theme`, `theme_choice`, whether mail is kept (`mail_is_kept`), and `nav` on a workspace's pages."""
    chosen = request.COOKIES.get("theme", "auto")
    choice = chosen if chosen in THEMES else "auto"
    theme = "dark" if choice == "dark" else "light"
    return {"theme_choice": choice, "theme": theme, "mail_is_kept": settings.MAIL_IS_KEPT, "nav": _navigation(request)}


def _navigation(request: HttpRequest) -> Navigation | None:
    """None on pages outside a workspace: signing in, the account, errors."""
    workspace = getattr(request, "workspace", None)
    membership = getattr(request, "membership", None)
    return Navigation(workspace, membership) if workspace and membership else None
