"""The least that could do the work: psycopg2, dictionaries and the same set-based statements; no identities, stages or messages.

It reads the same inbox rows, leaves out what came before, finds each call's contact, matches the same 30 rules with plain Python, keeps the ledger
and the scores. What the product does beyond it is the price of its features.
"""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import psycopg2
from _workload import CONTACTS, activity, document
from django.conf import settings
from draining import put

from accounts.models import Workspace

REQUESTS = 50  # a transaction: 5,000 calls, as the product takes


def measure(workspace: Workspace, calls: int, seed: int) -> float:
    """Scored calls a second from an inbox of `calls`."""
    connection = psycopg2.connect(settings.DATABASE_URL)
    cursor = connection.cursor()
    contacts = _contacts(cursor, workspace.id)
    connection.commit()
    chance = random.Random(seed + 1000)
    put(workspace, [activity(chance, number) for number in range(calls)])
    rules = _rules()
    started = time.perf_counter()
    while _batch(connection, workspace.id, contacts, rules):
        pass
    elapsed = time.perf_counter() - started
    connection.close()
    return calls / elapsed


def _contacts(cursor: Any, workspace: int) -> int:
    """20,000 contacts with their userIds and scores; a fake version 0 whose scores are kept."""
    cursor.execute("SELECT set_config('app.workspace', %s, true)", [str(workspace)])
    cursor.execute("SELECT count(*) FROM contacts_contact WHERE workspace_id = %s", [workspace])
    if cursor.fetchone()[0]:
        return CONTACTS
    cursor.execute(
        """WITH made AS (INSERT INTO contacts_contact (workspace_id, created_at, has_user_id, has_email, traits, trait_orders, name, email,
                             email_domain, email_kind, name_looks_fake)
                         SELECT %s, now(), true, false,
                                jsonb_build_object('job_title', (ARRAY['Director', 'Manager', 'Engineer', 'Head'])[1 + n %% 4]), '{}',
                                'Person ' || n, '', '', 'missing', false FROM generate_series(0, %s - 1) n RETURNING id)
           INSERT INTO contacts_identifier (workspace_id, kind, value, contact_id)
           SELECT %s, 'user_id', 'u' || (row_number() OVER (ORDER BY id) - 1), id FROM made""",
        [workspace, CONTACTS, workspace],
    )
    return CONTACTS


def _rules() -> dict[str, list[tuple[int, int, Any, int | None, str | None, int | None]]]:
    """activity → (position, points, test, limit, period, days)."""
    found = defaultdict(list)
    for position, rule in enumerate(document()["rules"]):
        if rule["when"] != "activity":
            continue
        frequency, expiry = rule["frequency"] or {}, rule["expiry"] or {}
        leaves = rule["conditions"].get("all") or rule["conditions"]["any"]
        if "all" in rule["conditions"]:
            part, secret = leaves[0]["value"].strip("*"), leaves[1]["value"]
            test = lambda p, part=part, secret=secret: part in p["url"].lower() and secret not in p["title"].lower()  # noqa: E731
        else:
            floor = leaves[0]["value"]
            test = lambda p, floor=floor: p["value"] >= floor or p["plan"] == "pro"  # noqa: E731
        found[rule["activity"]].append((position, rule["points"], test, frequency.get("limit"), frequency.get("per"), expiry.get("days")))
    return found


def _period(at: datetime, per: str | None) -> str:
    if per == "day":
        return at.date().isoformat()
    if per == "month":
        return at.date().isoformat()[:7]
    if per == "week":
        return f"w{at.date() - timedelta(days=at.weekday())}"
    return ""


def _batch(connection: Any, workspace: int, contacts: int, rules: Any) -> bool:
    cursor = connection.cursor()
    cursor.execute("SELECT set_config('app.workspace', %s, true)", [str(workspace)])
    cursor.execute("SELECT id, received_at, body FROM tracking_inbox WHERE workspace_id = %s ORDER BY id LIMIT %s", [workspace, REQUESTS])
    rows = cursor.fetchall()
    if not rows:
        connection.commit()
        return False
    calls = [call | {"received": received} for _, received, body in rows for call in json.loads(bytes(body), parse_float=Decimal)["batch"]]
    calls = _new(cursor, workspace, calls)
    owners = _owners(cursor, workspace, calls)
    activities = _store(cursor, workspace, calls, owners)
    _score(cursor, workspace, activities, rules)
    cursor.execute("DELETE FROM tracking_inbox WHERE workspace_id = %s AND id = ANY(%s)", [workspace, [row[0] for row in rows]])
    connection.commit()
    return True


