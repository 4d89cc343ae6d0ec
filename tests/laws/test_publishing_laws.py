"""Law 4, and what taking over must not change: publishing again changes nothing, and what was live before makes no difference to a version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from notifications.models import Message
from scoring.models import Award, Score, StageChange, Standing
from tests.laws.scoring_documents import NAMES, crowded_documents, crowded_histories, turning_documents, turning_histories
from tests.laws.test_database_laws import END, Call, arriving, calls, full_limits, models, owner, pasts, run_through
from tests.scoring.conftest import publish

__all__ = ["owner"]
pytestmark = pytest.mark.django_db

few = settings(
    deadline=None, max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
busy_models, busy_pasts = crowded_documents() | turning_documents() | full_limits(), crowded_histories() | turning_histories()
TWISTS = ({"conditions": {"field": "properties.a", "op": "absent"}}, {"activity": NAMES[1]})


@st.composite
def telling(draw: st.DrawFn) -> Call:
    """Documents whose stages tell the workspace's owner, each time."""
    document = draw(models)
    told = {"notify": ["user:laws@example.com"], "quiet_days": 0}
    return {**document, "stages": [{**stage, **told} for stage in document["stages"]]}


@st.composite
def successors(draw: st.DrawFn, of: Call) -> Call:
    """Documents that keep some of another's rules, as they are or nearly so and at other places, among rules of their own."""
    document = draw(busy_models)
    kept = [_changed(draw, rule) for rule in of["rules"] if draw(st.sampled_from((True, True, False)))]
    rules = draw(st.permutations([*kept, *document["rules"]]))
    groups = document.get("groups") or of.get("groups") or []
    return {**document, "groups": groups, "rules": [{**rule, "key": f"s{number}"} for number, rule in enumerate(rules)]}


def _changed(draw: st.DrawFn, rule: Call) -> Call:
    """The rule with other points and another expiry, which change no award; perhaps with something that does."""
    changed = {**rule, "name": "Kept"}
    if "points" in rule:
        changed["points"] = draw(st.integers(1, 9))
    if rule["when"] == "activity":
        changed["expiry"] = draw(st.sampled_from((None, {"days": 30}, {"half_life_days": 5}, {"linear_days": 40})))
        changed |= draw(st.sampled_from(({}, {}, {"frequency": {"limit": 1, "per": "day"}}, *TWISTS)))
    elif rule["when"] == "reset":
        changed |= draw(st.sampled_from(({}, *TWISTS)))
    else:
        changed |= draw(st.sampled_from(({}, {"activity": None}, TWISTS[1])))
    return changed


def everything(workspace: Workspace) -> dict[str, list[Any]]:
    """All that publishing could change of a workspace with one type, but for which version it is."""
    with workspace_scope(workspace.id):
        live = {"workspace": workspace, "version__state": "live"}
        scores = Score.objects.filter(**live).values_list("contact_id", "points", "exact", "grade", "stage", "tally")
        ledger = Award.objects.filter(**live).values_list(
            "contact_id", "rule", "slot", "awarded_at", "message_id", "activity_id", "expires_at", "counts"
        )
        changes = StageChange.objects.filter(workspace=workspace).values_list("id", "contact_id", "stage", "direction", "cause", "points")
        return {
            "scores": list(scores.order_by("contact_id")),
            "ledger": sorted(ledger),
            "standings": list(Standing.objects.filter(workspace=workspace).order_by("contact_id").values_list("contact_id", "stage", "entered")),
            "changes": list(changes.order_by("id")),
            "messages": list(Message.objects.filter(workspace=workspace).order_by("id").values_list("id", "contact_id", "stage", "recipient")),
        }


@few
@given(st.data())
def test_publishing_what_is_published_changes_nothing(owner: User, data: st.DataObject) -> None:
    document = data.draw(telling())
    workspace, _ = run_through(owner, document, data.draw(arriving(data.draw(calls(pasts)))))
    before = everything(workspace)
    for _ in range(2):
        publish(workspace, document, END)
        assert everything(workspace) == before


def made_of(workspace: Workspace, key: str) -> dict[int, tuple[Any, ...]]:
    """What a type's live version makes of each contact: the score, the stage on record and all that was awarded."""
    with workspace_scope(workspace.id):
        live = {"workspace": workspace, "version__state": "live", "version__scoring_type__key": key}
        recorded = dict(Standing.objects.filter(workspace=workspace, scoring_type__key=key).values_list("contact_id", "stage"))
        awards = sorted(Award.objects.filter(**live, counts=True).values_list("contact_id", "rule", "slot", "awarded_at", "message_id", "expires_at"))
        scores = Score.objects.filter(**live).values_list("contact_id", "points", "exact", "grade", "stage", "tally")
        return {contact: (*score, recorded.get(contact), [rest for whose, *rest in awards if whose == contact]) for contact, *score in scores}


@few
@given(st.data(), st.sampled_from(("UTC", "Pacific/Apia", "America/Los_Angeles")))
def test_a_version_is_the_same_whatever_was_live_before(owner: User, data: st.DataObject, zone: str) -> None:
    first = data.draw(busy_models)
    second = data.draw(successors(first))
    workspace, standings = run_through(owner, first, data.draw(arriving(data.draw(calls(busy_pasts)))))
    workspace.time_zone = zone
    workspace.save()
    for key in (first["key"], "alone"):
        publish(workspace, {**second, "key": key}, END)
    assert made_of(workspace, first["key"]) == made_of(workspace, "alone")
    assert len(made_of(workspace, "alone")) == len(standings)
