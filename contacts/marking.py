"""Marks of bots on stored activities: what the rule for mail scanners says, and what people say. The contacts are locked; the caller rescores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.audit import By
from contacts import scanners
from contacts.activities import DONE
from contacts.bot_models import BotMark, MarkedBy, ScannerRule
from contacts.bots import crawler_of
from contacts.models import Source
from contacts.scanners import INFLUENCE, NAMES, NEIGHBOURHOOD, Item, Mark, Settings
from leadscore.exact_json import loads
from leadscore.sql import fetch, records, run

SETTINGS = ("on", "links", "seconds", "delivery_seconds", "agents", "networks")

Instants = Mapping[int, Collection[datetime] | None]
"""Contact → when what is new of its e-mails occurred; None for all that it ever did."""


@dataclass(slots=True)
class Marked:
    """What changed: contact → the activities that are taken for a bot's from now on, and those that no longer are."""

    bots: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    people: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def contacts(self) -> set[int]:
        return {contact for changed in (self.bots, self.people) for contact, activities in changed.items() if activities}

    def of(self, contact_id: int) -> set[int]:
        """The contact's activities that changed either way."""
        return self.bots.get(contact_id, set()) | self.people.get(contact_id, set())

    def but(self, contact_id: int, activity_id: int, is_bot: bool | None) -> Marked:
        """The same, but for one activity, which is a bot's from now on, or no longer, or (None) what it was."""
        changed = Marked()
        for ours, theirs, is_there in ((changed.bots, self.bots, is_bot is True), (changed.people, self.people, is_bot is False)):
            ours |= theirs | {contact_id: theirs.get(contact_id, set()) - {activity_id} | ({activity_id} if is_there else set())}
        return changed


@dataclass(frozen=True, slots=True)
class _Row:
    """An activity with what is on record about it. `bot` without `marked_by` is a crawler's."""

    id: int
    contact: int
    item: Item
    bot: str
    marked_by: str | None
    is_judged: bool


def settings_of(workspace_id: int) -> Settings:
    """What the workspace takes for a scanner."""
    rule = ScannerRule.objects.filter(workspace=workspace_id).values(*SETTINGS).first()
    return _settings(rule) if rule else Settings()


def _settings(rule: Mapping[str, Any]) -> Settings:
    return Settings(
        rule["on"], rule["links"], rule["seconds"], rule["delivery_seconds"], tuple(rule["agents"]), tuple(rule["networks"])
    )  # fmt: skip


def apply_rule(workspace_id: int, instants: Instants, *, new: Collection[int] = (), dry: bool = False) -> Marked:
    """Judges what lies around these instants by the rule for mail scanners, and marks it; at most five statements for any number of contacts.

    Args:
        new: activities that have not been scored yet.
        dry: says what would change, and changes nothing.
    """
    marked = Marked()
    if not instants:
        return marked
    settings, stretches = _neighbourhoods(workspace_id, instants)
    found: list[tuple[_Row, Mark | None]] = []
    for rows in stretches:
        marks = scanners.judge((row.item for row in rows), settings)
        found += [(row, marks.get(row.id)) for row in rows if row.is_judged]
    changed = [(row, mark) for row, mark in found if _differs(row, mark)]
    for row, mark in changed:
        if bool(row.bot) != bool(mark):
            (marked.bots if mark else marked.people)[row.contact].add(row.id)
    if not dry:
        _write(workspace_id, changed, frozenset(new))
    return marked


def _differs(row: _Row, mark: Mark | None) -> bool:
    """Whether the rule says something else than what is on record. A person's word, and a crawler's own, stand."""
    if row.marked_by == MarkedBy.PERSON or (row.bot and row.marked_by is None):
        return False
    return row.bot != (text_of(mark) if mark else "")


def text_of(mark: Mark) -> str:
    """The reason as the activity carries it."""
    return f"scanner: {mark.reason}"


def _neighbourhoods(workspace_id: int, instants: Instants) -> tuple[Settings, Iterable[list[_Row]]]:
    """The workspace's settings, and the e-mail activities of each stretch of time that has to be looked at as a whole, in one statement.

    Stretches of a contact do not overlap in what is judged.
    """
    spans = [span for contact, when in instants.items() for span in _spans(contact, when)]
    rows = fetch(
        f"""SELECT w.place, a.id, a.contact_id, a.name, a.occurred_at, a.source, a.properties::text, a.context::text, a.bot, m.marked_by,
                  w.since IS NULL OR a.occurred_at BETWEEN w.since AND w.until,
                  (SELECT to_jsonb(s)::text FROM contacts_scannerrule s WHERE s.workspace_id = %s)
           FROM json_to_recordset(%s::json) AS w(place int, contact bigint, earliest timestamptz, since timestamptz, until timestamptz,
                                                 latest timestamptz)
           JOIN contacts_activity a ON a.workspace_id = %s AND a.contact_id = w.contact AND {DONE}
                AND a.occurred_at >= coalesce(w.earliest, '-infinity') AND a.occurred_at <= coalesce(w.latest, 'infinity')
                AND a.name = ANY(%s) AND NOT a.erased
                AND (a.name <> 'Page Viewed' OR a.context #>> '{{campaign,medium}}' = 'email' OR a.properties ->> 'url' LIKE %s)
           LEFT JOIN contacts_botmark m ON m.workspace_id = a.workspace_id AND m.activity_id = a.id""",
        [workspace_id, records(span | {"place": place} for place, span in enumerate(spans)), workspace_id, list(NAMES), "%utm_medium=email%"],
    )
    rule = rows[0][-1] if rows else None
    stretches: dict[int, list[_Row]] = defaultdict(list)
    for place, id, contact, name, at, source, properties, context, bot, marked_by, is_judged, _ in rows:
        item = scanners.item_of(id, name, at, loads(properties), loads(context), is_vouched=source != Source.BROWSER)
        if item is not None:
            stretches[place].append(_Row(id, contact, item, bot, marked_by, is_judged))
    return _settings(loads(rule)) if rule else Settings(), stretches.values()


