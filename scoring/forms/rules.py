"""A rule as fields of a form, and back. Only kinds and limits that this release scores; what it cannot score is never put into fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.http import QueryDict

from scoring import suggestions
from scoring.document import publishing_problems
from scoring.draft_edits import key_for
from scoring.forms import conditions, typed
from scoring.sentences import rule_reason
from scoring.wording import MISSING

Rule = Mapping[str, Any]
Side = Literal["activity", "profile"]

OFTEN = {"": "every time", "limit": "at most"}
PERIODS = {"day": "a day", "week": "a week", "month": "a month", "ever": "in all"}
EXPIRIES = {"": "for good", "days": "for some days"}
UNTITLED = "New rule"


def can_edit(rule: Rule) -> bool:
    """Whether the form can show all of the rule; others are kept as they came."""
    return rule["when"] in ("activity", "profile") and not publishing_problems({"rules": [rule]})


def blank(when: Side, group: str | None) -> dict[str, Any]:
    """What the form of a new rule begins with."""
    rule: dict[str, Any] = {"key": "", "name": "", "when": when, "points": 5}
    if group:
        rule["group"] = group
    if when == "profile":
        return {**rule, "conditions": {"all": [{"field": "", "op": "contains", "value": ""}]}}
    return {**rule, "activity": ""}


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule in its fields. `at` is its path in the document; `id` begins the ids of its fields.

    `name` is empty where it is the one made from the rule, so that it goes on following the rule.
    """

    rule: Rule
    at: str
    id: str
    side: Side
    name: str
    name_made: str
    tree: conditions.Branch
    points: str
    often: str
    limit: str
    per: str
    days: str
    expires: str
    groups: Sequence[Mapping[str, Any]]
    activities: Sequence[str]
    fields: Sequence[suggestions.Field]

    group_words = conditions.GROUP_WORDS
    often_words = OFTEN
    periods = PERIODS
    expiries = EXPIRIES

    @property
    def op_words(self) -> Mapping[str, Mapping[str, str]]:
        """Ops by what they compare, those about today only for profiles."""
        relative = ("within_last", "within_next")
        return {
            kind: {op: words for op, words in ops.items() if self.side == "profile" or op not in relative}
            for kind, ops in conditions.OP_WORDS.items()
        }


def form(workspace_id: int, rule: Rule, place: int, groups: Sequence[Mapping[str, Any]]) -> RuleForm:
    """The form of a rule at this place of the document's rules, with what can be chosen from."""
    side: Side = "profile" if rule["when"] == "profile" else "activity"
    frequency, expiry, at, made = rule.get("frequency") or {}, rule.get("expiry") or {}, f"rules[{place}]", name_of(rule)
    return RuleForm(
        rule=rule, at=at, id=f"rule-{rule['key'] or 'new'}", side=side, groups=groups,
        name="" if rule["name"] in (made, UNTITLED) else rule["name"], name_made=made,
        tree=conditions.tree(rule.get("conditions"), f"{at}.conditions"), points=typed.shown(rule.get("points")),
        often="limit" if frequency else "", limit=typed.shown(frequency.get("limit", 1)), per=str(frequency.get("per", "day")),
        expires="days" if expiry else "", days=typed.shown(expiry.get("days", 90)),
        activities=suggestions.activity_names(workspace_id) if side == "activity" else [],
        fields=suggestions.activity_fields(workspace_id) if side == "activity" else suggestions.profile_fields(workspace_id),
    )  # fmt: skip


def read(posted: QueryDict, before: Rule) -> dict[str, Any]:
    """The rule that the fields say. Its key and kind are those it had; without a name it is named after what it says."""
    group = typed.text(posted.get("group", ""))
    rule = {"key": before["key"], "name": typed.text(posted.get("name", "")), "when": before["when"]}
    rule |= typed.given(points=typed.whole(posted.get("points", "")), group=group)
    node = conditions.read(posted)
    rule |= _profile(node) if before["when"] == "profile" else _activity(posted, node)
    return {**rule, "name": rule["name"] or name_of(rule)}


def _profile(node: conditions.Node | None) -> dict[str, Any]:
    return {"conditions": {"all": []} if node is None else node}


def _activity(posted: QueryDict, node: conditions.Node | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"activity": typed.text(posted.get("activity", ""))}
    if node not in (None, {"all": []}):
        rule["conditions"] = node
    if posted.get("often"):
        rule["frequency"] = {"limit": typed.whole(posted.get("limit", "")), "per": typed.text(posted.get("per", ""))}
    if posted.get("expires"):
        rule["expiry"] = {"days": typed.whole(posted.get("days", ""))}
    return rule


def name_of(rule: Rule) -> str:
    """A name made from the rule's sentence, such as `Viewing a page whose address contains /pricing`."""
    words = str(rule_reason(rule)).removeprefix("for ").removeprefix("when ")
    unfinished = not words or MISSING in words or words != words.strip()
    return UNTITLED if unfinished else (words[0].upper() + words[1:])[:200]


def with_key(rule: dict[str, Any], rules: Sequence[Rule]) -> dict[str, Any]:
    """A new rule with a key made from its name; one that has a key keeps it."""
    return rule if rule["key"] else {**rule, "key": key_for(rule["name"], rules, "rule")}
