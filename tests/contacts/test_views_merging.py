"""Comparing, merging, taking apart, and the list of possible duplicates."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts import merging
from contacts.models import Contact
from scoring import joining
from tests.contacts.test_identity import contacts, did, of, said
from tests.scoring.conftest import DOCUMENT, Send, publish
from tests.scoring.test_carrying import open_jobs, work

pytestmark = pytest.mark.django_db

COMPARED, LISTED = 23, 13


def url(name: str, workspace: Workspace, *ids: int, **query: str) -> str:
    return reverse(f"contacts:{name}", args=[workspace.slug, *ids], query=query or None)


def words_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def as_alice(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def pair(workspace: Workspace, send: Send) -> tuple[int, int]:
    """Ada, and Bea whose address a call named together with Ada's userId."""
    send(said("1", user="ada", visitor="a1", first_name="Ada", city="Oslo"), did("2", user="ada"))
    send(said("3", user="bea", email="bea@firm.test", first_name="Bea", city="Oslo"), said("4", user="ada", email="bea@firm.test"))
    return of(workspace, "ada").id, of(workspace, "bea").id


def test_possible_duplicates_are_listed_with_why(as_alice: Client, workspace: Workspace, pair: tuple[int, int]) -> None:
    shown = words_of(as_alice.get(url("duplicates", workspace)))
    for text in ("Ada", "Bea", "bea@firm.test", "the address of the other", url("compare", workspace, *pair)):
        assert text in shown


def test_a_viewer_sees_the_list_and_is_offered_nothing(client: Client, bob: User, workspace: Workspace, pair: tuple[int, int]) -> None:
    client.force_login(bob)
    shown = words_of(client.get(url("duplicates", workspace)))
    assert ("Ada" in shown, "Compare" in shown, "Different people" in shown) == (True, False, False)


def test_a_dismissed_pair_is_listed_no_longer(as_alice: Client, workspace: Workspace, pair: tuple[int, int]) -> None:
    response = as_alice.post(url("dismiss", workspace, *pair), follow=True)
    assert response.context["rows"] == []
    assert "are different people" in words_of(response)
    assert "No duplicates" in words_of(response)


@pytest.mark.parametrize("kept", [0, 1])
def test_the_comparison_names_what_the_contact_is_called_afterwards(as_alice: Client, workspace: Workspace, pair: tuple[int, int], kept: int) -> None:
    said = "The contact is called <b>Bea</b> then."
    assert said in words_of(as_alice.get(url("compare", workspace, *pair)))
    merged = as_alice.post(url("compare", workspace, *pair), {"survivor": pair[kept]}, follow=True)
    assert str(merged.context["contact"]) == "Bea"


def test_the_comparison_shows_both_and_what_differs(as_alice: Client, workspace: Workspace, pair: tuple[int, int]) -> None:
    response = as_alice.get(url("compare", workspace, *pair))
    rows = [(row.label, row.left, row.right, row.kept, row.differs) for row in response.context["rows"]]
    assert rows == [
        ("Email", "", "bea@firm.test", "bea@firm.test", True), ("First name", "Ada", "Bea", "Bea", True), ("City", "Oslo", "Oslo", "Oslo", False),
    ]  # fmt: skip
    assert [(side.activities, side.last_activity) for side in response.context["sides"]] == [(1, "Seen"), (0, "")]


@pytest.mark.parametrize("kept", [0, 1])
def test_the_chosen_one_survives_and_its_page_offers_to_undo_it(as_alice: Client, workspace: Workspace, pair: tuple[int, int], kept: int) -> None:
    response = as_alice.post(url("compare", workspace, *pair), {"survivor": pair[kept]}, follow=True)
    assert response.redirect_chain == [(url("profile", workspace, pair[kept]), 302)]
    shown = words_of(response)
    for text in ("Merged with", "by Alice Archer", "can be undone until", url("unmerge", workspace, pair[kept], pair[1 - kept])):
        assert text in shown
    assert contacts(workspace) == [{"ada", "a1", "bea", "bea@firm.test"}]
    assert as_alice.get(url("duplicates", workspace)).context["rows"] == []


