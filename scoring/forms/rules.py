"""A rule of any kind as fields of a form, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from contacts.condition_problems import Side
from scoring import suggestions
from scoring.draft_edits import key_for
from scoring.forms import conditions, frequencies, typed
from scoring.forms.frequencies import Lasting, Often
from scoring.sentences import rule_reason
from scoring.wording import MISSING

Rule = Mapping[str, Any]

UNTITLED = "New rule"


def blank(when: str, group: str | None) -> dict[str, Any]:
    """What the form of a new rule begins with; a kind that there is not gives one of activities."""
    begun: Mapping[str, Mapping[str, Any]] = {
        "activity": {"points": 5, "activity": ""},
        "profile": {"points": 5, "conditions": conditions.BLANK},
        "inactivity": {"points": -5, "days": 30},
        "reset": {"activity": ""},
    }
    kind = when if when in begun else "activity"
    rule: dict[str, Any] = {"key": "", "name": "", "when": kind, **begun[kind]}
    return {**rule, "group": group} if group and kind != "reset" else rule


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule in its fields. `at` is its path in the document; `id` begins the ids of its fields.

    `name` is empty where it is the one made from the rule, so that it goes on following the rule; `name_made` is empty while the rule is unfinished.
    """

    rule: Rule
    at: str
    id: str
    side: Side
    name: str
    name_made: str
    tree: conditions.Branch
    points: str
    often: Often
    lasting: Lasting
    days: str
    times: str
    groups: Sequence[Mapping[str, Any]]
    activities: Sequence[str]
    fields: Sequence[suggestions.Field]

    group_words = conditions.GROUP_WORDS

    @property
    def kind(self) -> str:
        """activity, profile, inactivity or reset."""
        return str(self.rule["when"])

    @property
    def op_words(self) -> Mapping[str, Mapping[str, str]]:
        return conditions.op_words(self.side)

    @property
    def is_stored(self) -> bool:
        """Whether the rule is in the draft, where what is changed is saved as one goes."""
        return bool(self.rule["key"])


def side_of(rule: Rule) -> Side:
    """What the conditions of the rule are about."""
    return "profile" if rule["when"] == "profile" else "activity"


def form(workspace_id: int, rule: Rule, place: int, groups: Sequence[Mapping[str, Any]]) -> RuleForm:
    """The form of a rule at this place of the document's rules, with what can be chosen from."""
    side = side_of(rule)
    at, made = f"rules[{place}]", name_of(rule)
    return RuleForm(
        rule=rule, at=at, id=f"rule-{rule['key'] or 'new'}", side=side, groups=groups,
        name="" if rule["name"] in (made, UNTITLED) else rule["name"], name_made="" if made == UNTITLED else made,
        tree=conditions.tree(rule.get("conditions"), f"{at}.conditions"), points=typed.shown(rule.get("points")),
        often=frequencies.often(rule.get("frequency")), lasting=frequencies.lasting(rule.get("expiry")),
        days=typed.shown(rule.get("days", 30)), times=typed.shown(rule.get("times", 1)),
        activities=suggestions.activity_names(workspace_id) if side == "activity" else [],
        fields=suggestions.activity_fields(workspace_id) if side == "activity" else suggestions.profile_fields(workspace_id),
    )  # fmt: skip


def read(posted: QueryDict, before: Rule) -> dict[str, Any]:
    """The rule that the fields say. Its key and kind are those it had; without a name it is named after what it says."""
    rule = {"key": before["key"], "name": typed.text(posted.get("name", "")), "when": before["when"]}
    if before["when"] != "reset":
        rule |= typed.given(points=typed.whole(posted.get("points", "")), group=typed.text(posted.get("group", "")))
    rule |= _PARTS[before["when"]](posted)
    return {**rule, "name": rule["name"] or name_of(rule)}


def _profile(posted: QueryDict) -> dict[str, Any]:
    node = conditions.read(posted, "profile")
    return {"conditions": {"all": []} if node is None else node}


def _activity(posted: QueryDict) -> dict[str, Any]:
    frequency, expiry = frequencies.read_often(posted), frequencies.read_lasting(posted)
    return _reset(posted) | ({"frequency": frequency} if frequency else {}) | ({"expiry": expiry} if expiry else {})


def _reset(posted: QueryDict) -> dict[str, Any]:
    rule: dict[str, Any] = {"activity": typed.text(posted.get("activity", ""))}
    node = conditions.read(posted, "activity")
    return rule if node in (None, {"all": []}) else {**rule, "conditions": node}


def _inactivity(posted: QueryDict) -> dict[str, Any]:
    times = typed.whole(posted.get("times", ""))
    rule = typed.given(days=typed.whole(posted.get("days", "")), activity=typed.text(posted.get("activity", "")))
    return rule if times in (1, "") else {**rule, "times": times}


_PARTS: Mapping[str, Callable[[QueryDict], dict[str, Any]]] = {
    "activity": _activity, "profile": _profile, "inactivity": _inactivity, "reset": _reset,
}  # fmt: skip


def name_of(rule: Rule) -> str:
    """A name made from the rule's sentence, such as `Viewing a page whose address contains /pricing`."""
    words = str(rule_reason(rule)).removeprefix("for ").removeprefix("when ")
    unfinished = not words or MISSING in words or words != words.strip()
    return UNTITLED if unfinished else (words[0].upper() + words[1:])[:200]


def with_key(rule: dict[str, Any], rules: Sequence[Rule]) -> dict[str, Any]:
    """A new rule with a key made from its name; one that has a key keeps it."""
    return rule if rule["key"] else {**rule, "key": key_for(rule["name"], rules, "rule")}
