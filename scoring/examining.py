"""The health of a published type's rules: from the scores and awards of at most MOST contacts, remembered for some minutes.

Where those were given nothing by an activity rule, the version's whole ledger is asked for it. So pages that only tell how many findings there are
take what is remembered, and leave the work to a worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta

from accounts import jobs
from accounts.scope import workspace_scope
from contacts import people
from leadscore.clock import Clock
from leadscore.clock import now as database_now
from leadscore.exact_json import loads
from leadscore.sql import fetch
from scoring import remembering
from scoring.engine import Profile, Tally, moved, values
from scoring.model import ActivityRule, Model
from scoring.models import ScoringType, Version
from scoring.rule_health import DAYS, Gave, Health, health_of
from scoring.versions import model as model_of

MOST = 2_000  # contacts looked at
SECONDS = 600  # for which an answer is remembered
TASK = "scoring.tasks.examine_rules"


def examine(scoring_type: ScoringType, t: datetime) -> Health | None:
    """What is wrong with the rules of the live version; None where none is live. Call it inside the workspace's scope."""
    version = scoring_type.published
    if version is None:
        return None
    found = _remembered(version)
    if found is None:
        found = _examined(version, t)
        remembering.remember({_key(version): asdict(found)}, SECONDS)
    return found


def examined_lately(scoring_type: ScoringType) -> Health | None:
    """As `examine`, but only what is remembered; where that is nothing, a worker is asked to find it out for the next time."""
    version = scoring_type.published
    if version is None:
        return None
    found = _remembered(version)
    if found is None and remembering.is_first(f"{_key(version)}:asked", SECONDS):
        jobs.wake_on_commit(TASK, version.workspace_id, scoring_type.id)
    return found


def examine_type(workspace_id: int, type_id: int, clock: Clock = database_now) -> None:
    """What the worker does."""
    with workspace_scope(workspace_id):
        for scoring_type in ScoringType.objects.select_related("published").filter(workspace=workspace_id, id=type_id, archived_at=None):
            examine(scoring_type, clock())


def _key(version: Version) -> str:
    return f"health:{version.workspace_id}:{version.id}"


def _remembered(version: Version) -> Health | None:
    known = remembering.recall([_key(version)])
    return Health.from_json(known[_key(version)]) if known else None


def _examined(version: Version, t: datetime) -> Health:
    model = model_of(version.workspace_id, version.id, version.created_at)
    since = t - timedelta(days=DAYS)
    tallies, in_all = _scores(version)
    awarded = _awarded(version, tallies, since)
    known = people.load(version.workspace_id, tallies)
    contacts = []
    for contact, person in known.items():
        now = values(model, moved(model, tallies[contact], {}, t), Profile(person.profile(), person.company_traits), t)
        alone = {rule for rule, value in now.items() if value and not isinstance(model.rules[rule], ActivityRule)}
        contacts.append(Gave(awarded[contact] | alone, now))
    return health_of(model, contacts, in_all, _elsewhere(version, model, contacts, in_all, since))


def _scores(version: Version) -> tuple[dict[int, Tally], int]:
    """The tallies of contacts taken at random, and how many have a score."""
    rows = fetch(
        """WITH scored AS MATERIALIZED (SELECT contact_id FROM scoring_score WHERE workspace_id = %s AND version_id = %s),
                chosen AS (SELECT contact_id, (SELECT count(*) FROM scored) AS in_all FROM scored ORDER BY random() LIMIT %s)
           SELECT s.contact_id, s.tally, chosen.in_all FROM chosen
           JOIN scoring_score s ON s.workspace_id = %s AND s.version_id = %s AND s.contact_id = chosen.contact_id""",
        [version.workspace_id, version.id, MOST, version.workspace_id, version.id],
    )
    return {contact: Tally.from_json(loads(tally)) for contact, tally, _ in rows}, rows[0][2] if rows else 0


def _awarded(version: Version, contact_ids: Collection[int], since: datetime) -> dict[int, set[int]]:
    """Contact → rules that awarded something lately, whatever it is worth by now."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = fetch(
        """SELECT DISTINCT contact_id, rule FROM scoring_award
           WHERE workspace_id = %s AND version_id = %s AND contact_id = ANY(%s) AND counts AND awarded_at > %s""",
        [version.workspace_id, version.id, list(contact_ids), since],
    )
    for contact, rule in rows:
        found[contact].add(rule)
    return found


def _elsewhere(version: Version, model: Model, contacts: Collection[Gave], in_all: int, since: datetime) -> set[int]:
    """Of the activity rules that gave nothing to those looked at, the ones that gave something to others: one pass over the ledger's key."""
    fired = {rule for one in contacts for rule in one.rules}
    silent = [rule.position for rule in model.rules if isinstance(rule, ActivityRule) and rule.position not in fired]
    if not silent or len(contacts) >= in_all:
        return set()
    rows = fetch(
        """SELECT DISTINCT rule FROM scoring_award
           WHERE workspace_id = %s AND version_id = %s AND rule = ANY(%s) AND counts AND awarded_at > %s""",
        [version.workspace_id, version.id, silent, since],
    )
    return {rule for (rule,) in rows}
