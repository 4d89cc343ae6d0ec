"""Some of a contact's activities before or after an instant: a bounded number of rows, whatever they are and however long the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from contacts.activities import COUNTS
from leadscore.exact_json import loads
from leadscore.sql import fetch, records
from scoring.awarding import Order
from scoring.engine import Activity


class Row(NamedTuple):
    """An activity as it is stored; `counts`: rules can match it."""

    activity: Activity
    counts: bool


def after(workspace_id: int, orders: Mapping[int, Order], most: int) -> dict[int, list[Row]]:
    """The activities of each contact that come next after an order, in order, bots' and erased ones too."""
    wanted = records({"contact": contact, "at": at, "message_id": message_id} for contact, (at, message_id) in orders.items())
    return _rows(workspace_id, wanted, '(occurred_at, message_id) > (w.at, w.message_id COLLATE "C") ORDER BY occurred_at, message_id', most)


def before(workspace_id: int, instants: Mapping[int, datetime], most: int) -> dict[int, list[Row]]:
    """The latest activities of each contact up to an instant, bots' and erased ones too."""
    wanted = records({"contact": contact, "at": at, "message_id": ""} for contact, at in instants.items())
    return _rows(workspace_id, wanted, "occurred_at <= w.at ORDER BY occurred_at DESC, message_id DESC", most)


def _rows(workspace_id: int, wanted: str, where: str, most: int) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    rows = fetch(
        f"""SELECT w.contact, a.* FROM json_to_recordset(%s::json) AS w(contact bigint, at timestamptz, message_id text)
            CROSS JOIN LATERAL (SELECT id, name, occurred_at, message_id, properties::text, context::text, {COUNTS} FROM contacts_activity
                                WHERE workspace_id = %s AND contact_id = w.contact AND {where} LIMIT %s) a""",
        [wanted, workspace_id, most],
    )
    for contact, id, name, at, message_id, properties, context, counts in rows:
        found[contact].append(Row(Activity(id, name, at, message_id, loads(properties), loads(context)), counts))
    return found


def of_ids(workspace_id: int, activity_ids: Collection[int]) -> list[Activity]:
    """Activities by their ids."""
    rows = fetch(
        "SELECT id, name, occurred_at, message_id, properties::text, context::text FROM contacts_activity WHERE workspace_id = %s AND id = ANY(%s)",
        [workspace_id, sorted(activity_ids)],
    )
    return [Activity(id, name, at, message_id, loads(properties), loads(context)) for id, name, at, message_id, properties, context in rows]
