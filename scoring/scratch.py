"""Ledgers from scratch: what all activities and adjustments of some contacts record in some versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from contacts.activities import COUNTS
from leadscore.sql import fetch
from scoring import adjustments, ledger
from scoring.engine import Activity, Ledger, awards, reset_at
from scoring.ledger import Place
from scoring.model import Model
from scoring.portions import portions
from scoring.versions import Active

ACTIVE = "context -> 'passive' IS DISTINCT FROM 'true'::jsonb"
"""The condition of a row of contacts_activity that ends any silence, as `awarding.heard` has it of an activity at hand."""


def ledgers(workspace_id: int, versions: Sequence[Active], contact_ids: Collection[int], t: datetime) -> dict[Place, Ledger]:
    """The ledger at `t` of each contact in each version. Statements grow with the activities, not with contacts that have few of them."""
    names = {name for version in versions for name in version.model.names}
    found: dict[Place, Ledger] = {}
    for some in portions(workspace_id, list(contact_ids)):
        histories = ledger.histories(workspace_id, some, names, t)
        found |= from_histories(workspace_id, versions, histories, t)
    return found


def from_histories(workspace_id: int, versions: Sequence[Active], histories: Mapping[int, Sequence[Activity]], t: datetime) -> dict[Place, Ledger]:
    """As `ledgers`, of contacts whose activities that rules can match were read already."""
    last_heard = heard(workspace_id, [version.model for version in versions], histories, t)
    given = adjustments.of_contacts(workspace_id, {version.type_id for version in versions}, histories)
    return {
        (version.id, contact): Ledger(
            awards(version.model, history, t), asked(version.model, last_heard[contact]), reset_at(version.model, history, t),
            given.get((version.type_id, contact), ()),
        )
        for version in versions for contact, history in histories.items()
    }  # fmt: skip


def asked(model: Model, heard: Mapping[str, datetime]) -> dict[str, datetime]:
    """Of what was heard, what the model's inactivity rules ask."""
    return {name: heard[name] for name in {rule.activity or "" for rule in model.silences} & heard.keys()}


def heard(workspace_id: int, models: Sequence[Model], contact_ids: Collection[int], t: datetime) -> dict[int, dict[str, datetime]]:
    """When each contact was last heard, by an activity's name and by "" of any that is not passive; as far as a model asks."""
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    wanted = {rule.activity for model in models for rule in model.silences}
    if not wanted:
        return found
    rows = fetch(
        f"""SELECT contact_id, name, max(occurred_at), max(occurred_at) FILTER (WHERE {ACTIVE}) FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = ANY(%s) AND occurred_at <= %s AND {COUNTS}
             AND (%s OR name = ANY(%s))
           GROUP BY 1, 2""",
        [workspace_id, list(contact_ids), t, None in wanted, [name for name in wanted if name is not None]],
    )
    for contact, name, latest, active in rows:
        if name:  # no call is accepted without one, and "" is the key of any
            found[contact][name] = latest
        if active is not None:
            found[contact][""] = max(active, found[contact].get("", active))
    return found
