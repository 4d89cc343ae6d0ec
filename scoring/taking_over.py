"""What a new version can take over from the live one: rules whose awards cannot differ are not matched again. Pure.

An award follows from the activity's name, the conditions, the frequency and, where that counts calendar periods, the time zone. Points,
names, groups and what an award expires by are read when a score is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from leadscore.exact_json import dumps
from scoring.awarding import Award
from scoring.model import ActivityRule, Model
from scoring.worth import ends_at

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """rules: position in the new document → position in the live one. resets, last: whether the latest reset, and what was last heard, are
    those that the live version keeps.
    """

    rules: Mapping[int, int]
    resets: bool
    last: bool

    def rest(self, model: Model) -> Model:
        """The new model without what is taken over: what is still to be computed from activities."""
        fresh = {name: tuple(rule for rule in rules if rule.position not in self.rules) for name, rules in model.by_activity.items()}
        return replace(
            model,
            by_activity={name: rules for name, rules in fresh.items() if rules},
            resets={} if self.resets else model.resets,
            silences=() if self.last else model.silences,
        )


NOTHING = Carried({}, resets=False, last=False)


def carried(live: Document, live_model: Model, draft: Document, model: Model) -> Carried:
    """What the version of `draft` takes over from that of `live`."""
    same_zone = live_model.zone == model.zone
    held = {key: place for place, rule in enumerate(live.get("rules", [])) if (key := _awards_by(rule, same_zone))}
    rules = {place: held[key] for place, rule in enumerate(draft.get("rules", [])) if (key := _awards_by(rule, same_zone)) in held}
    asked = {rule.activity for rule in model.silences}
    return Carried(rules, _resets(live) == _resets(draft), asked <= {rule.activity for rule in live_model.silences})


def _awards_by(rule: Document, same_zone: bool) -> str:
    """Text that two activity rules share exactly when they award the same activities; "" for what awards none, or in another time zone."""
    frequency = rule.get("frequency")
    if rule["when"] != "activity" or (not same_zone and frequency is not None and frequency.get("per") not in (None, "ever")):
        return ""
    return _text([rule["activity"], rule.get("conditions"), frequency])


def _resets(document: Document) -> set[str]:
    return {_text([rule["activity"], rule.get("conditions")]) for rule in document.get("rules", []) if rule["when"] == "reset"}


def _text(value: Any) -> str:
    return dumps(_sorted(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def taken_over(award: Award, rule: ActivityRule) -> Award:
    """An entry of the live ledger as the new version's."""
    expires_at = ends_at(rule.expiry, award.awarded_at) if award.counts and not rule.fades else None
    return award._replace(rule=rule.position, expires_at=expires_at)
