"""Everything at once on the same contacts: nobody is locked out for good, and in the end every score is the one from scratch."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from random import Random
from threading import Event
from typing import Any

import pytest
from django.db import connection

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from contacts import merging
from contacts.models import Activity, Company, Contact, Identifier, Merge
from contacts.overtaking import OVERTAKEN
from leadscore import clock
from scoring import carrying, joining, publishing
from scoring.belonging import apply_domain_changes
from scoring.due import apply_company_changes, bring_up_to_date
from scoring.editing import AddressTaken, create_or_update, edit
from scoring.erasing import erase
from scoring.explanation import of_contact
from scoring.models import Score, ScoringType, StageChange, Standing
from tests.racing import in_a_thread
from tests.scoring.conftest import accept, publish
from tracking.draining import drain
from tracking.models import Inbox, Rejected

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 6.0
PEOPLE = 12
DOCUMENT: dict[str, Any] = {
    "key": "new-leads", "name": "New leads", "groups": [{"key": "done", "name": "Done", "minimum": -5, "maximum": 20}],
    "rules": [
        {"key": "seen", "name": "Seen", "when": "activity", "activity": "Seen", "points": 3, "frequency": {"limit": 5, "per": "day"}},
        {"key": "old", "name": "Old", "when": "activity", "activity": "Old", "points": 20, "expiry": {"days": 1}},
        {"key": "boss", "name": "Boss", "when": "profile", "points": 15, "conditions": {"field": "contact.job_title", "op": "is", "value": "Boss"}},
        {"key": "big", "name": "Big", "when": "profile", "points": 25, "conditions": {"field": "company.size", "op": "gt", "value": 50}},
        {"key": "keen", "name": "Keen", "when": "activity", "activity": "Seen", "points": 7, "frequency": {"reach": 3, "within_days": 1},
         "group": "done"},
        {"key": "fades", "name": "Fades", "when": "activity", "activity": "Old", "points": 9, "expiry": {"half_life_days": 1}, "group": "done"},
        {"key": "quiet", "name": "Quiet", "when": "inactivity", "activity": "Old", "days": 1, "points": -4},
        {"key": "won", "name": "Won", "when": "reset", "activity": "Won"},
    ],
    "stages": [
        {"key": "cold", "name": "Cold", "threshold": 10, "notify": ["user:alice@example.com"]},
        {"key": "hot", "name": "Hot", "threshold": 40, "notify": ["user:alice@example.com"]},
    ],
}  # fmt: skip
ADVANCE: dict[str, Callable[[int, int], bool]] = {"publish": publishing.advance, "merge": joining.advance, "unmerge": joining.advance}
numbers = count()


def some_call(random: Random) -> dict[str, Any]:
    who = {"userId": f"u{random.randrange(PEOPLE)}"} if random.random() < 0.7 else {}
    if not who or random.random() < 0.4:
        who["anonymousId"] = f"a{random.randrange(2 * PEOPLE)}"
    call: dict[str, Any] = {"messageId": f"c{next(numbers)}", **who}
    if random.random() < 0.1:
        return {**call, "type": "alias", "userId": f"u{random.randrange(PEOPLE)}", "previousId": f"{random.choice('ua')}{random.randrange(PEOPLE)}"}
    match random.randrange(5):
        case 0:
            traits = {"email": f"p{random.randrange(PEOPLE)}@firm.test", "jobTitle": random.choice(("Boss", "Clerk"))}
            return {**call, "type": "identify", "traits": traits}
        case 1:
            domain = {"domain": random.choice(("firm.test", "www.firm.test", "other.test", ""))} if random.random() < 0.5 else {}
            call = {**call, "userId": "u0"} if random.random() < 0.8 else call  # or nobody would be left to belong by domain
            return {**call, "type": "group", "groupId": f"g{random.randrange(3)}", "traits": {"size": random.randrange(100), **domain}}
        case 2:
            # Dated so that it expires, and has been silent for a day, while this runs.
            ago = timedelta(days=1) - timedelta(seconds=random.random() * 2 * SECONDS)
            return {**call, "type": "track", "event": "Old", "timestamp": (clock.now() - ago).isoformat()}
        case _:
            return {**call, "type": "track", "event": "Seen" if random.random() < 0.9 else "Won"}


class Crowd:
    """What each of them does over and over until the time is over."""

    def __init__(self, workspace: Workspace, alice: User) -> None:
        self.workspace, self.alice = workspace, alice
        self.over = clock.now() + timedelta(seconds=SECONDS)

    def until_over(self, deed: Callable[[Random], Any], seed: int) -> int:
        """How often it was done."""
        random, done = Random(seed), 0
        try:
            while clock.now() < self.over:
                deed(random)
                done += 1
        finally:
            connection.close()
        return done

    def retried(self, deed: Callable[[], Any]) -> None:
        """As views do."""
        for _ in range(20):
            try:
                with workspace_scope(self.workspace.id):
                    deed()
                return
            except OVERTAKEN:
                continue
            except (AddressTaken, Contact.DoesNotExist, joining.SameContact, joining.CannotUndo, joining.MergedOn, joining.BeingRecomputed):
                return
        raise AssertionError("another writer was faster twenty times")

    def visitor(self, random: Random) -> None:
        accept(self.workspace, [some_call(random) for _ in range(random.randrange(1, 12))], clock.now(), source=random.randrange(2))

    def drainer(self, random: Random) -> None:
        drain(self.workspace.id)

    def sweep(self, random: Random) -> None:
        apply_domain_changes(self.workspace.id)
        apply_company_changes(self.workspace.id)
        bring_up_to_date(self.workspace.id)

    def editor(self, random: Random) -> None:
        traits = {"job_title": random.choice(("Boss", "Clerk")), "email": f"p{random.randrange(2 * PEOPLE)}@firm.test"}
        self.retried(lambda: edit(self.workspace, random.randrange(1, 2 * PEOPLE), traits, by=self.alice))

    def adder(self, random: Random) -> None:
        user, visitor, email = (random.randrange(2 * PEOPLE) for _ in range(3))
        named = {"user_id": f"u{user}", "anonymous_id": f"a{visitor}", "email": f"p{email}@firm.test"}
        self.retried(lambda: create_or_update(self.workspace, traits={}, by=self.alice, **named))  # type: ignore[arg-type]

    def eraser(self, random: Random) -> None:
        self.retried(lambda: erase(self.workspace, random.randrange(1, 3 * PEOPLE), by=self.alice))

    def joiner(self, random: Random) -> None:
        ids = self._some(Contact.objects.filter(merged_into=None).values_list("id", flat=True), random, 2)
        if len(ids) == 2:
            self.retried(lambda: joining.merge(self.workspace, *ids, by=self.alice))

    def parter(self, random: Random) -> None:
        for other in self._some(Merge.objects.values_list("other_id", flat=True), random, 1):
            self.retried(lambda other=other: joining.undo(self.workspace, other, by=self.alice))  # type: ignore[misc]

    def _some(self, ids: Any, random: Random, most: int) -> list[int]:
        with workspace_scope(self.workspace.id):
            found = sorted(ids.filter(workspace=self.workspace))
        return random.sample(found, min(most, len(found)))

    def publisher(self, random: Random) -> None:
        with workspace_scope(self.workspace.id):
            publishing.publish(self.workspace, "new-leads", by=self.alice)

    def builder(self, random: Random) -> None:
        for kind, job in open_jobs(self.workspace):
            ADVANCE[kind](self.workspace.id, job)


def open_jobs(workspace: Workspace) -> list[tuple[str, int]]:
    with workspace_scope(workspace.id):
        return list(Job.objects.filter(workspace=workspace, state__in=("queued", "running")).order_by("id").values_list("kind", "id"))


def settle(workspace: Workspace) -> None:
    """Does all that is left to do."""
    while drain(workspace.id).more:
        pass
    while jobs := open_jobs(workspace):
        for kind, job in jobs:
            while ADVANCE[kind](workspace.id, job):
                pass
    publish_is_done = clock.now()
    while apply_domain_changes(workspace.id) or apply_company_changes(workspace.id) or bring_up_to_date(workspace.id, lambda: publish_is_done):
        pass


def check(workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        contacts = set(Contact.objects.filter(workspace=workspace, merged_into=None).values_list("id", flat=True))
        stored = {row.contact_id: row for row in Score.objects.filter(workspace=workspace, version__state="live")}
        assert stored.keys() == contacts
        for contact_id, row in stored.items():
            for from_scratch in (True, False):
                (explained,) = of_contact(workspace.id, contact_id, row.computed_at, from_scratch=from_scratch)
                outcome = explained.explanation.outcome
                assert (outcome.points, outcome.exact, outcome.stage) == (row.points, row.exact, row.stage), contact_id
        recorded = dict(Standing.objects.filter(workspace=workspace).values_list("contact_id", "stage"))
        assert recorded == {contact_id: row.stage for contact_id, row in stored.items()}
        assert not Contact.objects.filter(workspace=workspace, recomputing_since__isnull=False).exists()
        assert not Activity.objects.filter(workspace=workspace, erased=False).exclude(contact__in=contacts).exists()
        assert set(Identifier.objects.filter(workspace=workspace).values_list("contact_id", flat=True)) <= contacts
        known = Contact.objects.filter(workspace=workspace, merged_into=None, has_user_id=True)
        assert known.exclude(identifiers__kind="user_id").count() == 0
        assert set(StageChange.objects.filter(workspace=workspace).values_list("contact_id", flat=True)) <= contacts
        homes = {one.domain: one.id for one in Company.objects.filter(workspace=workspace).order_by("-created_at", "-first_call")}
        for contact in Contact.objects.filter(workspace=workspace, merged_into=None, company_order=None):
            assert contact.company_id == (homes.get(contact.email_domain) if contact.email_domain else None)
        assert not Rejected.objects.filter(workspace=workspace).exists()
        assert not Inbox.objects.filter(workspace=workspace).exists()


def test_a_companys_change_that_comes_while_an_earlier_one_is_applied_is_not_lost(workspace: Workspace) -> None:
    def group(user: str, message: str, size: int) -> dict[str, Any]:
        return {"type": "group", "userId": user, "groupId": "g1", "messageId": message, "traits": {"size": size}}

    applying, go_on = Event(), Event()

    def slow_clock() -> Any:
        applying.set()
        assert go_on.wait(20)
        return clock.now()

    publish(workspace, DOCUMENT)
    accept(workspace, [group("u1", "1", 10), group("u2", "2", 20)], clock.now())
    drain(workspace.id)
    with ThreadPoolExecutor(2) as pool:
        job = in_a_thread(pool, apply_company_changes, workspace.id, slow_clock)
        assert applying.wait(20)
        accept(workspace, [group("u3", "3", 90)], clock.now())
        drained = in_a_thread(pool, drain, workspace.id)
        with pytest.raises(TimeoutError):
            drained.result(1)
        go_on.set()
        assert (job.result(20), drained.result(20).calls) == (True, 1)
    settle(workspace)
    check(workspace)
    with workspace_scope(workspace.id):
        assert list(Score.objects.filter(workspace=workspace).values_list("points", flat=True)) == [25, 25, 25]


def test_two_who_merge_a_pair_into_one_another_at_once_leave_one_contact(workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    crowd = Crowd(workspace, alice)
    for number in range(10):
        users = [f"{number}-{side}" for side in "ab"]
        accept(workspace, [{"type": "track", "event": "Seen", "userId": user, "messageId": user} for user in users], clock.now())
        drain(workspace.id)
        with workspace_scope(workspace.id):
            one, another = (Contact.objects.get(workspace=workspace, identifiers__value=user).id for user in users)

        def deed(other: int, survivor: int) -> None:
            crowd.retried(lambda: joining.merge(workspace, other, survivor, by=alice))

        with ThreadPoolExecutor(2) as pool:
            for done in [in_a_thread(pool, deed, one, another), in_a_thread(pool, deed, another, one)]:
                done.result(20)
        with workspace_scope(workspace.id):
            assert Contact.objects.filter(workspace=workspace, id__in=(one, another), merged_into=None).count() == 1
            assert Merge.objects.filter(workspace=workspace).count() == number + 1
    check(workspace)


@pytest.mark.parametrize(("seed", "long"), [(1, merging.LONG), (2, merging.LONG), (3, 15), (4, 0)])
def test_everything_at_once_ends_with_the_scores_from_scratch(
    workspace: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch, seed: int, long: int
) -> None:
    monkeypatch.setattr(publishing, "RANGE", 5)
    monkeypatch.setattr(merging, "LONG", long)
    monkeypatch.setattr(carrying, "RANGE", 5)
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        ScoringType.objects.filter(workspace=workspace).update(draft={**DOCUMENT, "name": "Another"})
    crowd = Crowd(workspace, alice)
    deeds = [crowd.visitor, crowd.drainer, crowd.drainer, crowd.sweep, crowd.editor, crowd.adder, crowd.publisher, crowd.builder, crowd.eraser]
    deeds += [crowd.joiner, crowd.parter]
    with ThreadPoolExecutor(len(deeds)) as pool:
        working = [pool.submit(crowd.until_over, deed, seed * 100 + place) for place, deed in enumerate(deeds)]
        done = {f"{deed.__name__} {place}": one.result(120) for place, (deed, one) in enumerate(zip(deeds, working, strict=True))}
    assert all(done.values()), done
    settle(workspace)
    with workspace_scope(workspace.id):
        assert Activity.objects.filter(workspace=workspace).count() > 0
    check(workspace)