def test_undoing_leads_to_the_one_that_is_its_own_again(as_alice: Client, workspace: Workspace, pair: tuple[int, int]) -> None:
    ada, bea = pair
    as_alice.post(url("compare", workspace, ada, bea), {"survivor": ada})
    response = as_alice.post(url("unmerge", workspace, ada, bea), follow=True)
    assert (response.redirect_chain, response.context["contact"].id) == ([(url("profile", workspace, bea), 302)], bea)
    assert contacts(workspace) == [{"ada", "a1"}, {"bea", "bea@firm.test"}]
    assert "cannot be taken out" in words_of(as_alice.post(url("unmerge", workspace, ada, bea), follow=True))


def test_a_contact_is_taken_out_of_the_one_alone_that_it_is_part_of(
    as_alice: Client, workspace: Workspace, send: Send, pair: tuple[int, int]
) -> None:
    send(said("9", user="cleo"))
    (ada, bea), cleo = pair, of(workspace, "cleo").id
    as_alice.post(url("compare", workspace, ada, bea), {"survivor": ada})
    assert "cannot be taken out of" in words_of(as_alice.post(url("unmerge", workspace, cleo, bea), follow=True))
    assert len(contacts(workspace)) == 2


def test_a_merge_that_was_merged_on_says_what_to_undo_first(as_alice: Client, workspace: Workspace, send: Send, pair: tuple[int, int]) -> None:
    send(said("9", user="cleo"))
    (ada, bea), cleo = pair, of(workspace, "cleo").id
    as_alice.post(url("compare", workspace, ada, bea), {"survivor": ada})
    as_alice.post(url("compare", workspace, ada, cleo), {"survivor": cleo})
    assert "Undo that first" in words_of(as_alice.post(url("unmerge", workspace, ada, bea), follow=True))
    assert len(contacts(workspace)) == 1


@pytest.mark.parametrize("survivor", ["", "0", "x"])
def test_one_of_the_two_has_to_be_chosen(as_alice: Client, workspace: Workspace, pair: tuple[int, int], survivor: str) -> None:
    response = as_alice.post(url("compare", workspace, *pair), {"survivor": survivor})
    assert (response.status_code, len(contacts(workspace))) == (422, 2)


def test_what_is_one_contact_already_leads_to_it(as_alice: Client, workspace: Workspace, send: Send, pair: tuple[int, int]) -> None:
    send(said("9", user="cleo"))
    (ada, bea), cleo = pair, of(workspace, "cleo").id
    as_alice.post(url("compare", workspace, ada, bea), {"survivor": ada})
    for one, another in ((ada, bea), (bea, bea), (ada, ada)):
        assert as_alice.get(url("compare", workspace, one, another)).headers["Location"] == url("profile", workspace, ada)
    assert as_alice.get(url("compare", workspace, bea, cleo)).headers["Location"] == url("compare", workspace, ada, cleo)


def test_pages_of_merged_contacts_lead_through_a_chain_and_through_signing_in(
    client: Client, alice: User, workspace: Workspace, send: Send, pair: tuple[int, int]
) -> None:
    send(said("9", user="cleo"))
    (ada, bea), cleo = pair, of(workspace, "cleo").id
    client.force_login(alice)
    client.post(url("compare", workspace, ada, bea), {"survivor": bea})
    client.post(url("compare", workspace, bea, cleo), {"survivor": cleo})
    for old in pair:
        assert client.get(url("profile", workspace, old)).headers["Location"] == url("profile", workspace, cleo)
    client.logout()
    asked = client.get(url("profile", workspace, ada)).headers["Location"]
    assert asked.endswith(f"next={url('profile', workspace, ada)}")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    alice.set_password("a good long password")
    alice.save()
    landed = client.post(asked, {"login": alice.email, "password": "a good long password"}, follow=True)
    assert landed.redirect_chain[-1] == (url("profile", workspace, cleo), 302)