def _spans(contact: int, when: Collection[datetime] | None) -> list[dict[str, Any]]:
    """What is judged lies between `since` and `until`; what it takes to judge it, between `earliest` and `latest`."""
    if when is None:
        return [{"contact": contact}]
    ordered = sorted(when)
    starts = [place for place, at in enumerate(ordered) if place == 0 or at - ordered[place - 1] > 2 * INFLUENCE]
    stretches = [ordered[start:end] for start, end in zip(starts, [*starts[1:], len(ordered)], strict=True)]
    return [
        {"contact": contact, "since": one[0] - INFLUENCE, "until": one[-1] + INFLUENCE,
         "earliest": one[0] - NEIGHBOURHOOD, "latest": one[-1] + NEIGHBOURHOOD}
        for one in stretches
    ]  # fmt: skip


def _write(workspace_id: int, changed: Sequence[tuple[_Row, Mark | None]], new: frozenset[int]) -> None:
    if not changed:
        return
    _set_bot(workspace_id, {row.id: text_of(mark) if mark else "" for row, mark in changed})
    run(
        "DELETE FROM contacts_botmark WHERE workspace_id = %s AND activity_id = ANY(%s) AND marked_by = 'rule'",
        [workspace_id, [row.id for row, mark in changed if mark is None]],
    )
    marks = [
        {"activity": row.id, "evidence": mark.evidence, "reason": mark.reason[:200], "had_counted": row.id not in new}
        for row, mark in changed if mark
    ]  # fmt: skip
    run(
        """INSERT INTO contacts_botmark (workspace_id, activity_id, is_bot, marked_by, evidence, reason, had_counted, at)
           SELECT %s, r.activity, true, 'rule', r.evidence, r.reason, r.had_counted, clock_timestamp()
           FROM json_to_recordset(%s::json) AS r(activity bigint, evidence text, reason text, had_counted boolean)
           ON CONFLICT (workspace_id, activity_id) DO UPDATE SET evidence = excluded.evidence, reason = excluded.reason""",
        [workspace_id, records(marks)],
    )


def _set_bot(workspace_id: int, bots: Mapping[int, str]) -> None:
    run(
        """UPDATE contacts_activity a SET bot = r.bot FROM json_to_recordset(%s::json) AS r(id bigint, bot text)
           WHERE a.workspace_id = %s AND a.id = r.id""",
        [records({"id": id, "bot": bot} for id, bot in bots.items()), workspace_id],
    )


def by_person(workspace_id: int, contact_id: int, activity_id: int, *, is_bot: bool, reason: str, by: By) -> Marked:
    """Says of a contact's activity that a bot did it, or that none did, whatever rules say."""
    ((before,),) = fetch("SELECT bot FROM contacts_activity WHERE workspace_id = %s AND id = %s", [workspace_id, activity_id])
    known = BotMark.objects.filter(workspace=workspace_id, activity_id=activity_id)
    had_counted = not before or known.filter(had_counted=True).exists()
    known.delete()
    person = audit.person(by)
    BotMark.objects.create(
        workspace_id=workspace_id, activity_id=activity_id, is_bot=is_bot, marked_by=MarkedBy.PERSON, reason=reason, had_counted=had_counted,
        author=person, key_id=by.id if by is not None and person is None else None,
    )  # fmt: skip
    _set_bot(workspace_id, {activity_id: (f"by hand: {reason}" if reason else "by hand") if is_bot else ""})
    return Marked().but(contact_id, activity_id, is_bot if is_bot != bool(before) else None)


def leave_to_rules(workspace_id: int, activity_id: int, contact_id: int) -> Marked:
    """Takes back what a person said of an activity: crawlers and scanners are known by the rules again."""
    rows = fetch(
        """SELECT a.kind, a.name, a.occurred_at, a.properties::text, a.context::text, a.bot FROM contacts_activity a
           JOIN contacts_botmark m ON m.workspace_id = a.workspace_id AND m.activity_id = a.id AND m.marked_by = 'person'
           WHERE a.workspace_id = %s AND a.id = %s""",
        [workspace_id, activity_id],
    )
    if not rows:
        return Marked()
    ((kind, name, at, properties, context, before),) = rows
    BotMark.objects.filter(workspace=workspace_id, activity_id=activity_id).delete()
    after = crawler_of(kind, loads(context))
    _set_bot(workspace_id, {activity_id: after})
    is_mail = not after and scanners.concerns(name, loads(properties), loads(context))
    marked = apply_rule(workspace_id, {contact_id: [at]}) if is_mail else Marked()
    is_bot = bool(after) or activity_id in marked.of(contact_id)
    return marked.but(contact_id, activity_id, is_bot if is_bot != bool(before) else None)


def forget(workspace_id: int, contact_id: int) -> None:
    """Deletes what is kept about a contact's activities, before they are erased."""
    run(
        """DELETE FROM contacts_botmark m USING contacts_activity a
           WHERE m.workspace_id = %s AND a.workspace_id = m.workspace_id AND a.id = m.activity_id AND a.contact_id = %s""",
        [workspace_id, contact_id],
    )
