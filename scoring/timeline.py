"""What a contact did and which stages it entered and left, newest first, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.activities import COUNTS
from contacts.calls import ACTIVITY_KINDS
from contacts.labels import LONGEST, phrase
from contacts.models import Source
from leadscore.exact_json import loads
from leadscore.sql import fetch
from scoring.condition_sentences import label as field_label
from scoring.engine import Activity, Line, matches
from scoring.model import Model
from scoring.models import Cause, Direction, StageChange
from scoring.sentences import frequency_clause

PAGE = 30
MOST_CHANGES = 200
MOST_COUNTED = 1_000
MOST_MATCHED = 1_000
ICONS = {"page": "eye", "screen": "device-mobile", "identify": "id", "group": "building", "alias": "arrows-join"}
ICONS_OF_NAMES = {
    "Page Viewed": "eye", "Screen Viewed": "device-mobile", "Form Submitted": "forms", "File Downloaded": "download", "Link Clicked": "link",
    "Email Opened": "mail-opened", "Email Link Clicked": "mail", "Signed Up": "user-plus", "Signed In": "login", "Trial Started": "rocket",
    "Product Viewed": "shopping-bag", "Product Added": "shopping-cart", "Order Completed": "receipt",
}  # fmt: skip
CAUSES = {
    Cause.PROFILE: "the profile has changed", Cause.TIME: "by the passing of time", Cause.ADJUSTMENT: "points were adjusted",
    Cause.MODEL: "by a new version", Cause.MERGE: "two profiles turned out to be one person", Cause.IMPORT: "by an import",
    Cause.ERASURE: "activities were erased", Cause.RECLASSIFICATION: "activities are taken for a bot’s, or no longer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Done:
    """An activity, as a line. `points` is None where it matched no rule; `over` says which limits kept it from counting; `bot`, why it is a bot's."""

    id: int
    at: datetime
    icon: str
    verb: str
    noun: str
    detail: str = ""
    points: int | None = None
    spent: bool = False
    over: str = ""
    bot: str = ""
    is_activity: bool = True

    @property
    def text(self) -> str:
        return f"{self.verb} {self.noun}".strip()


