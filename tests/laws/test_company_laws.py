"""Companies on PostgreSQL: whose company is which, by group calls and by domains, is what the text says, whatever came first."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count, groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import create_workspace
from contacts.models import Contact, DomainChange, Identifier
from scoring import joining
from scoring.belonging import apply_domain_changes
from scoring.due import apply_company_changes
from scoring.explanation import of_contact
from scoring.models import Score
from tests.laws import by_the_letter
from tests.laws.scoring_documents import BASE
from tests.laws.test_database_laws import END, Batches, Call, arrangements, owner
from tests.scoring.conftest import accept, publish
from tests.scoring.test_joining import everything
from tracking.draining import drain

__all__ = ["owner"]
pytestmark = pytest.mark.django_db

NUMBERS = count()
USERS = ("u1", "u2", "u3")
BUSINESS = ("firm.test", "other.test")
ADDRESSES = ("firm.test", "firm.test", "firm.test", "other.test", "gmail.com", None)
SPELLINGS = ("firm.test", "firm.test", " https://www.FIRM.test/about?us", "other.test", "gmail.com", None, 7)
DOMAINS = {"firm.test": "firm.test", " https://www.FIRM.test/about?us": "firm.test", "other.test": "other.test", "gmail.com": "gmail.com"}
SIZES = (1, 2, 3)
DOCUMENT: dict[str, Any] = {
    "key": "k",
    "name": "N",
    "rules": [
        {"key": f"s{size}", "name": "S", "when": "profile", "points": 10**place,
         "conditions": {"all": [{"field": "company.size", "op": "is", "value": size}]}}
        for place, size in enumerate(SIZES)
    ],
}  # fmt: skip
unhurried = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@st.composite
def calls(draw: st.DrawFn) -> list[Call]:
    """Calls of three people, each with addresses that nobody else uses, and of one who names three companies, whose domains change.

    `source` is the sender's, and no part of the call.
    """
    drawn = draw(_contest()) + [draw(_call()) for _ in range(draw(st.integers(1, 12)))]
    return [{**call, "messageId": f"c{number:02}"} for number, call in enumerate(drawn)]


@st.composite
def _contest(draw: st.DrawFn) -> list[Call]:
    """Two companies that have the domain of everybody's address, one by a server's word and one by a browser's, or nothing."""
    at = st.integers(0, 40).map(lambda hours: {"timestamp": (BASE + timedelta(hours=hours)).isoformat()})
    if not draw(st.integers(0, 3)):
        return []
    addresses = [{"source": 1, "userId": user, "type": "identify", "traits": {"email": f"{user}@firm.test"}} for user in USERS]
    named = [
        {"source": source, "userId": "u0", "type": "group", "groupId": company, "traits": {"domain": "firm.test"}}
        for source, company in enumerate(draw(st.permutations(("g1", "g2"))))
    ]
    return [{**draw(at), **call} for call in addresses + named]


@st.composite
def _call(draw: st.DrawFn) -> Call:
    user = draw(st.sampled_from(USERS))
    shared = {"source": draw(st.sampled_from((0, 1))), "userId": user, "timestamp": (BASE + timedelta(hours=draw(st.integers(0, 40)))).isoformat()}
    if draw(st.integers(0, 2)) == 0:
        domain = draw(st.sampled_from(ADDRESSES))
        return {**shared, "type": "identify", "traits": {"email": domain and f"{user}@{domain}"} if draw(st.integers(0, 4)) else {}}
    named = {"domain": draw(st.sampled_from(SPELLINGS))} if draw(st.integers(0, 3)) else {}
    # The companies are mostly named by one person, or nobody would be left to belong by domain.
    caller, company = draw(st.sampled_from(("u0", "u0", "u0", user))), draw(st.sampled_from(("g1", "g2", "g3")))
    return {**shared, "userId": caller, "type": "group", "groupId": company, "traits": {**named, "size": draw(st.sampled_from(SIZES))}}


def do_the_jobs(workspace: Workspace) -> None:
    while apply_domain_changes(workspace.id, lambda: END) or apply_company_changes(workspace.id, lambda: END):
        pass


