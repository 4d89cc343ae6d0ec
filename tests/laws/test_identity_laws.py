"""Identity on PostgreSQL: the same people whatever the order of calls, and a merge that is undone at once leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import create_workspace
from contacts import merging
from contacts.models import Contact, Identifier, Merge
from scoring import carrying, joining
from scoring.models import Score
from tests.laws.scoring_documents import BASE, ZONES
from tests.laws.test_database_laws import Batches, Call, arrangements, owner
from tests.scoring.conftest import DOCUMENT, accept, publish
from tests.scoring.test_carrying import assert_true
from tests.scoring.test_joining import everything
from tracking.draining import drain

__all__ = ["owner"]
pytestmark = pytest.mark.django_db

NUMBERS = count()
USERS = ("u1", "u2", "u3")
SHARED = "shared"
unhurried = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

hours = st.integers(0, 20 * 24)
traits = st.dictionaries(st.sampled_from(("city", "job_title", "first_name")), st.sampled_from(("Oslo", "CTO", "", None, 7)), max_size=2)


@st.composite
def calls(draw: st.DrawFn) -> list[Call]:
    """Calls of three people, each with two devices and an address that nobody else uses, and a device that they share and use signed in alone, so
    that no identity depends on the order but whose the shared device is at last.
    """
    return [{**draw(_call(user)), "messageId": f"c{number}"} for number, user in enumerate(draw(st.lists(st.sampled_from(USERS), max_size=14)))]


@st.composite
def _call(draw: st.DrawFn, user: str) -> Call:
    device = f"{user}-{draw(st.sampled_from('xy'))}"
    timed = {"timestamp": (BASE + timedelta(hours=draw(hours))).isoformat()}
    named = ({"userId": user}, {"anonymousId": device}, {"userId": user, "anonymousId": device}, {"userId": user, "anonymousId": SHARED})
    who = draw(st.sampled_from(named))
    page = {"type": "page", "properties": {"url": "https://shop.test/pricing"}}
    email = {"email": f"{user}@firm.test"} if "userId" in who and draw(st.booleans()) else {}
    said = {"type": "identify", "traits": {**draw(traits), **email}}
    group = {"type": "group", "groupId": draw(st.sampled_from(("g1", "g2"))), "traits": {"size": draw(st.integers(1, 3))}}
    alias = {"type": "alias", "userId": user, "previousId": device}
    return {**timed, **draw(st.sampled_from(({**who, **page}, {**who, **said}, {**who, **group}, alias)))}


def taken_in(owner: User, batches: Batches, then: Callable[[Workspace], None] = lambda workspace: None, *, zone: str = "UTC") -> Workspace:
    """A workspace after batches, with something done after each of them."""
    workspace = create_workspace(f"Identity {next(NUMBERS)}", owner, time_zone=zone, now=BASE)
    publish(workspace, DOCUMENT)
    for at, batch in batches:
        if batch:
            accept(workspace, batch, at)
            drain(workspace.id, lambda at=at: at)
            then(workspace)
    return workspace


def people(workspace: Workspace) -> dict[frozenset[str], Any]:
    """What is known of each contact, by all of its identifiers but the shared one."""
    with workspace_scope(workspace.id):
        found = Contact.objects.filter(workspace=workspace, merged_into=None).select_related("company").prefetch_related("identifiers")
        points = dict(Score.objects.filter(workspace=workspace).values_list("contact_id", "points"))
        return {
            frozenset(one.value for one in contact.identifiers.all() if one.value != SHARED): (
                contact.traits, contact.trait_orders, contact.created_at, contact.has_user_id, contact.has_email,
                contact.company and contact.company.group_id, contact.activities.count(), points[contact.id],
            )
            for contact in found
        }  # fmt: skip


def by_order(of: list[Call]) -> list[Call]:
    return sorted(of, key=lambda call: call["messageId"])


def without_news(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Points of several together may enter a stage, and what was told of that is not taken back."""
    return {**after, "messages": [one for one in after["messages"] if one in before["messages"]]}


@unhurried
@given(st.data(), ZONES)
def test_calls_in_any_order_and_in_any_batches_give_the_same_people(owner: User, data: st.DataObject, zone: str) -> None:
    drawn = data.draw(calls())
    once = people(taken_in(owner, [(BASE + timedelta(days=30), by_order(drawn))], zone=zone))
    again = people(taken_in(owner, data.draw(arrangements(drawn)), zone=zone))
    assert again == once


@unhurried
@given(st.data(), ZONES)
def test_long_merges_give_the_same_people_wherever_their_jobs_are_interrupted(owner: User, data: st.DataObject, zone: str) -> None:
    drawn = data.draw(calls())
    once = people(taken_in(owner, [(BASE + timedelta(days=30), by_order(drawn))], zone=zone))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "LONG", data.draw(st.integers(0, 4)))
        patch.setattr(carrying, "RANGE", data.draw(st.integers(1, 3)))
        arranged = data.draw(arrangements(drawn))
        workspace = taken_in(owner, arranged, then=lambda workspace: advance(workspace, data.draw(st.integers(0, 3))), zone=zone)
        advance(workspace, 1_000)
    assert people(workspace) == once
    with workspace_scope(workspace.id):
        assert not Contact.objects.filter(workspace=workspace, recomputing_since__isnull=False).exists()


def advance(workspace: Workspace, ranges: int) -> None:
    """Does so many ranges of the jobs of merges, fewer where there are not as many."""
    for _ in range(ranges):
        with workspace_scope(workspace.id):
            job = Job.objects.filter(workspace=workspace, kind="merge", state__in=("queued", "running")).order_by("id").first()
        if job is None:
            return
        joining.advance(workspace.id, job.id)
        assert_true(workspace)


@unhurried
@given(st.data(), ZONES)
def test_a_merge_that_is_undone_at_once_leaves_no_trace(owner: User, data: st.DataObject, zone: str) -> None:
    workspace = taken_in(owner, data.draw(arrangements(data.draw(calls()))), zone=zone)
    before = everything(workspace)
    with workspace_scope(workspace.id):
        ids = sorted(set(Identifier.objects.filter(workspace=workspace).values_list("contact_id", flat=True)))
        assume(len(ids) > 1)  # a merge takes two
        orders = data.draw(st.permutations(ids))
        pairs = list(pairwise(orders))  # a chain: each is merged into the next
        for other, survivor in pairs:
            joining.merge(workspace, other, survivor, by=None)
        for other, _ in reversed(pairs):
            joining.undo(workspace, other, by=None)
        assert Merge.objects.filter(workspace=workspace, cause="person").count() == 0
    assert without_news(everything(workspace), before) == before


@unhurried
@given(st.data())
def test_several_merged_into_one_are_taken_out_in_any_order(owner: User, data: st.DataObject) -> None:
    workspace = taken_in(owner, data.draw(arrangements(data.draw(calls()))))
    before = everything(workspace)
    with workspace_scope(workspace.id):
        ids = sorted(set(Identifier.objects.filter(workspace=workspace).values_list("contact_id", flat=True)))
        assume(len(ids) > 1)  # a merge takes two
        for other in data.draw(st.permutations(ids[1:])):
            joining.merge(workspace, other, ids[0], by=None)
        for other in data.draw(st.permutations(ids[1:])):
            joining.undo(workspace, other, by=None)
    assert without_news(everything(workspace), before) == before
