"""Long histories are computed a few contacts at a time: the same numbers, in memory that does not follow them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import ranges
from accounts.models import JobRange, Workspace
from accounts.scope import workspace_scope
from contacts import people
from contacts.models import Activity
from leadscore import clock
from scoring import portions, previewing, scratch
from scoring.models import Award, Preview, Score, ScoringType
from scoring.portions import portion
from scoring.versions import active
from tests.scoring.conftest import DOCUMENT, Send, publish

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (0, 1, 2, 5, 0, 3)  # views of the contacts, by ascending id; with an identify each these are 1, 2, 3, 6, 1 and 4 activities
DEARER: dict[str, Any] = {**DOCUMENT, "rules": [{**DOCUMENT["rules"][0], "points": 20}, *DOCUMENT["rules"][1:]]}


@pytest.fixture
def ids(workspace: Workspace, send: Send) -> list[int]:
    """Contacts with that many views of the prices each, on days of their own."""
    publish(workspace, DOCUMENT)
    now = clock.now()
    for user, pages in enumerate(PAGES):
        send({"type": "identify", "userId": f"u{user}", "messageId": f"i{user}", "timestamp": now.isoformat()})
        send(*(
            {"type": "page", "userId": f"u{user}", "messageId": f"p{user}-{number}", "timestamp": (now - timedelta(days=number)).isoformat(),
             "properties": {"url": "https://shop.test/pricing"}}
            for number in range(pages)
        ))  # fmt: skip
    with workspace_scope(workspace.id):
        return people.all_of(workspace.id)


def test_contacts_are_taken_in_their_order_while_their_activities_fit(workspace: Workspace, ids: list[int]) -> None:
    with workspace_scope(workspace.id):
        assert [len(portion(workspace.id, ids, most)) for most in (0, 1, 3, 5, 6, 12, 13, 16, 17)] == [1, 1, 2, 2, 3, 4, 5, 5, 6]
        assert portion(workspace.id, ids[::-1], 5) == [ids[5], ids[4]]
        assert portion(workspace.id, [ids[3], ids[0]], 5) == [ids[3]]
        assert portion(workspace.id, [], 4) == []


def test_a_random_order_that_is_cut_short_favours_nobody(workspace: Workspace, ids: list[int]) -> None:
    """Each contact's expected share of the sample is that of all: whoever has many activities too, with or without room for them."""
    some = ids[:4]
    for most in (1, 3, 6, 9):
        shares = Counter[int]()
        with workspace_scope(workspace.id):
            for order in permutations(some):
                taken = portion(workspace.id, order, most)
                shares.update(dict.fromkeys(taken, Fraction(1, len(taken))))
        assert shares == dict.fromkeys(some, Fraction(24, 4))


def parts_of(workspace: Workspace, job_id: int) -> list[tuple[int, int]]:
    """How many contacts with how many activities each part holds."""
    with workspace_scope(workspace.id):
        spans = JobRange.objects.filter(job=job_id).order_by("first").values_list("first", "last", "size")
        return [(size, Activity.objects.filter(contact__gte=first, contact__lte=last, kind="page").count()) for first, last, size in spans]


def test_a_preview_counts_the_same_in_parts_that_activities_bound(
    workspace: Workspace, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace_scope(workspace.id):
        ScoringType.objects.filter(workspace=workspace).update(draft=DEARER, draft_revision=7)
        whole = previewing.preview(workspace, "new-leads", by=None)
    monkeypatch.setattr(previewing, "SAMPLE_ACTIVITIES", 5)
    monkeypatch.setattr(portions, "ACTIVITIES", 6)
    with workspace_scope(workspace.id):
        made = previewing.preview(workspace, "new-leads", by=None)
        assert made.job
    assert (made.sample["exact"], made.sample["sampled"] < len(ids)) == (False, True)
    assert previewing.advance(workspace.id, made.job.id)
    while True:
        with workspace_scope(workspace.id):
            if not ranges.count(workspace.id, made.job.id).open:
                break
        assert previewing.advance(workspace.id, made.job.id)
    assert parts_of(workspace, made.job.id) == [(3, 3), (1, 5), (2, 3)]
    previewing.advance(workspace.id, made.job.id)
    with workspace_scope(workspace.id):
        report = Preview.objects.get(id=made.id).report
    assert report == whole.report
    assert report["points_changed"] == sum(pages > 0 for pages in PAGES)


def test_publishing_makes_the_same_scores_in_parts_that_activities_bound(
    workspace: Workspace, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> list[tuple[Any, ...]]:
        with workspace_scope(workspace.id):
            awards = Award.objects.filter(version__state="live").values_list("contact", "rule", "slot", "message_id", "awarded_at")
            scores = Score.objects.filter(version__state="live").values_list("contact", "points", "stage", "tally")
            return [*sorted(awards), *sorted(scores, key=lambda row: row[0])]

    publish(workspace, DEARER)
    whole = kept()
    monkeypatch.setattr(portions, "ACTIVITIES", 2)
    for document in (DOCUMENT, DEARER):
        publish(workspace, document)
    assert kept() == whole
    assert len(whole) == sum(PAGES) + len(PAGES)


def test_statements_grow_with_activities_and_not_with_contacts(workspace: Workspace, ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def statements(contact_ids: list[int]) -> tuple[int, dict[Any, Any]]:
        with workspace_scope(workspace.id):
            versions = active(workspace.id, lock=False)
            with CaptureQueriesContext(connection) as queries:
                found = scratch.ledgers(workspace.id, versions, contact_ids, at)
            return len(queries), found

    at = clock.now()
    few, _ = statements(ids[:2])
    many, whole = statements(ids)
    assert few == many
    monkeypatch.setattr(portions, "ACTIVITIES", 3)
    more, in_portions = statements(ids)
    assert (more > many, in_portions) == (True, whole)
