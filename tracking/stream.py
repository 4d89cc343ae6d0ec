"""The event stream: the calls that arrived last, and what became of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from accounts.models import Key
from contacts.calling import call as tell_names
from contacts.models import Contact
from leadscore.sql import fetch
from scoring import versions
from scoring.versions import Active
from tracking import arrivals
from tracking.arrivals import Arrival

SHOWN = 50

OUTCOMES = {
    "stored": "Stored", "duplicate": "Duplicate", "bot": "Bot", "rejected": "Rejected", "waiting": "Waiting", "erased": "Erased",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Award:
    """Points that a call gave in a scoring type, as awarded: before expiry and bounds."""

    points: int
    scoring_type: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A stage that the contact entered by the step that the call was part of: the last that gave points, or else the last."""

    name: str
    rank: int
    stages: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A call of the stream. `outcome` is a key of OUTCOMES; `contact_id` whose activity it is, or of which it is a duplicate."""

    arrival: Arrival
    outcome: str
    contact_id: int | None = None
    bot: str = ""
    contact: Contact | None = None
    key: str = ""
    awards: Sequence[Award] = ()
    entered: Sequence[Entered] = ()

    @property
    def outcome_name(self) -> str:
        return OUTCOMES[self.outcome]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty asks for all. `contact` is an id of ours, or anything that calls name somebody by."""

    event: str = ""
    source: int | None = None
    outcome: str = ""
    contact: str = ""

    @property
    def filtered(self) -> bool:
        return bool(self.event or self.outcome or self.contact) or self.source is not None

    def fits(self, entry: Entry) -> bool:
        arrival = entry.arrival
        return (
            (not self.event or arrival.name == self.event)
            and (self.source is None or arrival.source == self.source)
            and (not self.outcome or entry.outcome == self.outcome)
            and (not self.contact or self.contact == str(entry.contact_id) or _same(self.contact, arrival.named))
        )


def _same(asked: str, named: Collection[str]) -> bool:
    return asked in named or asked.lower() in named


@dataclass(frozen=True, slots=True)
class Stream:
    """The entries to show, the newest first; how many fit; and the names of all events in the stream."""

    entries: list[Entry]
    fitting: int
    events: list[str] = field(default_factory=list)


def look(workspace_id: int, wanted: Wanted) -> Stream:
    """The newest calls that fit. Call it inside the workspace's scope; the number of queries does not depend on how many there are."""
    entries = _entries(workspace_id, arrivals.newest(workspace_id))
    fitting = [entry for entry in entries if wanted.fits(entry)]
    shown = _in_full(workspace_id, fitting[:SHOWN])
    return Stream(shown, len(fitting), sorted({entry.arrival.name for entry in entries if entry.arrival.name}))


def _entries(workspace_id: int, arrived: Sequence[Arrival]) -> list[Entry]:
    """Each with what became of it. Of several with one messageId in a request the first is the one that counted."""
    stored = _stored(workspace_id, {arrival.call.message_id for arrival in arrived if arrival.call})
    counted: set[str] = set()
    entries = [_entry(arrival, stored, counted) for arrival in reversed(arrived)]
    return entries[::-1]


def _stored(workspace_id: int, message_ids: Collection[str]) -> dict[str, tuple[int | None, datetime, str, bool]]:
    rows = fetch(
        "SELECT message_id, contact_id, received_at, bot, erased FROM contacts_activity WHERE workspace_id = %s AND message_id = ANY(%s)",
        [workspace_id, sorted(message_ids)],
    )
    return {message_id: (contact_id, received_at, bot, erased) for message_id, contact_id, received_at, bot, erased in rows}


def _entry(arrival: Arrival, stored: Mapping[str, tuple[int | None, datetime, str, bool]], counted: set[str]) -> Entry:
    if arrival.waits:
        return Entry(arrival, "waiting")
    message_id = arrival.call.message_id if arrival.call else ""
    if arrival.reason or message_id not in stored:
        return Entry(arrival, "rejected")
    contact_id, received_at, bot, erased = stored[message_id]
    if erased:
        return Entry(arrival, "erased")
    if received_at != arrival.received_at or message_id in counted:
        return Entry(arrival, "duplicate", contact_id)
    counted.add(message_id)
    return Entry(arrival, "bot" if bot else "stored", contact_id, bot)


