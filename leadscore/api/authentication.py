"""Who asks: a secret key as bearer, or somebody signed in, who names the workspace in a header."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, NotFound
from rest_framework.request import Request

from accounts import keys
from accounts.access import RIGHTS, KeyFacts, Right, rights_of_scopes
from accounts.audit import By
from accounts.models import Membership, User, Workspace
from leadscore.api.problems import invalid
from leadscore.clock import approximate_now

WORKSPACE_HEADER = "X-Workspace"
_LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in which workspace, and what they may do there."""

    by: By
    workspace: Workspace
    rights: frozenset[Right]


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer sk_…`; `request.auth` is then the key's facts."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, KeyFacts] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = keys.find(token.strip()) if token.isascii() and len(token) <= _LONGEST_KEY else None
        if key is None or key.revoked:
            raise AuthenticationFailed("There is no such key, or it was revoked.")
        keys.touch(key, approximate_now())
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="leadscore"'


def asker(request: Request) -> Asker:
    """The key's workspace, or the one that the signed-in person names.

    Raises:
        NotAuthenticated, NotFound: neither; or the person is not a member of such a workspace.
    """
    if isinstance(request.auth, KeyFacts):
        key = request.auth
        return Asker(key, Workspace.objects.get(id=key.workspace_id), rights_of_scopes(key.scopes))
    if not isinstance(request.user, User):
        raise NotAuthenticated("Send a secret key as `Authorization: Bearer sk_…`, or sign in.")
    membership = _membership(request, request.user)
    return Asker(request.user, membership.workspace, RIGHTS[membership.role])


def _membership(request: Request, user: User) -> Membership:
    slug = request.headers.get(WORKSPACE_HEADER, "")
    if not slug:
        raise invalid(WORKSPACE_HEADER, "required", "Name the workspace in this header, as its addresses do: /w/<workspace>/.")
    found = Membership.objects.select_related("workspace").filter(user=user, workspace__slug=slug.replace("\0", "")).first()
    if found is None:
        raise NotFound("There is no such workspace among yours.")
    return found