@pytest.mark.parametrize("asked", ["bea", "BEA@firm.test", "Bea"])
def test_the_other_one_is_found_by_what_it_is_known_by(as_alice: Client, workspace: Workspace, pair: tuple[int, int], asked: str) -> None:
    ada, bea = pair
    assert [other.id for other in as_alice.get(url("merge", workspace, ada, other=asked)).context["found"]] == [bea]
    assert as_alice.get(url("merge", workspace, bea, other=asked)).context["found"] == []


def test_nobody_of_another_workspace_is_found_or_compared(
    as_alice: Client, workspace: Workspace, elsewhere: Workspace, pair: tuple[int, int], now: Any
) -> None:
    with workspace_scope(elsewhere.id):
        strange = Contact.objects.create(workspace=elsewhere, created_at=now, name="Bea", email="bea@firm.test").id
    for name in ("compare", "unmerge", "dismiss"):
        assert as_alice.post(url(name, workspace, pair[0], strange), {"survivor": strange}).status_code == 404
    assert len(contacts(workspace)) == 2


def test_the_number_of_statements_does_not_grow_with_pairs_and_histories(
    as_alice: Client, workspace: Workspace, send: Send, pair: tuple[int, int], django_assert_num_queries: Any
) -> None:
    publish(workspace, DOCUMENT)
    for name, ids, number in (("duplicates", (), LISTED), ("compare", pair, COMPARED)):
        as_alice.get(url(name, workspace, *ids))
        with django_assert_num_queries(number):
            as_alice.get(url(name, workspace, *ids))
    send(*(did(f"d{place}", user="ada") for place in range(5)), said("x", user="cleo", email="cleo@firm.test", plan="pro"))
    send(said("y", user="ada", email="cleo@firm.test"), said("z", user="bea", email="cleo@firm.test"))
    for name, ids, number in (("duplicates", (), LISTED), ("compare", pair, COMPARED)):
        with django_assert_num_queries(number):
            as_alice.get(url(name, workspace, *ids))


# Long histories.


@pytest.fixture
def long_pair(as_alice: Client, workspace: Workspace, pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Bea was merged into Ada, and a job is to move what she did; the ids of both."""
    monkeypatch.setattr(merging, "LONG", 2)
    ada, bea = pair
    response = as_alice.post(url("compare", workspace, *pair), {"survivor": ada}, follow=True)
    assert "until that is done the stage stays as it is" in words_of(response)
    return ada, bea


def test_a_page_and_the_list_say_that_a_contact_is_being_recomputed_until_it_is(
    as_alice: Client, workspace: Workspace, long_pair: tuple[int, int]
) -> None:
    ada, bea = long_pair
    page = words_of(as_alice.get(url("profile", workspace, ada)))
    assert ("waiting to begin" in page, "Undo…" in page, "being recomputed" in words_of(as_alice.get(url("list", workspace)))) == (True, False, True)
    joining.advance(workspace.id, open_jobs(workspace)[0])
    part = as_alice.get(url("recomputing", workspace, ada), headers={"HX-Request": "true"})
    assert "0 of 1 activities" in words_of(part)
    refused = as_alice.post(url("unmerge", workspace, ada, bea), follow=True)
    assert "is being recomputed. Try again when that is done." in words_of(refused)
    work(workspace)
    page = words_of(as_alice.get(url("profile", workspace, ada)))
    assert ("Being recomputed" in page, "Undo…" in page, "being recomputed" in words_of(as_alice.get(url("list", workspace)))) == (False, True, False)
    over = as_alice.get(url("recomputing", workspace, ada), headers={"HX-Request": "true"})
    assert (over.headers["HX-Refresh"], over.content) == ("true", b"")
    assert as_alice.get(url("recomputing", workspace, bea)).headers["Location"] == url("profile", workspace, ada)


def test_undoing_a_long_merge_is_said_to_take_a_while(as_alice: Client, workspace: Workspace, long_pair: tuple[int, int]) -> None:
    ada, bea = long_pair
    work(workspace)
    begun = as_alice.post(url("unmerge", workspace, ada, bea), follow=True)
    assert ("is being taken out of" in words_of(begun), "Being recomputed" in words_of(begun)) == (True, True)
    work(workspace)
    assert contacts(workspace) == [{"ada", "a1"}, {"bea", "bea@firm.test"}]