@dataclass(frozen=True, slots=True)
class Turn:
    """A stage entered or left. `told`: who got a message of it."""

    at: datetime
    entered: bool
    stage: str
    rank: int
    stages: int
    points: int
    scoring_type: str
    cause: str
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """What tells the points of activities: a model, the raw rules by their places, and the lines of the contact's explanation."""

    model: Model
    rules: Sequence[Mapping[str, Any]]
    lines: Mapping[int, Sequence[Line]] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model, document: Mapping[str, Any], lines: Iterable[Line]) -> Scored:
        by_activity: dict[int, list[Line]] = defaultdict(list)
        for line in lines:
            if line.activity is not None:
                by_activity[line.activity].append(line)
        return cls(model, document.get("rules", []), by_activity)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page. `older` counts the activities beyond it, exactly up to MOST_COUNTED; `last` is the one it ends with."""

    entries: list[Done | Turn]
    older: int
    last: int | None


def page(
    workspace_id: int,
    contact_id: int,
    scored: Scored | None,
    stages: Mapping[int, tuple[str, int]],
    told: Mapping[int, tuple[str, ...]],
    *,
    before: int | None = None,
    bots: bool = False,
    size: int = PAGE,
) -> Timeline:
    """The activities older than `before` (an activity of the contact), or the newest, and the stage changes between them.

    Args:
        stages: scoring type → its name ("" to leave it unsaid) and how many stages it has.
        told: stage change → who got a message of it.
        bots: what is taken for a bot's alone, without stage changes.
    """
    start = place_of(workspace_id, contact_id, before) if before else None
    rows = _activities(workspace_id, contact_id, start, size + 1, bots)
    shown, last = rows[:size], rows[size - 1] if len(rows) > size else None
    changes = [] if bots else _changes(workspace_id, contact_id, start[0] if start else None, last["at"] if last else None)
    entries: list[Done | Turn] = [_done(row, scored) for row in shown]
    entries += [_turn(change, stages, told) for change in changes]
    entries.sort(key=lambda entry: (entry.at, isinstance(entry, Turn)), reverse=True)
    return Timeline(entries, _older(workspace_id, contact_id, last, bots) if last else 0, last["id"] if last else None)


def place_of(workspace_id: int, contact_id: int, activity_id: int) -> tuple[datetime, str] | None:
    """Where an activity of the contact stands; None if there is none."""
    rows = fetch(
        "SELECT occurred_at, message_id FROM contacts_activity WHERE workspace_id = %s AND id = %s AND contact_id = %s",
        [workspace_id, activity_id, contact_id],
    )
    return rows[0] if rows else None


COLUMNS = ("id", "kind", "name", "at", "message_id", "source", "properties", "context", "bot")


ONLY_BOTS = "AND bot <> ''"


def _activities(workspace_id: int, contact_id: int, start: tuple[datetime, str] | None, limit: int, bots: bool) -> list[dict[str, Any]]:
    rows = fetch(
        f"""SELECT id, kind, name, occurred_at, message_id, source, properties::text, context::text, bot FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = %s AND NOT erased {"AND (occurred_at, message_id) < (%s, %s)" if start else ""}
                 {ONLY_BOTS if bots else ""}
           ORDER BY occurred_at DESC, message_id DESC LIMIT %s""",
        [workspace_id, contact_id, *(start or ()), limit],
    )
    return [dict(zip(COLUMNS, row, strict=True)) | {"properties": loads(row[6]), "context": loads(row[7])} for row in rows]


def _older(workspace_id: int, contact_id: int, last: Mapping[str, Any], bots: bool) -> int:
    rows = fetch(
        f"""SELECT count(*) FROM (SELECT FROM contacts_activity WHERE workspace_id = %s AND contact_id = %s AND NOT erased
           AND (occurred_at, message_id) < (%s, %s) {ONLY_BOTS if bots else ""} LIMIT %s) one""",
        [workspace_id, contact_id, last["at"], last["message_id"], MOST_COUNTED + 1],
    )
    return int(rows[0][0])


def _changes(workspace_id: int, contact_id: int, until: datetime | None, since: datetime | None) -> list[StageChange]:
    """The latest changes from `since` on and before `until`."""
    found = StageChange.objects.filter(workspace_id=workspace_id, contact_id=contact_id)
    if until:
        found = found.filter(at__lt=until)
    if since:
        found = found.filter(at__gte=since)
    return list(found.order_by("-at", "-id")[:MOST_CHANGES])


def _turn(change: StageChange, stages: Mapping[int, tuple[str, int]], told: Mapping[int, tuple[str, ...]]) -> Turn:
    name, count = stages.get(change.scoring_type_id, ("", 0))
    cause = CAUSES.get(Cause(change.cause), "")
    entered = change.direction == Direction.ENTERED
    return Turn(
        change.at, entered, change.stage_name, change.rank, max(count, change.rank, 1), change.points, name, cause, told.get(change.id, ())
    )


def icon_of(kind: str, name: str) -> str:
    """The icon of an activity: that of its name, else of its kind."""
    return ICONS_OF_NAMES.get(name) or ICONS.get(kind, "bolt")


def _done(row: Mapping[str, Any], scored: Scored | None) -> Done:
    verb, noun = (part[:LONGEST] for part in _words(row))
    icon = icon_of(row["kind"], row["name"])
    if row["kind"] not in ACTIVITY_KINDS or row["bot"] or scored is None:
        return Done(row["id"], row["at"], icon, verb, noun, _detail(row), bot=row["bot"], is_activity=row["kind"] in ACTIVITY_KINDS)
    lines = scored.lines.get(row["id"], ())
    over = _over(row, scored, {line.rule for line in lines})
    points = sum(line.points for line in lines) if lines else 0 if over else None
    return Done(row["id"], row["at"], icon, verb, noun, _detail(row), points, bool(lines) and not any(line.value for line in lines), over)


def _words(row: Mapping[str, Any]) -> tuple[str, str]:
    if row["kind"] == "identify":
        return ("Profile updated" if row["source"] == Source.SERVER else "Said who they are"), ""
    if row["kind"] == "group":
        return ("Company set" if row["source"] == Source.SERVER else "Named their company"), ""
    if row["kind"] == "alias":
        return "Turned out to be", str(row["properties"].get("previousId", ""))
    return phrase(row["name"], row["properties"])


def _detail(row: Mapping[str, Any]) -> str:
    """The traits that a profile call set, or the campaign that led to an activity; as it goes on after the words."""
    if row["kind"] == "alias" or (not row["properties"] and row["kind"] not in ACTIVITY_KINDS):
        return ""
    if row["kind"] not in ACTIVITY_KINDS:
        prefix = "company." if row["kind"] == "group" else "contact."
        return ": " + ", ".join(sorted(field_label(prefix + name).removeprefix("company's ") for name in row["properties"]))[:LONGEST]
    campaign = row["context"].get("campaign") if isinstance(row["context"], dict) else None
    if not isinstance(campaign, dict):
        return ""
    named = [(word, campaign.get(key)) for word, key in (("from", "source"), ("campaign", "name"))]
    said = ", ".join(f"{word} {value}" for word, value in named if isinstance(value, str) and value)
    return f" {said}"[:LONGEST] if said else ""


def _over(row: Mapping[str, Any], scored: Scored, awarded: Collection[str]) -> str:
    """The limits of the rules that the activity matches without having been awarded."""
    activity = Activity(row["id"], row["name"], row["at"], row["message_id"], row["properties"], row["context"])
    missed = [rule for rule in matches(scored.model, activity) if rule.key not in awarded]
    return ", ".join(str(frequency_clause(scored.rules[rule.position].get("frequency"))).removeprefix(", ") for rule in missed)


def matched(workspace_id: int, contact_id: int, model: Model, t: datetime) -> dict[str, int]:
    """Rule's key → how many activities matched it, awarded or not; of rules with a limit. Nothing for a contact with very many activities."""
    limited = {rule.key for rules in model.by_activity.values() for rule in rules if rule.frequency and rule.frequency.limit}
    names = sorted(name for name, rules in model.by_activity.items() if any(rule.key in limited for rule in rules))
    rows = fetch(
        f"""SELECT id, name, occurred_at, message_id, properties::text, context::text FROM contacts_activity
           WHERE workspace_id = %s AND contact_id = %s AND name = ANY(%s) AND occurred_at <= %s AND {COUNTS} LIMIT %s""",
        [workspace_id, contact_id, names, t, MOST_MATCHED + 1],
    )
    if len(rows) > MOST_MATCHED:
        return {}
    counts: dict[str, int] = defaultdict(int)
    for id, name, occurred_at, message_id, properties, context in rows:
        for rule in matches(model, Activity(id, name, occurred_at, message_id, loads(properties), loads(context))):
            counts[rule.key] += rule.key in limited
    return dict(counts)
