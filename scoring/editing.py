"""Contacts made and changed by people, imports and the REST API: each edit is a server's call, and rescored as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from contacts import activities, companies, people, profiles, unmerging
from contacts.calls import Edit, Received
from contacts.identity import save_identifiers
from contacts.models import Contact, Identifier, Source
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from scoring.intake import take_in
from scoring.rescoring import Touched, rescore
from scoring.versions import active


class NotAMember(Exception):
    """The person who is to own a contact is not a member of the workspace."""


class AddressTaken(Exception):
    """The e-mail address identifies another contact, whose id is the argument."""


def create_or_update(
    workspace: Workspace,
    *,
    user_id: str | None = None,
    anonymous_id: str | None = None,
    email: str | None = None,
    traits: Mapping[str, Any],
    by: By,
    clock: Clock = database_now,
) -> int:
    """Makes a contact, or updates the one that the identifiers name; its id. At least one identifier is needed.

    Call it inside the workspace's scope. Identity is decided as for an identify call of a server.
    """
    t = clock()
    address = email.strip().lower() if email else None
    named = {**traits, "email": email} if email else dict(traits)
    edit = Edit("identify", t, t, user_id=user_id, anonymous_id=anonymous_id, email=address, traits=named)
    (contact_id,) = take_in(workspace.id, [Received(edit, Source.SERVER)], clock).values()
    audit.record(workspace.id, "contact.edited", contact_id, by, {"fields": sorted(named)})
    return contact_id


def edit(workspace: Workspace, contact_id: int, traits: Mapping[str, Any], *, by: By, clock: Clock = database_now) -> None:
    """Sets traits of a contact; null empties one. Call it inside the workspace's scope.

    Raises:
        Contact.DoesNotExist: there is none, or it was merged into another.
        AddressTaken: the address given is another contact's.
        IdentifiersMoved: another writer was faster; start the transaction over.
    """
    versions = active(workspace.id)
    person = people.lock(workspace.id, [contact_id]).get(contact_id)
    if person is None:
        raise Contact.DoesNotExist
    t = clock()
    received = Received(Edit("identify", t, t, traits=traits), Source.SERVER)
    profiles.identify(person, received)
    if "email" in traits and person.email:
        _claim_address(workspace.id, person)
    companies.apply(workspace.id, [], [person])
    people.save(workspace.id, [person])
    activities.store(workspace.id, [received], [contact_id])
    audit.record(workspace.id, "contact.edited", contact_id, by, {"fields": sorted(traits)})
    rescore(workspace.id, versions, [Touched(person)], clock())


def _claim_address(workspace_id: int, person: people.Person) -> None:
    """The address that a person gave identifies the contact from now on."""
    holder = Identifier.objects.filter(workspace=workspace_id, kind="email", value=person.email).values_list("contact_id", flat=True).first()
    if holder not in (None, person.id):
        raise AddressTaken(holder)
    save_identifiers(workspace_id, {("email", person.email): person.id}, [person.id])
    person.has_email = person.is_changed = True


def set_owner(workspace: Workspace, contact_id: int, user_id: int | None, *, by: By) -> None:
    """Gives the contact to a member, or to nobody. Call it inside the workspace's scope.

    Raises:
        Contact.DoesNotExist, NotAMember.
    """
    if user_id is not None and not workspace.memberships.filter(user=user_id).exists():
        raise NotAMember(user_id)
    if not Contact.objects.filter(workspace=workspace, id=contact_id, merged_into=None).update(owner=user_id):
        raise Contact.DoesNotExist
    unmerging.keep_owner(workspace.id, contact_id, user_id)
    audit.record(workspace.id, "contact.owned", contact_id, by, {"owner": user_id})
