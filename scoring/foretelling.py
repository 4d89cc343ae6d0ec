"""What contacts' scores are by any models, and whom these would have told: computed from their activities, nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts import people
from contacts.activities import COUNTS
from contacts.people import Person
from leadscore.sql import fetch
from notifications import recipients
from notifications.due import Entered, Step, drafts, names
from notifications.recipients import People
from scoring import adjustments, ledger
from scoring.engine import Activity, Adjustment, Outcome, Profile, awards, resets
from scoring.model import Model
from scoring.placing import LATE
from scoring.replaying import Entry, Past, replay
from scoring.scratch import ACTIVE
from scoring.worth import sooner

TOLD_DAYS = 30  # how far back it is said whom a model would have told
MOST_QUIET = 365  # days before those for which replays look for what kept a recipient quiet; more would read most of the history


@dataclass(frozen=True, slots=True)
class Foretold:
    """A contact's outcome by one model, and how many messages it would have sent in the last TOLD_DAYS, by the recipient as stages name it."""

    outcome: Outcome
    told: Counter[str]


def foretell(workspace_id: int, type_id: int, models: Sequence[Model], contact_ids: Collection[int], t: datetime) -> dict[int, list[Foretold]]:
    """Contact → what each of the models makes of it at `t`; contacts that are not there are left out.

    Messages are replayed at each activity, adjustment and due instant, with today's profiles, owners and teams. A fixed number of statements.
    """
    known = people.load(workspace_id, contact_ids)
    since = sooner(t, timedelta(days=TOLD_DAYS + _quiet(models)))
    material = _material(workspace_id, type_id, models, known, since, t)
    meant = _meant(workspace_id, models, known)
    return {
        contact: [_foretold(model, person, type_id, material.past(model, contact, t), meant, since, t) for model in models]
        for contact, person in known.items()
    }


def _quiet(models: Sequence[Model]) -> int:
    """For how many days a message may keep a later one from being sent."""
    return min(MOST_QUIET, max((stage.quiet_days for model in models for stage in model.stages if stage.notify), default=0))


def _foretold(model: Model, person: Person, type_id: int, past: Past, meant: People, since: datetime, t: datetime) -> Foretold:
    tells = any(stage.notify for stage in model.stages)
    entries, reached = replay(model, past, Profile(person.profile(), person.company_traits), since if tells else t, t)
    return Foretold(reached, _told(model, person, type_id, entries, meant, sooner(t, timedelta(days=TOLD_DAYS))))


def _told(model: Model, person: Person, type_id: int, entries: Sequence[Entry], meant: People, counted_from: datetime) -> Counter[str]:
    told: dict[tuple[int, int, str, str], datetime] = {}
    counted = Counter[str]()
    for entry in entries:
        for draft in drafts(_step(model, person, type_id, entry), meant, told):
            told[person.id, type_id, draft.entered.stage, draft.recipient] = entry.at
            counted[draft.reason] += entry.at > counted_from
    return +counted


def _step(model: Model, person: Person, type_id: int, entry: Entry) -> Step:
    """The step as the outbox would be given it, but for the facts that a mail shows."""
    ranks = {stage.key: rank for rank, stage in enumerate(model.stages, start=1)}
    entered = tuple(
        Entered(0, stage.key, stage.name, ranks[stage.key], len(model.stages), stage.notify, stage.quiet_days) for stage in entry.stages
    )
    return Step(person.id, person.owner_id, type_id, model.name, entry.cause, entry.at, entered, {})


def _meant(workspace_id: int, models: Sequence[Model], known: Mapping[int, Person]) -> People:
    owners = {person.owner_id for person in known.values() if person.owner_id is not None}
    named = {recipient for model in models for stage in model.stages for recipient in stage.notify}
    asked = {name for recipient in named for owner in (*owners, None) for name in names(recipient, owner)}
    return recipients.resolve(workspace_id, asked, owners) if named else {}


@dataclass(frozen=True, slots=True)
class _Material:
    """What replays are made from, by contact."""

    histories: Mapping[int, Sequence[Activity]]
    heard: Mapping[int, Mapping[str, Sequence[datetime]]]
    given: Mapping[int, Sequence[Adjustment]]
    late: Mapping[int, Collection[datetime]]

    def past(self, model: Model, contact: int, t: datetime) -> Past:
        history, heard = self.histories.get(contact, ()), self.heard.get(contact, {})
        asked = {rule.activity or "" for rule in model.silences}
        return Past(
            awards(model, history, t),
            [one.occurred_at for one in history if resets(model, one)],
            {name: instants for name, instants in heard.items() if name in asked},
            [one for one in self.given.get(contact, ()) if one.awarded_at <= t],
            self.late.get(contact, ()),
        )


def _material(
    workspace_id: int, type_id: int, models: Sequence[Model], contact_ids: Collection[int], since: datetime, t: datetime
) -> _Material:
    given = adjustments.of_contacts(workspace_id, [type_id], contact_ids)
    return _Material(
        ledger.histories(workspace_id, contact_ids, {name for model in models for name in model.names}, t),
        _heard(workspace_id, models, contact_ids, since, t),
        {contact: found for (_, contact), found in given.items()},
        _late(workspace_id, contact_ids, since, t),
    )


def _heard(
    workspace_id: int, models: Sequence[Model], contact_ids: Collection[int], since: datetime, t: datetime
) -> dict[int, dict[str, list[datetime]]]:
    """When each contact was heard in what models ask for: after `since` each time, before it the last time."""
    found: dict[int, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    asked = {rule.activity for model in models for rule in model.silences}
    if not asked:
        return found
    names = [name for name in asked if name is not None]
    rows = fetch(
        f"""SELECT contact_id, name, {ACTIVE}, max(occurred_at) FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = ANY(%s) AND {COUNTS}
             AND occurred_at <= %s AND (%s OR name = ANY(%s))
           GROUP BY 1, 2, 3, greatest(occurred_at, %s)""",
        [workspace_id, list(contact_ids), t, None in asked, names, since],
    )
    for contact, name, is_active, at in rows:
        if name in asked:
            found[contact][name].append(at)
        if is_active and None in asked:
            found[contact][""].append(at)
    return found


def _late(workspace_id: int, contact_ids: Collection[int], since: datetime, t: datetime) -> dict[int, set[datetime]]:
    """The instants whose newest activity came more than a day after it had happened: steps that they make are an import's."""
    found: dict[int, set[datetime]] = defaultdict(set)
    rows = fetch(
        f"""SELECT contact_id, occurred_at FROM (
                SELECT DISTINCT ON (contact_id, occurred_at) contact_id, occurred_at, received_at FROM contacts_activity
                WHERE workspace_id = %s AND contact_id = ANY(%s) AND {COUNTS}
                  AND occurred_at > %s AND occurred_at <= %s
                ORDER BY contact_id, occurred_at, message_id DESC) newest
            WHERE received_at - occurred_at > %s""",
        [workspace_id, list(contact_ids), since, t, LATE],
    )
    for contact, at in rows:
        found[contact].add(at)
    return found
