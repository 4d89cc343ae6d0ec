"""Calls that have to wait for others, and those that need not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from contacts.calls import Edit, Received
from contacts.models import Source
from contacts.turns import in_turn
from tests.contacts.test_aliases import alias
from tests.contacts.test_identity import contacts, did, said
from tests.scoring.conftest import Send

T = datetime(2026, 11, 1, tzinfo=UTC)


def call(name: str, user: str | None = None, visitor: str | None = None, previous: str | None = None) -> Received:
    kind = "alias" if previous else "track"
    return Received(Edit(kind, T, T, name=name, user_id=user, anonymous_id=visitor, previous_id=previous), Source.SERVER)


def turns(*calls: Received, held: dict[tuple[str, str], int] | None = None) -> list[str]:
    groups = in_turn(calls, held or {}, lambda received: received.is_alias)
    return ["".join(received.call.name or "" for received in group) for group in groups]


def test_an_alias_waits_for_what_came_before_it_of_the_same_people_alone() -> None:
    before = [call("a", "u1"), call("b", "u2"), call("c", "u3"), call("d", "u4")]
    aliases = [call("A", "u1", previous="u2"), call("B", "u3", previous="u4"), call("C", "u5", previous="u6")]
    assert turns(*before, *aliases, call("e", "u1"), call("f", "u9")) == ["abcdCf", "ABe"]
    assert turns(*aliases) == ["ABC"]


def test_aliases_of_the_same_people_wait_for_each_other() -> None:
    assert turns(call("A", "u2", previous="u1"), call("B", "u3", previous="u2"), call("a", "u1")) == ["A", "Ba"]


@pytest.mark.parametrize("held", [{("user_id", "u1"): 7, ("anonymous_id", "a1"): 7}, {}])
def test_people_are_the_same_by_the_contact_that_holds_both_identifiers(held: dict[tuple[str, str], int]) -> None:
    apart = turns(call("a", visitor="a1"), call("A", "u2", previous="u1"), held=held)
    assert apart == (["a", "A"] if held else ["aA"])


def test_people_are_the_same_through_a_call_that_comes_later() -> None:
    assert turns(call("a", visitor="a1"), call("A", "u2", previous="u1"), call("b", "u1", "a1")) == ["a", "Ab"]


@pytest.mark.django_db
def test_five_hundred_aliases_take_as_many_statements_as_one(workspace: Workspace, send: Send) -> None:
    send(did("1", user="somebody"))
    asked = []
    for size in (2, 500):
        calls: list[dict[str, Any]] = []
        for number in range(size):
            new, old = f"{size} new {number}", f"{size} old {number}"
            calls += [said(f"{new} 1", user=new), did(f"{old} 1", user=old), alias(f"{new} 2", new, old), did(f"{new} 3", user=old)]
        with CaptureQueriesContext(connection) as queries:
            send(*calls)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert len(contacts(workspace)) == 1 + 502
