"""Contacts merged by people and taken apart again: what was each one's is its own again, what came later stays with the survivor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEntry, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Identifier, LastSeen, Merge, Source
from leadscore import clock
from notifications.models import Message
from scoring import erasing, joining
from scoring.editing import set_owner
from scoring.explanation import of_contact
from scoring.models import Award, Score, Standing
from tests.contacts.test_aliases import alias
from tests.contacts.test_identity import T, belongs, contacts, did, did_by, of, said, traits
from tests.scoring.conftest import DOCUMENT, Send, publish

pytestmark = pytest.mark.django_db

TOLD = {**DOCUMENT, "stages": [{"key": "cold", "name": "Cold", "threshold": 10, "notify": ["user:alice@example.com"]}]}


def view(message: str, **who: Any) -> dict[str, Any]:
    return {"type": "page", "messageId": message, "properties": {"url": "https://shop.test/pricing"}, **who}


def merge(workspace: Workspace, other: int, into: int, by: User | None = None) -> None:
    with workspace_scope(workspace.id):
        joining.merge(workspace, other, into, by=by)


def undo(workspace: Workspace, other: int, by: User | None = None) -> None:
    with workspace_scope(workspace.id):
        joining.undo(workspace, other, by=by)


def everything(workspace: Workspace) -> dict[str, Any]:
    """All that is known of the contacts of a workspace, but when it was computed, and the audit log."""
    tables: dict[str, tuple[Any, tuple[str, ...]]] = {
        "contacts": (Contact, ("id", "created_at", "has_user_id", "has_email", "traits", "trait_orders", "name", "email", "email_domain",
                               "email_kind", "company_id", "company_order", "owner_id", "merged_into_id", "search")),
        "identifiers": (Identifier, ("id", "kind", "value", "contact_id")),
        "activities": (Activity, ("id", "message_id", "contact_id")),
        "seen": (LastSeen, ("contact_id", "at", "activity")),
        "awards": (Award, ("contact_id", "version_id", "rule", "slot", "message_id")),
        "scores": (Score, ("contact_id", "version_id", "points", "exact", "stage", "rank", "tally")),
        "standings": (Standing, ("contact_id", "version_id", "stage", "entered")),
        "messages": (Message, ("id", "contact_id")),
    }  # fmt: skip
    with workspace_scope(workspace.id):
        found = {name: model.objects.filter(workspace=workspace).order_by(*fields) for name, (model, fields) in tables.items()}
        return {name: list(rows.values_list(*tables[name][1])) for name, rows in found.items()}


@pytest.fixture
def two(workspace: Workspace, send: Send, now: datetime) -> tuple[int, int]:
    """Ada, who is cold, and Bea with her company and a visitor's past; their ids."""
    publish(workspace, TOLD)
    send(said("1", user="ada", visitor="a1", email="ada@firm.test", at=now - 4 * T, first_name="Ada", city="Oslo"), view("2", userId="ada"))
    send(view("3", userId="ada"), view("4", anonymousId="b1"), said("5", user="bea", at=now - 9 * T, city="Rome", job_title="CTO"))
    send(view("6", userId="bea", anonymousId="b1"), belongs("7", "g1", user="bea", at=now - 3 * T, name="Acme"))
    send(said("8", user="bea", at=now - T, first_name="Bea", phone=None))
    return of(workspace, "ada").id, of(workspace, "bea").id


def test_a_merge_by_a_person_makes_everything_the_chosen_ones(workspace: Workspace, alice: User, two: tuple[int, int], now: datetime) -> None:
    ada, bea = two
    merge(workspace, bea, ada, alice)
    assert contacts(workspace) == [{"ada", "a1", "ada@firm.test", "bea", "b1"}]
    assert did_by(workspace, "ada") == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert traits(workspace, "ada") == {"email": "ada@firm.test", "first_name": "Bea", "city": "Oslo", "job_title": "CTO", "phone": None}
    assert (of(workspace, "ada").created_at, str(of(workspace, "ada").company_id)) == (now - 9 * T, str(of(workspace, "bea").company_id))
    with workspace_scope(workspace.id):
        (score,) = Score.objects.filter(workspace=workspace)
        (explained,) = of_contact(workspace.id, ada, clock.now(), from_scratch=True)
        assert (score.contact_id, score.points, explained.explanation.outcome.points) == (ada, 35, 35)
        assert Contact.objects.get(workspace=workspace, id=bea).merged_into_id == ada
        entry = AuditEntry.objects.get(workspace=workspace, action="contact.merged")
        assert (entry.target, entry.actor, entry.data) == (str(bea), alice, {"into": ada})