def taken_in(owner: User, batches: Batches, working: list[bool]) -> Workspace:
    """`working`: after which batches the jobs run, as they do in the end."""
    workspace = create_workspace(f"Companies {next(NUMBERS)}", owner, now=BASE)
    publish(workspace, DOCUMENT)
    for (at, batch), works in zip(batches, working, strict=True):
        if batch:
            arrive(workspace, batch, at)
            drain(workspace.id, lambda at=at: at)
        if works:
            do_the_jobs(workspace)
    do_the_jobs(workspace)
    return workspace


def arrive(workspace: Workspace, batch: list[Call], at: datetime) -> None:
    for source, of_source in groupby(batch, lambda call: call["source"]):
        accept(workspace, list(of_source), at, source)


def companies(workspace: Workspace) -> dict[str, tuple[str | None, int]]:
    """Of each person the company's groupId and the points, which are those from scratch."""
    with workspace_scope(workspace.id):
        users = dict(Identifier.objects.filter(workspace=workspace, kind="user_id").values_list("contact_id", "value"))
        points = dict(Score.objects.filter(workspace=workspace).values_list("contact_id", "points"))
        for contact, held in points.items():
            (explained,) = of_contact(workspace.id, contact, END, from_scratch=True)
            assert explained.explanation.outcome.points == held
        found = Contact.objects.filter(workspace=workspace, merged_into=None).values_list("id", "company__group_id")
        assert not DomainChange.objects.filter(workspace=workspace).exists()
        return {users[contact]: (group, points[contact]) for contact, group in found}


def by_the_text(drawn: list[Call]) -> dict[str, tuple[str | None, int]]:
    found = {}
    for user in {call["userId"] for call in drawn}:
        group = by_the_letter.company(drawn, user, DOMAINS, BUSINESS)
        size = by_the_letter.company_trait(drawn, group, "size")
        found[user] = (group, 10 ** SIZES.index(size) if size else 0)
    return found


@unhurried
@given(st.data())
def test_everybodys_company_is_the_one_that_the_text_says_in_whatever_order_and_batches(owner: User, data: st.DataObject) -> None:
    drawn = data.draw(calls())
    batches = data.draw(arrangements(drawn))
    working = [data.draw(st.booleans()) for _ in batches]
    assert companies(taken_in(owner, batches, working)) == by_the_text(drawn)


@unhurried
@given(st.data())
def test_a_merge_that_is_undone_leaves_everybody_with_the_company_they_would_have(owner: User, data: st.DataObject) -> None:
    """What came between the merge and its undoing is the survivor's, whichever of the two it named."""
    drawn, later = data.draw(calls()), [{**call, "messageId": f"later-{call['messageId']}"} for call in data.draw(calls())]
    workspace = taken_in(owner, [(END - timedelta(hours=3), drawn)], [data.draw(st.booleans())])
    with workspace_scope(workspace.id):
        names = Identifier.objects.filter(workspace=workspace, kind="user_id").exclude(value="u0")
        ids = dict(data.draw(st.permutations(sorted(names.values_list("value", "contact_id")))))
        assume(len(ids) > 1)
        other, survivor = list(ids)[:2]
        joining.merge(workspace, ids[other], ids[survivor], by=None)
    arrive(workspace, later, END - timedelta(hours=2))
    drain(workspace.id, lambda: END - timedelta(hours=2))
    do_the_jobs(workspace)
    with workspace_scope(workspace.id):
        joining.undo(workspace, ids[other], by=None)
    do_the_jobs(workspace)
    stayed = [{**call, "userId": survivor} if call["userId"] == other else call for call in later]
    assert companies(workspace) == by_the_text([*drawn, *stayed])


@unhurried
@given(st.data())
def test_a_merge_undone_at_once_leaves_no_trace_where_companies_are_found_by_domain(owner: User, data: st.DataObject) -> None:
    drawn = data.draw(calls())
    workspace = taken_in(owner, [(END - timedelta(hours=3), drawn)], [True])
    before = everything(workspace)
    with workspace_scope(workspace.id):
        ids = sorted(Contact.objects.filter(workspace=workspace, merged_into=None).values_list("id", flat=True))
        for other in data.draw(st.permutations(ids[1:])):
            joining.merge(workspace, other, ids[0], by=None)
        for other in data.draw(st.permutations(ids[1:])):
            joining.undo(workspace, other, by=None)
    do_the_jobs(workspace)
    assert everything(workspace) == before
