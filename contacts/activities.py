"""Storing processed calls. A message_id counts once in a workspace."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from contacts.calls import ACTIVITY_KINDS, Received
from contacts.labels import label
from contacts.people import Person
from leadscore.exact_json import loads
from leadscore.sql import fetch, records, run

DONE = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in sorted(ACTIVITY_KINDS)))
"""The condition of a row of contacts_activity that is something somebody or something did."""

COUNTS = f"{DONE} AND bot = '' AND NOT erased"
"""The condition of a row of contacts_activity that is something the contact did, and not a bot in its name."""


GROUP_ID, LEFT_ALONE = "groupId", "leftAlone"  # in the context of a stored group call, and of an identify call: the traits that it did not set


class MessageIdTaken(Exception):
    """Another writer stored a call with the same message_id meanwhile: the transaction has to start over."""


def taken(workspace_id: int, message_ids: Collection[str]) -> set[str]:
    """Which of the ids belong to calls that were processed before."""
    rows = fetch(
        "SELECT message_id FROM contacts_activity WHERE workspace_id = %s AND message_id = ANY(%s)", [workspace_id, sorted(message_ids)]
    )
    return {row[0] for row in rows}


def first_of_each(calls: Sequence[Received], seen: set[str]) -> list[Received]:
    """The calls that count: the first with its message_id, unless that was processed before. `seen` is not changed."""
    seen = set(seen)
    counted = []
    for received in calls:
        if received.call.message_id not in seen:
            seen.add(received.call.message_id)
            counted.append(received)
    return counted


def store(
    workspace_id: int, calls: Sequence[Received], owners: Sequence[int], bots: Sequence[str] | None = None, kept_email: Collection[int] = ()
) -> list[int]:
    """Inserts the calls as activities of their contacts; their ids, in the same order.

    Args:
        bots: of each call, why it is taken for a bot's (`contacts.bots.bot_of`); None where none is.
        kept_email: places of the calls whose address left the trait alone, for it identifies another contact.

    Raises:
        MessageIdTaken: start the transaction over.
    """
    rows = fetch(
        """INSERT INTO contacts_activity (workspace_id, contact_id, kind, name, occurred_at, received_at, message_id, source,
                                          properties, context, bot, erased)
           SELECT %s, r.contact, r.kind, r.name, r.occurred_at, r.received_at, r.message_id, r.source, r.properties, r.context,
                  coalesce(r.bot, ''), false
           FROM json_to_recordset(%s::json) AS r(contact bigint, kind text, name text, occurred_at timestamptz, received_at timestamptz,
                                                 message_id text, source smallint, properties jsonb, context jsonb, bot text)
           ON CONFLICT (workspace_id, message_id) DO NOTHING
           RETURNING message_id, id""",
        [workspace_id, records(_rows(calls, owners, bots or [""] * len(calls), kept_email))],
    )
    ids: dict[str, int] = dict(rows)
    if len(ids) != len(calls):
        raise MessageIdTaken
    return [ids[received.call.message_id] for received in calls]


def _rows(calls: Sequence[Received], owners: Sequence[int], bots: Sequence[str], kept_email: Collection[int]) -> list[dict[str, Any]]:
    """What a merge's undoing has to know of a call, and its traits do not say, is kept in its context."""
    rows = list(map(_row, calls, owners, bots))
    for place in kept_email:
        rows[place]["context"] = {**rows[place]["context"], LEFT_ALONE: ["email"]}
    for row, received in zip(rows, calls, strict=True):
        if row["kind"] == "group":
            row["context"] = {**row["context"], GROUP_ID: received.call.group_id}
    return rows


def _row(received: Received, owner: int, bot: str) -> dict[str, Any]:
    call = received.call
    marked = {"bot": bot} if bot else {}
    return {
        **marked, "contact": owner, "kind": call.kind, "name": call.name or "", "occurred_at": call.occurred_at, "received_at": call.received_at,
        "message_id": call.message_id, "source": received.source,
        "properties": call.properties if received.is_activity or received.is_alias else call.traits, "context": call.context,
    }  # fmt: skip


def note_last(received: Received, person: Person) -> None:
    """Keeps what the contact did last, for lists. Not to be asked for what a bot did in its name, which is nothing it did."""
    call = received.call
    if received.is_activity and (person.last_seen_at is None or person.last_seen_at <= call.occurred_at):
        person.last_seen_at = call.occurred_at
        person.last_activity = label(call.name or "", call.properties, call.kind)
        person.is_seen = True


def count(workspace_id: int, contact_id: int, *, most: int, since: datetime | None = None) -> int:
    """How many things the contact did (since then), exactly up to `most`."""
    rows = fetch(
        f"""SELECT count(*) FROM (SELECT FROM contacts_activity WHERE workspace_id = %s AND contact_id = %s AND {COUNTS}
            AND occurred_at >= %s LIMIT %s) one""",
        [workspace_id, contact_id, since or "-infinity", most],
    )
    return int(rows[0][0])


def look_back(workspace_id: int, people: Collection[Person]) -> None:
    """Finds anew what each contact did last, of what is its own now. The people are saved by the caller."""
    rows = fetch(
        f"""SELECT c.id, a.occurred_at, a.name, a.kind, a.properties::text FROM unnest(%s::bigint[]) AS c(id)
           CROSS JOIN LATERAL (SELECT occurred_at, name, kind, properties FROM contacts_activity
                 WHERE workspace_id = %s AND contact_id = c.id AND {COUNTS}
                 ORDER BY occurred_at DESC, message_id DESC LIMIT 1) a""",
        [[person.id for person in people], workspace_id],
    )
    latest = {contact: (at, label(name, loads(properties), kind)) for contact, at, name, kind, properties in rows}
    for person in people:
        person.last_seen_at, person.last_activity = latest.get(person.id, (None, ""))
        person.is_seen = person.id in latest
    silent = [person.id for person in people if person.id not in latest]
    if silent:
        run("DELETE FROM contacts_lastseen WHERE workspace_id = %s AND contact_id = ANY(%s)", [workspace_id, silent])