@pytest.mark.parametrize("way", ["into ada", "into bea", "alias"])
def test_undone_at_once_everything_is_as_it_was(workspace: Workspace, send: Send, two: tuple[int, int], way: str) -> None:
    ada, bea = two
    before = everything(workspace)
    if way == "alias":
        send(alias("9", "ada", "bea"))
    else:
        merge(workspace, *((bea, ada) if way == "into ada" else (ada, bea)))
    assert everything(workspace) != before
    undo(workspace, ada if way == "into bea" else bea)
    after = everything(workspace)
    if way == "alias":
        after["activities"] = [row for row in after["activities"] if row[1] != "9"]
    assert after == before
    with workspace_scope(workspace.id):
        assert not Merge.objects.filter(workspace=workspace).exists()


def test_traits_that_had_no_room_beside_the_other_ones_come_back(workspace: Workspace, send: Send, now: datetime) -> None:
    for user, days in (("u1", 3), ("u2", 2)):
        call = said(user, user=user, at=now - timedelta(days=days))
        send({**call, "traits": {f"{user} {number:03}": number for number in range(300)}}, source=0)
    survivor, other = of(workspace, "u1").id, of(workspace, "u2").id
    before = everything(workspace)
    merge(workspace, other, survivor)
    kept = {f"u1 {number:03}" for number in range(100, 300)} | {f"u2 {number:03}" for number in range(300)}
    assert traits(workspace, "u1").keys() == kept
    undo(workspace, other)
    assert everything(workspace) == before


def test_an_alias_in_the_same_batch_as_what_it_merges_can_be_undone_as_well(workspace: Workspace, send: Send) -> None:
    own = [said("1", user="u1", city="Oslo"), did("2", user="u1"), said("3", user="u2", city="Rome"), did("4", user="u2")]
    send(*own, alias("5", "u1", "u2"), did("6", user="u2"))
    with workspace_scope(workspace.id):
        (other,) = Merge.objects.filter(workspace=workspace).values_list("other_id", flat=True)
    undo(workspace, other)
    assert contacts(workspace) == [{"u1"}, {"u2"}]
    assert (did_by(workspace, "u1"), did_by(workspace, "u2")) == (["1", "2", "5", "6"], ["3", "4"])
    assert (traits(workspace, "u1"), traits(workspace, "u2")) == ({"city": "Oslo"}, {"city": "Rome"})


def test_what_came_later_stays_with_the_survivor(workspace: Workspace, send: Send, two: tuple[int, int], now: datetime) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    send(view("9", userId="bea"), said("a", user="bea", visitor="new", at=now - 2 * T, city="Turin", first_name="B."))
    send(said("b", user="bea", plan="pro"))
    undo(workspace, bea)
    assert contacts(workspace) == [{"ada", "a1", "ada@firm.test", "new"}, {"bea", "b1"}]
    assert (did_by(workspace, "ada"), did_by(workspace, "bea")) == (["1", "2", "3", "9", "a", "b"], ["4", "5", "6", "7", "8"])
    assert traits(workspace, "ada") == {"email": "ada@firm.test", "first_name": "B.", "city": "Turin", "plan": "pro"}
    assert traits(workspace, "bea") == {"city": "Rome", "first_name": "Bea", "job_title": "CTO", "phone": None}
    with workspace_scope(workspace.id):
        for contact in two:
            (explained,) = of_contact(workspace.id, contact, clock.now(), from_scratch=True)
            score = Score.objects.get(workspace=workspace, contact=contact)
            assert (score.exact, score.stage) == (explained.explanation.outcome.exact, explained.explanation.outcome.stage)


