"""`alias`: from a server it merges, from a browser it never merges two known contacts (docs/tracking.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts import duplicates
from contacts.calls import Edit, Received
from contacts.identity import resolve
from contacts.models import Activity, Merge, Source, Suspicion
from tests.contacts.test_identity import BROWSER, SERVER, contacts, did, did_by, of, said, traits
from tests.scoring.conftest import Send

pytestmark = pytest.mark.django_db


def alias(message: str, user: str, previous: str, **more: Any) -> dict[str, Any]:
    return {"type": "alias", "messageId": message, "userId": user, "previousId": previous, **more}


def suspected(workspace: Workspace) -> list[tuple[set[int], tuple[tuple[Suspicion, str], ...]]]:
    with workspace_scope(workspace.id):
        return [({pair.first, pair.second}, pair.reasons) for pair in duplicates.suspected(workspace.id)]


@pytest.mark.parametrize("named", [{"user_id": "u1"}, {"previous_id": "p"}])
def test_an_alias_that_names_one_id_alone_is_nobodys(workspace: Workspace, now: datetime, named: dict[str, str]) -> None:
    with workspace_scope(workspace.id), pytest.raises(AssertionError):
        resolve(workspace.id, [Received(Edit("alias", now, now, **named), Source.SERVER)])


# From a server.


@pytest.mark.parametrize(
    ("before", "identifiers"),
    [
        ([], [{"u1", "p"}]),
        ([said("1", user="u1")], [{"u1", "p"}]),
        ([said("1", user="p")], [{"u1", "p"}]),
        ([did("1", visitor="p")], [{"u1", "p"}]),
        ([said("1", user="u0", visitor="p")], [{"u0", "u1", "p"}]),
        ([said("1", user="p"), said("2", user="u1")], [{"u1", "p"}]),
        ([did("1", visitor="p"), said("2", user="u1")], [{"u1", "p"}]),
        ([said("1", user="u0", visitor="p"), said("2", user="u1", visitor="a1")], [{"u0", "u1", "p", "a1"}]),
        ([said("1", user="p"), did("2", visitor="p"), said("3", user="u1")], [{"u1", "p"}, {"p"}]),  # a userId goes before an anonymousId
    ],
    ids=["nobody", "the user", "the previous user", "a visitor", "a device", "two users", "a user and a visitor", "two with devices", "both kinds"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_servers_alias_makes_one_contact_of_both(
    workspace: Workspace, send: Send, before: list[dict[str, Any]], identifiers: list[set[str]], at_once: bool
) -> None:
    if at_once:
        send(*before, alias("9", "u1", "p"))
    else:
        for call in [*before, alias("9", "u1", "p")]:
            send(call)
    assert sorted(map(sorted, contacts(workspace))) == sorted(map(sorted, identifiers))


def test_the_contact_of_the_user_id_survives_and_the_other_ones_history_is_its_own(workspace: Workspace, send: Send) -> None:
    send(said("1", user="old", email="ada@firm.test", city="Oslo"), did("2", user="old"), said("3", user="new", first_name="Ada"))
    survivor = of(workspace, "new").id
    send(alias("4", "new", "old"))
    assert of(workspace, "old").id == survivor
    assert (of(workspace, "new").has_user_id, of(workspace, "new").has_email) == (True, True)
    assert traits(workspace, "new") == {"email": "ada@firm.test", "city": "Oslo", "first_name": "Ada"}
    assert did_by(workspace, "new") == ["1", "2", "3", "4"]


def test_an_alias_that_comes_twice_counts_once_and_one_of_an_id_with_itself_changes_nothing(workspace: Workspace, send: Send) -> None:
    send(said("1", user="old"), said("2", user="new"))
    send(alias("3", "new", "old"), alias("3", "new", "old"), alias("4", "new", "new"))
    send(alias("3", "new", "old"))
    assert contacts(workspace) == [{"old", "new"}]
    with workspace_scope(workspace.id):
        stored = Activity.objects.filter(workspace=workspace, kind="alias").order_by("message_id").values_list("message_id", "name", "properties")
        assert list(stored) == [("3", "", {"previousId": "old"}), ("4", "", {"previousId": "new"})]
        assert Merge.objects.filter(workspace=workspace).count() == 1


def test_aliases_one_after_the_other_lead_to_the_last(workspace: Workspace, send: Send) -> None:
    send(*(said(str(place), user=user) for place, user in enumerate("abc", start=1)))
    send(alias("4", "b", "a"), did("5", user="a"), alias("6", "c", "b"), did("7", user="a"))
    assert contacts(workspace) == [{"a", "b", "c"}]
    assert did_by(workspace, "c") == ["1", "2", "3", "4", "5", "6", "7"]


# From a browser.


@pytest.mark.parametrize(
    ("before", "identifiers"),
    [
        ([], [{"u1", "p"}]),
        ([did("1", visitor="p")], [{"u1", "p"}]),
        ([said("1", user="p")], [{"u1", "p"}]),
        ([did("1", visitor="p"), said("2", user="u1")], [{"u1", "p"}]),
        ([said("1", user="u0", visitor="p")], [{"u0"}, {"u1", "p"}]),
        ([said("1", user="u0", visitor="p"), said("2", user="u1")], [{"u0"}, {"u1", "p"}]),
        ([said("1", user="p"), said("2", user="u1")], [{"p"}, {"u1"}]),
    ],
    ids=["nobody", "a visitor", "a user", "a user and a visitor", "another's device", "a device changes hands", "two known contacts"],
)
def test_a_browsers_alias_is_an_identify_that_names_both(
    workspace: Workspace, send: Send, before: list[dict[str, Any]], identifiers: list[set[str]]
) -> None:
    send(*before, source=SERVER)
    send(alias("9", "u1", "p", anonymousId="the device's own"), source=BROWSER)
    assert contacts(workspace) == identifiers
    assert "9" in did_by(workspace, "u1")


def test_two_known_contacts_that_a_browser_calls_one_are_possible_duplicates(workspace: Workspace, send: Send) -> None:
    send(said("1", user="p"), said("2", user="u1"))
    send(alias("3", "u1", "p"), source=BROWSER)
    assert suspected(workspace) == [({of(workspace, "p").id, of(workspace, "u1").id}, ((Suspicion.ALIAS, "p"),))]


# Possible duplicates.


def test_a_user_id_and_the_address_of_another_are_listed_once_with_the_address(workspace: Workspace, elsewhere: Workspace, send: Send) -> None:
    send(said("1", user="u1"), said("2", user="u2", email="bea@firm.test"))
    send(said("3", user="u1", email="Bea@firm.test"), said("4", user="u1", email="bea@firm.test"))
    assert suspected(workspace) == [({of(workspace, "u1").id, of(workspace, "u2").id}, ((Suspicion.EMAIL, "bea@firm.test"),))]
    assert suspected(elsewhere) == []


def test_a_dismissed_pair_comes_back_for_another_reason_alone(workspace: Workspace, send: Send, now: Any) -> None:
    send(said("1", user="u1"), said("2", user="u2", email="bea@firm.test"), said("3", user="u1", email="bea@firm.test"))
    pair = (of(workspace, "u2").id, of(workspace, "u1").id)
    with workspace_scope(workspace.id):
        assert duplicates.dismiss(workspace, *pair, by=None, now=now)
        assert not duplicates.dismiss(workspace, *pair, by=None, now=now)
    send(said("4", user="u1", email="bea@firm.test"))
    assert suspected(workspace) == []
    send(said("5", user="u2", email="b@home.test"), said("6", email="c@home.test"))
    send(alias("7", "u1", "u2"), source=BROWSER)
    assert suspected(workspace) == [(set(pair), ((Suspicion.ALIAS, "u2"),))]


def test_a_pair_that_was_merged_is_none_any_more_and_one_with_the_survivor_takes_its_place(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1"), said("2", user="u2", email="bea@firm.test"), said("3", user="u3", email="cleo@firm.test"))
    send(said("4", user="u1", email="bea@firm.test"), said("5", user="u2", email="cleo@firm.test"))
    send(alias("6", "u1", "u2"))
    assert suspected(workspace) == [({of(workspace, "u1").id, of(workspace, "u3").id}, ((Suspicion.EMAIL, "cleo@firm.test"),))]


def test_of_the_reasons_to_suspect_a_pair_the_latest_ten_are_shown(workspace: Workspace, send: Send, now: datetime) -> None:
    send(*({"type": "identify", "userId": user, "messageId": user} for user in ("u1", "u2")))
    first, second = sorted((of(workspace, "u1").id, of(workspace, "u2").id))
    with workspace_scope(workspace.id):
        seen = {(first, second, Suspicion.ALIAS, f"p{number}"): now + timedelta(seconds=number) for number in range(11)}
        duplicates.note(workspace.id, seen)
    assert suspected(workspace) == [({first, second}, tuple((Suspicion.ALIAS, f"p{number}") for number in range(10, 0, -1)))]
