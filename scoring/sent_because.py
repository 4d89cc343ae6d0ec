"""Which messages went out because of some activities: those about a stage that would not have been entered without them.

Decided by what is known now about then: the version of the step, the activities that had been received by then, today's profile. A history is
scored once with those activities and once without them for all messages of a version, but for those before which something came late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contacts import people
from contacts.activities import DONE
from leadscore.exact_json import loads
from leadscore.sql import fetch
from notifications.models import Message
from scoring import adjustments
from scoring.engine import Activity, Adjustment, Award, Profile, awards, heard, outcome, reset_at, tally
from scoring.model import Model
from scoring.models import StageChange
from scoring.versions import model

MOST = 20  # messages looked at, the latest
MOST_KNOWN = 30_000  # activities of a contact; of one that did more no message is looked at
MOST_SCORED = 4 * MOST_KNOWN  # activities scored for one answer: some seconds


@dataclass(frozen=True, slots=True)
class Sent:
    """The messages, the latest first, and how many later than the activities were not looked at, for the history is too long."""

    messages: list[Message] = field(default_factory=list)
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """An activity, when it was received, and whether it counts today."""

    activity: Activity
    received_at: datetime
    counts: bool


class _TooLong(Exception):
    """More activities would have to be scored than there is time for."""


def messages(workspace_id: int, contact_id: int, activity_ids: Collection[int]) -> Sent:
    """The messages about the contact that went out because of these activities; none for no activities. It may take seconds: no page waits for
    it, nor a transaction that writes.
    """
    since = _first_reception(workspace_id, activity_ids)
    if since is None:
        return Sent()
    found = Message.objects.filter(workspace=workspace_id, contact=contact_id, created_at__gte=since).defer("text", "html", "facts")
    listed = list(found.order_by("-created_at", "-id")[:MOST])
    changes = StageChange.objects.filter(workspace=workspace_id, id__in={message.stage_change_id for message in listed}).select_related("version")
    because, unseen = _needing(workspace_id, contact_id, changes.order_by("-at", "-id"), frozenset(activity_ids))
    missed = found.count() - len(listed) + sum(message.stage_change_id in unseen for message in listed)
    return Sent([message for message in listed if message.stage_change_id in because], missed)


def _first_reception(workspace_id: int, activity_ids: Collection[int]) -> datetime | None:
    if not activity_ids:
        return None
    rows = fetch("SELECT min(received_at) FROM contacts_activity WHERE workspace_id = %s AND id = ANY(%s)", [workspace_id, sorted(activity_ids)])
    first: datetime | None = rows[0][0]
    return first


def _needing(workspace_id: int, contact_id: int, changes: Iterable[StageChange], asked: frozenset[int]) -> tuple[set[int], set[int]]:
    """The changes whose stage is reached with the activities asked about and not without them; those that were not looked at."""
    listed = list(changes)
    person = people.load(workspace_id, [contact_id]).get(contact_id)
    if person is None or not listed:
        return set(), set()
    known = _known(workspace_id, contact_id, listed[0].at)
    if known is None:
        return set(), {change.id for change in listed}
    given = adjustments.of_contacts(workspace_id, {change.scoring_type_id for change in listed}, [contact_id])
    past = _Past(Profile(person.profile(), person.company_traits), known, asked)
    because: set[int] = set()
    for place, change in enumerate(listed):
        compiled = model(workspace_id, change.version_id, change.version.created_at)
        adjusted = [one for one in given.get((change.scoring_type_id, contact_id), ()) if one.awarded_at <= change.at]
        try:
            ranks = [past.rank(change.version_id, compiled, change.at, adjusted, has_asked=has_asked) for has_asked in (True, False)]
        except _TooLong:
            return because, {one.id for one in listed[place:]}
        if ranks[1] < _rank(compiled, change) <= ranks[0]:
            because.add(change.id)
    return because, set()


@dataclass(slots=True)
class _Past:
    """What a contact did, with the activities asked about and without them, and what of it was scored so far."""

    profile: Profile
    known: Sequence[_Known]
    asked: frozenset[int]
    scored: int = 0
    whole: dict[tuple[int, bool], list[Award]] = field(default_factory=dict)

    def rank(self, version_id: int, compiled: Model, t: datetime, adjusted: Sequence[Adjustment], *, has_asked: bool) -> int:
        """The stage's place as it was at `t`, by what had been received.

        Raises:
            _TooLong.
        """
        then = [one.activity for one in self._acting(has_asked) if one.received_at <= t]
        given = self._awards(version_id, compiled, t, then, has_asked)
        counted = tally(compiled, given, t, last=heard(compiled, then, t), reset=reset_at(compiled, then, t), adjustments=adjusted)
        return outcome(compiled, counted, self.profile, t).rank

    def _acting(self, has_asked: bool) -> Iterable[_Known]:
        """What counts today, with what is asked about or without it."""
        return (one for one in self.known if (has_asked if one.activity.id in self.asked else one.counts))

    def _awards(self, version_id: int, compiled: Model, t: datetime, then: Sequence[Activity], has_asked: bool) -> list[Award]:
        """Where nothing came late, what was awarded by then is what all of it awards up to then: limits and windows count from the earliest on."""
        if any(one.activity.occurred_at <= t < one.received_at for one in self.known):
            return self._score(compiled, then, t)
        key = version_id, has_asked
        if key not in self.whole:
            everything = [one.activity for one in self._acting(has_asked)]
            self.whole[key] = self._score(compiled, everything, max(one.occurred_at for one in everything) if everything else t)
        return [award for award in self.whole[key] if award.awarded_at <= t]

    def _score(self, compiled: Model, activities: Sequence[Activity], t: datetime) -> list[Award]:
        self.scored += len(activities)
        if self.scored > MOST_SCORED:
            raise _TooLong
        return awards(compiled, activities, t)


def _rank(compiled: Model, change: StageChange) -> int:
    ranks: Mapping[str, int] = {stage.key: rank for rank, stage in enumerate(compiled.stages, start=1)}
    return ranks.get(change.stage, change.rank)


def _known(workspace_id: int, contact_id: int, t: datetime) -> list[_Known] | None:
    """What the contact did up to then, in order; None where it is more than MOST_KNOWN."""
    rows = fetch(
        f"""SELECT id, name, occurred_at, message_id, properties::text, context::text, received_at, bot = '' FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = %s AND {DONE} AND received_at <= %s AND NOT erased
           ORDER BY occurred_at, message_id LIMIT %s""",
        [workspace_id, contact_id, t, MOST_KNOWN + 1],
    )
    if len(rows) > MOST_KNOWN:
        return None
    return [
        _Known(Activity(id, name, at, message_id, loads(properties), loads(context)), received_at, counts)
        for id, name, at, message_id, properties, context, received_at, counts in rows
    ]