@pytest.mark.parametrize(("days_ago", "source"), [(0, Source.BROWSER), (5, Source.SERVER)], ids=["of a lower rank", "late"])
@pytest.mark.parametrize("before", [[], ["own"]], ids=["without", "with one before"])
def test_a_company_that_came_later_stays_though_the_other_s_won(
    workspace: Workspace, send: Send, now: datetime, days_ago: int, source: Source, before: list[str]
) -> None:
    send(said("1", user="ada"), said("2", user="bea"), belongs("3", "g-bea", user="bea", at=now - T, name="bea"))
    send(*(belongs(f"b{name}", name, user="ada", at=now - 9 * T, name=name) for name in before), source=source)
    ada, bea = of(workspace, "ada").id, of(workspace, "bea").id
    merge(workspace, bea, ada)
    send(belongs("4", "g-new", user="ada", at=now - days_ago * T, name="new"), source=source)
    assert named_company(workspace, ada) == "bea"
    undo(workspace, bea)
    assert [named_company(workspace, one) for one in (ada, bea)] == ["new", "bea"]


def test_a_company_of_a_visitor_who_was_recognised_later_stays(workspace: Workspace, send: Send, now: datetime) -> None:
    send(said("1", user="ada"), belongs("2", "g-bea", user="bea", at=now - T, name="bea"))
    group = belongs("3", "g-visit", user="", at=now - 3 * T, name="visit")
    send({**group, "userId": None, "anonymousId": "v"}, source=Source.BROWSER)
    ada, bea = of(workspace, "ada").id, of(workspace, "bea").id
    merge(workspace, bea, ada)
    send(said("4", user="ada", visitor="v"))
    undo(workspace, bea)
    assert named_company(workspace, ada) == "visit"


def test_an_address_that_was_said_later_stays_though_it_identifies_the_other_one(workspace: Workspace, send: Send) -> None:
    send(said("1", user="bea", email="bea@firm.test"), said("2", user="ada"))
    ada, bea = of(workspace, "ada").id, of(workspace, "bea").id
    merge(workspace, bea, ada)
    send(said("3", user="bea", email="bea@firm.test", plan="pro"), source=Source.BROWSER)
    undo(workspace, bea)
    assert traits(workspace, "ada") == {"email": "bea@firm.test", "plan": "pro"}
    assert contacts(workspace) == [{"bea", "bea@firm.test"}, {"ada"}]


def test_an_address_that_was_left_alone_does_not_come_back_once_nobody_has_it(workspace: Workspace, send: Send) -> None:
    send(said("1", user="bea", email="bea@firm.test"), said("2", user="ada"), said("3", user="ada", email="bea@firm.test"))
    send(said("4", user="cleo", email="cleo@firm.test"))
    ada, bea, cleo = (of(workspace, user).id for user in ("ada", "bea", "cleo"))
    merge(workspace, cleo, ada)
    with workspace_scope(workspace.id):
        erasing.erase(workspace, bea, by=None)
    undo(workspace, cleo)
    assert traits(workspace, "ada") == {}


def test_an_owner_of_the_other_one_takes_care_of_both_until_the_merge_is_undone(workspace: Workspace, alice: User, two: tuple[int, int]) -> None:
    ada, bea = two
    with workspace_scope(workspace.id):
        Contact.objects.filter(workspace=workspace, id=bea).update(owner=alice)
    merge(workspace, bea, ada)
    assert of(workspace, "ada").owner_id == alice.id
    undo(workspace, bea)
    assert (of(workspace, "ada").owner_id, of(workspace, "bea").owner_id) == (None, alice.id)


def test_neither_the_merge_nor_its_undoing_tells_anybody_a_second_time(workspace: Workspace, two: tuple[int, int]) -> None:
    ada, bea = two
    with workspace_scope(workspace.id):
        told = Message.objects.filter(workspace=workspace).count()
    merge(workspace, bea, ada)
    undo(workspace, bea)
    merge(workspace, ada, bea)
    undo(workspace, ada)
    with workspace_scope(workspace.id):
        assert (told, Message.objects.filter(workspace=workspace).count()) == (2, 2)


