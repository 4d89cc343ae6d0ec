"""Undoing a merge, below scores and messages: what was each one's at the merge is its own again, what came later stays with the survivor."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from contacts import activities, companies, people
from contacts.models import Merge
from contacts.people import Order, Person
from contacts.profiles import set_traits
from leadscore.exact_json import loads
from leadscore.sql import fetch, run, stamp

Replaced = Mapping[str, Any]  # contacts.profiles.replaced_by


def split(merge: Merge) -> tuple[Person, Person]:
    """Takes the two apart; the other one and the survivor, saved. Both rows are locked.

    The other one's row has kept its profile as it was. The survivor's is what its own calls say.
    """
    workspace_id, other_id, survivor_id = merge.workspace_id, merge.other_id, merge.survivor_id
    for table, column, ids in (
        ("contacts_activity", "contact_id", merge.activities),
        ("contacts_identifier", "contact_id", merge.identifiers),
        ("contacts_contact", "merged_into_id", merge.merged),
    ):
        run(
            f"UPDATE {table} SET {column} = %s WHERE workspace_id = %s AND {column} = %s AND id = ANY(%s)", [other_id, workspace_id, survivor_id, ids]
        )
    _move_parts_back(merge)
    run("UPDATE contacts_contact SET merged_into_id = NULL, merged_at = NULL WHERE workspace_id = %s AND id = %s", [workspace_id, other_id])
    both = people.load(workspace_id, [other_id, survivor_id])
    other, survivor = both[other_id], both[survivor_id]
    _take_back(workspace_id, survivor, other, merge.replaced)
    _forget_what_came_from(merge, other)
    activities.look_back(workspace_id, [other, survivor])
    for person in (other, survivor):
        _recognise(workspace_id, person)
        person.is_changed = True
    companies.settle(workspace_id, [other, survivor])
    people.save(workspace_id, [other, survivor])
    return other, survivor


def _move_parts_back(merge: Merge) -> None:
    """What the job of a long merge moved. List by list: joined to all of them at once, each activity would be looked for in the whole."""
    parts = fetch("SELECT activities FROM contacts_mergepart WHERE workspace_id = %s AND merge_id = %s ORDER BY id", [merge.workspace_id, merge.id])
    for (ids,) in parts:
        run(
            "UPDATE contacts_activity SET contact_id = %s WHERE workspace_id = %s AND id = ANY(%s) AND contact_id = %s",
            [merge.other_id, merge.workspace_id, ids, merge.survivor_id],
        )


def _take_back(workspace_id: int, survivor: Person, other: Person, replaced: Replaced) -> None:
    """Takes the other's values out of the survivor's profile, each for the latest of the survivor's own."""
    survivor.remember()
    given = {name for name, order in other.trait_orders.items() if survivor.trait_orders.get(name) == order}
    for name in given:
        del survivor.traits[name], survivor.trait_orders[name]
    lacking = given | (replaced["traits"].keys() - survivor.trait_orders.keys())  # also what the merge crowded out
    own = [(name, value, order) for name, (value, order) in replaced["traits"].items() if name in lacking]
    strangers = _of_others(workspace_id, survivor.id, [order for _, _, order in own])
    for name, value, order in [*((n, v, o) for n, v, o in own if o[2] not in strangers), *_said(workspace_id, survivor.id, lacking)]:
        set_traits(survivor.traits, survivor.trait_orders, {name: value}, order)
    if survivor.company_order and survivor.company_order == other.company_order:
        _take_back_company(workspace_id, survivor, replaced)
    if survivor.created_at == other.created_at:
        before = datetime.fromisoformat(replaced["created_at"])
        survivor.created_at = min(before, _first(workspace_id, survivor.id) or before)  # the calls that made it may have been deleted for their age
    if replaced["owner"] is None and survivor.owner_id == other.owner_id:
        survivor.owner_id = None
        run("UPDATE contacts_contact SET owner_id = NULL WHERE workspace_id = %s AND id = %s", [workspace_id, survivor.id])


