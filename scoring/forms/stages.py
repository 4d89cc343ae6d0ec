"""Stages, groups and the type's own values as fields of a form, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from accounts.models import Membership, Team
from notifications.models import OutsideAddress
from scoring.draft_edits import entries, key_for
from scoring.forms import typed
from scoring.model import SCALE

Entry = Mapping[str, Any]
MOST_MEMBERS = 100
GRADE_ROWS = range(len(SCALE))


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who can be told: as stages name them, and in words."""

    value: str
    words: str


def recipients(workspace_id: int) -> list[Recipient]:
    """Whom a stage can tell: the owner, teams, the owner or else a team, members, outside addresses."""
    teams = list(Team.objects.filter(workspace=workspace_id).order_by("name").values_list("key", "name"))
    members = Membership.objects.filter(workspace=workspace_id).select_related("user").order_by("user__name", "user__email")[:MOST_MEMBERS]
    outside = OutsideAddress.objects.filter(workspace=workspace_id).order_by("email")[:MOST_MEMBERS]
    return [
        Recipient("owner", "Owner of the contact"),
        *(Recipient(f"team:{key}", name) for key, name in teams),
        *(Recipient(f"owner-or:team:{key}", f"Owner or, if there is none, {name}") for key, name in teams),
        *(Recipient(f"user:{membership.user.email}", str(membership.user)) for membership in members),
        *(Recipient(f"email:{one.email}", one.email if one.confirmed_at else f"{one.email} (has not confirmed)") for one in outside),
    ]


def words_for(value: str, known: Sequence[Recipient]) -> str:
    """A recipient in words; one that is not known here as the document names it."""
    return next((one.words for one in known if one.value == value), value.partition(":")[2] or value)


def read_stages(posted: QueryDict, document: Entry) -> list[dict[str, Any]]:
    """The stages that the fields say, the one to be added and the one to be removed taken into account."""
    kept = _kept(posted, "stage")
    listed = [_stage(posted, f"s.{stage['key']}", stage) for stage in entries(document, "stages") if stage["key"] in kept]
    return listed + _added(posted, listed, "stage")


def _stage(posted: QueryDict, name: str, before: Entry) -> dict[str, Any]:
    kept = {key: value for key, value in before.items() if key not in ("threshold", "quiet_days")}
    return {
        **kept,
        **_by_grade(posted, f"{name}.by", before),
        "name": typed.text(posted.get(f"{name}.name", "")),
        "notify": _notified(posted.getlist(f"{name}.notify"), before),
        **typed.given(threshold=typed.whole(posted.get(f"{name}.threshold", "")), quiet_days=typed.whole(posted.get(f"{name}.quiet_days", ""))),
    }


def _by_grade(posted: QueryDict, name: str, before: Entry) -> dict[str, Any]:
    """`by_grade` where the form has its lines and some are filled or were; a grade without points never gets to the stage."""
    if f"{name}.0.grade" not in posted:
        return {}
    rows = ((typed.text(posted.get(f"{name}.{place}.grade", "")), typed.whole(posted.get(f"{name}.{place}.points", ""))) for place in GRADE_ROWS)
    table = {grade: None if points == "" else points for grade, points in rows if grade}
    return {"by_grade": table} if table or "by_grade" in before else {}


def _notified(chosen: Sequence[str], before: Entry) -> list[str]:
    """The recipients chosen, those that were there in their order: the form lists them in another, which is no change."""
    named = list(map(typed.text, chosen))
    kept = [one for one in before.get("notify", []) if one in named]
    return [*kept, *(one for one in named if one not in kept)]


def _added(posted: QueryDict, listed: Sequence[Entry], kind: str) -> list[dict[str, Any]]:
    """The entry of the line for a new one, where something was typed there; not while the other lines are saved as one goes."""
    if "keep" in posted:
        return []
    name, number = typed.text(posted.get("new.name", "")), typed.whole(posted.get("new.number", ""))
    if not name and number == "":
        return []
    entry = {"key": key_for(name, listed, kind), "name": name}
    if kind == "stage":
        return [{**entry, **typed.given(threshold=number), "notify": [], "quiet_days": 30}]
    return [{**entry, **typed.given(maximum=number)}]


def _kept(posted: QueryDict, kind: str) -> set[str]:
    """The keys that the form shows, without the one whose button to remove it was pressed."""
    deed, _, key = posted.get("do", "").partition(":")
    return set(posted.getlist(kind)) - ({key} if deed == "remove" else set())


def read_groups(posted: QueryDict, document: Entry) -> list[dict[str, Any]]:
    """The groups that the fields say."""
    kept = _kept(posted, "group")
    listed = [_group(posted, group["key"]) for group in entries(document, "groups") if group["key"] in kept]
    return listed + _added(posted, listed, "group")


def _group(posted: QueryDict, key: str) -> dict[str, Any]:
    name = typed.text(posted.get(f"g.{key}.name", ""))
    return {"key": key, "name": name, **_bounds(posted, f"g.{key}.")}


def _bounds(posted: QueryDict, prefix: str) -> dict[str, Any]:
    """`minimum` and `maximum` where something was typed; nothing typed is no bound."""
    return typed.given(**{bound: typed.whole(posted.get(prefix + bound, "")) for bound in ("minimum", "maximum")})


def read_type(posted: QueryDict, document: Entry) -> dict[str, Any]:
    """The document with the name, the description and the bounds of the score that the fields say."""
    kept = {key: value for key, value in document.items() if key not in ("minimum", "maximum")}
    bounds = {"minimum": None, **_bounds(posted, "")}
    return {**kept, "name": typed.text(posted.get("name", "")), "description": typed.text(posted.get("description", "")), **bounds}