def test_a_chain_is_undone_from_its_end(workspace: Workspace, send: Send) -> None:
    for user in ("a", "b", "c"):
        send(said(f"{user}1", user=user, city=user), did(f"{user}2", user=user))
    a, b, c = (of(workspace, user).id for user in ("a", "b", "c"))
    before = everything(workspace)
    merge(workspace, a, b)
    merge(workspace, b, c)
    assert contacts(workspace) == [{"a", "b", "c"}]
    with pytest.raises(joining.MergedOn):
        undo(workspace, a)
    undo(workspace, b)
    assert contacts(workspace) == [{"a", "b"}, {"c"}]
    undo(workspace, a)
    assert everything(workspace) == before


def test_of_two_merged_into_one_each_can_be_taken_out_first(workspace: Workspace, send: Send) -> None:
    for user in ("a", "b", "c"):
        send(said(f"{user}1", user=user, city=user), did(f"{user}2", user=user))
    a, b, c = (of(workspace, user).id for user in ("a", "b", "c"))
    before = everything(workspace)
    for first, second in ((a, b), (b, a)):
        merge(workspace, a, c)
        merge(workspace, b, c)
        undo(workspace, first)
        assert contacts(workspace)[-1] == {"c", "a" if second == a else "b"}
        undo(workspace, second)
        assert everything(workspace) == before


def test_what_was_merged_into_a_visitor_can_be_taken_out_of_whoever_the_visitor_became(workspace: Workspace, send: Send) -> None:
    send(did("1", visitor="v1"), did("2", visitor="v2"), said("3", user="u1"))
    other = of(workspace, "v1").id
    merge(workspace, other, of(workspace, "v2").id)
    send(did("4", user="u1", visitor="v2"))
    assert contacts(workspace) == [{"u1", "v1", "v2"}]
    undo(workspace, other)
    assert (did_by(workspace, "v1"), did_by(workspace, "u1")) == (["1"], ["2", "3", "4"])


def test_after_thirty_days_a_merge_stays_and_what_was_kept_of_it_goes(workspace: Workspace, two: tuple[int, int]) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    late = clock.now() + timedelta(days=30)
    with workspace_scope(workspace.id), pytest.raises(joining.CannotUndo):
        joining.undo(workspace, bea, by=None, clock=lambda: late)
    assert (joining.forget(workspace.id), joining.forget(workspace.id, lambda: late)) == (0, 1)
    with pytest.raises(joining.CannotUndo):
        undo(workspace, bea)
    assert len(contacts(workspace)) == 1


def test_a_merge_is_undone_once(workspace: Workspace, elsewhere: Workspace, two: tuple[int, int]) -> None:
    merge(workspace, two[1], two[0])
    with pytest.raises(joining.CannotUndo):
        undo(elsewhere, two[1])
    undo(workspace, two[1])
    for contact in two:
        with pytest.raises(joining.CannotUndo):
            undo(workspace, contact)


def test_nobody_is_merged_with_themselves_or_with_who_is_not_there(workspace: Workspace, elsewhere: Workspace, two: tuple[int, int]) -> None:
    ada, bea = two
    with pytest.raises(joining.SameContact):
        merge(workspace, ada, ada)
    for one, another in ((ada, 0), (0, ada)):
        with pytest.raises(Contact.DoesNotExist):
            merge(workspace, one, another)
    with pytest.raises(Contact.DoesNotExist):
        merge(elsewhere, ada, bea)
    merge(workspace, bea, ada)
    with pytest.raises(Contact.DoesNotExist):
        merge(workspace, bea, ada)
    assert len(contacts(workspace)) == 1


def test_what_was_erased_does_not_come_back(workspace: Workspace, two: tuple[int, int]) -> None:
    ada, bea = two
    merge(workspace, bea, ada)
    with workspace_scope(workspace.id):
        erasing.erase(workspace, ada, by=None)
        assert not Merge.objects.filter(workspace=workspace).exists()
    with pytest.raises(joining.CannotUndo):
        undo(workspace, bea)
    assert contacts(workspace) == []