def _forget_what_came_from(merge: Merge, other: Person) -> None:
    """What later merges into the survivor took the place of may have been the other's: then it was of what the survivor had before."""
    replaced = merge.replaced
    for column, theirs, before in (
        ("created_at", other.created_at.isoformat(), replaced["created_at"]),
        ("owner", other.owner_id if replaced["owner"] is None else None, None),
        ("company", [other.company_id, other.company_order] if other.company_order else None, replaced["company"]),
    ):
        if theirs is not None:
            run(
                f"""UPDATE contacts_merge SET replaced = jsonb_set(replaced, '{{{column}}}', %s::jsonb)
                    WHERE workspace_id = %s AND survivor_id = %s AND id > %s AND replaced -> '{column}' = %s::jsonb""",
                [json.dumps(before), merge.workspace_id, merge.survivor_id, merge.id, json.dumps(theirs)],
            )


def keep_owner(workspace_id: int, survivor_id: int, owner_id: int | None) -> None:
    """Notes that somebody chose the owner of a contact: it keeps that one whatever is taken out of it."""
    run(
        "UPDATE contacts_merge SET replaced = jsonb_set(replaced, '{owner}', %s::jsonb) WHERE workspace_id = %s AND survivor_id = %s",
        [json.dumps(owner_id), workspace_id, survivor_id],
    )


def _take_back_company(workspace_id: int, survivor: Person, replaced: Replaced) -> None:
    """Puts the survivor into the company of the latest of its own group calls; without any it has none but that of its domain."""
    company_id, order = replaced["company"]
    if order and order[2] in _of_others(workspace_id, survivor.id, [order]):
        company_id, order = None, None
    company_id, order = max([(company_id, order), *_grouped(workspace_id, survivor.id)], key=lambda one: one[1] or [])
    rows = fetch("SELECT traits::text, name, domain FROM contacts_company WHERE workspace_id = %s AND id = %s", [workspace_id, company_id])
    survivor.company_id, survivor.company_order = (company_id, order) if rows else (None, None)
    survivor.company_traits = people.company_fields(loads(rows[0][0]), rows[0][1], rows[0][2]) if rows else {}


def _grouped(workspace_id: int, contact_id: int) -> list[tuple[int, Order]]:
    """The company of the latest group call that is stored with the contact, if there is one."""
    rows = fetch(
        """SELECT c.id, a.source, a.occurred_at, a.message_id FROM contacts_activity a
           JOIN contacts_company c ON c.workspace_id = a.workspace_id AND c.group_id = a.context ->> %s
           WHERE a.workspace_id = %s AND a.contact_id = %s AND a.kind = 'group'
           ORDER BY a.source DESC, a.occurred_at DESC, a.message_id DESC LIMIT 1""",
        [activities.GROUP_ID, workspace_id, contact_id],
    )
    return [(company_id, [source, stamp(occurred_at), message_id]) for company_id, source, occurred_at, message_id in rows]


def _of_others(workspace_id: int, contact_id: int, orders: Iterable[Order]) -> set[str]:
    """Of the calls that set something, by their message_ids, those that are not the contact's: given back to another, or erased, since."""
    rows = fetch(
        "SELECT message_id FROM contacts_activity WHERE workspace_id = %s AND message_id = ANY(%s) AND contact_id IS DISTINCT FROM %s",
        [workspace_id, [order[2] for order in orders], contact_id],
    )
    return {message_id for (message_id,) in rows}


def _said(workspace_id: int, contact_id: int, names: Collection[str]) -> list[tuple[str, Any, Order]]:
    """What the contact's identify calls say of these traits, but for the address that a call left alone."""
    rows = fetch(
        """SELECT source, occurred_at, message_id, properties::text, coalesce(context -> %s ? 'email', false) FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = %s AND kind = 'identify' ORDER BY id""",
        [activities.LEFT_ALONE, workspace_id, contact_id],
    )
    return [
        (name, value, [source, stamp(occurred_at), message_id])
        for source, occurred_at, message_id, traits, kept_email in rows
        for name, value in loads(traits).items()
        if name in names and not (kept_email and name == "email")
    ]


def _first(workspace_id: int, contact_id: int) -> datetime | None:
    rows = fetch("SELECT min(occurred_at) FROM contacts_activity WHERE workspace_id = %s AND contact_id = %s", [workspace_id, contact_id])
    first: datetime | None = rows[0][0]
    return first


def _recognise(workspace_id: int, person: Person) -> None:
    """Whether the contact is known, by the identifiers that it has now."""
    rows = fetch("SELECT DISTINCT kind FROM contacts_identifier WHERE workspace_id = %s AND contact_id = %s", [workspace_id, person.id])
    kinds = {kind for (kind,) in rows}
    person.has_user_id, person.has_email = "user_id" in kinds, "email" in kinds