def _new(cursor: Any, workspace: int, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {call["messageId"]: call for call in reversed(calls)}
    cursor.execute("SELECT message_id FROM contacts_activity WHERE workspace_id = %s AND message_id = ANY(%s)", [workspace, list(by_id)])
    for (message_id,) in cursor.fetchall():
        del by_id[message_id]
    return list(by_id.values())


def _owners(cursor: Any, workspace: int, calls: list[dict[str, Any]]) -> dict[str, int]:
    cursor.execute(
        "SELECT value, contact_id FROM contacts_identifier WHERE workspace_id = %s AND kind = 'user_id' AND value = ANY(%s)",
        [workspace, list({call["userId"] for call in calls})],
    )
    owners = dict(cursor.fetchall())
    cursor.execute(
        "SELECT id FROM contacts_contact WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE", [workspace, sorted(owners.values())]
    )
    return owners


def _store(cursor: Any, workspace: int, calls: list[dict[str, Any]], owners: dict[str, int]) -> list[tuple[int, int, dict[str, Any], datetime]]:
    rows = [
        {"contact": owners[call["userId"]], "kind": call["type"], "name": call.get("event", "Page Viewed"), "at": call["timestamp"],
         "received": call["received"], "id": call["messageId"], "properties": call["properties"], "context": call["context"]}
        for call in calls
    ]  # fmt: skip
    cursor.execute(
        """INSERT INTO contacts_activity (workspace_id, contact_id, kind, name, occurred_at, received_at, message_id, source, properties, context,
               bot, erased)
           SELECT %s, r.contact, r.kind, r.name, r.at, r.received, r.id, 1, r.properties, r.context, '', false
           FROM json_to_recordset(%s::json) AS r(contact bigint, kind text, name text, at timestamptz, received timestamptz, id text,
               properties jsonb, context jsonb)
           RETURNING id""",
        [workspace, orjson.dumps(rows).decode()],
    )
    ids = [row[0] for row in cursor.fetchall()]
    return [(id, row["contact"], row, datetime.fromisoformat(row["at"])) for id, row in zip(ids, rows, strict=True)]


def _score(cursor: Any, workspace: int, activities: list[tuple[int, int, dict[str, Any], datetime]], rules: Any) -> None:
    matched = [
        (contact, position, _period(at, per), at, row["id"], id, points, limit, days)
        for id, contact, row, at in activities
        for position, points, test, limit, per, days in rules[row["name"]]
        if test(row["properties"])
    ]
    wanted = {(contact, position, slot) for contact, position, slot, *_, limit, _days in matched if limit}
    cursor.execute(
        """SELECT a.contact_id, a.rule, a.slot, count(*) FROM json_to_recordset(%s::json) AS w(contact bigint, rule smallint, slot text)
           JOIN scoring_award a ON a.workspace_id = %s AND a.version_id = 0 AND a.contact_id = w.contact AND a.rule = w.rule AND a.slot = w.slot
           GROUP BY 1, 2, 3""",
        [orjson.dumps([{"contact": c, "rule": r, "slot": s} for c, r, s in wanted]).decode(), workspace],
    )
    taken: dict[tuple[int, int, str], int] = defaultdict(int, {(c, r, s): n for c, r, s, n in cursor.fetchall()})
    awards, gained = [], defaultdict(int)
    for contact, position, slot, at, message_id, id, points, limit, days in matched:
        taken[contact, position, slot] += 1
        if limit is None or taken[contact, position, slot] <= limit:
            expires = at + timedelta(days=days) if days else None
            awards.append(
                {"contact": contact, "rule": position, "slot": slot, "at": at, "message": message_id, "activity": id, "expires": expires}
            )
            gained[contact] += points
    cursor.execute(
        """INSERT INTO scoring_award (workspace_id, version_id, contact_id, rule, slot, awarded_at, message_id, activity_id, expires_at)
           SELECT %s, 0, r.contact, r.rule, r.slot, r.at, r.message, r.activity, r.expires
           FROM json_to_recordset(%s::json) AS r(contact bigint, rule smallint, slot text, at timestamptz, message text,
               activity bigint, expires timestamptz)""",
        [workspace, orjson.dumps(awards).decode()],
    )
    cursor.execute(
        """INSERT INTO scoring_score (workspace_id, version_id, contact_id, points, exact, rank, tally, computed_at)
           SELECT %s, 0, r.contact, r.points, r.points * 1000, 0, '{}', clock_timestamp()
           FROM json_to_recordset(%s::json) AS r(contact bigint, points int)
           ON CONFLICT (workspace_id, version_id, contact_id) DO UPDATE SET points = scoring_score.points + excluded.points,
               exact = scoring_score.exact + excluded.exact, computed_at = excluded.computed_at""",
        [workspace, orjson.dumps([{"contact": contact, "points": points} for contact, points in gained.items()]).decode()],
    )
