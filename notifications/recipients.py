"""Whom the recipients of a stage mean: a team's members, a contact's owner, a member, an outside address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import Q

from accounts.models import Membership, Team, TeamMember
from notifications.addresses import confirmed
from notifications.due import Person

People = Mapping[str, Sequence[Person]]


def resolve(workspace_id: int, names: Collection[str], owners: Collection[int]) -> People:
    """Who is meant by each name, in at most three statements; a name that means nobody is left out.

    An outside address (`email:`) means nobody as long as it has not confirmed. People who may no longer sign in are left out.

    Args:
        names: recipients as stages name them: `team:<key>`, `owner-or:team:<key>`, `user:<address>`, `email:<address>`; others are ignored.
        owners: user ids; they are found as `owner:<id>`.
    """
    return {
        **_team_members(workspace_id, _teams(names)),
        **_members(workspace_id, _addresses(names, "user:"), owners),
        **_outside(workspace_id, _addresses(names, "email:")),
    }


def problems(workspace_id: int, recipients: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What forbids publishing: teams and members that the workspace does not have, as (path, what is wrong).

    Args:
        recipients: (path in the document, recipient).
    """
    asked = list(recipients)
    names = {name for _, name in asked}
    known = _known(workspace_id, _teams(names), _addresses(names, "user:"))
    return [(path, message) for path, name in asked if (message := _missing(name, known))]


def _teams(names: Iterable[str]) -> set[str]:
    parts = (name.removeprefix("owner-or:") for name in names)
    return {part.removeprefix("team:") for part in parts if part.startswith("team:")}


def _addresses(names: Iterable[str], kind: str) -> dict[str, str]:
    """Each recipient of the kind (`user:`, `email:`) and the address it means, as addresses are kept."""
    return {name: name.removeprefix(kind).strip().lower() for name in names if name.startswith(kind)}


def _outside(workspace_id: int, addresses: Mapping[str, str]) -> dict[str, list[Person]]:
    known = confirmed(workspace_id, addresses.values()) if addresses else set()
    return {name: [Person(address, None)] for name, address in addresses.items() if address in known}


def _team_members(workspace_id: int, keys: set[str]) -> dict[str, list[Person]]:
    rows = (
        TeamMember.objects.filter(workspace_id=workspace_id, team__key__in=keys, user__is_active=True)
        .order_by("user_id")
        .values_list("team__key", "user_id", "user__email")
    )
    found = defaultdict(list)
    for key, user_id, email in rows:
        found[f"team:{key}"].append(Person(email, user_id))
    return dict(found)


def _members(workspace_id: int, addresses: Mapping[str, str], owners: Collection[int]) -> dict[str, list[Person]]:
    rows = Membership.objects.filter(
        Q(user_id__in=owners) | Q(user__email__in=addresses.values()), workspace_id=workspace_id, user__is_active=True
    ).values_list("user_id", "user__email")
    people = [Person(email, user_id) for user_id, email in rows]
    by_address = {person.email: [person] for person in people}
    named = {name: by_address[address] for name, address in addresses.items() if address in by_address}
    return named | {f"owner:{person.user_id}": [person] for person in people if person.user_id in owners}


def _known(workspace_id: int, keys: set[str], addresses: Mapping[str, str]) -> set[str]:
    teams = Team.objects.filter(workspace_id=workspace_id, key__in=keys).values_list("key", flat=True)
    members = Membership.objects.filter(workspace_id=workspace_id, user__email__in=addresses.values())
    return {f"team:{key}" for key in teams} | {f"user:{email}" for email in members.values_list("user__email", flat=True)}


def _missing(name: str, known: set[str]) -> str | None:
    part = name.removeprefix("owner-or:")
    if part.startswith("team:") and part not in known:
        return f"There is no team “{part.removeprefix('team:')}” in this workspace."
    if part.startswith("user:") and f"user:{part.removeprefix('user:').strip().lower()}" not in known:
        return f"{part.removeprefix('user:')} is not a member of this workspace."
    return None
