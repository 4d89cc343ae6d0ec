"""What each role and each key may do, and the door every page of a workspace goes through."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import SimpleTemplateResponse

from accounts.models import Membership, Role, User, Workspace
from accounts.scope import workspace_scope

Right = Literal[
    "read",
    "assign", "claim",
    "contacts", "adjust", "scoring",
    "members", "teams", "keys", "settings", "audit",
    "delete_workspace", "name_owners",
    "track",
]  # fmt: skip

# What a role may do beyond the role before it.
_GAINED: Mapping[Role, tuple[Right, ...]] = {
    Role.VIEWER: ("read",),
    Role.SALES: ("assign", "claim"),
    Role.MARKETER: ("contacts", "adjust", "scoring"),
    Role.ADMIN: ("members", "teams", "keys", "settings", "audit"),
    Role.OWNER: ("delete_workspace", "name_owners"),
}


def _accumulate() -> dict[str, frozenset[Right]]:
    rights: frozenset[Right] = frozenset()
    table: dict[str, frozenset[Right]] = {}
    for role, gained in _GAINED.items():
        rights = rights | frozenset(gained)
        table[role.value] = rights
    return table


RIGHTS: Mapping[str, frozenset[Right]] = _accumulate()
"""Role → rights. Each role has what the roles before it have."""

SCOPES: Mapping[str, frozenset[Right]] = {
    "track": frozenset({"track"}),
    "read": RIGHTS[Role.VIEWER],
    "write": RIGHTS[Role.MARKETER],
    "admin": RIGHTS[Role.ADMIN],
}
"""Scope of a key → rights. No key deletes a workspace or names an owner."""


def rights_of_scopes(scopes: Iterable[str]) -> frozenset[Right]:
    """All that a key with these scopes may do."""
    return frozenset().union(*(SCOPES[scope] for scope in scopes))


@dataclass(frozen=True)
class KeyFacts:
    """What a request needs to know of the key it came with."""

    id: int
    workspace_id: int
    kind: str
    scopes: tuple[str, ...]
    requests_per_second: int
    allowed_origins: tuple[str, ...]
    revoked: bool
    last_used_at: datetime | None

    def may(self, right: Right) -> bool:
        return not self.revoked and right in rights_of_scopes(self.scopes)


class WorkspaceRequest(HttpRequest):
    """A request that `workspace_view` has let in."""

    user: User
    workspace: Workspace
    membership: Membership
    rights: frozenset[Right]


WorkspaceView = Callable[..., HttpResponseBase]


def workspace_view(right: Right, *, post: Right | None = None) -> Callable[[WorkspaceView], Callable[..., HttpResponseBase]]:
    """Lets in members with `right`, and opens the workspace's scope around the view and the rendering of its template.

    For paths with a `workspace` slug, which is not passed on: the view finds `request.workspace`, `.membership` and `.rights`.
    Signed out → the sign-in page and back; no such workspace or not a member → 404; a member without the right → 403.
    A streaming response is sent after the scope has closed: its generator opens one of its own.

    Args:
        post: the right needed for unsafe methods, where it is another than `right`.
    """

    def decorate(view: WorkspaceView) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, workspace: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            membership = _membership(signed_in(request), workspace)
            admitted = _admit(request, membership, right if request.method in ("GET", "HEAD", "OPTIONS") else post or right)
            with workspace_scope(membership.workspace_id):
                return _not_kept(_rendered(view(admitted, **kwargs)))

        return guarded

    return decorate


def signed_in(request: HttpRequest) -> User:
    """The person of a request that is known to have one."""
    assert isinstance(request.user, User)
    return request.user


def _membership(user: User, slug: str) -> Membership:
    try:
        return Membership.objects.select_related("workspace").get(user=user, workspace__slug=slug)
    except Membership.DoesNotExist:
        raise Http404("no such workspace among yours") from None


def _admit(request: HttpRequest, membership: Membership, right: Right) -> WorkspaceRequest:
    """The same request, now knowing its workspace; the session remembers it as the last one used."""
    admitted: WorkspaceRequest = request  # type: ignore[assignment]
    admitted.workspace = membership.workspace
    admitted.membership = membership
    admitted.rights = RIGHTS[membership.role]
    if right not in admitted.rights:
        raise PermissionDenied(f"{membership.get_role_display()} lacks the right {right}")
    if request.session.get(LAST_WORKSPACE) != membership.workspace_id:
        request.session[LAST_WORKSPACE] = membership.workspace_id
    return admitted


LAST_WORKSPACE = "last_workspace"
"""Session key of the id of the workspace used last."""


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    return response.render() if isinstance(response, SimpleTemplateResponse) else response


def _not_kept(response: HttpResponseBase) -> HttpResponseBase:
    """Nothing on the way keeps a page about people, nor does a browser for whoever sits down at it next. A view may have said so already."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A redirect; for a fragment, htmx is told to load the sign-in page instead of placing it in the fragment.

    What was sent from a form is still there in the page, so that stays: the status alone has it say so.
    """
    if not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=401)
    path = _path_of(request.headers.get("HX-Current-URL", "/"))
    return HttpResponse(status=401, headers={"HX-Redirect": redirect_to_login(path)["Location"]})


def _path_of(address: str) -> str:
    """Path and query of the address that a browser says it shows; the start for what is none."""
    try:
        page = urlsplit(address)
    except ValueError:
        return "/"
    return f"{page.path}?{page.query}" if page.query else page.path