def _in_full(workspace_id: int, entries: Sequence[Entry]) -> list[Entry]:
    """With names, keys, awards and stages, which only those that are shown need."""
    keys = dict(Key.objects.filter(workspace=workspace_id).values_list("id", "name"))
    people = _contacts(workspace_id, {entry.contact_id for entry in entries if entry.contact_id})
    live = versions.live(workspace_id)
    types: dict[int, str] = dict(fetch("SELECT id, name FROM scoring_scoringtype WHERE workspace_id = %s", [workspace_id]))
    awards = _awards(workspace_id, entries, live, types)
    entered = _entered(workspace_id, sorted(entries, key=lambda entry: entry.arrival.ref not in awards), live)
    return [
        replace(
            entry, contact=people.get(entry.contact_id or 0), key=keys.get(entry.arrival.key_id or 0, ""),
            awards=awards.get(entry.arrival.ref, ()), entered=entered.get(entry.arrival.ref, ()),
        )
        for entry in entries
    ]  # fmt: skip


def _contacts(workspace_id: int, ids: Collection[int]) -> dict[int, Contact]:
    shown = ("workspace", "name", "email", "has_user_id", "has_email")
    found = list(Contact.objects.filter(workspace=workspace_id, id__in=ids).only(*shown))
    tell_names(workspace_id, found)
    return {contact.id: contact for contact in found}


def _awards(workspace_id: int, entries: Iterable[Entry], live: Sequence[Active], types: Mapping[int, str]) -> dict[str, list[Award]]:
    """What each call that counted gave in each scoring type. A ref → its awards, by the types' order."""
    refs = {entry.arrival.call.message_id: entry for entry in entries if entry.outcome == "stored" and entry.arrival.call}
    rows = fetch(
        """SELECT message_id, version_id, rule FROM scoring_award
           WHERE workspace_id = %s AND version_id = ANY(%s) AND contact_id = ANY(%s) AND message_id = ANY(%s) AND counts""",
        [workspace_id, [version.id for version in live], sorted({entry.contact_id or 0 for entry in refs.values()}), sorted(refs)],
    )
    points: dict[tuple[str, int], int] = defaultdict(int)
    models = {version.id: version for version in live}
    for message_id, version_id, rule in rows:
        points[message_id, version_id] += models[version_id].model.rules[rule].points
    given: dict[str, list[Award]] = defaultdict(list)
    for message_id, version_id in sorted(points, key=lambda place: models[place[1]].type_id):
        given[refs[message_id].arrival.ref].append(Award(points[message_id, version_id], types[models[version_id].type_id]))
    return given


def _entered(workspace_id: int, entries: Sequence[Entry], live: Sequence[Active]) -> dict[str, list[Entered]]:
    """The stages entered by each contact while its calls were processed, at the first of these: several processed together are one step."""
    last: dict[tuple[int, datetime], Entry] = {}
    for entry in entries:
        if entry.outcome == "stored" and entry.contact_id and entry.arrival.span:
            last.setdefault((entry.contact_id, entry.arrival.span[1]), entry)
    if not last:
        return {}
    stages = {version.type_id: len(version.model.stages) for version in live}
    found: dict[str, list[Entered]] = defaultdict(list)
    changes = _changes(workspace_id, {contact_id for contact_id, _ in last}, min(_begun(entry) for entry in last.values()))
    for contact_id, at, type_id, name, rank in changes:
        for (whose, drained_at), entry in last.items():
            if whose == contact_id and _begun(entry) <= at <= drained_at:
                found[entry.arrival.ref].append(Entered(name, rank, max(stages.get(type_id, rank), rank)))
    return found


def _begun(entry: Entry) -> datetime:
    assert entry.arrival.span
    return entry.arrival.span[0]


def _changes(workspace_id: int, contact_ids: Collection[int], since: datetime) -> list[tuple[Any, ...]]:
    return fetch(
        """SELECT contact_id, at, scoring_type_id, stage_name, rank FROM scoring_stagechange
           WHERE workspace_id = %s AND contact_id = ANY(%s) AND at >= %s AND direction = 'entered'
             AND cause IN ('activity', 'profile', 'merge', 'import') ORDER BY at, id""",
        [workspace_id, sorted(contact_ids), since],
    )