def test_a_trait_of_who_was_given_back_and_erased_does_not_come_back(workspace: Workspace, send: Send, now: datetime) -> None:
    send(*(said(user, user=user, at=now - ago * T, city=city) for user, ago, city in (("a", 3, "Oslo"), ("b", 2, "Rome"), ("c", 1, "Bonn"))))
    a, b, c = (of(workspace, user).id for user in ("a", "b", "c"))
    merge(workspace, b, a)
    merge(workspace, c, a)
    undo(workspace, b)
    with workspace_scope(workspace.id):
        erasing.erase(workspace, b, by=None)
    undo(workspace, c)
    assert traits(workspace, "a") == {"city": "Oslo"}


def test_an_owner_chosen_after_the_merge_stays_when_it_is_undone(workspace: Workspace, alice: User, two: tuple[int, int]) -> None:
    ada, bea = two
    with workspace_scope(workspace.id):
        set_owner(workspace, bea, alice.id, by=None)
    merge(workspace, bea, ada)
    with workspace_scope(workspace.id):
        set_owner(workspace, ada, alice.id, by=alice)
    undo(workspace, bea)
    assert (of(workspace, "ada").owner_id, of(workspace, "bea").owner_id) == (alice.id, alice.id)


@pytest.mark.parametrize("order", ["bc", "cb"])
def test_an_owner_that_came_with_one_of_two_others_goes_when_both_are_taken_out(workspace: Workspace, send: Send, alice: User, order: str) -> None:
    for user in "abc":
        send(said(user, user=user))
    ids = {user: of(workspace, user).id for user in "abc"}
    with workspace_scope(workspace.id):
        set_owner(workspace, ids["b"], alice.id, by=None)
    merge(workspace, ids["b"], ids["a"])
    merge(workspace, ids["c"], ids["a"])
    for user in order:
        undo(workspace, ids[user])
    assert (of(workspace, "a").owner_id, of(workspace, "b").owner_id) == (None, alice.id)


@pytest.mark.parametrize("order", ["bc", "cb"])
def test_a_contact_is_as_old_again_as_it_was_though_its_first_calls_were_deleted_since(
    workspace: Workspace, send: Send, now: datetime, order: str
) -> None:
    for user, ago in (("a", 5), ("b", 9), ("c", 2)):
        send(did(f"{user}1", user=user, at=now - ago * T), did(f"{user}2", user=user))
    ids = {user: of(workspace, user).id for user in "abc"}
    merge(workspace, ids["b"], ids["a"])
    merge(workspace, ids["c"], ids["a"])
    with workspace_scope(workspace.id):
        Activity.objects.filter(workspace=workspace, message_id="a1").delete()
    for user in order:
        undo(workspace, ids[user])
    assert [of(workspace, user).created_at for user in "abc"] == [now - 5 * T, now - 9 * T, now - 2 * T]


def test_of_two_with_companies_of_their_own_each_can_be_taken_out_first(workspace: Workspace, send: Send, now: datetime) -> None:
    for number, user in enumerate(("ada", "bea", "cleo"), start=1):
        send(said(f"i{number}", user=user, at=now - 9 * T), belongs(f"g{number}", user, user=user, at=now - (9 - number) * T, name=user))
    ada, bea, cleo = (of(workspace, user).id for user in ("ada", "bea", "cleo"))
    merge(workspace, bea, ada)
    merge(workspace, cleo, ada)
    undo(workspace, bea)
    assert named_company(workspace, ada) == "cleo"
    undo(workspace, cleo)
    assert [named_company(workspace, one) for one in (ada, bea, cleo)] == ["ada", "bea", "cleo"]


def named_company(workspace: Workspace, contact: int) -> str | None:
    with workspace_scope(workspace.id):
        company = Contact.objects.select_related("company").get(workspace=workspace, id=contact).company
        return company.name if company else None
