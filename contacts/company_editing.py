"""Companies made and changed by people and the REST API. An edit is a server's word, as a group call of one without a person would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from celery import current_app
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from contacts import belonging, companies
from contacts.belonging import domain_key
from contacts.models import Company, Source
from contacts.people import Order
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.sql import fetch, stamp

MAKING = 0xC0E5  # first key of the advisory lock of those who make companies by hand; the second is the workspace


class Nameless(Exception):
    """A company needs a groupId or a domain: nobody could belong to it."""


class GroupIdTaken(Exception):
    """The groupId is another company's, or the company has one already, which calls use."""


@dataclass(frozen=True, slots=True)
class Made:
    """A company's id, and whether it is new."""

    id: int
    is_new: bool


def create_or_update(
    workspace: Workspace, *, group_id: str | None = None, traits: Mapping[str, Any], by: By, clock: Clock = database_now
) -> Made:
    """Makes a company, or updates the one of the groupId, or else of the trait `domain`. Call it inside the workspace's scope.

    A company that only its domain is known of gets the groupId; one that has another stays apart.

    Raises:
        Nameless.
    """
    domain = domain_key(traits.get("domain"))
    if not group_id and not domain:
        raise Nameless
    fetch("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [MAKING, workspace.id])
    known = _known(workspace.id, group_id, domain)
    order = _order(clock)
    company_id = known or _made(workspace.id, group_id, order)
    try:
        edit(workspace, company_id, traits, group_id=group_id if known else None, by=by, order=order, deed="edited" if known else "made")
    except GroupIdTaken:
        return create_or_update(workspace, group_id=group_id, traits=traits, by=by, clock=clock)  # a call named it meanwhile
    return Made(company_id, known is None)


def _known(workspace_id: int, group_id: str | None, domain: str) -> int | None:
    of_workspace = Company.objects.filter(workspace=workspace_id)
    if group_id and (found := of_workspace.filter(group_id=group_id).values_list("id", flat=True).first()):
        return found
    first = belonging.earliest(workspace_id, [domain]).get(domain) if domain else None
    if first and group_id and not of_workspace.filter(id=first, group_id=None).exists():
        return None
    return first


def _made(workspace_id: int, group_id: str | None, order: Order) -> int:
    rows = fetch(
        """INSERT INTO contacts_company AS c (workspace_id, group_id, name, domain, traits, trait_orders, created_at, first_call)
           VALUES (%s, %s, '', '', '{}', '{}', %s, %s)
           ON CONFLICT (workspace_id, group_id) DO UPDATE SET group_id = c.group_id RETURNING id""",
        [workspace_id, group_id or None, order[1], order[2]],
    )
    return int(rows[0][0])


def _order(clock: Clock) -> Order:
    return [int(Source.SERVER), stamp(clock()), f"edit-{uuid4().hex}"]


def edit(
    workspace: Workspace,
    company_id: int,
    traits: Mapping[str, Any],
    *,
    group_id: str | None = None,
    by: By,
    order: Order | None = None,
    deed: str = "edited",
    clock: Clock = database_now,
) -> None:
    """Sets traits of a company, null empties one; and its groupId where it has none. Call it inside the workspace's scope.

    Raises:
        Company.DoesNotExist, GroupIdTaken.
    """
    held = companies.hold(workspace.id, [company_id])
    if not held:
        raise Company.DoesNotExist
    (group,) = held
    if group_id and group.group_id != group_id:
        _name(workspace.id, group, group_id)
    group.set(traits, order or _order(clock))
    companies.save(workspace.id, [group], {})
    audit.record(workspace.id, f"company.{deed}", company_id, by, {"fields": sorted(traits)})
    transaction.on_commit(lambda: _wake(workspace.id), robust=True)


def _name(workspace_id: int, group: companies.Group, group_id: str) -> None:
    """Gives a locked company the id that calls will use."""
    if group.group_id is not None:
        raise GroupIdTaken
    try:
        with transaction.atomic():
            Company.objects.filter(workspace=workspace_id, id=group.id).update(group_id=group_id)
    except IntegrityError:
        raise GroupIdTaken from None
    group.group_id = group_id


def _wake(workspace_id: int) -> None:
    """Its contacts are rescored at once. A wake-up that is lost is found by the sweep."""
    current_app.send_task("scoring.tasks.bring_up_to_date", [workspace_id], retry=False)
