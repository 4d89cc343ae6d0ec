"""The list of contacts: order, filters, pages, counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact, LastSeen
from contacts.people import search_terms
from leadscore.sql import run
from scoring import ranking
from scoring.models import Score, ScoringType, Version
from scoring.ranking import Place, Wanted, count, overflows, page

pytestmark = pytest.mark.django_db

Make = Callable[..., Contact]
STAGES = [{"key": "cold", "name": "Cold", "threshold": 10}, {"key": "hot", "name": "Hot", "threshold": 40}]


@pytest.fixture
def scope(workspace: Workspace) -> Iterator[None]:
    with workspace_scope(workspace.id):
        yield


def version_of(workspace: Workspace) -> Version:
    document = {"key": "leads", "name": "Leads", "rules": [], "stages": STAGES}
    made = ScoringType.objects.create(workspace=workspace, key="leads", name="Leads", draft=document)
    return Version.objects.create(workspace=workspace, scoring_type=made, number=1, document=document, time_zone="UTC", state="live")


@pytest.fixture
def version(workspace: Workspace, scope: None) -> Version:
    return version_of(workspace)


@pytest.fixture
def make(workspace: Workspace, version: Version, now: datetime) -> Make:
    """Makes a contact with points, its stage following from them; `ago`: minutes since it was seen, None for never."""

    def make(name: str = "", points: int = 0, ago: int | None = 1, **fields: object) -> Contact:
        return contact_with(workspace, version, now, name, points, ago, **fields)

    return make


def contact_with(workspace: Workspace, version: Version, now: datetime, name: str, points: int, ago: int | None, **fields: object) -> Contact:
    contact = Contact.objects.create(workspace=workspace, created_at=now, name=name, has_user_id=bool(name), **fields)
    terms = search_terms(workspace.id, name, contact.email)
    run("UPDATE contacts_contact SET search = array_to_tsvector(%s) WHERE id = %s", [terms, contact.id])
    rank = (points >= 10) + (points >= 40)
    Score.objects.create(
        workspace=workspace, version=version, contact=contact, points=points, exact=points * 1000, rank=rank, computed_at=now, tally={}
    )
    if ago is not None:
        LastSeen.objects.create(workspace=workspace, contact=contact, at=now - timedelta(minutes=ago), activity="Viewed /")
    return contact


def names(workspace: Workspace, wanted: Wanted) -> list[str]:
    return [str(row) for row in page(workspace.id, wanted).rows]


def walk(workspace: Workspace, wanted: Wanted, size: int) -> tuple[list[list[str]], list[list[str]]]:
    """The pages forwards, and those met on the way back from the last."""
    there, back, place = [], [], None
    while True:
        found = page(workspace.id, wanted, after=place, size=size)
        there.append([str(row) for row in found.rows])
        if found.next is None:
            break
        place = found.next
    while found.previous:
        found = page(workspace.id, wanted, before=found.previous, size=size)
        back.append([str(row) for row in found.rows])
    return there, back[::-1]


class TestOrder:
    def test_points_come_from_the_highest_and_the_later_contact_first_among_equals(self, workspace, version, make):
        for name, points in (("Ada", 5), ("Bea", 90), ("Cleo", -20), ("Dora", 5)):
            make(name, points)
        assert names(workspace, Wanted(version.id)) == ["Bea", "Dora", "Ada", "Cleo"]

    def test_last_seen_comes_from_the_latest_and_who_was_never_seen_comes_last(self, workspace, version, make):
        for name, ago in (("Ada", 9), ("Bea", None), ("Cleo", 1), ("Dora", None)):
            make(name, ago=ago)
        assert names(workspace, Wanted(version.id, sort="seen")) == ["Cleo", "Ada", "Dora", "Bea"]

    def test_without_a_version_the_newest_comes_first(self, workspace, make):
        make("Ada", 90)
        make("Bea", 1)
        assert [(str(row), row.points) for row in page(workspace.id, Wanted(sort="new")).rows] == [("Bea", None), ("Ada", None)]


class TestPages:
    @pytest.mark.parametrize("sort", ["points", "seen", "new"])
    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_pages_hold_everyone_once_in_both_directions(self, workspace, version, make, sort, size):
        for number in range(7):
            make(f"C{number}", points=number // 3, ago=None if number % 3 == 0 else number)
        wanted = Wanted(version.id, sort=sort)
        there, back = walk(workspace, wanted, size)
        assert [name for part in there for name in part] == names(workspace, wanted)
        assert back == there[:-1]

    def test_pages_of_several_stages_are_in_one_order(self, workspace, version, make):
        for points in (50, 3, 20, 45, 11):
            make(f"P{points}", points)
        there, back = walk(workspace, Wanted(version.id, ranks=(1, 2)), 2)
        assert (there, back) == ([["P50", "P45"], ["P20", "P11"]], [["P50", "P45"]])

    def test_a_contact_that_comes_between_neither_hides_nor_repeats_another(self, workspace, version, make):
        for points in (50, 40, 30):
            make(f"P{points}", points)
        first = page(workspace.id, Wanted(version.id), size=2)
        make("P60", 60)
        assert [str(row) for row in page(workspace.id, Wanted(version.id), after=first.next, size=2).rows] == ["P30"]


class TestFilters:
    def test_stages(self, workspace, version, make):
        for points in (0, 10, 40):
            make(f"P{points}", points)
        by_ranks = {ranks: names(workspace, Wanted(version.id, ranks=ranks)) for ranks in ((0,), (1,), (0, 2))}
        assert by_ranks == {(0,): ["P0"], (1,): ["P10"], (0, 2): ["P40", "P0"]}

    @pytest.mark.parametrize("sort", ["points", "seen", "new"])
    def test_owners_and_who_is_known(self, workspace, version, make, alice, bob, sort):
        make("Hers", owner=alice)
        make("His", owner=bob)
        make("Nobody's")
        make("", email="")

        def found(**wanted: object) -> list[str]:
            return sorted(names(workspace, Wanted(version.id, sort=sort, **wanted)))

        assert found(owner_id=alice.id) == ["Hers"]
        assert found(owner_id=0) == ["Anonymous visitor", "Nobody's"]
        assert found(known=True) == ["Hers", "His", "Nobody's"]
        assert found(known=False) == ["Anonymous visitor"]
        assert found(owner_id=0, known=True) == ["Nobody's"]
        assert found(owner_id=0, known=False) == ["Anonymous visitor"]
        assert found(owner_id=bob.id, known=False) == []
        assert found(owner_id=bob.id, ranks=(0,)) == ["His"]

    @pytest.mark.parametrize("sort", ["points", "seen", "new"])
    def test_the_beginnings_of_words(self, workspace, version, make, sort):
        make("Ingrid Solheim", 50)
        make("Inga Berg", 5)
        found = [names(workspace, Wanted(version.id, words=words, sort=sort)) for words in (("ing", "sol"), ("berg",), ("olheim",))]
        assert found == [["Ingrid Solheim"], ["Inga Berg"], []]
        assert names(workspace, Wanted(version.id, words=("ing",), ranks=(2,), sort=sort)) == ["Ingrid Solheim"]

    def test_more_matches_than_are_looked_through(self, workspace, version, make, monkeypatch):
        monkeypatch.setattr(ranking, "MOST_MATCHES", 2)
        wanted = Wanted(version.id, words=("c",))
        for number in range(2):
            make(f"C{number}")
        assert (overflows(workspace.id, wanted), count(workspace.id, wanted)) == (False, 2)
        make("C3")
        assert (overflows(workspace.id, wanted), count(workspace.id, wanted)) == (True, 2)

    def test_who_was_merged_into_another_is_not_listed(self, workspace, version, make, now):
        survivor = make("Ada")
        Contact.objects.create(workspace=workspace, created_at=now, name="Gone", merged_into=survivor)
        assert [names(workspace, Wanted(version.id, sort=sort)) for sort in ("points", "seen", "new")] == [["Ada"]] * 3
        assert count(workspace.id, Wanted(version.id)) == 1


def test_search_stays_in_its_workspace(workspace: Workspace, elsewhere: Workspace, now: datetime) -> None:
    for one in (workspace, elsewhere):
        with workspace_scope(one.id):
            contact_with(one, version_of(one), now, f"Ada of {one.name}", 5, 1)
    with workspace_scope(elsewhere.id):
        assert names(elsewhere, Wanted(sort="new", words=("ada",))) == ["Ada of Elsewhere"]


class TestCount:
    def test_it_is_exact_up_to_a_bound_and_one_more_above(self, workspace, version, make, monkeypatch):
        monkeypatch.setattr(ranking, "MOST_COUNTED", 3)
        for number in range(3):
            make(f"C{number}", points=10)
        assert count(workspace.id, Wanted(version.id)) == 3
        make("C3")
        make("C4")
        assert (count(workspace.id, Wanted(version.id)), count(workspace.id, Wanted(version.id, ranks=(1,)))) == (4, 3)

    def test_it_counts_what_is_listed(self, workspace, version, make, alice):
        make("Ada", 50, owner=alice)
        make("Bea", 50)
        make("", 50)
        asked = [Wanted(version.id, ranks=(2,), known=True), Wanted(version.id, owner_id=0), Wanted(version.id, words=("ada",), ranks=(2,))]
        assert [count(workspace.id, wanted) for wanted in asked] == [len(names(workspace, wanted)) for wanted in asked] == [2, 2, 1]


class TestPlace:
    @pytest.mark.parametrize("place", [Place(118, 7), Place(-5, 7), Place(None, 7)])
    def test_it_reads_what_it_writes(self, place):
        assert Place.read(str(place)) == place

    @pytest.mark.parametrize("text", ["", "7", "a_7", "1_", "_7", "1_-7", "9" * 17 + "_1", "1_" + "9" * 19, "1_7 OR 1=1", "１_7"])
    def test_it_reads_nothing_else(self, text):
        assert Place.read(text) is None


def test_a_row_says_what_lists_show(workspace: Workspace, version: Version, make: Make, alice: User) -> None:
    make("Ada Byron", 12, email="ada@firm.test", traits={"job_title": "CTO"}, owner=alice)
    (row,) = page(workspace.id, Wanted(version.id)).rows
    assert (row.name, row.email, row.job_title, row.company, row.points, row.rank, row.activity, row.owner) == (
        "Ada Byron", "ada@firm.test", "CTO", "", 12, 1, "Viewed /", "Alice Archer",
    )  # fmt: skip
