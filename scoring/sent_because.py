"""Which messages went out because of some activities: those about a stage that would not have been entered without them.

Decided by what is known now about then: the version of the step, the activities that had been received by then, today's profile.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts import people
from contacts.activities import DONE
from leadscore.exact_json import loads
from leadscore.sql import fetch
from notifications.models import Message
from scoring import adjustments
from scoring.engine import Activity, Profile, explain, ledger_of
from scoring.model import Model
from scoring.models import StageChange
from scoring.versions import model

MOST = 20  # messages looked at, the latest; each has the whole history scored twice


@dataclass(frozen=True, slots=True)
class _Known:
    """An activity, when it was received, and whether it counts today."""

    activity: Activity
    received_at: datetime
    counts: bool


def messages(workspace_id: int, contact_id: int, activity_ids: Collection[int]) -> list[Message]:
    """The messages about the contact that went out because of these activities, the latest first; none for no activities."""
    since = _first_reception(workspace_id, activity_ids)
    if since is None:
        return []
    found = Message.objects.filter(workspace=workspace_id, contact=contact_id, created_at__gte=since).defer("text", "html", "facts")
    listed = list(found.order_by("-created_at", "-id")[:MOST])
    changes = StageChange.objects.filter(workspace=workspace_id, id__in={message.stage_change_id for message in listed}).select_related("version")
    because = {change.id for change in _needing(workspace_id, contact_id, list(changes), frozenset(activity_ids))}
    return [message for message in listed if message.stage_change_id in because]


def _first_reception(workspace_id: int, activity_ids: Collection[int]) -> datetime | None:
    if not activity_ids:
        return None
    rows = fetch("SELECT min(received_at) FROM contacts_activity WHERE workspace_id = %s AND id = ANY(%s)", [workspace_id, sorted(activity_ids)])
    first: datetime | None = rows[0][0]
    return first


def _needing(workspace_id: int, contact_id: int, changes: Sequence[StageChange], asked: frozenset[int]) -> list[StageChange]:
    """The changes whose stage is reached with the activities asked about and not without them."""
    person = people.load(workspace_id, [contact_id]).get(contact_id)
    if person is None or not changes:
        return []
    profile = Profile(person.profile(), person.company_traits)
    known = _known(workspace_id, contact_id, max(change.at for change in changes))
    given = adjustments.of_contacts(workspace_id, {change.scoring_type_id for change in changes}, [contact_id])
    found = []
    for change in changes:
        compiled = model(workspace_id, change.version_id, change.version.created_at)
        adjusted = [one for one in given.get((change.scoring_type_id, contact_id), ()) if one.awarded_at <= change.at]
        then = [one for one in known if one.received_at <= change.at]
        ranks = [
            explain(compiled, ledger_of(compiled, acting, change.at, adjusted), profile, change.at).outcome.rank
            for acting in (_acting(then, asked), _acting(then, frozenset(), but=asked))
        ]
        if ranks[1] < _rank(compiled, change) <= ranks[0]:
            found.append(change)
    return found


def _acting(known: Iterable[_Known], besides: frozenset[int], *, but: frozenset[int] = frozenset()) -> list[Activity]:
    """What counts today, and `besides`, less `but`."""
    return [one.activity for one in known if (one.counts or one.activity.id in besides) and one.activity.id not in but]


def _rank(compiled: Model, change: StageChange) -> int:
    ranks: Mapping[str, int] = {stage.key: rank for rank, stage in enumerate(compiled.stages, start=1)}
    return ranks.get(change.stage, change.rank)


def _known(workspace_id: int, contact_id: int, t: datetime) -> list[_Known]:
    """All that the contact did up to then."""
    rows = fetch(
        f"""SELECT id, name, occurred_at, message_id, properties::text, context::text, received_at, bot = '' FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = %s AND {DONE} AND received_at <= %s AND NOT erased
           ORDER BY occurred_at, message_id""",
        [workspace_id, contact_id, t],
    )
    return [
        _Known(Activity(id, name, at, message_id, loads(properties), loads(context)), received_at, counts)
        for id, name, at, message_id, properties, context, received_at, counts in rows
    ]
